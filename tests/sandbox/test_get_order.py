from sandbox.amazon import Amazon
from tests.sandbox.conftest import Caller, PutOrder, error, order_id, read


def test_an_order_can_be_read_the_moment_it_changes(amazon: Amazon, caller: Caller, put: PutOrder) -> None:
    put(minutes_old=0)
    order = read(caller.order(order_id(1), includedData="FULFILLMENT"))["order"]
    assert order["orderId"] == order_id(1)
    assert order["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    assert "buyer" not in order


def test_an_unknown_order_is_not_found(caller: Caller) -> None:
    assert error(caller.order(order_id(1)), 404)["code"] == "NotFound"


def test_another_sellers_order_is_not_found(amazon: Amazon, put: PutOrder) -> None:
    put()
    amazon.add_seller("A2OTHER", "Other", ("US",), "refresh-2")
    assert error(Caller(amazon, "A2OTHER").order(order_id(1)), 404)["code"] == "NotFound"


def test_two_sellers_may_each_have_an_order_of_one_number(
    amazon: Amazon, caller: Caller, put: PutOrder
) -> None:
    put(minutes_old=5)
    amazon.add_seller("A2OTHER", "Other", ("US",), "refresh-2")
    other = Caller(amazon, "A2OTHER")
    document = read(caller.order(order_id(1)))["order"]
    amazon.world.put_order("A2OTHER", document | {"programs": ["THEIRS"]})
    amazon.world.change_order(order_id(1), {"programs": ["OURS"]}, keep_time=True)

    assert read(caller.order(order_id(1)))["order"]["programs"] == ["OURS"]
    assert read(other.order(order_id(1)))["order"]["programs"] == ["THEIRS"]
    assert caller.found() == other.found() == [order_id(1)]
    amazon.world.change_order(order_id(1), {"programs": ["CHANGED"]}, keep_time=True, seller_id="A2OTHER")
    assert read(caller.order(order_id(1)))["order"]["programs"] == ["OURS"]
    assert read(other.order(order_id(1)))["order"]["programs"] == ["CHANGED"]


def test_an_order_of_a_marketplace_the_seller_left_is_forbidden(
    amazon: Amazon, caller: Caller, put: PutOrder
) -> None:
    put(place="CA")
    amazon.world.set_participation("A1SELLER", "CA", False)
    assert error(caller.order(order_id(1)), 403)["code"] == "Unauthorized"


def test_an_order_id_is_three_seven_seven(caller: Caller) -> None:
    for text in ("TEST_CASE_400", "1-2-3", "111-0000000-00000001"):
        assert error(caller.order(text), 400) == {"code": "InvalidInput", "message": "Invalid Input"}


def test_an_unknown_data_set_is_refused(caller: Caller, put: PutOrder) -> None:
    put()
    assert (
        error(caller.order(order_id(1), includedData="ALL"), 400)["details"]
        == "includedData does not know ALL"
    )


def test_a_path_amazon_does_not_have_is_not_found(caller: Caller) -> None:
    assert error(caller.call("GET", "/orders/2026-01-01/nonsense"), 404)["code"] == "NotFound"
    assert (
        error(caller.call("PUT", f"/orders/2026-01-01/orders/{order_id(1)}/cancellation"), 404)["code"]
        == "NotFound"
    )
