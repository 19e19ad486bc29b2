"""The local Amazon alone, with the living shop in it."""

import os
import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from sandbox.amazon import Amazon
from sandbox.catalog import write_catalog
from sandbox.faults import KINDS, UnknownFault
from sandbox.journal import Journal, OtherShop
from sandbox.server import SandboxServer
from sandbox.shop import DEMO_SELLERS, Shop
from sandbox.tokens_api import ClientCredentials


class Command(BaseCommand):
    help = "Run a local Amazon that speaks the Selling Partner API, on the loopback only."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8931)
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same shop")
        parser.add_argument("--orders", type=int, default=200, help="orders of the last 30 days")
        parser.add_argument("--quota", choices=("real", "off"), default="real")
        parser.add_argument(
            "--faults", default="", metavar="SPEC", help=f"kind=probability,...; kinds: {', '.join(KINDS)}"
        )
        parser.add_argument(
            "--journal", type=Path, metavar="FILE", help="keep the shop there, and open it again as it was"
        )
        parser.add_argument(
            "--queue-endpoint",
            metavar="URL",
            help="put notifications of subscribed sellers into the queues of this server, which speaks SQS",
        )
        parser.add_argument("--still", action="store_true", help="no new orders arrive by themselves")
        parser.add_argument("--client-id", default="", help="accept only this LWA client")
        parser.add_argument("--client-secret-env", metavar="VAR", help="where its secret is read from")
        parser.add_argument(
            "--write-catalogue",
            type=Path,
            metavar="FILE",
            help="write the products that fit the seed's shop, as import_products reads them, and leave",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["write_catalogue"] is not None:
            self._write_catalog(options["write_catalogue"], options["seed"])
            return
        server = _server(options)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda signum, frame: stop.set())
        with server:
            self.stdout.write(f"Sandbox: {server.url}")
            self.stdout.write(f"Tokens:  {server.lwa_url}")
            for seller in DEMO_SELLERS:
                stores = ", ".join(seller.marketplaces)
                self.stdout.write(f"Seller:  {seller.seller_id} ({stores}), token {seller.refresh_token}")
            self.stdout.flush()
            stop.wait()

    def _write_catalog(self, path: Path, seed: int) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            count = write_catalog(seed, file)
        self.stdout.write(f"{count} products written to {path}")


def _server(options: dict[str, Any]) -> SandboxServer:
    client = None
    if options["client_id"]:
        secret = os.environ.get(options["client_secret_env"] or "", "")
        client = ClientCredentials(options["client_id"], secret)
    try:
        amazon = Amazon(
            quota=options["quota"], faults=options["faults"], fault_seed=options["seed"], client=client
        )
        journal = Journal(options["journal"]) if options["journal"] is not None else None
        if options["queue_endpoint"]:
            # By name: the client of a queue is loaded by nobody who has none.
            deliveries = import_string("sandbox.deliveries.Deliveries")
            amazon.world.on_notification = deliveries(options["queue_endpoint"]).take
        Shop(amazon, options["seed"], options["orders"], is_living=not options["still"], journal=journal)
        return SandboxServer(amazon, options["port"])
    except (UnknownFault, OtherShop, OSError) as refusal:
        raise CommandError(str(refusal)) from refusal
