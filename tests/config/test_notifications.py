"""Where notifications arrive, and that a bad value stops the start with the name of its variable."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import notifications

ROOT = Path(__file__).resolve().parents[2]
AT_AWS = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
ELSEWHERE = "http://127.0.0.1:9324/123456789012/orders"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFICATIONS_QUEUE_ARN", raising=False)


@pytest.mark.parametrize(
    ("url", "region", "arn"),
    [
        ("", "eu-west-1", ""),
        (AT_AWS, "", "arn:aws:sqs:eu-west-1:123456789012:orders"),
        (AT_AWS, "us-east-1", "arn:aws:sqs:eu-west-1:123456789012:orders"),
        (ELSEWHERE, "us-east-1", "arn:aws:sqs:us-east-1:123456789012:orders"),
    ],
)
def test_the_arn_follows_from_the_url(url: str, region: str, arn: str) -> None:
    assert notifications.queue_arn("NOTIFICATIONS_QUEUE_ARN", url, region=region) == arn


def test_an_arn_that_is_set_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    arn = "arn:aws:sqs:us-east-2:444455556666:queue1"
    monkeypatch.setenv("NOTIFICATIONS_QUEUE_ARN", arn)
    assert notifications.queue_arn("NOTIFICATIONS_QUEUE_ARN", ELSEWHERE, region="") == arn
    assert notifications.region_of(arn) == "us-east-2"
    assert notifications.region_of("") == ""


BAD = [
    ("NOTIFICATIONS_QUEUE_URL", {"NOTIFICATIONS_QUEUE_URL": "orders"}),
    ("NOTIFICATIONS_QUEUE_URL", {"NOTIFICATIONS_QUEUE_URL": AT_AWS + ".fifo"}),
    ("NOTIFICATIONS_QUEUE_URL", {"NOTIFICATIONS_QUEUE_ARN": "arn:aws:sqs:us-east-2:444455556666:queue1"}),
    ("NOTIFICATIONS_QUEUE_ARN", {"NOTIFICATIONS_QUEUE_URL": AT_AWS, "NOTIFICATIONS_QUEUE_ARN": "orders"}),
    (
        "NOTIFICATIONS_QUEUE_ARN",
        {"NOTIFICATIONS_QUEUE_URL": ELSEWHERE, "NOTIFICATIONS_ENDPOINT_URL": "http://127.0.0.1:9324"},
    ),
    ("NOTIFICATIONS_ENDPOINT_URL", {"NOTIFICATIONS_QUEUE_URL": ELSEWHERE, "AWS_REGION": "us-east-1"}),
    ("NOTIFICATIONS_ENDPOINT_URL", {"NOTIFICATIONS_ENDPOINT_URL": "127.0.0.1:9324"}),
]


@pytest.mark.parametrize(("name", "variables"), BAD)
def test_a_bad_value_stops_the_start_and_is_named(
    name: str, variables: dict[str, str], tmp_path: Path
) -> None:
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **variables}
    command = [sys.executable, "-c", "import config.settings"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{name}: ")
    assert done.stderr.count("\n") == 1


SHOWS = """
from config import run, settings
print("listen" in run.commands(), run.queue_options(), "keep_subscriptions" in settings.CELERY_BEAT_SCHEDULE)
import django
django.setup()
from config.celery import app
app.loader.import_default_modules()
import sys
print("boto3" in sys.modules)
"""


@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        ({}, "False [] False"),
        ({"NOTIFICATIONS_QUEUE_URL": AT_AWS}, "True [] True"),
        (
            {
                "NOTIFICATIONS_QUEUE_URL": ELSEWHERE,
                "NOTIFICATIONS_ENDPOINT_URL": "http://127.0.0.1:9324",
                "AWS_REGION": "us-east-1",
            },
            "True ['--queue-endpoint', 'http://127.0.0.1:9324'] True",
        ),
    ],
)
def test_without_a_queue_nothing_is_started_and_workers_never_load_its_client(
    variables: dict[str, str], shown: str, tmp_path: Path
) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        **variables,
    }
    command = [sys.executable, "-c", SHOWS]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout == f"{shown}\nFalse\n", done.stderr
