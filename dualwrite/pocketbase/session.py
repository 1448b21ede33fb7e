"""Requests to one PocketBase server as one identity: authentication, timeouts, retries, measurement."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, cast

import httpx
import stamina
from pocketbase import PocketBase as Client
from pydantic import SecretStr

from dualwrite.call import current_call, is_owed
from dualwrite.errors import (
    AnswerLost,
    ConfigurationError,
    DualwriteError,
    Invalid,
    Missing,
    Unauthorised,
    Unavailable,
)
from dualwrite.pocketbase import json_io
from dualwrite.pocketbase.failures import check, translated
from dualwrite.pocketbase.login import Login
from dualwrite.pocketbase.plain_http import PlainHttp, Reply, speaks_plainly

LOGIN = "/api/collections/_superusers/auth-with-password"
_ATTEMPTS = 3
_RETRY_SECONDS = 5.0
_BYTES_A_SECOND = 2_000_000  # a large body gets this much longer than the timeout
_LIMITS = httpx.Limits(
    max_connections=32,
    max_keepalive_connections=16,
    # Shorter than the idle time of any server or proxy in between, so that a connection is seldom closed under a request.
    keepalive_expiry=20.0,
)


class OnRequest(Protocol):
    """Told of every finished request. `route` is one of a few constants; status 0 means that no answer came."""

    def __call__(self, method: str, route: str, status: int, seconds: float, retries: int) -> None: ...


def unmeasured(method: str, route: str, status: int, seconds: float, retries: int) -> None:
    """Measures nothing."""


class Body(Protocol):
    """A request's body that is made while it is sent, anew each time it is sent."""

    @property
    def content_type(self) -> str:
        """Its media type."""

    def __len__(self) -> int:
        """How many bytes there will be."""

    def __iter__(self) -> Iterator[bytes]:
        """The bytes. What it raises ends the request, which the server then has not in full and refuses."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `route` names it in metrics and errors; what it asks for and sends is people's data, and shows nowhere.

    `repeatable` says that doing it twice is the same as doing it once, so it is sent again when its answer is lost. `works_for` is
    for how many seconds beyond the timeout the server may be at work on it.
    """

    method: str
    path: str
    route: str
    params: Mapping[str, str] | None = field(default=None, repr=False)
    content: bytes | Body | None = field(default=None, repr=False)
    writes: bool = False
    repeatable: bool = True
    works_for: float = 0.0


@dataclass(slots=True)
class Trace:
    """What became of a request on its way: whether an earlier attempt may have been done already."""

    lost: bool = False
    attempts: int = 0


