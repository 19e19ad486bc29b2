"""One shop from the start, so that imported orders have somewhere to go."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NAME = "Main Store"


def make_first_store(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    stores = apps.get_model("commerce", "CommerceStore").objects
    stores.get_or_create(name=NAME, defaults={"website": "Main Website"})


def remove_first_store(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Going back drops the table next; a shop that has orders must not go unnoticed before that."""
    store = apps.get_model("commerce", "CommerceStore")
    store.objects.filter(name=NAME, orders=None, customers=None).delete()


class Migration(migrations.Migration):
    dependencies = [("commerce", "0001_initial")]

    operations = [migrations.RunPython(make_first_store, remove_first_store)]
