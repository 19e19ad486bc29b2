"""Customer accounts: one per shop and e-mail address, found without being readable."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.models import CommerceStore, Customer
from commerce.orders import customers
from commerce.orders.customers import Contact, Person
from tests.commerce.shop import NOW, main_store, statements

pytestmark = pytest.mark.django_db


def test_an_address_is_one_customer_per_shop_whatever_its_case() -> None:
    here, there = main_store().pk, CommerceStore.objects.create(name="Other").pk
    ids = customers.find_or_create(
        people=[
            Person(here, "Ann@Example.com ", "Ann"),
            Person(here, "ann@example.com", "Ann B."),
            Person(there, "ann@example.com", "Ann"),
            Person(here, " ", "Nobody"),
        ],
        now=NOW,
    )
    assert set(ids) == {(here, "ann@example.com"), (there, "ann@example.com")}
    assert Customer.objects.count() == 2
    again = customers.find_or_create(people=[Person(here, "ANN@example.com", "")], now=NOW)
    assert again == {(here, "ann@example.com"): ids[here, "ann@example.com"]}


def test_name_and_address_are_sealed() -> None:
    [customer_id] = customers.find_or_create(
        people=[Person(main_store().pk, "ann@example.com", "Ann")], now=NOW
    ).values()
    customer = Customer.objects.get(pk=customer_id)
    assert b"example" not in bytes(customer.sealed or b"")
    assert "ann" not in customer.email_hash
    assert customers.contact(customer) == Contact(name="Ann", email="ann@example.com")


def test_a_hundred_people_take_three_statements_and_one_when_they_are_known() -> None:
    people = [Person(main_store().pk, f"p{n}@example.com", "P") for n in range(100)]
    for expected in (3, 1):
        with CaptureQueriesContext(connection) as context:
            assert len(customers.find_or_create(people=people, now=NOW)) == 100
        assert len(statements(context)) == expected
