"""The Celery app: `celery -A config worker`, `celery -A config beat`."""

import gc
import os

from celery import Celery
from celery.signals import setup_logging, worker_init

from config import file_broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Before the app is made, which looks its transport up by the alias.
file_broker.install()
app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_logging_of_settings(**_: object) -> None:
    """Celery leaves logging alone when somebody listens; Django has set it up already."""


@worker_init.connect
def keep_what_was_loaded_out_of_the_garbage_collection(**_: object) -> None:
    """A page makes some ten thousand rows; looking through all of Django each time cost a tenth of it."""
    gc.collect()
    gc.freeze()
