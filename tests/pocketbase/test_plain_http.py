"""Requests on the standard library's client: what httpx did for us, it does too."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from dualwrite.pocketbase.plain_http import CONNECTIONS, IDLE, PlainHttp, Reply, speaks_plainly

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
TOKEN = SecretStr("a.token")


class Echo(BaseHTTPRequestHandler):
    """Says what it was asked."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        said = "\n".join([f"{self.command} {self.path}", *(f"{n}: {v}" for n, v in self.headers.items()), ""])
        status = int(self.path.partition("status=")[2][:3] or 200)
        self.send_response(status)
        self.send_header("Content-Length", str(len(said.encode() + body)))
        self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(said.encode() + body)

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 - as the standard library calls them

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


class Counting(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    accepted = 0

    def process_request(self, request: Any, client_address: Any) -> None:
        self.accepted += 1
        super().process_request(request, client_address)


@pytest.fixture
def server() -> Iterator[Counting]:
    with Counting(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def url_of(server: Counting) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def ask(http: PlainHttp, path: str = "/", **given: Any) -> Any:
    asked = {"params": None, "content": None, "headers": {}, "token": None, "connect": 2.0, "timeout": 5.0}
    return http.send(given.pop("method", "GET"), path, **{**asked, **given})


@contextmanager
def answering(*answers: Callable[[socket.socket], None]) -> Iterator[PlainHttp]:
    """A server that does these things, one a connection, once a request has come."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for answer in answers:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        http = PlainHttp(f"http://127.0.0.1:{listener.getsockname()[1]}")
        yield http
        http.close()
        thread.join(5)


def test_a_request_arrives_as_it_was_meant(server: Counting) -> None:
    http = PlainHttp(f"{url_of(server)}/behind/a/proxy/")
    params = {"filter": "a = @request.query.v", "v": "ü&=?#+ %00\x00'\"\\", "plus": "1+1"}
    reply = ask(
        http, "/api/x y", method="POST", params=params, content=b'{"a":1}', token=TOKEN, headers={"X-A": "b"}
    )
    assert isinstance(reply, Reply)
    first, *rest = reply.content.decode().split("\n")
    method, target = first.split(" ")
    assert method == "POST"
    asked = httpx.URL(f"http://x{target}")
    assert asked.raw_path.startswith(b"/behind/a/proxy/api/x%20y?")
    assert dict(asked.params) == params
    assert {"Authorization: a.token", "X-A: b", "Content-Length: 7"} <= set(rest)
    assert rest[-1] == '{"a":1}'
    http.close()


@pytest.mark.parametrize("status", [204, 400, 404, 500, 503])
def test_what_is_no_success_is_an_answer_of_httpx_s_own_kind(server: Counting, status: int) -> None:
    answer = ask(http := PlainHttp(url_of(server)), f"/?status={status}".replace("?", "/"))
    http.close()
    if status == 204:
        assert answer == Reply(204, b"")
        return
    assert isinstance(answer, httpx.Response)
    assert (answer.status_code, answer.headers["retry-after"]) == (status, "7")
    assert answer.content.startswith(b"GET /")


def test_a_redirect_is_not_followed(server: Counting) -> None:
    answer = ask(http := PlainHttp(url_of(server)), "/status=302")
    http.close()
    assert answer.status_code == 302
    assert server.accepted == 1


def test_connections_are_used_again(server: Counting) -> None:
    http = PlainHttp(url_of(server))
    for _ in range(20):
        ask(http, content=b"x", method="PATCH")
    assert server.accepted == 1
    with ThreadPoolExecutor(CONNECTIONS * 2) as threads:
        list(threads.map(lambda _: ask(http), range(400)))
    assert server.accepted <= CONNECTIONS + 1 + 400 // 10
    assert len(http._idle) <= IDLE
    http.close()
    assert http._idle == []


def test_one_that_the_server_has_closed_is_not(server: Counting) -> None:
    def answer_and_close(connection: socket.socket) -> None:
        connection.sendall(ANSWER)

    with answering(answer_and_close, answer_and_close) as http:
        assert ask(http).content == b"ok"
        time.sleep(0.05)
        assert ask(http, method="POST", content=b"x").content == b"ok"


def test_one_that_is_in_use_when_the_others_are_closed_is_closed_once_it_has_its_answer() -> None:
    reached, closed = threading.Event(), threading.Event()

    def wait_and_answer(connection: socket.socket) -> None:
        reached.set()
        closed.wait(5)
        connection.sendall(ANSWER)
        assert connection.recv(1) == b""  # the other end has hung up

    with answering(wait_and_answer) as http, ThreadPoolExecutor(1) as asking:
        asked = asking.submit(ask, http)
        assert reached.wait(5)
        http.close()
        closed.set()
        assert asked.result().content == b"ok"
        assert http._idle == []


def test_no_connection_is_said_as_such() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with pytest.raises(httpx.ConnectError, match="refused"):
            ask(PlainHttp(f"http://127.0.0.1:{held.getsockname()[1]}"))


def _silent(connection: socket.socket) -> None:
    connection.recv(1)


def _cut(connection: socket.socket) -> None:
    connection.sendall(ANSWER[:-1])


def _nonsense(connection: socket.socket) -> None:
    connection.sendall(b"\x00\x01 nonsense\r\n\r\n")


def _nothing(connection: socket.socket) -> None:
    """Hang up."""


@pytest.mark.parametrize(
    ("does", "error"),
    [
        (_silent, httpx.ReadTimeout),
        (_cut, httpx.RemoteProtocolError),
        (_nonsense, httpx.RemoteProtocolError),
        (_nothing, httpx.RemoteProtocolError),
    ],
)
def test_an_answer_that_does_not_come_whole(
    does: Callable[[socket.socket], None], error: type[Exception]
) -> None:
    with answering(does) as http:
        with pytest.raises(error):
            ask(http, timeout=0.3)
        assert http._idle == []


@pytest.mark.parametrize("token", ["a\r\nX-Injected: 1", "a\nb", "€"])
def test_a_token_that_cannot_be_sent_is_not_and_is_not_shown(server: Counting, token: str) -> None:
    with pytest.raises(httpx.LocalProtocolError, match="a header cannot be sent") as caught:
        ask(PlainHttp(url_of(server)), token=SecretStr(token))
    assert caught.value.__cause__ is None


def test_all_connections_in_use_are_waited_for_and_no_longer_than_one_may() -> None:
    with answering(*[_silent] * CONNECTIONS) as http:
        for _ in range(CONNECTIONS):
            http._free.acquire()
        with pytest.raises(httpx.PoolTimeout):
            ask(http, timeout=0.05)
        for _ in range(CONNECTIONS):
            http._free.release()


@pytest.mark.parametrize(
    ("url", "environment", "plainly"),
    [
        ("http://127.0.0.1:8090", {}, True),
        ("https://pb.example", {}, False),
        ("http://pb.example", {"http_proxy": "http://proxy:3128"}, False),
        ("http://pb.example", {"all_proxy": "socks5://proxy:1080"}, False),
        ("http://pb.example", {"http_proxy": "http://proxy:3128", "no_proxy": "pb.example"}, True),
        ("http://pb.example", {"https_proxy": "http://proxy:3128"}, True),
    ],
)
def test_tls_and_proxies_are_left_to_httpx(
    url: str, environment: dict[str, str], plainly: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert speaks_plainly(url) is plainly
