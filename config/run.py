"""`make run`: the whole product on this machine, with a sandbox in Amazon's place. Loopback only."""

import fcntl
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

import django

from config import demo, env, parent, queues, secrets, settings, supervisor

ANSWERS_WITHIN_SECONDS = 45.0


class Stopped(BaseException):
    """Ctrl-C, or a request to end."""


def main() -> int:
    refuse_what_cannot_run()
    # Held open until the end: the kernel lets go of it with the process, however it ends.
    lock = take_lock(settings.VAR_DIR / "run.lock")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    sandbox_port = supervisor.free_port()
    environment = demo.environment_for(sandbox_port)
    children = supervisor.Processes(environment, settings.VAR_DIR / "log")
    started_by = parent.Parent()
    status = 0
    try:
        start(children, environment, sandbox_port)
        children.watch(until=started_by.has_stopped)
        raise Stopped
    except Stopped:
        print("Stopping.", flush=True)
    except (supervisor.Died, demo.StepFailed) as failed:
        print(f"Stopping everything: {failed}", file=sys.stderr, flush=True)
        status = 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        children.stop()
        lock.close()
    return status


def refuse_what_cannot_run() -> None:
    if settings.IS_PRODUCTION:
        env.refuse("DEPLOYMENT", "must be local for `make run`; production is started by docker compose")
    if not supervisor.is_free(settings.PORT):
        env.refuse(
            "PORT", f"{settings.PORT} is taken on this machine; choose another, e.g. PORT=8001 make run"
        )


def take_lock(path: Path) -> IO[str]:
    """One run per checkout: two would share the database and the broker, but not the sandbox."""
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise SystemExit("make run: it runs already in this checkout") from None
    return lock


def stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped


def start(children: supervisor.Processes, environment: dict[str, str], sandbox_port: int) -> None:
    demo.manage(environment, "migrate", "--no-input")
    password = secrets.kept(settings.VAR_DIR / "demo_password", demo.make_password)
    demo.ensure_user(password)
    # The sandbox before the shop: stores are connected by asking it.
    children.start("sandbox", sandbox_command(sandbox_port))
    children.wait_for_answer(sandbox_port, seconds=ANSWERS_WITHIN_SECONDS)
    demo.ensure_shop(environment, settings.VAR_DIR)
    for name, command in commands().items():
        children.start(name, command)
    children.wait_for_answer(settings.PORT, seconds=ANSWERS_WITHIN_SECONDS)
    print(f"Address: http://127.0.0.1:{settings.PORT}/\nUser: {demo.USER}\nPassword: {password}", flush=True)
    print(f"Logs are in {settings.VAR_DIR / 'log'}; Ctrl-C stops everything.", flush=True)


def sandbox_command(port: int) -> list[str]:
    return [
        *(sys.executable, "manage.py", "sandbox", "--port", str(port), "--seed", str(demo.SEED)),
        # What the shop has sold stays sold when it is started again.
        *("--journal", str(settings.VAR_DIR / "sandbox.journal")),
        *queue_options(),
    ]


def queue_options() -> list[str]:
    """The sandbox sends to a server of one's own alone: what it makes up has no business at AWS."""
    endpoint = settings.NOTIFICATIONS_ENDPOINT_URL
    return ["--queue-endpoint", endpoint] if settings.NOTIFICATIONS_QUEUE_URL and endpoint else []


def commands() -> dict[str, list[str]]:
    celery = [sys.executable, "-m", "celery", "-A", "config"]
    # All are on this machine: nobody to gossip with.
    worker = [*celery, "worker", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    listen = {"listen": [sys.executable, "manage.py", "listen"]} if settings.NOTIFICATIONS_QUEUE_URL else {}
    return {
        "web": [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py"],
        # Judging needs the database only, and SQLite has one writer at a time.
        "worker": [*worker, "--queues", queues.DEFAULT, "--concurrency", "2", "--hostname", "worker@%h"],
        # Waiting for Amazon holds up nobody here.
        "amazon": [*worker, "--queues", queues.AMAZON, "--hostname", "amazon@%h"],
        "beat": [*celery, "beat", "--pidfile="],
        **listen,
    }


if __name__ == "__main__":
    os.chdir(settings.BASE_DIR)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    sys.exit(main())
