"""Gunicorn reads this file by itself. A bad variable stops it here, in the parent, with one line."""

from typing import Any

from django.db import connections

from config import settings

wsgi_app = "config.wsgi"
bind = f"0.0.0.0:{settings.PORT}" if settings.IS_PRODUCTION else f"127.0.0.1:{settings.PORT}"
# Loaded in the parent, so that a start which must not be stops there too, with its one line.
preload_app = True
worker_class = "gthread"
# SQLite has one writer at a time, so locally one process is best.
workers = settings.WEB_PROCESSES
threads = settings.WEB_THREADS
timeout = 60
graceful_timeout = 10
max_requests = 10_000 if settings.IS_PRODUCTION else 0
max_requests_jitter = 1_000
# It would write into the home of whoever starts it.
control_socket_disable = True
# Whom to believe about X-Forwarded-* is Django's decision (TRUSTED_PROXIES).
forwarded_allow_ips = ""
accesslog = "-"
loglevel = settings.LOG_LEVEL.lower()
# Neither query string nor referrer: both hold what people search for.
if settings.LOG_FORMAT == "json":
    access_log_format = (
        '{"event":"request","client":"%(h)s","method":"%(m)s","path":"%(U)s",'
        '"status":%(s)s,"bytes":"%(B)s","milliseconds":%(M)s}'
    )
else:
    access_log_format = "%(h)s %(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"


def pre_fork(_server: Any, _worker: Any) -> None:
    """A connection that was opened while loading must not be shared with a child."""
    connections.close_all()
