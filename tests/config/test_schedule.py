"""Beat's timetable and the broker."""

from pathlib import Path

import pytest
from kombu import Connection, Producer

from config import broker, queues
from config.celery import app
from config.schedule import NOTIFICATIONS, TIMETABLE

ENTRIES = TIMETABLE | NOTIFICATIONS


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))
def test_every_message_expires(entry: dict[str, object]) -> None:
    options = entry["options"]
    assert isinstance(options, dict)
    assert options["expires"] > 0


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))
def test_every_task_of_the_timetable_exists(entry: dict[str, object]) -> None:
    app.loader.import_default_modules()
    assert entry["task"] in app.tasks


def test_what_waits_for_amazon_has_a_queue_of_its_own() -> None:
    app.loader.import_default_modules()
    assert set(queues.ROUTES) <= set(app.tasks)
    queued = {
        entry["task"]: app.amqp.router.route({}, entry["task"])["queue"].name for entry in TIMETABLE.values()
    }
    assert queued["integration.tasks.sync_due_accounts"] == "amazon"
    assert queued["integration.tasks.sync_troubled_accounts"] == "amazon"
    assert queued["integration.tasks.refresh_waiting"] == "amazon"
    assert queued["integration.tasks.work_on_lists"] == "amazon"
    assert queued["integration.tasks.judge_due"] == "default"


def test_a_bare_worker_takes_from_every_queue() -> None:
    assert set(app.amqp.queues.consume_from) == {"default", "amazon"}
    assert app.conf.task_create_missing_queues
    assert app.conf.worker_pool == "threads"


def test_a_message_comes_to_one_queue_alone() -> None:
    with Connection("memory://") as connection:
        bound = [queue(connection.default_channel) for queue in queues.QUEUES]
        for queue in bound:
            queue.declare()
        for queue in bound:
            Producer(connection).publish({}, exchange=queue.exchange, routing_key=queue.routing_key)
        assert all(queue.get(no_ack=True) is not None for queue in bound)
        assert all(queue.get(no_ack=True) is None for queue in bound)


def test_messages_are_json_and_given_back_when_a_worker_dies() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_acks_late
    assert app.conf.worker_prefetch_multiplier == 1


def test_the_folders_of_the_broker_belong_to_their_owner(tmp_path: Path) -> None:
    options = broker.transport_options("filesystem://", tmp_path)
    assert options["data_folder_in"] == options["data_folder_out"]
    assert (tmp_path / "queue").stat().st_mode & 0o777 == 0o700


def test_redis_gets_no_folders(tmp_path: Path) -> None:
    assert "data_folder_in" not in broker.transport_options("redis://127.0.0.1:6379/0", tmp_path)
    assert not list(tmp_path.iterdir())
