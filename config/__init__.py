"""The product's configuration. Its Celery app is made known here, so that tasks bind to it everywhere."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
