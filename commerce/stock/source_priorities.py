"""The order in which a shop asks the sources for stock."""

from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction

from commerce.models import CommerceStore, Source, SourcePriority


class UnknownSource(LookupError):
    """There is no source with this code."""


def set_order(*, commerce_store_id: int, source_codes: Sequence[str]) -> None:
    """Let a shop ask these sources first, in this order; others follow by their own priority. () forgets it.

    What is reserved already stays where it is. Raises UnknownSource.
    """
    with transaction.atomic():
        # One at a time for a shop: the second takes the first one's place.
        CommerceStore.objects.select_for_update(no_key=True).get(pk=commerce_store_id)
        known = dict(Source.objects.filter(code__in=source_codes).values_list("code", "pk"))
        if missing := [code for code in source_codes if code not in known]:
            raise UnknownSource(f"no source {missing[0]!r}")
        SourcePriority.objects.filter(commerce_store_id=commerce_store_id).delete()
        # Before every source that has only its own priority, which is not negative; 0 may be one of theirs.
        SourcePriority.objects.bulk_create(
            SourcePriority(
                commerce_store_id=commerce_store_id,
                source_id=known[code],
                priority=place - len(source_codes),
            )
            for place, code in enumerate(dict.fromkeys(source_codes))
        )


def order_of(*, commerce_store_id: int) -> list[Source]:
    """All sources in the order in which the shop asks them: 2 statements."""
    own = dict(
        SourcePriority.objects.filter(commerce_store_id=commerce_store_id).values_list(
            "source_id", "priority"
        )
    )
    return sorted_for(list(Source.objects.all()), own)


def own_orders() -> dict[int, dict[int, int]]:
    """The places of sources, by source, of each shop that has an order of its own: 1 statement."""
    found: dict[int, dict[int, int]] = {}
    rows = SourcePriority.objects.values_list("commerce_store_id", "source_id", "priority")
    for shop_id, source_id, priority in rows:
        found.setdefault(shop_id, {})[source_id] = priority
    return found


def sorted_for(sources: Iterable[Source], own: Mapping[int, int]) -> list[Source]:
    """Sources in the order in which a shop with these places of its own asks them."""
    return sorted(sources, key=lambda source: (own.get(source.pk, source.priority), source.code))
