from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from django.test import Client

from integration.models import Role
from tests.backoffice.pages.reading import Element, read, rows
from tests.factories import amazon

SignIn = Callable[..., Client]
HEADING = ["Purchase Date", "Order Number", "Status", "Buyer's Name", "Total", "Order Notes"]


def numbers(page: Element) -> list[str]:
    return [row.attributes["data-order"] for row in rows(page)]


def test_the_heading_holds_the_columns_in_their_order(sign_in: SignIn) -> None:
    amazon.order(amazon.store())
    page = read(sign_in().get("/orders/").content)
    heading = [cell.words for cell in page.one("thead").all("th")]
    assert [name for name in heading if name in HEADING] == HEADING


def test_the_first_link_of_the_order_number_leads_where_the_order_is_managed(sign_in: SignIn) -> None:
    store = amazon.store()
    made = {
        state: amazon.order(store, state=state) for state in ("IMPORTED", "VIEW_ONLY", "WAITING", "BLOCKED")
    }
    page = read(sign_in().get("/orders/").content)
    links = {row.attributes["data-order"]: row.all("td")[1].all("a") for row in rows(page)}
    commerce_order = made["IMPORTED"].order_import.commerce_order
    assert commerce_order is not None
    central = "https://sellercentral.amazon.com/orders-v3/order/"
    expected = {
        "IMPORTED": f"/commerce-orders/{commerce_order.number}/",
        "VIEW_ONLY": f"{central}{made['VIEW_ONLY'].amazon_order_id}",
        "WAITING": f"/orders/{made['WAITING'].amazon_order_id}/",
        "BLOCKED": f"/orders/{made['BLOCKED'].amazon_order_id}/",
    }
    for state, order in made.items():
        first, details = links[order.amazon_order_id]
        assert (first.text, first.attributes["href"]) == (order.amazon_order_id, expected[state])
        assert first.attributes.get("target", "") == ("_blank" if state == "VIEW_ONLY" else "")
        assert details.attributes["href"] == f"/orders/{order.amazon_order_id}/"


def test_a_row_says_what_is_known(sign_in: SignIn) -> None:
    store = amazon.store()
    order = amazon.order(
        store,
        state="BLOCKED",
        status="PARTIALLY_SHIPPED",
        total=Decimal("1234.5"),
        personal={"buyer_name": "Ada Byron"},
    )
    amazon.blocker(order, "PRODUCT_MISSING", "SKU-1")
    (row,) = rows(read(sign_in().get("/orders/").content))
    cells = [cell.words for cell in row.all("td")]
    assert cells[2:6] == ["Partially shipped", "Blocked", "Ada Byron", "$1,234.50"]
    assert cells[-1] == 'Product "SKU-1" is not in the catalog'
    assert row.all("td")[2].one("span").attributes["title"] == "PARTIALLY_SHIPPED"


def test_there_are_fifty_rows_a_page_and_the_next_page_goes_on(sign_in: SignIn) -> None:
    store = amazon.store()
    made = [amazon.order(store, purchased_at=amazon.NOW - timedelta(minutes=n)) for n in range(51)]
    client = sign_in()
    first = read(client.get("/orders/").content)
    assert numbers(first) == [order.amazon_order_id for order in made[:50]]
    assert first.one("span", id="order-count").words == "51 orders"
    (following,) = [link for link in first.all("a") if link.words == "Next"]
    second = read(client.get(following.attributes["href"]).content)
    assert numbers(second) == [made[50].amazon_order_id]
    (back,) = [link for link in second.all("a") if link.words == "Previous"]
    assert numbers(read(client.get(back.attributes["href"]).content)) == numbers(first)


def test_a_cursor_that_makes_no_sense_shows_the_first_page(sign_in: SignIn) -> None:
    order = amazon.order(amazon.store())
    page = read(sign_in().get("/orders/?cursor=nonsense&ordering=nothing").content)
    assert numbers(page) == [order.amazon_order_id]


def test_filters_stand_in_the_address_and_each_has_a_chip(sign_in: SignIn) -> None:
    store, other = amazon.store("Harbor"), amazon.store("Linden")
    wanted = amazon.order(store, total=Decimal("10.50"), state="BLOCKED")
    amazon.order(store, total=Decimal("10.49"), state="BLOCKED")
    amazon.order(other, total=Decimal("10.50"), state="BLOCKED")
    address = f"/orders/?total_min=10.50&state=BLOCKED&status=UNSHIPPED&status=SHIPPED&store={store.pk}"
    page = read(sign_in().get(address).content)
    assert numbers(page) == [wanted.amazon_order_id]
    chips = {chip.words: chip.one("a").attributes["href"] for chip in page.all("li", **{"class": "chip"})}
    assert sorted(chips) == [
        "Import: Blocked",
        "Status: Shipped",
        "Status: Unshipped",
        "Store: Harbor",
        "Total from: 10.50",
    ]
    assert (
        chips["Status: Shipped"]
        == f"/orders/?total_min=10.50&state=BLOCKED&store={store.pk}&status=UNSHIPPED"
    )


