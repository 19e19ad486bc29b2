from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sandbox.amazon import Amazon
from sandbox.clock import Clock
from sandbox.datasets import Json
from sandbox.journal import Journal, OtherShop
from sandbox.shop import DEMO_SELLERS, Shop
from sandbox.versions import OrderVersion
from tests.sandbox.conftest import NOW, Caller


def open_shop(path: Path, now: datetime, seed: int = 1) -> Amazon:
    amazon = Amazon(clock=Clock(now), quota="off")
    Shop(amazon, seed, 40, journal=Journal(path))
    return amazon


def listing(amazon: Amazon) -> list[bytes]:
    return sorted(order.raw for order in amazon.world.orders())


def waiting_order(amazon: Amazon) -> OrderVersion:
    return next(
        order
        for order in amazon.world.orders()
        if (order.status, order.fulfilled_by) == ("UNSHIPPED", "MERCHANT") and order.document()["orderItems"]
    )


def confirmation(order: OrderVersion) -> Json:
    items = [
        {"orderItemId": item["orderItemId"], "quantity": item["quantityOrdered"]}
        for item in order.document()["orderItems"]
    ]
    detail: Json = {"packageReferenceId": "1", "carrierCode": "UPS", "trackingNumber": "1Z"}
    detail |= {"shipDate": "2026-11-20T12:00:00Z", "orderItems": items}
    return {"marketplaceId": order.marketplace_id, "packageDetail": detail}


def test_a_shop_opened_again_is_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "shop.jsonl"
    first = open_shop(file, NOW)
    first.clock.advance(600)
    first.world.settle()
    order = waiting_order(first)
    assert Caller(first, order.seller_id).confirm(order.order_id, confirmation(order)).status == 204
    first.clock.advance(600)
    first.world.settle()
    again = open_shop(file, first.clock.now())
    assert listing(again) == listing(first)
    assert again.world.confirmations == first.world.confirmations
    assert len(listing(again)) > 60


def test_no_order_arrives_while_the_shop_is_closed_but_the_old_ones_go_on(tmp_path: Path) -> None:
    file = tmp_path / "shop.jsonl"
    first = open_shop(file, NOW)
    order = waiting_order(first)
    Caller(first, order.seller_id).confirm(order.order_id, confirmation(order))
    again = open_shop(file, NOW + timedelta(days=7))
    assert len(listing(again)) == len(listing(first)) == 40
    later = again.world.order(order.order_id)
    assert later is not None
    assert later.document()["packages"][0]["packageStatus"]["status"] == "DELIVERED"
    again.clock.advance(600)
    again.world.settle()
    assert len(listing(again)) > 50


def test_what_was_shipped_of_an_order_that_the_control_surface_made_keeps_no_shop_closed(
    tmp_path: Path,
) -> None:
    file = tmp_path / "shop.jsonl"
    first = open_shop(file, NOW)
    order = waiting_order(first)
    document = order.document() | {"orderId": "999-0000000-0000001"}
    made = first.world.put_order(order.seller_id, document)
    for each in (order, made):
        answer = Caller(first, each.seller_id).confirm(each.order_id, confirmation(each))
        assert answer.status == 204

    again = open_shop(file, first.clock.now())

    assert again.world.order(made.order_id) is None
    kept = again.world.order(order.order_id)
    assert kept is not None
    assert kept.status == "SHIPPED"


def test_a_line_cut_short_never_happened(tmp_path: Path) -> None:
    file = tmp_path / "shop.jsonl"
    first = open_shop(file, NOW)
    first.clock.advance(600)
    first.world.settle()
    with file.open("a") as journal:
        journal.write('{"at": "2026-')
    assert listing(open_shop(file, first.clock.now())) == listing(first)
    third = open_shop(file, first.clock.now())
    assert listing(third) == listing(first)


def test_another_shops_journal_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "shop.jsonl"
    open_shop(file, NOW)
    with pytest.raises(OtherShop, match="keeps another shop: {'seed': 1, 'orders': 40}"):
        open_shop(file, NOW, seed=2)


def test_the_demo_sellers_are_there_again(tmp_path: Path) -> None:
    open_shop(tmp_path / "shop.jsonl", NOW)
    again = open_shop(tmp_path / "shop.jsonl", NOW)
    for seller in DEMO_SELLERS:
        assert again.tokens.seller_of_refresh_token(seller.refresh_token) == seller.seller_id
