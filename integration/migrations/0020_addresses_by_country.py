"""Judge the orders again that are blocked for a part which their country's addresses do not have."""

from django.db import migrations
from django.db.models import F

from amazon_orders import addresses
from sealing import seal

BATCH = 500
CODE = "ADDRESS_INCOMPLETE"


def judge_anew(apps, schema_editor):
    order_import = apps.get_model("integration", "OrderImport")
    last = 0
    while True:
        rows = order_import.objects.filter(pk__gt=last, blockers__code=CODE, blockers__closed_at=None)
        batch = list(rows.order_by("pk").distinct().select_related("amazon_order__personal_data")[:BATCH])
        if not batch:
            return
        last = batch[-1].pk
        changed = [row for row in batch if _has_fewer_gaps(row.amazon_order)]
        apps.get_model("amazon_orders", "AmazonOrder").objects.bulk_update(
            [row.amazon_order for row in changed], ["address_gaps"]
        )
        order_import.objects.filter(pk__in=[row.pk for row in changed]).update(version=F("version") + 1)


def _has_fewer_gaps(order):
    """Whether less is missing by the rules of today; it is then noted with the order."""
    kept = getattr(order, "personal_data", None)
    try:
        place = f"amazon_orders.personal:{order.amazon_order_id}"
        known = seal.open_json(kept.sealed, associated_data=place) if kept else {}
    except seal.DecryptionError:
        return False
    gaps = addresses.gaps_of(known.get("address", {})) if known.get("address") else order.address_gaps
    is_news, order.address_gaps = gaps != order.address_gaps, gaps
    return is_news


class Migration(migrations.Migration):

    dependencies = [
        ('integration', '0019_ways_of_parcels'),
        ('amazon_orders', '0006_names_as_they_are_typed'),
    ]

    operations = [
        migrations.RunPython(judge_anew, migrations.RunPython.noop, elidable=True),
    ]
