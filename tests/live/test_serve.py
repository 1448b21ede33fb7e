"""The small server: what a request gets, and what nobody can do to it."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus

import pytest

from dualwrite.errors import ConfigurationError
from reports.serve.http import ALWAYS, Answer, Hosts, answer, is_loopback, plain
from reports.serve.server import MOST_CONNECTIONS, Server

LOCAL = Hosts.of("127.0.0.1")
ROUTES = {
    "/": lambda: Answer(HTTPStatus.OK, "text/html", b"page"),
    "/metrics": lambda: plain(HTTPStatus.OK, "1"),
}


def ask(method: str, path: str, host: str | None) -> Answer:
    return answer(ROUTES, LOCAL, method=method, path=path, host=host)


@contextmanager
def running(ask=ask, **options: float) -> Iterator[Server]:
    server = Server("127.0.0.1", 0, ask, **options)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as opened:
        yield opened


def request(server: Server, method: str, path: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=10)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/?a=b", 200),
        ("HEAD", "/", 200),
        ("GET", "/metrics", 200),
        ("GET", "/metrics/", 404),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/reports", 404),
        ("POST", "/", 405),
        ("DELETE", "/metrics", 405),
        ("OPTIONS", "/", 405),
        ("BREW", "/", 501),
    ],
)
def test_there_are_routes_and_two_methods_and_nothing_else(
    server: Server, method: str, path: str, status: int
) -> None:
    response, body = request(server, method, path)
    assert response.status == status
    assert {name: response.headers[name] for name in ALWAYS} == dict(ALWAYS)
    assert response.headers["Server"] == "dualwrite"
    assert (body == b"") is (method == "HEAD")
    if status == 405:
        assert response.headers["Allow"] == "GET, HEAD"
    assert b"passwd" not in body


def test_head_says_what_get_would_send(server: Server) -> None:
    head, _ = request(server, "HEAD", "/")
    get, body = request(server, "GET", "/")
    assert head.headers["Content-Length"] == get.headers["Content-Length"] == str(len(body))


@pytest.mark.parametrize(
    ("bound", "header", "allowed"),
    [
        ("127.0.0.1", "127.0.0.1:9470", True),
        ("127.0.0.1", "localhost", True),
        ("127.0.0.1", "LOCALHOST:9470", True),
        ("127.0.0.1", "[::1]:9470", True),
        ("127.0.0.1", "evil.example", False),
        ("127.0.0.1", "evil.example:9470", False),
        ("127.0.0.1", "localhost.evil.example", False),
        ("127.0.0.1", "10.0.0.7", False),
        ("127.0.0.1", "", False),
        ("127.0.0.1", None, False),
        ("0.0.0.0", "10.0.0.7:9470", True),
        ("0.0.0.0", "[fe80::1]", True),
        ("0.0.0.0", "evil.example", False),
        ("metrics.internal", "metrics.internal:9470", True),
    ],
)
def test_a_name_of_somebody_elses_is_not_answered(bound: str, header: str | None, allowed: bool) -> None:
    assert Hosts.of(bound).allow(header) is allowed


def test_a_name_can_be_allowed() -> None:
    assert Hosts.of("0.0.0.0", allowed=["Metrics.Internal"]).allow("metrics.internal:9470")


def test_rebinding_gets_nothing(server: Server) -> None:
    response, body = request(server, "GET", "/", Host="evil.example")
    assert response.status == 421
    assert b"page" not in body


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],
)
def test_knows_what_others_can_reach(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_a_port_in_use_is_one_line(server: Server) -> None:
    port = server.server_address[1]
    with pytest.raises(
        ConfigurationError, match=rf"cannot listen on 127\.0\.0\.1 port {port} \(.*\): give another"
    ):
        Server("127.0.0.1", port, ask)
    with pytest.raises(ConfigurationError, match=r"cannot listen on 192\.0\.2\.1 port"):
        Server("192.0.2.1", 0, ask)


def test_who_says_nothing_is_hung_up_on() -> None:
    with (
        running(longest=0.3) as server,
        socket.create_connection(server.server_address[:2], timeout=5) as silent,
    ):
        begun = time.monotonic()
        assert silent.recv(1) == b""
        assert 0.2 < time.monotonic() - begun < 4


def test_who_drips_is_hung_up_on() -> None:
    with (
        running(longest=0.5) as server,
        socket.create_connection(server.server_address[:2], timeout=5) as slow,
    ):
        begun = time.monotonic()
        with pytest.raises(OSError):  # noqa: PT012 - which of the bytes meets the closed door is chance
            for _ in range(200):
                slow.sendall(b"x")
                time.sleep(0.05)
        assert time.monotonic() - begun < 8


def test_a_crowd_is_turned_away_and_the_next_is_answered() -> None:
    with running() as server:
        address = server.server_address[:2]
        before = threading.active_count()
        with ExitStack() as crowd:
            silent = [
                crowd.enter_context(socket.create_connection(address, timeout=5))
                for _ in range(MOST_CONNECTIONS)
            ]
            one_more = crowd.enter_context(socket.create_connection(address, timeout=5))
            assert one_more.recv(1) == b""
            assert threading.active_count() < before + MOST_CONNECTIONS + 10
            assert len(silent) == MOST_CONNECTIONS
        deadline = time.monotonic() + 5
        while True:
            try:
                assert request(server, "GET", "/")[0].status == 200
                break
            except (OSError, http.client.HTTPException):
                assert time.monotonic() < deadline
                time.sleep(0.05)


@pytest.mark.parametrize(
    "sent", [b"nonsense\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"]
)
def test_a_request_that_is_none_gets_our_headers_or_nothing(server: Server, sent: bytes) -> None:
    with socket.create_connection(server.server_address[:2], timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        said = b"".join(iter(lambda: connection.recv(4096), b""))
    assert b"Python" not in said
    assert b"page" not in said
    assert request(server, "GET", "/")[0].status == 200