def test_both_dates_are_days_of_the_one_chosen_store(sign_in: SignIn) -> None:
    store = amazon.store(marketplace="JP")
    # 2026-11-20 00:30 in Tokyo.
    inside = amazon.order(store, purchased_at=amazon.NOW.replace(day=19, hour=15, minute=30))
    amazon.order(store, purchased_at=amazon.NOW.replace(day=19, hour=14, minute=30))
    address = f"/orders/?purchased_from=2026-11-20&purchased_to=2026-11-20&store={store.pk}"
    assert numbers(read(sign_in().get(address).content)) == [inside.amazon_order_id]


def test_a_form_without_a_name_leads_to_the_address_that_says_the_same(sign_in: SignIn) -> None:
    amazon.store()
    answer = sign_in().post(
        "/orders/", {"filters": "1", "status": ["SHIPPED", "PENDING"], "number": "", "buyer": ""}
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/orders/?status=SHIPPED&status=PENDING")


def test_a_search_by_buyer_is_kept_in_no_address(sign_in: SignIn) -> None:
    store = amazon.store()
    made = [
        amazon.order(
            store, personal={"buyer_name": "Ada Byron"}, purchased_at=amazon.NOW - timedelta(minutes=n)
        )
        for n in range(51)
    ]
    amazon.order(store, personal={"buyer_name": "Maria Sibylla"})
    client = sign_in()
    answer = client.post("/orders/", {"filters": "1", "buyer": "byron ada", "ordering": "purchased_at"})
    page = read(answer.content)
    assert answer.status_code == 200
    assert numbers(page) == [order.amazon_order_id for order in reversed(made[1:])]
    addresses = [link.attributes.get("href", "") for link in page.all("a")]
    addresses += [button.attributes.get("formaction", "") for button in page.all("button")]
    assert not [address for address in addresses if "byron" in address.lower()]
    assert not any("byron" in str(value).lower() for value in client.session.values())
    (following,) = [button for button in page.all("button") if button.words == "Next"]
    second = read(client.post(following.attributes["formaction"], {"buyer": "byron ada"}).content)
    assert numbers(second) == [made[0].amazon_order_id]


def test_a_name_in_the_address_is_not_searched_for(sign_in: SignIn) -> None:
    order = amazon.order(amazon.store(), personal={"buyer_name": "Ada Byron"})
    page = read(sign_in().get("/orders/?buyer=nobody").content)
    assert numbers(page) == [order.amazon_order_id]


def test_a_wrong_filter_says_so_and_the_others_hold(sign_in: SignIn) -> None:
    store = amazon.store()
    amazon.order(store, status="SHIPPED")
    page = read(sign_in().get("/orders/?total_min=many&status=UNSHIPPED").content)
    assert "Enter a number." in page.text
    assert "No order fits these filters" in page.text


def test_a_program_can_be_filtered(sign_in: SignIn) -> None:
    store = amazon.store()
    order = amazon.order(store, is_prime=True)
    amazon.order(store, is_business=True)
    page = read(sign_in().get("/orders/?program=prime").content)
    assert numbers(page) == [order.amazon_order_id]
    assert [chip.words for chip in page.all("li", **{"class": "chip"})] == ["Program: Prime"]


def test_an_unknown_word_of_amazons_can_be_filtered(sign_in: SignIn) -> None:
    store = amazon.store()
    order = amazon.order(store, status="TELEPORTED")
    amazon.order(store)
    page = read(sign_in().get("/orders/?status=TELEPORTED").content)
    assert numbers(page) == [order.amazon_order_id]


def test_the_sort_covers_the_whole_list(sign_in: SignIn) -> None:
    store = amazon.store()
    made = [amazon.order(store, total=Decimal(n)) for n in range(60)]
    client = sign_in()
    page = read(client.get("/orders/?ordering=total").content)
    assert numbers(page)[0] == made[0].amazon_order_id
    (heading,) = [cell for cell in page.one("thead").all("th") if cell.words == "Total"]
    assert heading.attributes["aria-sort"] == "ascending"
    turned = read(client.get(heading.one("a").attributes["href"]).content)
    assert numbers(turned)[0] == made[59].amazon_order_id


def test_an_empty_list_says_why(sign_in: SignIn) -> None:
    assert "No store, no orders" in sign_in().get("/orders/").content.decode()
    store = amazon.store()
    assert "No orders yet" in sign_in(Role.MERCHANT, store).get("/orders/").content.decode()
