"""Somebody is invited, sets up a second factor, signs in with it, and looks at an address."""

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from integration.models import AuditEntry, User
from tests.browser.conftest import Visit
from tests.factories import amazon

PASSWORD = "correct horse battery staple"  # noqa: S105 - of a throw-away database


def code_of(secret: str) -> str:
    """What an authenticator app shows now."""
    return str(format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // 30)))


def sign_in(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("Login").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_from_an_invitation_to_a_sign_in_with_two_factors(person: Visit, browser: Browser) -> None:
    amazon.store("Harbor")
    admin = person("/people/invite/")
    admin.get_by_label("User name").fill("sam")
    admin.get_by_label("Harbor").check()
    admin.get_by_role("button", name="Invite").click()
    link = admin.locator("#invitation-link").inner_text()
    address = link.partition("/invitation/")[0]

    guest = browser.new_context().new_page()
    guest.goto(link)
    guest.get_by_label("Password", exact=True).fill(PASSWORD)
    guest.get_by_label("Password, once more").fill(PASSWORD)
    guest.get_by_role("button", name="Set the password").click()
    sign_in(guest, address, "sam")
    expect(guest.get_by_role("link", name="Harbor").first).to_be_visible()

    guest.goto(f"{address}/account/")
    guest.get_by_role("link", name="Set up an authenticator app").click()
    guest.get_by_label("Password", exact=True).fill(PASSWORD)
    guest.get_by_role("button", name="Confirm").click()
    secret = guest.locator("#authenticator_secret").input_value()
    guest.get_by_label("Authenticator code").fill(code_of(secret))
    guest.get_by_role("button", name="Activate").click()
    guest.goto(f"{address}/account/")
    expect(guest.get_by_text("10 recovery codes left")).to_be_visible()

    again = browser.new_context().new_page()
    sign_in(again, address, "sam")
    again.get_by_label("Code").fill("000000")
    again.get_by_role("button", name="Sign In").click()
    expect(again.get_by_text("Incorrect code.")).to_be_visible()
    # The code that set it up may count as used: the next one is taken early.
    code = str(format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // 30 + 1)))
    again.get_by_label("Code").fill(code)
    again.get_by_role("button", name="Sign In").click()
    expect(again.get_by_role("link", name="Harbor").first).to_be_visible()

    guest.goto(f"{address}/account/")
    guest.get_by_role("button", name="Sign out all others").click()
    guest.get_by_role("button", name="Sign them out").click()
    expect(guest.get_by_text("Signed out: 1.")).to_be_visible()
    again.reload()
    expect(again.get_by_role("button", name="Sign in")).to_be_visible()
    assert User.objects.get(username="sam").joined_at is not None


def test_an_address_is_shown_for_one_look(person: Visit) -> None:
    order = amazon.order(
        amazon.store(), state="BLOCKED", personal={"address": {"line1": "1 High Street", "country": "US"}}
    )
    page = person(f"/orders/{order.amazon_order_id}/")
    expect(page.get_by_text("1 High Street")).to_have_count(0)
    page.get_by_role("button", name="Show personal data").click()
    expect(page.get_by_text("1 High Street").first).to_be_visible()
    page.reload()
    expect(page.get_by_text("1 High Street")).to_have_count(0)
    assert AuditEntry.objects.filter(what="PERSONAL_DATA_SEEN", subject=order.amazon_order_id).count() == 1
    page = person("/activity/audit/?kind=personal")
    expect(page.get_by_role("link", name=order.amazon_order_id)).to_be_visible()
