from django.apps import AppConfig


class AmazonOrdersConfig(AppConfig):
    """The mirror of Amazon: what Amazon said, in Amazon's words."""

    name = "amazon_orders"
    verbose_name = "Amazon orders"
