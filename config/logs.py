"""Log events with fields, to stderr: readable locally, one JSON object a line in production."""

import logging
import re
from typing import Any

import structlog

QUERY_STRING = re.compile(r"\?\S*")
# What runs before an event is written, whether it came from structlog or from the standard library.
SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)


class WithoutQueryString(logging.Filter):
    """Cuts query strings out of runserver's access log: what people search for is personal data."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                QUERY_STRING.sub("", value) if isinstance(value, str) else value for value in record.args
            )
        return True


def configure_structlog() -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def formatter(style: str) -> logging.Formatter:
    """The formatter of every handler; `style` is console or json."""
    # Tracebacks without local variables: those hold tokens and addresses.
    if style == "json":
        last: list[structlog.typing.Processor] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    else:
        last = [
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
        ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )


def dictionary(style: str, level: str) -> dict[str, Any]:
    """Django's LOGGING setting."""
    configure_structlog()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"without_query_string": {"()": WithoutQueryString}},
        "formatters": {"events": {"()": formatter, "style": style}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django gives these two their own handlers; one line per event is enough.
            "django": {"handlers": [], "level": "NOTSET"},
            "django.server": {
                "handlers": ["stderr"],
                "filters": ["without_query_string"],
                "propagate": False,
            },
            # At lower levels they write access tokens, whole answers and full URLs.
            "sp_api": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            # At INFO they write several lines a second for the timetable alone.
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }
