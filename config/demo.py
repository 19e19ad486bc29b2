"""What a local run shows at its first start: an administrator, a catalog and the sandbox's stores."""

import json
import os
import secrets as random_values
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection

USER = "admin"
SEED = 1
HISTORY = timedelta(days=30)


@dataclass(frozen=True)
class DemoStore:
    """A store of the sandbox's sellers (`sandbox.shop.DEMO_SELLERS`; a test compares them)."""

    name: str
    seller_id: str
    marketplace: str
    refresh_token: str


STORES = (
    DemoStore("Harbor & Pine US", "A2SANDBOXNA001", "US", "sandbox-na"),
    DemoStore("Harbor & Pine Canada", "A2SANDBOXNA001", "CA", "sandbox-na"),
    DemoStore("Harbor & Pine Mexico", "A2SANDBOXNA001", "MX", "sandbox-na"),
    DemoStore("Linden & Loom UK", "A2SANDBOXEU001", "UK", "sandbox-eu"),
    DemoStore("Linden & Loom Germany", "A2SANDBOXEU001", "DE", "sandbox-eu"),
    DemoStore("Kaede Living Japan", "A2SANDBOXFE001", "JP", "sandbox-fe"),
)


class StepFailed(Exception):
    """A command of the first start failed; the text holds what it said."""


def make_password() -> str:
    return random_values.token_urlsafe(18)


def manage(environment: Mapping[str, str], *arguments: str) -> None:
    """Run a management command."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=dict(environment),
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    if done.returncode != 0:
        raise StepFailed(f"{arguments[0]} failed: {done.stderr.strip() or done.stdout.strip()}")


def ensure_user(password: str) -> None:
    """Make the administrator once; a password that was changed since stays."""
    users = get_user_model()
    if not users.objects.filter(username=USER).exists():
        users.objects.create_superuser(username=USER, email="admin@example.com", password=password)
    # The processes started from here on open connections of their own.
    connection.close()


def ensure_shop(environment: Mapping[str, str], folder: Path) -> None:
    """Import the catalog and connect the stores, unless an earlier start has done so."""
    done = folder / "demo.json"
    # Both are asked: a first start that was broken off after some stores goes on with the others.
    connected = set(apps.get_model("amazon_orders", "Store").objects.values_list("name", flat=True))
    connection.close()
    if done.exists() and connected:
        return
    catalog = folder / "products.csv"
    manage(environment, "sandbox", "--write-catalogue", str(catalog), "--seed", str(SEED))
    manage(environment, "import_products", str(catalog))
    for store in STORES:
        if store.name not in connected:
            connect(environment, store)
    done.write_text(json.dumps({"seed": SEED, "stores": [store.name for store in STORES]}), encoding="utf-8")


def connect(environment: Mapping[str, str], store: DemoStore) -> None:
    since = (datetime.now(UTC) - HISTORY).isoformat(timespec="seconds")
    manage(
        # Not as an argument: every user of the machine sees the arguments of a process.
        {**environment, "DEMO_REFRESH_TOKEN": store.refresh_token},
        "connect_store",
        *("--name", store.name),
        *("--seller-id", store.seller_id),
        *("--marketplace", store.marketplace),
        *("--refresh-token-env", "DEMO_REFRESH_TOKEN"),
        *("--connected-at", since),
    )


def environment_for(sandbox_port: int) -> dict[str, str]:
    """The environment of every process of the run: Amazon is the sandbox, whatever was set outside."""
    address = f"http://127.0.0.1:{sandbox_port}"
    return {
        **os.environ,
        "SPAPI_ENDPOINT": address,
        "SPAPI_LWA_URL": f"{address}/auth/o2/token",
        "SPAPI_CLIENT_ID": "amzn1.application-oa2-client.sandbox",
        "SPAPI_CLIENT_SECRET": "sandbox",
        "PYTHONUNBUFFERED": "1",
    }
