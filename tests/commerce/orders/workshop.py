"""An order of mugs, and what is told of it."""

from commerce.models import OrderEvent
from tests.commerce.shop import draft, line, place, product


def order(**changes: object) -> int:
    mug = product(on_hand=5)
    return place(draft("A-1", line(mug, 3), **changes)).placed["A-1"].id


def events() -> list[tuple[str, str, dict[str, object]]]:
    return list(OrderEvent.objects.order_by("pk").values_list("code", "by", "details"))
