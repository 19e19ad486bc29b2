"""One shop exists from the start."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from commerce.models import CommerceStore


@pytest.mark.django_db
def test_a_fresh_installation_has_one_commerce_store() -> None:
    assert list(CommerceStore.objects.values_list("name", "website")) == [("Main Store", "Main Website")]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_migration_goes_back_and_on() -> None:
    CommerceStore.objects.all().delete()
    [latest] = MigrationExecutor(connection).loader.graph.leaf_nodes("commerce")
    for name, count in (("0001_initial", 0), ("0002_first_store", 1)):
        state = MigrationExecutor(connection).migrate([("commerce", name)])
        assert state.apps.get_model("commerce", "CommerceStore").objects.count() == count
    everything = MigrationExecutor(connection)
    everything.migrate(everything.loader.graph.leaf_nodes())
    assert latest in MigrationExecutor(connection).loader.applied_migrations
    CommerceStore.objects.all().delete()
