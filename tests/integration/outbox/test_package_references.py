"""The number under which Amazon knows a parcel of ours."""

from integration.outbox import package_references


def test_a_reference_is_never_one_that_amazon_uses() -> None:
    first = package_references.choose(7, taken=())
    assert package_references.choose(7, taken={first}) != first
    assert int(first) > 0
