"""Customer, number, status and Commerce store of an order are as the store's Order Settings say."""

from commerce.models import Customer, Order
from commerce.orders import customers
from tests.factories import commerce as catalog
from tests.fixtures_shop import Shop, commerce_order_of, state_of


def test_by_default_a_guest_order_with_commerces_own_number(shop: Shop) -> None:
    first, second = shop.sell(), shop.sell()
    shop.sync()

    orders = [commerce_order_of(first), commerce_order_of(second)]
    assert {order.commerce_store.name for order in orders} == {"Default Store"}
    assert [order.customer for order in orders] == [None, None]
    assert [order.custom_status for order in orders] == ["", ""]
    store_id = orders[0].commerce_store_id
    assert sorted(order.number for order in orders) == [f"{store_id}000000001", f"{store_id}000000002"]
    assert Customer.objects.count() == 0


def test_customer_accounts_are_built_one_per_address_and_shop(shop: Shop) -> None:
    shop.settings(customer_creation="create")
    same = {"buyer": {"buyerName": "Alex Morgan", "buyerEmail": "One@Marketplace.Amazon.com"}}
    again = {"buyer": {"buyerName": "A. Morgan", "buyerEmail": "one@marketplace.amazon.com "}}
    first, second = shop.sell(patch=same), shop.sell(patch=again)
    other = shop.sell()
    nameless = shop.sell(patch={"buyer": None})
    shop.sync()

    customer = commerce_order_of(first).customer
    assert customer is not None
    assert commerce_order_of(second).customer == customer
    assert commerce_order_of(other).customer not in (None, customer)
    assert commerce_order_of(nameless).customer is None
    assert Customer.objects.count() == 2
    # The second order's spelling of the address may have come first.
    assert customers.contact(customer).email.lower() == "one@marketplace.amazon.com"

    third = shop.sell(patch=same)
    shop.sync()
    assert commerce_order_of(third).customer == customer


def test_amazons_number_becomes_the_orders_number(shop: Shop) -> None:
    shop.settings(order_number_source="amazon")
    order_id = shop.sell()
    shop.sync()

    assert commerce_order_of(order_id).number == order_id


def test_a_custom_status_names_the_processing_state_only(shop: Shop) -> None:
    shop.settings(order_status="Picking")
    open_order, shipped = shop.sell(), shop.sell(status="SHIPPED")
    shop.sync()

    order = commerce_order_of(open_order)
    assert (order.status, order.custom_status) == ("PROCESSING", "Picking")
    complete = commerce_order_of(shipped)
    assert (complete.status, complete.custom_status) == ("COMPLETE", "")

    shop.set_status(open_order, "SHIPPED")
    shop.sync()
    order.refresh_from_db()
    assert (order.status, order.custom_status) == ("COMPLETE", "")


def test_orders_go_to_the_commerce_store_that_is_set_each_with_its_own_numbers(shop: Shop) -> None:
    outlet = catalog.commerce_store("Outlet")
    before = shop.sell()
    shop.sync()
    shop.settings(commerce_store="Outlet")
    after = shop.sell()
    canadian = shop.connect("Harbor CA", "CA", commerce_store_name="Default Store")
    in_canada = shop.sell(place="CA")
    shop.sync()
    shop.sync(canadian)

    assert commerce_order_of(before).commerce_store.name == "Default Store"
    assert commerce_order_of(after).commerce_store == outlet
    assert commerce_order_of(after).number == f"{outlet.pk}000000001"
    assert commerce_order_of(in_canada).commerce_store.name == "Default Store"
    assert len({order.number for order in Order.objects.all()}) == 3


def test_a_number_that_is_taken_stops_nobody_else(shop: Shop) -> None:
    """A Commerce order of another channel happens to bear Amazon's number."""
    shop.settings(order_number_source="amazon")
    taken, free = shop.sell(), shop.sell()
    catalog.order(number=taken, channel="WEB", channel_reference="W-1")

    shop.sync()

    assert state_of(free) == "IMPORTED"
    assert state_of(taken) == "BLOCKED"
