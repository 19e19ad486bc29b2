"""Of what was charged before: a tax without which the parts make the total was inside the prices all along."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F

PRICES = F("items_total") + F("shipping_total") + F("gift_wrap_total") + F("discount_total") + F("other_total")


def name_included_taxes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Not where some of it was given back as a tax on top: those books are closed as they are."""
    order, invoice = apps.get_model("commerce", "Order"), apps.get_model("commerce", "Invoice")
    invoices = invoice.objects.filter(tax_total__gt=0, grand_total=PRICES, refunded_total=0)
    orders = list(invoices.values_list("order_id", flat=True))
    taxed = {"included_tax_total": F("tax_total"), "tax_total": 0}
    lines = {"included_tax": F("tax"), "tax": 0}
    for start in range(0, len(orders), 500):
        some = orders[start : start + 500]
        invoice_lines = apps.get_model("commerce", "InvoiceLine").objects.filter(tax__isnull=False)
        invoice_lines.filter(invoice__order_id__in=some).update(**lines)
        order_lines = apps.get_model("commerce", "OrderLine").objects.filter(tax__isnull=False)
        order_lines.filter(order_id__in=some).update(**lines)
        invoice.objects.filter(order_id__in=some).update(**taxed)
        order.objects.filter(pk__in=some, tax_total__gt=0).update(**taxed)


def leave(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What is named inside is not added again."""


class Migration(migrations.Migration):
    dependencies = [("commerce", "0010_unit_codes")]

    operations = [migrations.RunPython(name_included_taxes, leave)]
