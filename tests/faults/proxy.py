"""A TCP proxy between a client and PocketBase that can do to each request what a network, a proxy or a dying server does.

Which fault a request meets is exact: `nth` names it by number, `mode` is for all the others. `refuse` and `accept` close and
open the port itself.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from http import HTTPStatus
from typing import BinaryIO, Self
from urllib.parse import urlsplit


class Kind(Enum):
    """What becomes of a request."""

    PASS = auto()
    DELAY = auto()  # forwarded after `seconds`
    DROP = auto()  # never forwarded, the connection is closed
    DROP_ANSWER = auto()  # forwarded and done, the connection is closed instead of an answer
    CUT = auto()  # forwarded and done, half of the answer's body is sent
    HANG = auto()  # neither forwarded nor answered until `release`; then the connection is closed
    HOLD_ANSWER = auto()  # forwarded after `seconds` and done, the answer withheld until `release`
    HOLD = auto()  # not forwarded until `release`, whatever the client does; its answer goes nowhere
    ANSWER = auto()  # never forwarded, `status` is the answer
    DUPLICATE = auto()  # forwarded twice, one after the other; the first answer is sent once both have come
    REORDER = auto()  # a write is forwarded after the request that comes next, or after `seconds`
    THROTTLE = auto()  # forwarded and answered at `rate` bytes a second


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault with its figures."""

    kind: Kind
    seconds: float = 0.0
    status: int = 500
    rate: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


PASS = Fault(Kind.PASS)
DROP = Fault(Kind.DROP)
DROP_ANSWER = Fault(Kind.DROP_ANSWER)
CUT = Fault(Kind.CUT)
HANG = Fault(Kind.HANG)
HOLD = Fault(Kind.HOLD)
HOLD_ANSWER = Fault(Kind.HOLD_ANSWER)
DUPLICATE = Fault(Kind.DUPLICATE)


def delay(seconds: float) -> Fault:
    """The request is forwarded later."""
    return Fault(Kind.DELAY, seconds=seconds)


def reorder(seconds: float) -> Fault:
    """A write lets the next request go first."""
    return Fault(Kind.REORDER, seconds=seconds)


def throttle(rate: int) -> Fault:
    """So many bytes a second, each way."""
    return Fault(Kind.THROTTLE, rate=rate)


