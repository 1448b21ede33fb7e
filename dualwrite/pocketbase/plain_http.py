"""Whole requests over plain HTTP on the standard library's client: a third of the processor time that httpx takes.

httpx stays for everything else: TLS, proxies, bodies that are streamed. What goes wrong here is raised as httpx would raise it, so that
`dualwrite.pocketbase.failures` translates one set of errors.
"""

from __future__ import annotations

import http.client
import select
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from pydantic import SecretStr
from typing_extensions import override

CONNECTIONS = 32
"""At a time."""
IDLE = 16
"""Kept open for later."""
IDLE_SECONDS = 20.0
"""Shorter than the idle time of any server or proxy in between, so that a connection is seldom closed under a request."""
_IN_A_PATH = "/%:@!$&'()*+,;=~"


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer."""

    status_code: int
    content: bytes = field(repr=False)


def speaks_plainly(url: str) -> bool:
    """Whether this server is asked without TLS and without a proxy of the environment's."""
    parts = urlsplit(url)
    proxies = getproxies()
    if parts.scheme != "http" or parts.hostname is None:
        return False
    return not (proxies.get("http") or proxies.get("all")) or bool(proxy_bypass(parts.hostname))


class _Connection(http.client.HTTPConnection):
    """Sends a request's head and body together: two calls would wake the server twice."""

    def __init__(self, host: str, port: int, *, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self._parts: list[bytes] = []

    @override
    def send(self, data: Any) -> None:
        self._parts.append(data)

    def flush(self) -> None:
        """Send what there is."""
        whole = b"".join(self._parts)
        self._parts.clear()
        self.sock.sendall(whole)


class PlainHttp:
    """Connections to one server. Thread-safe."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._prefix = parts.path.rstrip("/")
        self._free = threading.BoundedSemaphore(CONNECTIONS)
        self._lock = threading.Lock()
        self._idle: list[tuple[float, _Connection]] = []
        self._closed = False

    def send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        content: bytes | None,
        headers: Mapping[str, str],
        token: SecretStr | None,
        *,
        connect: float,
        timeout: float,
    ) -> Reply | httpx.Response:
        """The answer; httpx's kind where it is not a success. The times are seconds: to connect, and for each wait after that.

        Raises:
            httpx.TransportError, httpx.InvalidURL: as httpx would.
        """
        target = self._prefix + quote(path, safe=_IN_A_PATH)
        if params:
            target += "?" + "&".join(
                f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in params.items()
            )
        if not self._free.acquire(timeout=timeout):
            raise httpx.PoolTimeout("no connection became free")
        try:
            return self._exchange(method, target, content, headers, token, connect, timeout)
        finally:
            self._free.release()

    def _exchange(
        self,
        method: str,
        target: str,
        content: bytes | None,
        headers: Mapping[str, str],
        token: SecretStr | None,
        connect: float,
        timeout: float,
    ) -> Reply | httpx.Response:
        connection = self._taken() or self._opened(connect)
        try:
            with _as_httpx():
                connection.sock.settimeout(timeout)
                connection.putrequest(method, target)
                for name, value in headers.items():
                    connection.putheader(name, value)
                if token:
                    # Into no variable of ours: a traceback may show those.
                    connection.putheader("Authorization", token.get_secret_value())
                if content is not None or method != "GET":
                    connection.putheader("Content-Length", str(len(content or b"")))
                connection.endheaders(content)
                connection.flush()
                response = connection.getresponse()
                body = response.read()
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            self._keep(connection)
        if 200 <= response.status < 300:
            return Reply(response.status, body)
        return httpx.Response(
            response.status,
            headers=response.getheaders(),
            content=body,
            request=httpx.Request(method, f"http://{self._host}"),
        )

    def _taken(self) -> _Connection | None:
        """The idle connection that was used last, if the server has not closed it meanwhile."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                since, connection = self._idle.pop()
            if monotonic() - since < IDLE_SECONDS and not _has_something(connection.sock):
                return connection
            connection.close()

    def _opened(self, seconds: float) -> _Connection:
        connection = _Connection(self._host, self._port, timeout=seconds)
        try:
            connection.connect()
        except TimeoutError:
            raise httpx.ConnectTimeout("no connection in time") from None
        except OSError as error:
            connection.close()  # of which one may have been made, and lost again at once
            raise httpx.ConnectError(str(error)) from error
        return connection

    def _keep(self, connection: _Connection) -> None:
        now = monotonic()
        with self._lock:
            self._idle.append((now, connection))
            # The oldest are those that nobody needed for longest.
            old = [one for since, one in self._idle if now - since >= IDLE_SECONDS]
            del self._idle[: len(old)]
            if len(self._idle) > IDLE:
                old.append(self._idle.pop(0)[1])
            if self._closed:
                old.append(self._idle.pop()[1])
        for one in old:
            one.close()

    def close(self) -> None:
        """Close the connections that nobody uses, and from now on each as its request ends."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()


def _has_something(sock: socket.socket) -> bool:
    """An idle connection that can be read from has been closed, or says what nobody asked."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def _as_httpx() -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise httpx.ReadTimeout("no answer in time") from None
    except http.client.InvalidURL:
        raise httpx.InvalidURL("the address cannot be asked") from None
    except http.client.HTTPException as error:
        raise httpx.RemoteProtocolError(type(error).__name__) from None
    except OSError as error:
        raise httpx.ReadError(str(error)) from None
    except ValueError:
        # A line break in a token, say. What is wrong with it is in the error, and so is the token.
        raise httpx.LocalProtocolError("a header cannot be sent") from None
