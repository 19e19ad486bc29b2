"""A search that fails as a whole and is answered in part: the part is taken, the rest waited for."""

from integration.models import AccountSync
from tests.fixtures_shop import Shop, import_of, state_of


def problems(shop: Shop) -> list[str]:
    """What a pass could not do."""
    return [problem.code for problem in shop.sync().problems]


def test_a_combination_of_data_sets_that_fails_is_left_out_after_three_failures(shop: Shop) -> None:
    order_id = shop.sell()
    shop.amazon.faults.queue("error500", operation="searchOrders", needs_dataset="PACKAGES", times=0)
    assert [problems(shop) for _ in range(3)] == [["AMAZON_UNAVAILABLE"]] * 3

    assert problems(shop) == []

    # What was not asked for is not missing: the order waits for it.
    assert (state_of(order_id), import_of(order_id).reason) == ("WAITING", "NOT_ALL_TOLD")
    assert AccountSync.objects.get().data_sets_level == 1
    # The next pass tries them all again, and goes on with fewer at once where they fail still.
    assert problems(shop) == []
    shop.amazon.faults.clear()
    assert problems(shop) == []
    assert state_of(order_id) == "IMPORTED"
    row = AccountSync.objects.get()
    assert (row.data_sets_level, row.half_read_since) == (0, None)
