"""The HTTP edge, on the standard library's server: threads, connections and seconds are bounded."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from typing_extensions import override

from dualwrite.errors import ConfigurationError
from reports.serve.http import Answer, plain

log = logging.getLogger(__name__)
MOST_CONNECTIONS = 32
LONGEST = 30.0
"""Seconds that one connection may last, from its first byte to our last."""

Ask = Callable[[str, str, str | None], Answer]
"""Method, path and `Host` header; gives the answer and raises nothing."""


class Server(ThreadingMixIn, TCPServer):
    """Answers one request a connection. A caller beyond `MOST_CONNECTIONS` is hung up on; one that takes too long, too."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = MOST_CONNECTIONS

    def __init__(self, host: str, port: int, ask: Ask, *, longest: float = LONGEST) -> None:
        self.ask = ask
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._longest = longest
        self._begun: dict[socket.socket, float] = {}
        self._lock = threading.Lock()
        try:
            super().__init__((host, port), _Handler)
        except OverflowError as error:
            raise ConfigurationError(f"--port: {port} is no port: give 0 to 65535") from error
        except OSError as error:
            raise ConfigurationError(
                f"cannot listen on {host} port {port} ({error.strerror}): give another --port or --host"
            ) from error

    @property
    def url(self) -> str:
        """Where the page is."""
        host, port = self.server_address[:2]
        name = host.decode() if isinstance(host, bytes) else str(host)
        return f"http://{f'[{name}]' if ':' in name else name}:{port}/"

    @override
    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            full = len(self._begun) >= MOST_CONNECTIONS
            if not full:
                self._begun[request] = monotonic()
        if full:
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    @override
    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._begun.pop(request, None)
        super().shutdown_request(request)

    @override
    def service_actions(self) -> None:
        """Hang up on whoever has been here for too long; called twice a second."""
        with self._lock:
            late = [one for one, begun in self._begun.items() if monotonic() - begun > self._longest]
        for one in late:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is no news."""
        log.debug("a connection ended with an error", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = 10.0  # for one read or write

    def _answer(self) -> None:
        path = urlsplit(self.path).path
        self._send(self.server.ask(self.command, path, self.headers.get("Host")))

    # The standard library looks for a method of this name for each of HTTP's.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = do_CONNECT = _answer  # noqa: N815

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.all_headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    @override
    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """A request that is none: in our words and with our headers."""
        self.command = getattr(self, "command", None) or "GET"
        self.close_connection = True
        self._send(plain(HTTPStatus(code), message or HTTPStatus(code).phrase))

    @override
    def version_string(self) -> str:
        """Our name, and no version of anything."""
        return "dualwrite"

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a scrape every few seconds is no news, and a path may hold anything."""
