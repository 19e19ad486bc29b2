"""A carrier is one of Amazon's, or another one with its name."""

import pytest

from integration.outbox import carriers


@pytest.mark.parametrize(
    ("code", "name", "found"),
    [
        ("UPS", "", ("UPS", "UPS")),
        ("", "fedex", ("FedEx", "FedEx")),
        ("", "Pigeon Post", ("Other", "Pigeon Post")),
        ("Other", "UPS", ("Other", "UPS")),
        ("PIGEON", "", ("Other", "PIGEON")),
    ],
)
def test_a_carrier_is_told_by_amazons_code_or_by_name(code: str, name: str, found: tuple[str, str]) -> None:
    carrier = carriers.find_carrier(code=code, name=name)
    assert carrier is not None
    assert (carrier.code, carrier.name) == found
