"""Words, amounts and times on the pages: one tag per idea, so that no page writes its own."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice.pages.frame import cancellation_words, words
from backoffice.pages.operations import message_words, record_words
from integration.decision.facts import AMAZON
from integration.decision.policy import OPEN
from integration.operations.activity import RunRow
from integration.stores.dashboard import COUNTED_AT_MOST

register = template.Library()
_STANDING_TONES = {"ACTIVE": "ok", "INVITED": "info", "LOCKED_OUT": "bad"}


@register.inclusion_tag("components/pill.html")
def amazon_status(status: str) -> dict[str, Any]:
    """Amazon's status of an order."""
    return _pill(words.amazon_status(status))


@register.inclusion_tag("components/pill.html")
def import_state(state: str) -> dict[str, Any]:
    """What became of an Amazon order here."""
    return _pill(words.import_state(state))


@register.inclusion_tag("components/pill.html")
def commerce_status(status: str, custom_status: str = "") -> dict[str, Any]:
    """The status of a Commerce order."""
    return _pill(words.commerce_status(status, custom_status))


@register.inclusion_tag("components/pill.html")
def active_pill(is_active: bool) -> dict[str, Any]:
    """Active or Inactive."""
    return _pill(words.Pill("Active", "ok") if is_active else words.Pill("Inactive"))


@register.inclusion_tag("components/pill.html")
def yes_pill(is_on: bool, yes: str, no: str, *, tone: str = "") -> dict[str, Any]:
    """One of two words: the good one, or the one a person may want to change (`tone`: how loud)."""
    return _pill(words.Pill(yes, "ok") if is_on else words.Pill(no, tone))


@register.inclusion_tag("components/pill.html")
def pill(shown: words.Pill) -> dict[str, Any]:
    """Any word with a color."""
    return _pill(shown)


def _pill(pill: words.Pill) -> dict[str, Any]:
    return {"words": pill.words, "tone": pill.tone, "title": pill.title}


@register.simple_tag
def money(amount: Decimal | None, currency: str) -> str:
    """An amount in its currency."""
    return words.money(amount, currency)


@register.simple_tag
def moment(at: datetime | None, *, relative: bool = False) -> SafeString | str:
    """A time: UTC from the server, the reader's own once the script has run, UTC on hover."""
    if at is None:
        return words.UNKNOWN
    said = words.utc(at)
    return format_html(
        '<time datetime="{}" title="{}"{}>{}</time>',
        at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        said,
        SafeString(" data-relative") if relative else "",
        said,
    )


@register.simple_tag
def day(at: datetime) -> str:
    """A day of UTC, where the hour says nothing."""
    return words.day(at)


@register.filter
def duration(span: timedelta) -> str:
    """A stretch of time."""
    return words.duration(span)


@register.filter
def rate(per_second: float) -> str:
    """How often something may be done."""
    return words.rate(per_second)


@register.inclusion_tag("components/pill.html")
def run_state(row: RunRow) -> dict[str, Any]:
    """How a run stands."""
    return _pill(record_words.run_state(row))


@register.inclusion_tag("components/pill.html")
def worker_state(seen_at: datetime, now: datetime) -> dict[str, Any]:
    """Whether a worker is at work."""
    return _pill(record_words.worker_state(seen_at, now))


@register.filter
def sentence(code: str) -> str:
    """A code in words."""
    return words.sentence(code)


@register.filter
def message_title(code: str) -> str:
    """What a system message is called."""
    return message_words.title(code)


@register.simple_tag
def ship_alarm(ship_by: datetime, status: str, fulfilled_by: str) -> SafeString | str:
    """How late an order of the seller's is, or how soon it will be; nothing where there is time."""
    if status not in OPEN or fulfilled_by == AMAZON:
        return ""
    clock = words.ship_clock(ship_by, timezone.now())
    css = {"bad": "bad-text strong", "warn": "warn-text"}.get(clock.tone)
    return format_html(' <div class="{}">{}</div>', css, clock.words) if css else ""


@register.simple_tag
def signed(units: int) -> str:
    """A change of a quantity: +3, -2; nothing for none."""
    return f"{units:+,}".replace("-", "\u2212") if units else ""


@register.inclusion_tag("components/pill.html")
def person_standing(standing: str) -> dict[str, Any]:
    """How a person stands."""
    return _pill(words.Pill(words.sentence(standing), _STANDING_TONES.get(standing, "")))


@register.simple_tag
def capped(number: int, at: int = 10_000) -> str:
    """A count that stops counting: 10,000+."""
    return f"{at:,}+" if number > at else f"{number:,}"


@register.simple_tag
def reason(code: str) -> str:
    """Why something was done to an order, in words."""
    return cancellation_words.reason(code)


@register.simple_tag
def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return words.counted(number, one, many)


@register.filter
def thousands(number: int) -> str:
    """A number as a person reads it: 3,000."""
    return f"{number:,}"


@register.simple_tag
def up_to(number: int) -> str:
    """A count that is not counted to its end where there is very much."""
    return words.up_to(number, COUNTED_AT_MOST)


@register.simple_tag
def signed_percent(change: int) -> str:
    """A change in percent: +12 %."""
    return f"{change:+,} %".replace("-", "\u2212")


@register.filter
def flag_url(country_code: str) -> str:
    """The picture of a country's flag. `country_code`: ISO 3166."""
    return static(f"flags/{country_code.lower()}.svg")
