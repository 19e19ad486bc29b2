from django.apps import AppConfig


class CommerceConfig(AppConfig):
    """The merchant's own business: products, stock, customers, orders, shipments."""

    name = "commerce"
    verbose_name = "Commerce"
