"""Sync runs, communication errors and quota, as the API shows them. Reading only."""

from typing import Any

from rest_framework import serializers

from backoffice.api.fields import AskedMoment, Moment
from backoffice.api.serializers.stores import NamedStore
from integration.models import FailureKind, Lane, RunKind
from integration.sync.runs import RunState

BIGGEST_ID = 2**63 - 1


class _RecordQuery(serializers.Serializer[Any]):
    """What both lists may be asked."""

    store = serializers.IntegerField(min_value=1, max_value=BIGGEST_ID, required=False)
    cursor = serializers.CharField(max_length=1_000, required=False)


class SyncRunQuery(_RecordQuery):
    """`troubled`: only runs that failed or were interrupted."""

    kind = serializers.ChoiceField(choices=RunKind.choices, required=False)
    troubled = serializers.BooleanField(default=False)
    started_after = AskedMoment(required=False)
    started_before = AskedMoment(required=False)


class CommunicationErrorQuery(_RecordQuery):
    """`run`: the failures of one sync run."""

    kind = serializers.ChoiceField(choices=FailureKind.choices, required=False)
    operation = serializers.CharField(max_length=64, required=False)
    run = serializers.CharField(max_length=16, required=False)
    first_after = AskedMoment(required=False)
    first_before = AskedMoment(required=False)


class QuotaQuery(serializers.Serializer[Any]):
    """The list has no filters."""

    cursor = serializers.CharField(max_length=1_000, required=False)


class SyncRunSerializer(serializers.Serializer[Any]):
    """`answered_at`: of a run that failed, when Amazon answered the account again since."""

    run = serializers.CharField()
    stores = NamedStore(many=True)
    kind = serializers.ChoiceField(choices=RunKind.choices)
    state = serializers.ChoiceField(choices=[(state.value, state.value) for state in RunState])
    started_at = Moment()
    ended_at = Moment(allow_null=True)
    requests = serializers.IntegerField()
    pages = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField())
    synced_from = Moment(allow_null=True)
    synced_until = Moment(allow_null=True)
    problem = serializers.CharField()
    error = serializers.CharField()
    worker = serializers.CharField()
    answered_at = Moment(allow_null=True)


class CommunicationErrorSerializer(serializers.Serializer[Any]):
    """One failure; `times` within the minute of `first_at`. `status` 0: no answer came."""

    id = serializers.IntegerField()
    stores = NamedStore(many=True)
    operation = serializers.CharField()
    kind = serializers.ChoiceField(choices=FailureKind.choices)
    status = serializers.IntegerField()
    code = serializers.CharField()
    request_id = serializers.CharField()
    run = serializers.CharField()
    lane = serializers.SerializerMethodField()
    first_at = Moment()
    last_at = Moment()
    times = serializers.IntegerField()
    meaning = serializers.CharField(source="meaning.means")
    next = serializers.CharField(source="meaning.next")
    answered_at = Moment(allow_null=True)

    def get_lane(self, row: Any) -> str | None:
        """For whom Amazon was called, e.g. "POLL"."""
        return row.lane.name if row.lane is not None else None


class OperationQuotaSerializer(serializers.Serializer[Any]):
    """One operation. `rate`: tokens per second; `next_token_in_seconds` null: the bucket is full."""

    operation = serializers.CharField()
    tokens = serializers.FloatField()
    burst = serializers.FloatField()
    rate = serializers.FloatField()
    next_token_in_seconds = serializers.SerializerMethodField()
    calls_today = serializers.SerializerMethodField()

    def get_next_token_in_seconds(self, quota: Any) -> float | None:
        """The time to the next whole token."""
        return None if quota.next_token_in is None else quota.next_token_in.total_seconds()

    def get_calls_today(self, quota: Any) -> dict[str, int]:
        """Calls since midnight UTC, by lane."""
        return by_lane(quota.calls_today)


class BacklogSerializer(serializers.Serializer[Any]):
    """The search under way; nulls are not known."""

    state = serializers.CharField()
    pages_read = serializers.IntegerField()
    pages_left = serializers.IntegerField(allow_null=True)
    ends_in_seconds = serializers.SerializerMethodField()

    def get_ends_in_seconds(self, backlog: Any) -> float | None:
        """How long the rest takes."""
        return None if backlog.ends_in is None else backlog.ends_in.total_seconds()


class AccountQuotaSerializer(serializers.Serializer[Any]):
    """One account, the furthest behind first."""

    seller_id = serializers.CharField()
    region = serializers.CharField()
    stores = NamedStore(many=True)
    synced_until = Moment(allow_null=True)
    last_polled_at = Moment(allow_null=True)
    next_poll_at = Moment()
    is_refused = serializers.BooleanField()
    failures = serializers.IntegerField()
    backlog = BacklogSerializer()
    operations = OperationQuotaSerializer(many=True)
    single_orders_waiting = serializers.SerializerMethodField()

    def get_single_orders_waiting(self, row: Any) -> dict[str, int]:
        """Orders to be asked for by getOrder now, by lane."""
        return by_lane(row.waiting)


def by_lane(numbers: dict[Lane, int]) -> dict[str, int]:
    """Numbers by the lanes' names; every lane is there."""
    return {lane.name: numbers.get(lane, 0) for lane in Lane}