class Answer:
    """An answer whose body has not been read yet. It holds a connection until it is closed or read to its end."""

    def __init__(self, response: httpx.Response, route: str) -> None:
        self._response = response
        self._route = route

    @property
    def length(self) -> int | None:
        """How many bytes there are, as the server says; None where it does not."""
        said = self._response.headers.get("content-length")
        return int(said) if said is not None and said.isdigit() else None

    def chunks(self) -> Iterator[bytes]:
        """The body, once. Raises `Unavailable` where the connection is lost in the middle."""
        with translated(self._route, writes=False):
            yield from self._response.iter_raw()

    def close(self) -> None:
        """Give the connection back."""
        self._response.close()

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Session:
    """Thread-safe. No request is made before the first `send`. `where` is the server's address, for messages."""

    def __init__(
        self,
        url: str,
        *,
        identity: str | None,
        password: SecretStr | None,
        token: SecretStr | None,
        timeout: float,
        on_request: OnRequest,
    ) -> None:
        # The client's own `send` parses floats out of large integers, knows no timeout and shares its token without a
        # lock, so only its connection pool is used.
        # Reading the certificates takes 25 ms, and nothing on http:// ever needs them: no redirect is followed.
        secure = url.startswith("https://")
        self._client = Client(url, auto_snake_case=False, timeout=timeout, limits=_LIMITS, verify=secure)
        self._http = self._client.http_client
        self._plain = PlainHttp(url) if speaks_plainly(url) else None
        self.where = _shown(self._http.base_url)
        self.host = self._http.base_url.host
        self.is_encrypted = secure
        self._timeout = timeout
        self._on_request = on_request
        self._identity = identity
        self._password = password
        can_log_in = identity is not None and password is not None
        self.login = Login(self._fetch_token if can_log_in else None, token)

    def close(self) -> None:
        """Close every connection."""
        self._http.close()
        if self._plain is not None:
            self._plain.close()

    @property
    def timeout(self) -> float:
        """How long one request may take, in seconds."""
        return self._timeout

    def url(self, path: str, params: Mapping[str, str]) -> str:
        """Where that is, for others to ask."""
        return str(self._http.build_request("GET", path, params=params).url.copy_with(userinfo=b""))

    def hello(self) -> httpx.Response:
        """The server's answer to the question how it is: as a guest, and asked once. Raises what httpx raises."""
        return self._http.get(
            "/api/health", timeout=httpx.Timeout(self._timeout, connect=min(self._timeout, 5.0))
        )

    def send(self, request: Request, trace: Trace | None = None) -> bytes:
        """The body of the answer.

        Raises:
            StoreError, ConfigurationError: see `dualwrite.pocketbase.failures`.
        """
        return self._answered(request, trace).content

    def open(self, request: Request) -> Answer:
        """The answer with its body still to come, however large that is. Raises what `send` raises."""
        # One whose body is still to come is always httpx's.
        response = cast(httpx.Response, self._answered(request, None, whole=False))
        return Answer(response, self._named(request))

    def _answered(
        self, request: Request, trace: Trace | None, *, whole: bool = True
    ) -> httpx.Response | Reply:
        trace = trace if trace is not None else Trace()
        started = time.perf_counter()
        status = 0
        try:
            try:
                response = self._attempt(request, trace, whole=whole)
            except DualwriteError as error:
                left = max(0.001, _RETRY_SECONDS - (time.perf_counter() - started))
                response = self._repeated(request, trace, error, left, whole=whole)
            status = response.status_code
        except DualwriteError as error:
            status = getattr(error, "status", None) or 0
            if trace.lost and isinstance(error, Unavailable):
                # The last attempt surely did nothing; an earlier one may have, or may yet.
                raise AnswerLost(str(error), status=error.status, retry_after=error.retry_after) from error
            raise
        finally:
            seconds = time.perf_counter() - started
            self._on_request(request.method, request.route, status, seconds, trace.attempts - 1)
        return response

    def _attempt(self, request: Request, trace: Trace, *, whole: bool) -> httpx.Response | Reply:
        trace.attempts += 1
        try:
            return self._authenticated(request, whole=whole)
        except AnswerLost:
            trace.lost = True
            raise

    def _repeated(
        self, request: Request, trace: Trace, failed: DualwriteError, seconds: float, *, whole: bool
    ) -> httpx.Response | Reply:
        """Repeats what surely was not done, and what may be done twice; the latter never after a timeout, since the server may
        still be at work on it, and not where a debt stands behind it. Only for what has failed once: most requests do not,
        and setting up for a second try takes as long as a tenth of a request."""
        for attempt in stamina.retry_context(
            on=lambda error: _may_repeat(error, request),
            attempts=_ATTEMPTS,
            timeout=seconds,
            wait_initial=0.05,
            wait_jitter=0.05,
            wait_max=1.0,
        ):
            with attempt:
                if attempt.num == 1:
                    raise failed
                return self._attempt(request, trace, whole=whole)
        raise failed

    def _authenticated(self, request: Request, *, whole: bool) -> httpx.Response | Reply:
        token = self.login.token()
        try:
            return self._exchange(request, token, whole=whole)
        except Unauthorised:
            # An expired token makes a guest: 401 on our routes, 403 on a collection for superusers.
            return self._exchange(request, self.login.renewed(token), whole=whole)

    def _exchange(
        self, request: Request, token: SecretStr | None, *, whole: bool = True
    ) -> httpx.Response | Reply:
        size = len(request.content or b"")
        allowed = _within_deadline(self._timeout + request.works_for + size / _BYTES_A_SECOND)
        # A connection that takes longer than there is time would send its request after the deadline.
        connect = min(self._timeout, allowed, 5.0)
        with translated(self._named(request), writes=request.writes):
            if self._plain is not None and whole and isinstance(request.content, bytes | None):
                response = self._plain.send(
                    request.method,
                    request.path,
                    request.params,
                    request.content,
                    _described(request.content),
                    token,
                    connect=connect,
                    timeout=allowed,
                )
            else:
                response = self._through_httpx(request, token, httpx.Timeout(allowed, connect=connect), whole)
            if isinstance(response, httpx.Response):
                check(response)
            if request.writes:
                _refuse_late()
        return response

    def _through_httpx(
        self, request: Request, token: SecretStr | None, timeout: httpx.Timeout, whole: bool
    ) -> httpx.Response:
        headers = _described(request.content)
        if not whole:
            headers["Accept-Encoding"] = "identity"
        asked = self._http.build_request(
            request.method,
            request.path,
            params=request.params,
            content=request.content,
            headers=headers,
            timeout=timeout,
        )
        if token:
            # Into no variable of ours: a traceback may show those. These headers hide it where they are shown.
            asked.headers["Authorization"] = token.get_secret_value()
        response = self._http.send(asked, stream=not whole)
        if not whole and not response.is_success:
            response.read()
        return response

    def _named(self, request: Request) -> str:
        return f"PocketBase at {self.where}: {request.route}"

    def _fetch_token(self) -> SecretStr:
        try:
            response = self._exchange(Request("POST", LOGIN, "login", content=self._credentials()), None)
        except (Unauthorised, Invalid) as error:
            raise Unauthorised(
                "PocketBase refused the identity or password; it must be a superuser's", status=error.status
            ) from None
        except (Missing, ConfigurationError) as error:
            raise ConfigurationError(
                "no PocketBase of version 0.26 or later answers at this URL (it has no superusers to log in as)"
            ) from error
        return SecretStr(str(json_io.loads(response.content)["token"]))

    def _credentials(self) -> bytes:
        password = self._password.get_secret_value() if self._password else None
        return json_io.dumps({"identity": self._identity, "password": password})


