"""Messages over a stream socket between two processes of one user on one machine. Sending never waits."""

from __future__ import annotations

import pickle
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator
from time import monotonic
from typing import Any

_LENGTH = struct.Struct("<I")
BUFFER = 1 << 20
"""Bytes that the kernel is asked to hold for a reader who is not there just now; it may give less."""
MOST_BYTES = 64_000_000
"""And what is kept beyond that: as much as a queue of the work behind the callers."""


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends."""
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    for end in (one, other):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
    return one, other


def pack(message: object) -> bytes:
    """A message for `Sender.send`, which takes several put together, too. Raises what pickling it raises."""
    body = pickle.dumps(message, 5)
    return _LENGTH.pack(len(body)) + body


class Sender:
    """Sends whole messages, in order, from any thread. What the kernel does not take at once, a thread sends behind."""

    def __init__(self, end: socket.socket, *, most_bytes: int = MOST_BYTES) -> None:
        self._end = end
        self._most_bytes = most_bytes
        self._changed = threading.Condition()
        self._rest: deque[memoryview] = deque()
        self._bytes = 0
        self._closed = False
        self._thread: threading.Thread | None = None

    def send(self, message: bytes) -> bool:
        """False where there is no room for it, or nobody who reads."""
        with self._changed:
            if self._closed:
                return False
            if self._rest:
                return self._keep(message)
            try:
                sent = self._end.send(message, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return self._keep(message)
            except OSError:
                self._closed = True
                return False
            # Once a message has begun, its rest must follow, whatever the bound says.
            return sent == len(message) or self._keep(message, sent)

    def _keep(self, message: bytes, sent: int = 0) -> bool:
        left = len(message) - sent
        if not sent and self._bytes + left > self._most_bytes:
            return False
        self._rest.append(memoryview(message)[sent:])
        self._bytes += left
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="dualwrite-sender", daemon=True)
            self._thread.start()
        self._changed.notify_all()
        return True

    def _run(self) -> None:
        while True:
            with self._changed:
                while not (self._rest or self._closed):
                    self._changed.wait()
                if self._closed:
                    return
                part = self._rest[0]
            try:
                # Outside the lock, since it waits: who sends meanwhile sees a rest, and adds to it.
                sent = self._end.send(part)
            except OSError:
                with self._changed:
                    self._closed = True
                    self._changed.notify_all()
                return
            with self._changed:
                self._bytes -= sent
                self._rest.popleft()
                if sent < len(part):
                    self._rest.appendleft(part[sent:])
                self._changed.notify_all()

    def close(self, seconds: float) -> None:
        """Send what is left within so many seconds, then say that nothing follows."""
        deadline = monotonic() + seconds
        with self._changed:
            while self._rest and not self._closed and monotonic() < deadline:
                self._changed.wait(max(0.0, deadline - monotonic()))
            self._closed = True
            self._changed.notify_all()
        try:
            self._end.shutdown(socket.SHUT_WR)
        except OSError:
            return  # the other end is gone


def received(end: socket.socket) -> Iterator[Any]:
    """Every message, until the other end closes, dies, or is silent for longer than the socket waits. A message is unpacked when it is asked for."""
    with end.makefile("rb", BUFFER) as stream:
        while True:
            try:
                # None where nothing came within the socket's own limit.
                head = stream.read(_LENGTH.size) or b""
                size = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else 0
                body = stream.read(size) or b""
            except OSError:
                return
            if not size or len(body) < size:
                return
            yield pickle.loads(body)  # noqa: S301 - from the process that started this one, or that this one has started