def answer(status: int, **headers: str) -> Fault:
    """The proxy answers itself; `Retry_After="1"` becomes a header."""
    return Fault(
        Kind.ANSWER, status=status, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def writes(self) -> bool:
        """Whether it changes rows."""
        route = self.path.partition("?")[0]
        return self.method in ("PATCH", "DELETE") or route.endswith(("/apply", "/put", "/delete"))


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one request: what it met, the server's status (None: it gave no answer), when, and for how long."""

    met: Kind
    path: str
    status: int | None
    begun: float  # time.monotonic()
    seconds: float


@dataclass(frozen=True, slots=True)
class Answered:
    """What a client gets: the server's status, if it gave one, the bytes to send, and whether the connection stays open."""

    status: int | None
    parts: Iterable[bytes]
    keeps_open: bool


NO_ANSWER = Answered(None, (), keeps_open=False)


class Proxy:
    """A context manager. `url` is where the client goes; `asked` counts requests since the last `nth`, `seen` holds them all."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._port = 0
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._released = threading.Event()
        self._mode: Fault = PASS
        self._exact: dict[int, Fault] = {}
        self._where: Callable[[Asked], bool] = lambda asked: True
        self._held = 0
        self._overtaken: threading.Event | None = None  # set once a request has passed the one that waits
        self.asked = 0
        self.seen: list[Seen] = []
        self.hung_up = 0  # connections that `refuse` has closed

    @property
    def url(self) -> str:
        """Where the client goes; the same after `refuse` and `accept`."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self.accept()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self.refuse()
        for thread in self._threads:
            thread.join(5)

    def mode(self, fault: Fault) -> None:
        """What every request meets that `nth` does not name."""
        self._released.clear()
        self._mode = fault

    def nth(self, number: int, fault: Fault, *, where: Callable[[Asked], bool] = lambda asked: True) -> None:
        """What the `number`-th request from now, of those that `where` names, meets; the first is 1."""
        with self._lock:
            self._released.clear()
            self.asked, self._exact, self._where = 0, {number: fault}, where

    @property
    def held(self) -> int:
        """How many requests are being held or left hanging."""
        return self._held

    def release(self) -> None:
        """What is held goes on now, what hangs is closed, and everything that follows passes."""
        self._mode, self._exact = PASS, {}
        self._released.set()

    def refuse(self) -> None:
        """Close the port, and every connection with it."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            found = list(self._open)
            self.hung_up += len(found)
        for connection in found:
            _hang_up(connection)

    def accept(self) -> None:
        """Open the port again."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        self._start(self._listen, self._listener)

    def _start(self, function: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=function, args=args, name="proxy", daemon=True)
        self._threads = [known for known in self._threads if known.is_alive()] + [thread]
        thread.start()

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.add(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        upstream = http.client.HTTPConnection(*self._upstream, timeout=60)
        reader = connection.makefile("rb")
        try:
            while (asked := _read_request(reader)) is not None:
                if not self._serve_one(connection, upstream, asked):
                    return
        except (OSError, http.client.HTTPException):
            return  # the client or the server went away: so does this connection
        finally:
            upstream.close()
            reader.close()
            with self._lock:
                self._open.discard(connection)
            _hang_up(connection)
            connection.close()

    def _serve_one(
        self, connection: socket.socket, upstream: http.client.HTTPConnection, asked: Asked
    ) -> bool:
        """Whether the connection stays open. Who has the whole of an answer finds its request among `seen`."""
        fault, begun = self._fault_for(asked), time.monotonic()
        answered, last = NO_ANSWER, b""
        try:
            answered = self._carry(upstream, asked, fault)
            for part in answered.parts:
                connection.sendall(last)
                last = part
        finally:
            seconds = time.monotonic() - begun
            self.seen.append(Seen(fault.kind, asked.path, answered.status, begun, seconds))
        connection.sendall(last)
        return answered.keeps_open

    def _fault_for(self, asked: Asked) -> Fault:
        with self._lock:
            fault = self._mode
            if self._where(asked):
                self.asked += 1
                fault = self._exact.pop(self.asked, self._mode)
            if fault.kind is Kind.REORDER:
                if self._overtaken is not None or not asked.writes:
                    return PASS  # the one that overtakes
                self._overtaken = threading.Event()
            return fault

    def _carry(self, upstream: http.client.HTTPConnection, asked: Asked, fault: Fault) -> Answered:
        match fault.kind:
            case Kind.DROP:
                return NO_ANSWER
            case Kind.ANSWER:
                text = _response(fault.status, fault.headers, b'{"message":"made up","data":{}}')
                return Answered(fault.status, (text,), keeps_open=True)
            case Kind.HANG | Kind.HOLD:
                self._wait()
                if fault.kind is Kind.HANG:
                    return NO_ANSWER
            case Kind.REORDER:
                self._let_one_pass(fault.seconds)
            case Kind.THROTTLE:
                asked = replace(asked, body=b"".join(self._slowly(asked.body, fault.rate)))
            case _:
                threading.Event().wait(fault.seconds)
        response, body = _forward(upstream, asked)
        if fault.kind is Kind.DUPLICATE:
            _forward(upstream, asked)
        if fault.kind is not Kind.REORDER and (waiting := self._overtaken) is not None:
            waiting.set()
        if fault.kind is Kind.HOLD_ANSWER:
            self._wait()
        if fault.kind in (Kind.DROP_ANSWER, Kind.HOLD):
            return replace(NO_ANSWER, status=response.status)
        text = _response(response.status, {"Content-Type": response.getheader("Content-Type", "")}, body)
        if fault.kind is Kind.CUT:
            half = text[: len(text) - (len(body) + 1) // 2] if body else text[:-1]
            return Answered(response.status, (half,), keeps_open=False)
        parts = self._slowly(text, fault.rate) if fault.rate else (text,)
        return Answered(response.status, parts, keeps_open=True)

    def _let_one_pass(self, seconds: float) -> None:
        waiting = self._overtaken
        if waiting is not None:
            waiting.wait(seconds)
        self._overtaken = None

    def _slowly(self, content: bytes, rate: int) -> Iterator[bytes]:
        """Twenty parts a second, until `release`."""
        size = max(1, rate // 20)
        for start in range(0, len(content), size):
            self._released.wait(0.05)
            yield content[start : start + size]

    def _wait(self) -> None:
        with self._lock:
            self._held += 1
        self._released.wait(60)
        with self._lock:
            self._held -= 1


def _forward(upstream: http.client.HTTPConnection, asked: Asked) -> tuple[http.client.HTTPResponse, bytes]:
    upstream.request(asked.method, asked.path, asked.body or None, dict(asked.headers))
    response = upstream.getresponse()
    return response, response.read()


def _read_request(reader: BinaryIO) -> Asked | None:
    line = reader.readline()
    if not line:
        return None
    method, path, _ = line.decode("ascii").split(" ")
    message = http.client.parse_headers(reader)
    headers = {name: text for name, text in message.items() if name.lower() not in ("connection", "host")}
    body = reader.read(int(message.get("Content-Length", 0)))
    return Asked(method, path, headers, body)


def _response(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Status"
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {text}" for name, text in headers.items())]
    if status not in (204, 304):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is down already
