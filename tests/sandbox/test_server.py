import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from sandbox.amazon import Amazon
from sandbox.datasets import Json
from sandbox.faults import Fault
from sandbox.server import SandboxServer
from tests.sandbox.conftest import SEARCH, SELLER, PutOrder, order_id


@pytest.fixture
def connection(server: SandboxServer) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    yield connection
    connection.close()


def search(connection: http.client.HTTPConnection, amazon: Amazon) -> http.client.HTTPResponse:
    headers = {"x-amz-access-token": amazon.tokens.issue(SELLER, amazon.clock.now())}
    connection.request("GET", f"{SEARCH}?createdAfter=2026-01-01T00:00:00Z", headers=headers)
    return connection.getresponse()


def test_a_connection_serves_call_after_call(
    amazon: Amazon, connection: http.client.HTTPConnection, put: PutOrder
) -> None:
    put()
    ports = set()
    for _ in range(3):
        answer = search(connection, amazon)
        assert json.loads(answer.read())["orders"][0]["orderId"] == order_id(1)
        ports.add(connection.sock.getsockname()[1])
    assert len(ports) == 1


def test_a_cut_answer_promises_more_than_it_brings(
    amazon: Amazon, connection: http.client.HTTPConnection, put: PutOrder
) -> None:
    put()
    amazon.faults.queue("cut")
    answer = search(connection, amazon)
    with pytest.raises(http.client.IncompleteRead):
        answer.read()


def test_a_dropped_call_gets_no_answer(amazon: Amazon, connection: http.client.HTTPConnection) -> None:
    amazon.faults.queue("drop")
    with pytest.raises(http.client.RemoteDisconnected):
        search(connection, amazon)


def test_a_slow_answer_holds_up_nobody_else(amazon: Amazon, server: SandboxServer) -> None:
    amazon.faults.queue(Fault("slow", seconds=1.5))
    slow, quick = (http.client.HTTPConnection("127.0.0.1", server.port, timeout=10) for _ in range(2))
    thread = threading.Thread(target=lambda: search(slow, amazon).read())
    thread.start()
    while amazon.faults.waiting():
        time.sleep(0.01)
    start = time.monotonic()
    search(quick, amazon).read()
    assert time.monotonic() - start < 1
    thread.join()
    slow.close()
    quick.close()


def test_the_control_surface_is_served_beside_amazons(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/_sandbox/clock", json.dumps({"advance": 1}))
    assert json.loads(connection.getresponse().read()) == {"now": "2026-11-20T12:00:01Z"}


def test_no_content_means_no_body(
    amazon: Amazon, connection: http.client.HTTPConnection, put: PutOrder
) -> None:
    put()
    order = amazon.world.orders()[0].document()
    item = {"orderItemId": order["orderItems"][0]["orderItemId"], "quantity": 1}
    detail: Json = {"packageReferenceId": "1", "carrierCode": "UPS", "trackingNumber": "1"}
    detail |= {"shipDate": "2026-11-20T11:30:00Z", "orderItems": [item]}
    body = {"marketplaceId": order["salesChannel"]["marketplaceId"], "packageDetail": detail}
    headers = {"x-amz-access-token": amazon.tokens.issue(SELLER, amazon.clock.now())}
    path = f"/orders/v0/orders/{order_id(1)}/shipmentConfirmation"
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    assert (answer.status, answer.read(), answer.getheader("Content-Type")) == (204, b"", None)
    assert search(connection, amazon).status == 200


def test_a_stopped_server_hangs_up_and_takes_no_calls(amazon: Amazon) -> None:
    server = SandboxServer(amazon).start()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    search(connection, amazon).read()
    start = time.monotonic()
    server.stop()
    assert time.monotonic() - start < 1
    with pytest.raises(ConnectionError):
        search(connection, amazon)
    connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)
