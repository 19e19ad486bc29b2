"""How the buyer wishes a parcel to be delivered: drop-off place, instructions, hours. Pure.

Model orders 2026-01-01, DeliveryPreference. It belongs on the packing slip, and names nobody's address on its
own; it is sealed with it, for an instruction may hold the code of a gate.
"""

from collections.abc import Mapping
from typing import Any

from amazon_orders import reading

_LONGEST = 1_000
_DAYS = {
    "MON": "Monday",
    "TUE": "Tuesday",
    "WED": "Wednesday",
    "THU": "Thursday",
    "FRI": "Friday",
    "SAT": "Saturday",
    "SUN": "Sunday",
}
_CAPABILITIES = {
    "HAS_ACCESS_POINT": "There is an access point.",
    "PALLET_ENABLED": "Pallets can be delivered.",
    "PALLET_DISABLED": "Pallets cannot be delivered.",
}


def wishes(order: Mapping[str, Any]) -> list[str]:
    """Each wish as a line to be printed; none where the buyer has none."""
    recipient = reading.optional_obj(order.get("recipient"), "recipient")
    told = reading.optional_obj(recipient.get("deliveryPreference"), "deliveryPreference")
    place = reading.text(told.get("dropOffLocation"), "dropOffLocation", _LONGEST)
    instruction = reading.text(told.get("addressInstruction"), "addressInstruction", _LONGEST)
    hours = reading.optional_obj(told.get("deliveryTime"), "deliveryTime")
    lines = [
        f"Leave it here: {_in_words(place)}" if place else "",
        instruction,
        *_hours(hours),
        *_exceptions(hours),
        *_capabilities(told),
    ]
    return [line for line in lines if line]


def _in_words(place: str) -> str:
    """FRONT_DOOR is a code of Amazon's; "Under the bench" is not."""
    is_code = place.isupper() and place.replace("_", "").isalnum() and place.isascii()
    return place.replace("_", " ").capitalize() if is_code else place


def _hours(told: Mapping[str, Any]) -> list[str]:
    found = []
    for day in _objects(told.get("businessHours"), "businessHours"):
        code = reading.text(day.get("dayOfWeek"), "dayOfWeek", 16)
        if code and (windows := _windows(day)):
            found.append(f"Open {_DAYS.get(code, code)}: {windows}")
    return found


def _exceptions(told: Mapping[str, Any]) -> list[str]:
    found = []
    for each in _objects(told.get("exceptionDates"), "exceptionDates"):
        day = reading.text(each.get("exceptionDate"), "exceptionDate", 32)
        kind = reading.text(each.get("exceptionDateType"), "exceptionDateType", 16).lower()
        if day and kind:
            windows = _windows(each)
            found.append(f"{kind.capitalize()} on {day}{f': {windows}' if windows else ''}")
    return found


def _windows(told: Mapping[str, Any]) -> str:
    windows = _objects(told.get("timeWindows"), "timeWindows")
    spans = ((_clock(one.get("startTime")), _clock(one.get("endTime"))) for one in windows)
    return ", ".join(f"{start}-{end}" for start, end in spans if start and end)


def _clock(value: Any) -> str:
    told = reading.optional_obj(value, "timeWindows.time")
    hour, minute = told.get("hour"), told.get("minute", 0)
    # By type: True is an int to Python.
    if type(hour) is not int or type(minute) is not int or not (0 <= hour <= 24 and 0 <= minute < 60):
        return ""
    return f"{hour:02d}:{minute:02d}"


def _capabilities(told: Mapping[str, Any]) -> list[str]:
    codes = reading.array(told.get("deliveryCapabilities"), "deliveryCapabilities")
    return [_CAPABILITIES.get(code, "") for code in codes if isinstance(code, str)]


def _objects(value: Any, where: str) -> list[Mapping[str, Any]]:
    return [reading.optional_obj(each, where) for each in reading.array(value, where)]
