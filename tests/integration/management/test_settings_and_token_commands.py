"""The commands `import_settings` and `api_token`: what they print and how they end."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from integration import access
from integration.models import ApiToken, OrderImport, Role, User
from integration.people import users
from tests.factories import amazon
from tests.factories import people as person

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def as_json(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json").splitlines()[-1])


def refused(*arguments: str) -> str:
    with pytest.raises(CommandError) as stopped:
        run(*arguments)
    assert stopped.value.returncode == 1
    assert "\n" not in str(stopped.value)
    return str(stopped.value)


def test_settings_in_force_are_printed() -> None:
    amazon.store("Mugs")
    assert run("import_settings", "--store", "Mugs").splitlines() == [
        "Mugs",
        "Import Amazon Orders: Enabled",
        "Import Amazon Orders Into Commerce Store: Default Store",
        "Customer Creation: guest",
        "Order Number Source: commerce",
        "Order Status: default",
        "Reserve Stock For Pending Orders: Enabled",
    ]


def test_settings_are_changed_and_waiting_orders_become_due_once() -> None:
    shop = amazon.store("Mugs")
    waiting, imported = amazon.order(shop), amazon.order(shop, state="IMPORTED")
    changed = as_json(
        "import_settings", "--store", "Mugs", "--import", "disabled", "--customer", "create",
        "--number-source", "amazon", "--order-status", "From Amazon", "--reserve-pending", "off",
    )  # fmt: skip
    assert changed == {
        "store": "Mugs",
        "import_amazon_orders": False,
        "commerce_store": "Default Store",
        "customer_creation": "create",
        "order_number_source": "amazon",
        "order_status": "From Amazon",
        "reserve_pending": False,
    }
    versions = dict(OrderImport.objects.values_list("pk", "version"))
    assert versions == {waiting.pk: 2, imported.pk: 1}
    as_json("import_settings", "--store", "Mugs", "--import", "disabled")
    as_json("import_settings", "--store", "Mugs", "--order-status", "default")
    assert dict(OrderImport.objects.values_list("pk", "version")) == versions


def test_an_unknown_store_and_a_bad_status_are_refused_in_one_line() -> None:
    amazon.store("Mugs")
    assert refused("import_settings", "--store", "Cups") == "There is no store 'Cups'."
    text = refused("import_settings", "--store", "Mugs", "--order-status", "closed")
    assert text == "closed is the name of an end; an order in processing needs another."


def test_a_token_is_made_with_its_user_and_works() -> None:
    shop = amazon.store("Mugs")
    amazon.store("Cups")
    made = as_json("api_token", "--user", "maria", "--role", "merchant", "--store", "Mugs")
    assert (made["user"], made["role"], made["stores"]) == ("maria", "merchant", ["Mugs"])
    token = users.token_of(made["token"], now=amazon.NOW)
    assert token is not None
    viewer = access.viewer_of_token(token)
    assert (viewer.role, viewer.store_ids) == (Role.MERCHANT, frozenset({shop.pk}))
    user = User.objects.get(username="maria")
    assert (user.role, user.has_usable_password()) == ("merchant", False)


def test_a_token_without_a_store_reaches_those_there_are() -> None:
    amazon.store("Mugs")
    amazon.store("Cups")
    assert as_json("api_token", "--user", "otto", "--role", "operator")["stores"] == ["Cups", "Mugs"]
    assert as_json("api_token", "--user", "root", "--role", "admin")["stores"] is None
    text = run("api_token", "--user", "root", "--role", "admin")
    assert text.startswith("Token of root as admin, for every store (shown once):\naob_")


def test_several_stores_are_named_by_one_option_or_by_several() -> None:
    for name in ("A", "B", "C"):
        amazon.store(name)
    made = as_json("api_token", "--user", "m", "--role", "merchant", "--store", "A", "B", "--store", "C")
    assert made["stores"] == ["A", "B", "C"]


def test_a_token_beyond_its_user_or_for_an_unknown_store_is_refused() -> None:
    shop = amazon.store("Mugs")
    person.user(Role.MERCHANT, username="maria")
    assert "a token as admin" in refused("api_token", "--user", "maria", "--role", "admin")
    assert "does not see the store Mugs" in refused(
        "api_token", "--user", "maria", "--role", "merchant", "--store", shop.name
    )
    assert (
        refused("api_token", "--user", "new", "--role", "merchant", "--store", "X")
        == "There is no store 'X'."
    )
    assert (ApiToken.objects.count(), User.objects.filter(username="new").exists()) == (0, False)
