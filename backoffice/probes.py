"""Liveness, readiness and metrics, for probes and for Prometheus."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from celery import current_app
from django.db import DatabaseError, connection
from django.db.models import Count, F, Sum
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError as BrokerUnavailable
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from integration import access
from integration.access import Permission
from integration.installation import read_only
from integration.models import (
    AccountSync,
    Blocker,
    CommunicationError,
    ImportState,
    Lane,
    OrderImport,
    OrderRequest,
    Quarantine,
    QuotaBucket,
    SyncRun,
)
from integration.models.runs import NO_FAILURES
from integration.people import users

logger = structlog.get_logger(__name__)
BROKER_TIMEOUT_SECONDS = 2
RECENTLY = timedelta(hours=1)


@require_safe
@never_cache
def alive(request: HttpRequest) -> HttpResponse:
    """GET /healthz: the process answers. Asks nobody else."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """GET /readyz: 503 where database or broker are away.

    The age of the sync and read-only mode are told but are no reason for 503: a page that shows yesterday's
    orders and says so is better than none.
    """
    checks = {name: _tried(name, check) for name, check in _CHECKS}
    is_ready = all(checks.values())
    document: dict[str, Any] = {
        "status": "ok" if is_ready else "unavailable",
        **{name: "ok" if works else "unavailable" for name, works in checks.items()},
        "sync_age_seconds": sync_age_seconds(timezone.now()) if checks["database"] else None,
        "read_only": read_only.is_on() if checks["database"] else None,
    }
    return JsonResponse(document, status=200 if is_ready else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """GET /metrics: Prometheus text, for a token that may see health."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    # A token and no open port: the figures tell how much a shop sells.
    token = users.token_of(text.strip(), now=timezone.now()) if scheme.lower() == "bearer" else None
    if token is None:
        return HttpResponse("A token is needed.\n", status=401, headers={"WWW-Authenticate": "Bearer"})
    if not access.viewer_of_token(token).may(Permission.VIEW_HEALTH):
        return HttpResponse("The token's role does not include this.\n", status=403)
    registry = CollectorRegistry()
    registry.register(_Figures(timezone.now()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def sync_age_seconds(now: datetime) -> float | None:
    """How long ago the account that waits longest was read, inactive ones left aside; None before any."""
    active = AccountSync.objects.filter(account__stores__is_active=True, last_polled_at__isnull=False)
    oldest = active.order_by("last_polled_at").values_list("last_polled_at", flat=True).first()
    return None if oldest is None else (now - oldest).total_seconds()


def _tried(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except (DatabaseError, BrokerUnavailable, OSError) as broken:
        logger.warning("health.not_ready", check=name, cause=type(broken).__name__)
        return False
    return True


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_broker() -> None:
    with current_app.connection_for_write(connect_timeout=BROKER_TIMEOUT_SECONDS) as broker:
        # Within the probe's own patience: kombu alone would try for minutes.
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_TIMEOUT_SECONDS)


# Not Amazon: while it is away pages still work, and a pod that is taken out for that helps nobody.
_CHECKS = (("database", _ask_database), ("broker", _ask_broker))


class _Figures:
    """Counts that indexes answer; nothing here reads a whole table."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        """The figures, read when Prometheus asks."""
        yield _gauge("orders_due", "Orders that wait for a judgment.", _due())
        yield _gauge(
            "orders_blocked",
            "Orders that a person must act on.",
            OrderImport.objects.filter(state=ImportState.BLOCKED).count(),
        )
        yield _gauge("blockers_open", "Reasons in force.", Blocker.objects.filter(closed_at=None).count())
        yield _gauge(
            "orders_quarantined",
            "Payloads that could not be read.",
            Quarantine.objects.filter(resolved_at=None).count(),
        )
        yield _gauge("read_only", "1 while nothing may be said to Amazon.", read_only.is_on())
        yield from self._sync_ages()
        yield from self._quota()
        yield self._requests()
        yield self._runs()
        yield self._errors()

    def _sync_ages(self) -> Iterator[Metric]:
        ages = _per_account("sync_age_seconds", "Seconds since the account was last read.")
        lag = _per_account("sync_lag_seconds", "Seconds up to which the account's orders are not in yet.")
        active = AccountSync.objects.filter(account__stores__is_active=True).distinct()
        for account_id, polled_at, synced_until in active.values_list(
            "account_id", "last_polled_at", "synced_until"
        ):
            if polled_at is not None:
                ages.add_metric([str(account_id)], (self.now - polled_at).total_seconds())
            if synced_until is not None:
                lag.add_metric([str(account_id)], (self.now - synced_until).total_seconds())
        yield ages
        yield lag

    def _quota(self) -> Iterator[Metric]:
        tokens = _per_account("quota_tokens", "Tokens left now.", "operation")
        spent = _per_account("quota_spent_today", "Calls since midnight UTC.", "operation", "lane")
        today = self.now.astimezone(UTC).date()
        for bucket in QuotaBucket.objects.all():
            labels = [str(bucket.account_id), bucket.operation]
            tokens.add_metric(labels, bucket.tokens_at(self.now))
            for lane, calls in bucket.calls(on=today).items():
                if calls:
                    spent.add_metric([*labels, lane.name.lower()], calls)
        yield tokens
        yield spent

    def _requests(self) -> Metric:
        waiting = _gauge_by("single_orders_waiting", "Orders to be asked for by getOrder now.", "lane")
        open_now = OrderRequest.objects.filter(answered_at=None, due_at__lte=self.now)
        for row in open_now.values("lane").annotate(number=Count("pk")).order_by("lane"):
            waiting.add_metric([Lane(row["lane"]).name.lower()], row["number"])
        return waiting

    def _runs(self) -> Metric:
        failed = _gauge_by("sync_runs_failed", "Runs that failed within the last hour.", "problem")
        recent = SyncRun.objects.filter(started_at__gte=self.now - RECENTLY, ended_at__isnull=False)
        counted = recent.exclude(problem__in=NO_FAILURES).values("problem").annotate(number=Count("pk"))
        for row in counted.order_by("problem"):
            failed.add_metric([row["problem"]], row["number"])
        return failed

    def _errors(self) -> Metric:
        errors = _gauge_by(
            "communication_errors", "Calls to Amazon that failed within the last hour.", "operation", "kind"
        )
        recent = CommunicationError.objects.filter(first_at__gte=self.now - RECENTLY)
        counted = recent.values("operation", "kind").annotate(number=Sum("times"))
        for row in counted.order_by("operation", "kind"):
            errors.add_metric([row["operation"], row["kind"]], row["number"])
        return errors


def _due() -> int:
    return OrderImport.objects.filter(version__gt=F("judged_version")).count()


def _per_account(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return _gauge_by(name, text, "account", *labels)


def _gauge_by(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"amazon_orders_{name}", text, labels=list(labels))


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"amazon_orders_{name}", text, value=value)


urlpatterns = [
    path("healthz", alive, name="healthz"),
    path("readyz", ready, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
