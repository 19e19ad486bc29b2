"""Keep every name under all its spellings: a search for Yildiz finds Yıldız from now on."""

from django.db import migrations

from sealing import seal, search_hash

BATCH = 500


def hash_names_anew(apps, schema_editor):
    personal_data = apps.get_model("amazon_orders", "PersonalData")
    words = apps.get_model("amazon_orders", "BuyerNameWord")
    last = 0
    while True:
        rows = personal_data.objects.filter(pk__gt=last).order_by("pk").select_related("order")
        batch = list(rows[:BATCH])
        if not batch:
            return
        last = batch[-1].pk
        # Beside what is there: an old hash finds what it found, and a wrong key would take nothing away.
        anew = [
            words(order_id=row.order_id, word_hash=word_hash) for row in batch for word_hash in _hashes(row)
        ]
        words.objects.bulk_create(anew, ignore_conflicts=True)


def _hashes(row):
    """As `amazon_orders.receive.name_hashes` makes them."""
    place = f"amazon_orders.personal:{row.order.amazon_order_id}"
    try:
        known = seal.open_json(row.sealed, associated_data=place)
    except seal.DecryptionError:
        # Sealed with a key that is not here: every start says so, and an upgrade need not fail of it.
        return []
    names = f"{known.get('buyer_name', '')} {known.get('address', {}).get('name', '')}"
    return search_hash.hash_words(names)


class Migration(migrations.Migration):

    dependencies = [
        ('amazon_orders', '0005_cash_on_delivery'),
    ]

    operations = [
        migrations.RunPython(hash_names_anew, migrations.RunPython.noop, elidable=True),
    ]
