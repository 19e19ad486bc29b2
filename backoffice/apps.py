from django.apps import AppConfig


class BackOfficeConfig(AppConfig):
    """Pages, REST and probes: what people and programs reach. It has no models."""

    name = "backoffice"
    verbose_name = "Back office"
