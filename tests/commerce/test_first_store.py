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
    latest = ("commerce", "0002_first_store")
    for target, count in ((("commerce", "0001_initial"), 0), (latest, 1)):
        MigrationExecutor(connection).migrate([target])
        assert CommerceStore.objects.count() == count
    CommerceStore.objects.all().delete()
