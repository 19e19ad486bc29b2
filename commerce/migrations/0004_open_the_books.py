"""What is there becomes the first line of the ledger; what was paid before there were invoices is invoiced."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F
from django.utils import timezone

PAID = ("PROCESSING", "COMPLETE")
NUMBERS_PER_STORE = 10**9
TOTALS = "items_total, shipping_total, gift_wrap_total, discount_total, tax_total, other_total, grand_total"
AMOUNTS = "unit_price, row_total, shipping, gift_wrap, discount, tax, other"
REFUNDED = ", ".join(
    f"refunded_{part}" for part in ("items", "shipping", "gift_wrap", "discount", "tax", "other")
)


def open_ledger(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.connection.cursor().execute(
        """
        INSERT INTO commerce_stockmovement (stock_item_id, reason, on_hand, reserved, channel,
            channel_reference, line_reference, document, "by", at)
        SELECT id, 'OPENING', on_hand, reserved, '', '', '', '', '', %s
        FROM commerce_stockitem WHERE on_hand <> 0 OR reserved <> 0 ORDER BY id
        """,
        [timezone.now()],
    )


def leave(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The tables go next."""


def name_statuses(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    orders = apps.get_model("commerce", "Order").objects.exclude(custom_status="")
    known = orders.order_by().values_list("custom_status", flat=True).distinct()
    status = apps.get_model("commerce", "CustomStatus")
    status.objects.bulk_create(status(code=code, label=code, state="PROCESSING") for code in known)


def note_what_has_left(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """So far an order was complete the moment all had left of it."""
    orders = apps.get_model("commerce", "Order").objects
    orders.filter(status="COMPLETE").update(fully_shipped_at=F("completed_at"))


def invoice(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    cursor = schema_editor.connection.cursor()
    cursor.execute(
        f"""
        INSERT INTO commerce_invoice (order_id, commerce_store_id, number, issued_at, currency, {TOTALS},
            {REFUNDED}, refunded_total)
        SELECT id, commerce_store_id,
            CAST(commerce_store_id * {NUMBERS_PER_STORE}
                + ROW_NUMBER() OVER (PARTITION BY commerce_store_id ORDER BY id) AS VARCHAR(64)),
            created_at, currency, {TOTALS}, 0, 0, 0, 0, 0, 0, 0
        FROM commerce_order WHERE status IN %s ORDER BY id
        """.replace("IN %s", f"IN {PAID}")
    )
    cursor.execute(
        f"""
        INSERT INTO commerce_invoiceline (invoice_id, order_line_id, position, sku, name, quantity, {AMOUNTS},
            {REFUNDED})
        SELECT invoice.id, line.id, line.position, line.sku, line.name, line.quantity,
            {", ".join(f"line.{column}" for column in AMOUNTS.split(", "))}, 0, 0, 0, 0, 0, 0
        FROM commerce_orderline line JOIN commerce_invoice invoice ON invoice.order_id = line.order_id
        ORDER BY line.id
        """
    )
    store = apps.get_model("commerce", "CommerceStore")
    for each in store.objects.filter(orders__status__in=PAID).distinct():
        each.next_invoice_number = each.orders.filter(status__in=PAID).count() + 1
        each.save(update_fields=["next_invoice_number"])


class Migration(migrations.Migration):
    dependencies = [("commerce", "0003_workflow_and_books")]

    operations = [
        migrations.RunPython(open_ledger, leave),
        migrations.RunPython(name_statuses, leave),
        migrations.RunPython(note_what_has_left, leave),
        migrations.RunPython(invoice, leave),
    ]
