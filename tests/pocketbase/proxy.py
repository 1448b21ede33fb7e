"""A TCP proxy before a real server that loses what it is told to lose."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from urllib.parse import urlsplit


class Proxy:
    """Forwards to `url`. `lose_answers` and `drop_requests` count down as they strike; `cut_after` ends the connection once so
    many bytes of requests have passed; `spoil` changes them on their way.

    A lost answer: the server has done the request, the client's connection ends without a word. A dropped request: the
    connection ends before the server has heard of it, as when a kept-alive connection is closed under it.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._open: list[socket.socket] = []
        self.lose_answers = 0
        self.drop_requests = 0
        self.stall_answers = 0
        self.cut_after: int | None = None
        self.spoil: Callable[[bytes], bytes] = lambda data: data

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Proxy:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # which ends the waiting for one more
        self._accepting.join(5)
        self._listener.close()
        for each in self._open:
            _close(each)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._open.append(client)
                server = socket.create_connection(self._target)
                self._open.append(server)
                threading.Thread(target=self._requests, args=(client, server), daemon=True).start()
                threading.Thread(target=self._answers, args=(client, server), daemon=True).start()

    def _requests(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self.drop_requests > 0:
                    self.drop_requests -= 1
                    break
                if self.cut_after is not None:
                    server.sendall(data[: self.cut_after])
                    self.cut_after -= len(data)
                    if self.cut_after <= 0:
                        break
                    continue
                server.sendall(self.spoil(data))
        _close(client)
        _close(server)

    def _answers(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if self.stall_answers > 0:
                    self.stall_answers -= 1
                    continue
                if self.lose_answers > 0:
                    self.lose_answers -= 1
                    break
                client.sendall(data)
        _close(client)
        _close(server)


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
