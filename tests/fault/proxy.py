"""A TCP proxy between a client and PocketBase that can do to each request what a network, a proxy or a dying server does.

Which fault a request meets is exact: `nth` names it by number, `mode` is for all the others. `refuse` and `accept` close and
open the port itself.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault with its figures."""

    kind: Kind
    seconds: float = 0.0
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)


PASS = Fault(Kind.PASS)
DROP = Fault(Kind.DROP)
DROP_ANSWER = Fault(Kind.DROP_ANSWER)
CUT = Fault(Kind.CUT)
HANG = Fault(Kind.HANG)
HOLD = Fault(Kind.HOLD)
HOLD_ANSWER = Fault(Kind.HOLD_ANSWER)


def delay(seconds: float) -> Fault:
    """The request is forwarded later."""
    return Fault(Kind.DELAY, seconds=seconds)


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


class Proxy:
    """A context manager. `url` is where the client goes; `asked` counts requests since the last `nth`."""

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
        self.asked = 0

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
                if not self._carry(connection, upstream, asked, self._fault_for(asked)):
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

    def _fault_for(self, asked: Asked) -> Fault:
        with self._lock:
            if not self._where(asked):
                return self._mode
            self.asked += 1
            return self._exact.pop(self.asked, self._mode)

    def _carry(
        self, connection: socket.socket, upstream: http.client.HTTPConnection, asked: Asked, fault: Fault
    ) -> bool:
        """Whether the connection stays open."""
        match fault.kind:
            case Kind.DROP:
                return False
            case Kind.ANSWER:
                connection.sendall(_response(fault.status, fault.headers, b'{"message":"made up","data":{}}'))
                return True
            case Kind.HANG | Kind.HOLD:
                self._wait()
                if fault.kind is Kind.HANG:
                    return False
            case _:
                threading.Event().wait(fault.seconds)
        upstream.request(asked.method, asked.path, asked.body or None, dict(asked.headers))
        response = upstream.getresponse()
        body = response.read()
        if fault.kind is Kind.HOLD_ANSWER:
            self._wait()
        if fault.kind in (Kind.DROP_ANSWER, Kind.HOLD):
            return False
        text = _response(response.status, {"Content-Type": response.getheader("Content-Type", "")}, body)
        if fault.kind is Kind.CUT:
            connection.sendall(text[: len(text) - (len(body) + 1) // 2] if body else text[:-1])
            return False
        connection.sendall(text)
        return True

    def _wait(self) -> None:
        with self._lock:
            self._held += 1
        self._released.wait(60)
        with self._lock:
            self._held -= 1


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
