"""What the proxy does to a request is what its faults say."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typing_extensions import override

from tests.faults.proxy import DUPLICATE, Kind, Proxy, reorder, throttle
from tests.fixtures.faults import until


class Upstream(ThreadingHTTPServer):
    """Answers with how many requests have come so far, and the body that came with this one."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.came: list[bytes] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Upstream

    def do_PATCH(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append(body)
        self.send_response(200)
        answer = f"{len(self.server.came)} ".encode() + body
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    @override
    def log_message(self, *_: object) -> None:
        """Nothing is to be printed."""


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(upstream: Upstream) -> Iterator[Proxy]:
    with Proxy(f"http://127.0.0.1:{upstream.server_port}") as proxy:
        yield proxy


def sent(proxy: Proxy, body: bytes) -> bytes:
    connection = http.client.HTTPConnection(proxy.url.removeprefix("http://"), timeout=10)
    connection.request("PATCH", "/", body)
    answer = connection.getresponse().read()
    connection.close()
    return answer


def test_a_duplicated_request_is_done_twice_before_its_first_answer_comes(
    proxy: Proxy, upstream: Upstream
) -> None:
    proxy.mode(DUPLICATE)
    assert sent(proxy, b"x") == b"1 x"
    assert upstream.came == [b"x", b"x"]


def test_a_write_is_overtaken_by_the_next_request(proxy: Proxy, upstream: Upstream) -> None:
    proxy.mode(reorder(5.0))
    with ThreadPoolExecutor() as threads:
        first = threads.submit(sent, proxy, b"first")
        until(lambda: proxy.asked == 1)
        assert sent(proxy, b"second") == b"1 second"
        assert first.result() == b"2 first"
    assert {seen.met for seen in proxy.seen} == {Kind.PASS, Kind.REORDER}


def test_a_write_that_nothing_overtakes_goes_on_by_itself(proxy: Proxy, upstream: Upstream) -> None:
    proxy.mode(reorder(0.05))
    assert sent(proxy, b"alone") == b"1 alone"


def test_a_throttled_request_takes_as_long_as_its_bytes_and_stays_whole(
    proxy: Proxy, upstream: Upstream
) -> None:
    proxy.mode(throttle(10_000))
    body = bytes(range(256)) * 8
    begin = time.monotonic()
    assert sent(proxy, body) == b"1 " + body
    assert time.monotonic() - begin >= 2 * len(body) / 10_000
    proxy.release()
    begin = time.monotonic()
    assert sent(proxy, body) == b"2 " + body


def test_what_became_of_a_request_is_kept(proxy: Proxy, upstream: Upstream) -> None:
    sent(proxy, b"x")
    (seen,) = proxy.seen
    assert (seen.met, seen.path, seen.status) == (Kind.PASS, "/", 200)
    assert 0 < seen.seconds < 10
