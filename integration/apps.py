from django.apps import AppConfig


class IntegrationConfig(AppConfig):
    """The bridge between Amazon and Commerce, and the front door: every page and endpoint."""

    name = "integration"
    verbose_name = "Integration"
