from sandbox.amazon import Amazon
from sandbox.samples import sample_order, sample_orders
from tests.sandbox.conftest import NOW, SELLER, Caller, order_id


def test_a_sample_adds_up() -> None:
    order = sample_order(order_id(1), created=NOW, lines=(("A", 2, "10.00"), (None, 1, "0.50")))
    assert order["proceeds"]["grandTotal"] == {"amount": "20.50", "currencyCode": "USD"}
    assert [item["product"].get("sellerSku") for item in order["orderItems"]] == ["A", None]
    assert len({item["orderItemId"] for item in order["orderItems"]}) == 2


def test_yen_have_no_decimals() -> None:
    order = sample_order(order_id(1), created=NOW, place="JP", lines=(("A", 3, "1980"),))
    assert order["proceeds"]["grandTotal"] == {"amount": "5940", "currencyCode": "JPY"}


def test_many_samples_are_stored_at_once_and_found_in_order(amazon: Amazon, caller: Caller) -> None:
    created = NOW.replace(hour=1)
    assert amazon.world.put_new_orders(SELLER, sample_orders(250, created=created)) == 250
    assert {order.status for order in amazon.world.orders()} == {"UNSHIPPED"}
    first = caller.found(maxResultsPerPage=3)
    assert first == ["901-0000000-0000000", "901-0000001-0007919", "901-0000002-0015838"]
