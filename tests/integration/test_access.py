"""Roles, permissions and the reach of people and of their tokens."""

import pytest

from commerce.models import Order
from integration import access
from integration.access import ALLOWED, NotPermitted, Permission
from integration.models import ApiToken, Role
from integration.people import users
from tests.factories import amazon, commerce
from tests.factories import people as person

pytestmark = pytest.mark.django_db


def test_each_role_has_its_permissions() -> None:
    assert ALLOWED[Role.ADMIN] == set(Permission)
    assert set(Permission) - ALLOWED[Role.MERCHANT] == {
        Permission.CHANGE_SETTINGS,
        Permission.MANAGE_STORES,
        Permission.VIEW_HEALTH,
        Permission.PROVE_COMPLETENESS,
        Permission.MANAGE_PEOPLE,
        Permission.MANAGE_PRIVACY,
    }
    assert ALLOWED[Role.OPERATOR] == {
        Permission.OWN_ACCOUNT,
        Permission.VIEW_ORDERS,
        Permission.RETRY_ORDERS,
        Permission.VIEW_HEALTH,
        Permission.PROVE_COMPLETENESS,
    }


def test_a_person_sees_the_stores_given_to_them_and_an_admin_sees_all() -> None:
    mine, other = amazon.store("B"), amazon.store("A")
    viewer = access.viewer_of_user(person.user(Role.MERCHANT, [mine]))
    assert (list(viewer.stores()), viewer.sees_store(mine.pk), viewer.sees_store(other.pk)) == (
        [mine],
        True,
        False,
    )
    assert list(access.viewer_of_user(person.user(Role.ADMIN, [mine])).stores()) == [other, mine]
    superuser = person.user(Role.OPERATOR, is_superuser=True)
    assert access.viewer_of_user(superuser).role == Role.ADMIN


def test_who_may_not_is_told_what_their_role_lacks() -> None:
    with pytest.raises(NotPermitted, match="The role Operator does not include fix orders"):
        access.require(person.operator(), Permission.FIX_ORDERS)


def token_of(user_role: Role, token_role: Role, user_stores: list[object], stores: list[object]) -> ApiToken:
    user = person.user(user_role, user_stores)  # type: ignore[arg-type]
    token = ApiToken.objects.create(
        user=user,
        role=token_role,
        is_every_store=token_role == Role.ADMIN and not stores,
        token_hash=str(user.pk),
        created_at=amazon.NOW,
    )
    token.stores.set(stores)  # type: ignore[arg-type]
    return token


def test_a_token_reaches_no_further_than_its_user_does_now() -> None:
    one, two = amazon.store(), amazon.store()
    narrow = access.viewer_of_token(token_of(Role.ADMIN, Role.MERCHANT, [], [one]))
    assert (narrow.role, narrow.store_ids) == (Role.MERCHANT, frozenset({one.pk}))
    wide = access.viewer_of_token(token_of(Role.ADMIN, Role.ADMIN, [], []))
    assert (wide.role, wide.store_ids) == (Role.ADMIN, None)
    demoted = access.viewer_of_token(token_of(Role.MERCHANT, Role.ADMIN, [one], [one, two]))
    assert demoted.store_ids == frozenset({one.pk})
    assert demoted.may(Permission.FIX_ORDERS) is True
    assert demoted.may(Permission.CHANGE_SETTINGS) is False
    assert access.viewer_of_token(token_of(Role.MERCHANT, Role.ADMIN, [one], [])).store_ids == frozenset(
        {one.pk}
    )
    crossed = access.viewer_of_token(token_of(Role.MERCHANT, Role.OPERATOR, [one], [one]))
    assert (crossed.may(Permission.VIEW_HEALTH), crossed.may(Permission.SEE_PERSONAL_DATA)) == (False, False)
    assert access.viewer_of_token(token_of(Role.ADMIN, Role.MERCHANT, [], [])).store_ids == frozenset()


def test_a_token_for_one_store_reaches_nothing_when_that_store_is_gone() -> None:
    only = amazon.store()
    admin = person.user(Role.ADMIN)
    issued = users.issue_token(user=admin, role=Role.ADMIN, stores=[only], now=amazon.NOW)
    token = ApiToken.objects.get(pk=issued.id)
    token.stores.clear()
    assert access.viewer_of_token(token).store_ids == frozenset()


def test_a_commerce_order_is_seen_through_its_amazon_order() -> None:
    mine = amazon.store()
    seen = amazon.order(mine, state="IMPORTED").order_import.commerce_order
    amazon.order(amazon.store(), state="IMPORTED")
    commerce.order()
    assert list(access.scope_commerce_orders(person.merchant(mine), Order.objects.all())) == [seen]
    assert access.scope_commerce_orders(person.admin(), Order.objects.all()).count() == 3


def test_a_token_in_force_is_found_and_its_use_is_noted_now_and_then() -> None:
    user = person.user(Role.ADMIN)
    issued = users.issue_token(
        user=user, role=Role.ADMIN, stores=[], now=amazon.NOW, expires_at=amazon.NOW.replace(hour=18)
    )
    assert issued.text.startswith("aob_")
    assert not ApiToken.objects.filter(token_hash__contains=issued.text).exists()
    assert users.token_of(issued.text, now=amazon.NOW) is not None
    assert ApiToken.objects.get().last_used_at == amazon.NOW
    users.token_of(issued.text, now=amazon.NOW.replace(minute=2))
    assert ApiToken.objects.get().last_used_at == amazon.NOW
    users.token_of(issued.text, now=amazon.NOW.replace(minute=6))
    assert ApiToken.objects.get().last_used_at == amazon.NOW.replace(minute=6)
    assert users.token_of(issued.text, now=amazon.NOW.replace(hour=19)) is None
    assert users.token_of("other", now=amazon.NOW) is None


def test_a_token_for_no_named_store_keeps_to_those_of_its_user() -> None:
    shop = amazon.store("Mugs")
    issued = users.issue_token(
        user=person.user(Role.MERCHANT, [shop]), role=Role.MERCHANT, stores=[], now=amazon.NOW
    )
    assert issued.stores == ("Mugs",)


def test_a_token_beyond_its_user_is_refused() -> None:
    shop = amazon.store("Mugs")
    merchant = person.user(Role.MERCHANT, username="maria")
    for role in (Role.ADMIN, Role.OPERATOR):
        with pytest.raises(users.ScopeTooWide, match=f"maria is merchant .* a token as {role.value}"):
            users.issue_token(user=merchant, role=role, stores=[], now=amazon.NOW)
    with pytest.raises(users.ScopeTooWide, match="maria does not see the store Mugs"):
        users.issue_token(user=merchant, role=Role.MERCHANT, stores=[shop], now=amazon.NOW)
