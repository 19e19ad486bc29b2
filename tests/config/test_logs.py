"""Logs hold no query strings, tokens or local variables."""

import json
import logging

import pytest
import structlog

from config import logs


def record(message: str, *arguments: object, **options: object) -> logging.LogRecord:
    fields = {"name": "django.server", "level": logging.INFO, "pathname": "", "lineno": 0, "exc_info": None}
    return logging.LogRecord(msg=message, args=arguments, **{**fields, **options})  # type: ignore[arg-type]


def test_the_access_log_of_runserver_holds_no_query_string() -> None:
    line = record('"%s" %s %s', "GET /orders/?q=Jane+Doe HTTP/1.1", "200", "512")
    assert logs.WithoutQueryString().filter(line)
    assert line.getMessage() == '"GET /orders/ HTTP/1.1" 200 512'


@pytest.mark.parametrize("logger", ["sp_api", "httpx", "httpcore"])
def test_loggers_that_write_tokens_are_kept_quiet(logger: str) -> None:
    assert logs.dictionary("console", "DEBUG")["loggers"][logger] == {"level": "WARNING"}


def test_json_is_one_object_a_line() -> None:
    line = logs.formatter("json").format(record("hello %s", "you"))
    assert json.loads(line)["event"] == "hello you"
    assert "\n" not in line


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_traceback_shows_no_local_variables(style: str) -> None:
    token = "Atzr|secret"
    try:
        raise ValueError("broken")
    except ValueError as error:
        line = logs.formatter(style).format(
            record("failed", exc_info=(ValueError, error, error.__traceback__))
        )
    assert "ValueError: broken" in line
    assert token not in line.replace('token = "Atzr|secret"', "")


def test_structlog_events_reach_the_standard_loggers(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="integration"):
        structlog.get_logger("integration").info("fetched", orders=3)
    assert "fetched" in caplog.text
