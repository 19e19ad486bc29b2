from django.apps import AppConfig


class IntegrationConfig(AppConfig):
    """The bridge between Amazon and Commerce."""

    name = "integration"
    verbose_name = "Integration"
