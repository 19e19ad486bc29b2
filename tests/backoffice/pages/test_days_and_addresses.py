"""A slip's address and wishes, and a parcel's day as a day of the store's time zone, from page to Amazon."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from django.test import Client
from django.utils import timezone

from commerce.models import Shipment
from integration import stores
from integration.models import Role
from integration.order_import import judge
from integration.outbox import confirm
from integration.sync import account_sync
from tests.backoffice.pages.reading import read
from tests.fixtures_shop import Shop, commerce_order_of

SignIn = Callable[..., Client]


def test_a_slip_says_brazils_street_and_how_the_buyer_wants_it_delivered(shop: Shop, sign_in: SignIn) -> None:
    extended = {
        "streetName": "Rua Nova",
        "streetNumber": "12",
        "complement": "Casa 3",
        "neighborhood": "Azul",
    }
    wishes = {"dropOffLocation": "SIDE_DOOR", "addressInstruction": "Code 4711 at the gate"}
    address = {"name": "Ina Vented", "city": "Recife", "countryCode": "BR", "extendedFields": extended}
    recipient = {"deliveryAddress": address, "deliveryPreference": wishes}
    order_id = shop.sell(edit=lambda document: document.update(recipient=recipient))
    shop.sync()
    order = commerce_order_of(order_id)
    client = sign_in(Role.MERCHANT, shop.store)
    slip = read(client.get(f"/commerce-orders/{order.number}/packing-slip/").content).one("article").words
    for words in (
        "Rua Nova, 12",
        "Casa 3",
        "Azul",
        "Recife",
        "Leave it here: Side door",
        "Code 4711 at the gate",
    ):
        assert words in slip
    masked = read(client.get(f"/orders/{order_id}/").content).one("main").words
    assert ("Delivery instructions" in masked, "4711" in masked) == (True, False)


def tokyo_shop(shop: Shop) -> Shop:
    """A second store, in Japan: its account is another one, of the far east."""
    shop.amazon.add_seller("A9JAPAN", "Minato", ("JP",), "refresh-jp")
    shop.store = stores.connect(
        name="Minato JP",
        seller_id="A9JAPAN",
        marketplace_code="JP",
        refresh_token="refresh-jp",
        connected_at=timezone.now() - timedelta(days=30),
        commerce_store_name=None,
        by="tests",
        now=timezone.now(),
    )
    return shop


def in_tokyo(moment: datetime) -> date:
    return (moment + timedelta(hours=9)).date()


def test_the_day_of_the_purchase_in_tokyo_is_told_to_amazon_as_a_moment_after_it(
    shop: Shop, sign_in: SignIn
) -> None:
    tokyo_shop(shop)
    bought = timezone.now().replace(microsecond=0) - timedelta(minutes=3)
    order_id = shop.sell(place="JP", seller="A9JAPAN", created=bought, updated=bought + timedelta(seconds=1))
    account_sync.sync_account(account_id=shop.store.account_id, now=timezone.now() + timedelta(minutes=10))
    judge.judge_due(now=timezone.now())
    order = commerce_order_of(order_id)
    client = sign_in(Role.MERCHANT, shop.store)
    head = "order_number,carrier,tracking_number,shipped_at\n"
    for day, words in (
        (in_tokyo(bought) + timedelta(days=1), "lies in the future"),
        (in_tokyo(bought) - timedelta(days=1), "lies before the purchase"),
    ):
        page = client.post("/warehouse/tracking/", {"text": f"{head}{order.number},YAMATO,1,{day}\n"})
        assert words in read(page.content).one("main").words
    text = f"{head}{order.number},YAMATO,1,{in_tokyo(bought)}\n"
    assert client.post("/warehouse/tracking/ship/", {"text": text}).status_code == 303
    shipment = Shipment.objects.get()
    assert bought <= shipment.shipped_at.astimezone(UTC) <= timezone.now()
    assert in_tokyo(shipment.shipped_at) == in_tokyo(bought)
    confirm.confirm_account(account_id=shop.store.account_id)
    assert [told.order_id for told in shop.amazon.world.confirmations] == [order_id]