def _shown(url: httpx.URL) -> str:
    """A URL without the user and the password that it may hold."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None)).rstrip("/")


def _described(content: bytes | Body | None) -> dict[str, str]:
    """The headers that a body needs. A streamed one says its length, or it would be sent in chunks of unknown number."""
    if content is None:
        return {}
    if isinstance(content, bytes):
        return {"Content-Type": "application/json"}
    return {"Content-Type": content.content_type, "Content-Length": str(len(content))}


def _within_deadline(seconds: float) -> float:
    """No request of a call may be under way after its deadline: by then somebody else may hold its obligations."""
    call = current_call()
    if call is None or call.deadline is None:
        return seconds
    left = call.deadline - time.monotonic()
    if left <= 0:
        raise Unavailable("the call has no time left for another request")
    return min(seconds, left)


def _refuse_late() -> None:
    """An answer after the deadline tells nobody anything: others have not waited for it."""
    call = current_call()
    if call is not None and call.deadline is not None and time.monotonic() > call.deadline:
        raise AnswerLost("PocketBase's answer to a write came after the call's deadline")


def _may_repeat(error: Exception, request: Request) -> bool:
    if isinstance(error.__cause__, httpx.TimeoutException):
        return False
    if isinstance(error, Unavailable):
        return error.retry_after is None or error.retry_after <= 1.0
    return isinstance(error, AnswerLost) and request.repeatable and not is_owed()
