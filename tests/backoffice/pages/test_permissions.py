from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from backoffice.pages.urls import urlpatterns
from integration.access import Permission
from integration.models import Role
from integration.orders.bulk import batches
from tests.factories import amazon, commerce

SignIn = Callable[..., Client]
NAMES = [str(pattern.name) for pattern in urlpatterns]
# Pages of a part of a Commerce order.
WITH_KEY = {
    "commerce_tracking",
    "commerce_send_again",
    "commerce_settle_parcel",
    "commerce_pay_again",
    "commerce_settle_refund",
    "commerce_void_refund",
}
# What the address of a page about one thing names.
ARGUMENTS: dict[str, tuple[object, ...]] = {
    "store": (1,),
    "store_settings": (1,),
    "store_lateness": (1,),
    "store_reauthorize": (1,),
    "store_deactivate": (1,),
    "store_activate": (1,),
    "store_delete": (1,),
    "store_import": (1,),
    "store_import_numbers": (1,),
    "store_import_since": (1,),
    "import_batch": (1,),
    "import_progress": (1,),
    "view_remove": (1,),
    "completeness_give_up": (1,),
    "account_sign_out": (1,),
    "account_revoke_token": (1,),
    "person_revoke": (1, 1),
    **{
        name: (1,)
        for name in NAMES
        if name.startswith("person")
        and name not in {"person_invite", "person_revoke", "personal_data"}
        and not name.startswith("personal_")
    },
    "catalog_import": (1,),
    "catalog_progress": (1,),
    "catalog_import_start": (1,),
    "catalog_import_discard": (1,),
    "product": ("SKU-1",),
    "commerce_credit_memo": ("1000001", "1"),
    **{name: ("1000001", 1) for name in NAMES if name in WITH_KEY},
    **{
        name: ("1000001",)
        for name in NAMES
        if name.startswith("commerce_") and name not in {*WITH_KEY, "commerce_credit_memo", "commerce_orders"}
    },
    **{name: ("113-0000001-0000000",) for name in NAMES if name == "order" or name.startswith("order_")},
}


@pytest.mark.parametrize("pattern", urlpatterns, ids=NAMES)
def test_every_page_declares_a_permission(pattern: URLPattern) -> None:
    assert isinstance(getattr(pattern.callback, "permission", None), Permission)


@pytest.mark.parametrize("name", NAMES)
def test_nobody_sees_a_page_without_signing_in(name: str, client: Client) -> None:
    answer = client.get(reverse(name, args=ARGUMENTS.get(name, ())))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/?next=")


@pytest.mark.parametrize(
    "path", ["stores/connect/", "stores/{}/delete/", "stores/{}/reauthorize/", "read-only/"]
)
@pytest.mark.parametrize("role", [Role.MERCHANT, Role.OPERATOR])
def test_only_an_admin_sets_up_stores(path: str, role: Role, sign_in: SignIn) -> None:
    store = amazon.store()
    assert sign_in(role, store).get(f"/{path.format(store.pk)}").status_code == 403
    assert sign_in(Role.ADMIN).get(f"/{path.format(store.pk)}").status_code == 200


def test_a_merchant_reads_the_settings_and_cannot_change_them(sign_in: SignIn) -> None:
    store = amazon.store()
    merchant = sign_in(Role.MERCHANT, store)
    assert merchant.get(f"/stores/{store.pk}/settings/").status_code == 200
    refused = merchant.post(f"/stores/{store.pk}/settings/", {"import_amazon_orders": "disabled"})
    assert refused.status_code == 403
    store.import_settings.refresh_from_db()
    assert store.import_settings.import_amazon_orders


def test_what_belongs_to_another_merchants_store_does_not_exist(sign_in: SignIn) -> None:
    mine, other = amazon.store("Mine"), amazon.store("Other")
    order = amazon.order(other, state="IMPORTED")
    merchant = sign_in(Role.MERCHANT, mine)
    number = order.order_import.commerce_order
    assert number is not None
    for path in (
        f"/stores/{other.pk}/",
        f"/stores/{other.pk}/settings/",
        f"/orders/{order.amazon_order_id}/",
        f"/commerce-orders/{number.number}/",
    ):
        assert merchant.get(path).status_code == 404
    assert merchant.post(f"/orders/{order.amazon_order_id}/retry/").status_code == 404
    assert "Other" not in merchant.get("/").content.decode()


def test_an_operator_neither_sees_names_nor_may_change_the_catalog(sign_in: SignIn) -> None:
    store = amazon.store()
    commerce.product("SKU-1", stock={"main": 1})
    order = amazon.order(store, personal={"buyer_name": "Ada Byron", "address": {"city": "Ashford"}})
    operator = sign_in(Role.OPERATOR, store)
    for path in ("/orders/", f"/orders/{order.amazon_order_id}/"):
        page = operator.get(path).content.decode()
        assert "Ada Byron" not in page
        assert "Ashford" not in page
    assert operator.post("/catalogue/enable/", {"sku": "SKU-1"}).status_code == 403
    assert operator.post("/orders/", {"filters": "1", "buyer": "Ada"}).status_code in (200, 303, 403)


def test_what_changes_something_needs_a_form(sign_in: SignIn) -> None:
    store = amazon.store()
    assert sign_in().get(f"/stores/{store.pk}/deactivate/").status_code == 405


def test_an_operator_reads_imports_of_orders_and_starts_none(sign_in: SignIn) -> None:
    store, other = amazon.store(), amazon.store()
    batch, hidden = (
        batches.start_by_number(
            store=each, numbers=["111-0000001-0000001"], token="a", by="maria", now=amazon.NOW
        )
        for each in (store, other)
    )
    operator = sign_in(Role.OPERATOR, store)
    assert operator.get("/imports/").status_code == 200
    for path in ("", "progress/"):
        assert operator.get(f"/imports/{batch.pk}/{path}").status_code == 200
        assert operator.get(f"/imports/{hidden.pk}/{path}").status_code == 404
    assert operator.get(f"/stores/{store.pk}/import/").status_code == 403
    for path in (f"/stores/{store.pk}/import/numbers/", f"/stores/{store.pk}/import/since/"):
        assert operator.post(path, {"token": "b"}).status_code == 403
    for action in ("IMPORT", "SKIP"):
        assert operator.post("/orders/bulk/", {"token": "b", "action": action}).status_code == 403
    merchant = sign_in(Role.MERCHANT, store)
    assert merchant.get(f"/stores/{store.pk}/import/").status_code == 200
    assert merchant.get(f"/stores/{other.pk}/import/").status_code == 404
    assert merchant.post(f"/stores/{other.pk}/import/numbers/", {"token": "b"}).status_code == 404


def test_pages_are_kept_by_no_cache(sign_in: SignIn) -> None:
    amazon.store()
    assert "no-store" in sign_in().get("/orders/").headers["Cache-Control"]


def test_a_second_factor_is_asked_for_where_it_is_required(
    sign_in: SignIn, settings: pytest.FixtureRequest
) -> None:
    settings.MFA_REQUIRED = True  # type: ignore[attr-defined]
    answer = sign_in().get("/orders/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/2fa/totp/activate/")
