"""Every failure of a request to PocketBase, translated in one place.

| what happened                                   | read          | write                        |
|-------------------------------------------------|---------------|------------------------------|
| never sent: no connection, no free connection   | Unavailable   | Unavailable                  |
| sent, no answer: timeout, connection lost       | Unavailable   | AnswerLost                   |
| 400, a field's code                             | Invalid       | Conflict, TooLarge, Invalid  |
| 400 `Failed to …` without a field: SQLite said no | Invalid     | Unavailable: rolled back     |
| 401, 403                                        | Unauthorised  | Unauthorised                 |
| 404                                             | Missing       | Missing                      |
| 409 / 413                                       | Conflict / TooLarge | the same               |
| 408, 425, 429                                   | Unavailable   | Unavailable: turned away at the door |
| 5xx                                             | Unavailable   | AnswerLost, unless our hook says it rolled back |
| 3xx; no such collection; not a URL              | ConfigurationError | the same                |
| any other 4xx                                   | Invalid       | Invalid                      |

Messages carry the route, the status, and field names with PocketBase's codes; never a URL, which may hold values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from dualwrite.call import is_owed
from dualwrite.errors import (
    AnswerLost,
    ConfigurationError,
    Conflict,
    DualwriteError,
    Invalid,
    Missing,
    StoreError,
    TooLarge,
    Unauthorised,
    Unavailable,
)
from dualwrite.pocketbase import json_io

# Nothing of the request has left: no connection was made, or none was free.
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
WRONG_URL = (httpx.UnsupportedProtocol, httpx.InvalidURL)
ROLLED_BACK = "dualwrite_rolled_back"  # a hook route's word for: the transaction was undone

TAKEN = frozenset({"validation_not_unique", "validation_pk_invalid", "validation_record_id_exists"})
TOO_LARGE = frozenset(
    {
        "validation_max_text_constraint",
        "validation_json_size_limit",
        "validation_length_too_long",
        "validation_file_size_limit",
    }
)
_TURNED_AWAY = frozenset({408, 425, 429})
_FAILED = re.compile(
    r"Failed to (?:create|update|delete) record|Failed to (?:create|update|delete) the record"
)
_NO_COLLECTION = re.compile(r"Missing (?:or invalid )?collection context")
_CODE = re.compile(r"[a-z][a-z_]{0,63}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


@contextmanager
def translated(route: str, *, writes: bool) -> Iterator[None]:
    """Turns what httpx raises inside into an error of `dualwrite.errors`. `route` is a bounded name, never a URL."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise translate(error, route, writes=writes) from _without_frames(error)


def is_untrusted(error: Exception) -> bool:
    """Whether there is no connection because the server's certificate does not prove who it is."""
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


def untrusted_because(error: Exception) -> str:
    """OpenSSL's word for it: `self-signed certificate`, `certificate has expired`, …"""
    said = str(error).partition("certificate verify failed: ")[2]
    return said.partition(" (_ssl")[0] or "certificate verify failed"


def _without_frames(error: Exception) -> Exception:
    """The same, with nothing behind it: the frames of an HTTP library hold bodies and tokens, and some loggers show them."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def check(response: httpx.Response) -> None:
    """Raise for any answer but success. The error's text has no URL in it, unlike that of `raise_for_status`."""
    if not response.is_success:
        raise httpx.HTTPStatusError(
            f"status {response.status_code}", request=response.request, response=response
        )


def translate(error: httpx.HTTPError | httpx.InvalidURL, route: str, *, writes: bool) -> DualwriteError:
    """The error of ours for one of httpx's."""
    if isinstance(error, httpx.HTTPStatusError):
        return of_status(
            error.response.status_code,
            _body_of(error.response),
            route,
            writes=writes,
            retry_after=retry_after(error.response.headers.get("retry-after")),
        )
    if isinstance(error, WRONG_URL):
        return ConfigurationError("the PocketBase URL is not an http:// or https:// URL that can be used")
    reason = f"{route}: {type(error).__name__}"
    if is_untrusted(error):
        reason += f", its certificate is not trusted ({untrusted_because(error)})"
    if isinstance(error, NEVER_SENT) or not writes:
        return Unavailable(reason)
    return AnswerLost(reason)


def was_done(error: StoreError, holds: Callable[[], bool]) -> bool:
    """Whether a write of which an answer was lost counts as done, since the record looks like it; `error` is what was answered in the
    end. Raises `AnswerLost` where that cannot be seen; never looks where a debt stands behind the write."""
    try:
        return not is_owed() and holds()
    except StoreError:
        raise (error if isinstance(error, AnswerLost) else AnswerLost(str(error))) from None


def of_status(
    status: int,
    body: Mapping[str, Any],
    route: str,
    *,
    writes: bool,
    retry_after: float | None = None,
) -> DualwriteError:
    """The error for an answer that is not a success."""
    nested = _failed_request(body)
    if nested is not None:
        return of_status(int(nested.get("status", 400)), nested, route, writes=writes)
    codes = field_codes(body)
    message = f"{route}: status {status}"
    if codes:
        message += " (" + ", ".join(f"{name}: {code}" for name, code in sorted(codes.items())) + ")"
    kind: type[StoreError]
    match status:
        case 400:
            kind = _kind_of_400(body, codes, writes=writes)
        case 401 | 403:
            kind = Unauthorised
        case 404 if _NO_COLLECTION.match(str(body.get("message", ""))):
            return ConfigurationError(f"{route}: the collection does not exist; run `dualwrite init`")
        case 404:
            kind = Missing
        case 409:
            kind = Conflict
        case 413:
            kind = TooLarge
        case _ if status in _TURNED_AWAY:
            kind = Unavailable
        case _ if 400 <= status < 500:
            kind = Invalid
        case _ if status >= 500:
            done_nothing = not writes or ROLLED_BACK in codes.values()
            kind = Unavailable if done_nothing else AnswerLost
        case _:
            return ConfigurationError(
                f"{route}: status {status}; the PocketBase URL must be the server's own, not one that redirects"
            )
    return kind(message, status=status, retry_after=retry_after)


def field_codes(body: Mapping[str, Any]) -> dict[str, str]:
    """Field name to PocketBase's code. What is not shaped like a name or a code could be a value and is left out."""
    data = body.get("data")
    return {
        name: problem["code"]
        for name, problem in (data.items() if isinstance(data, dict) else ())
        if _NAME.fullmatch(name)
        and isinstance(problem, dict)
        and isinstance(problem.get("code"), str)
        and _CODE.fullmatch(problem["code"])
    }


def retry_after(header: str | None) -> float | None:
    """Seconds from a Retry-After header, which is a number or a date; None for anything else."""
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _kind_of_400(body: Mapping[str, Any], codes: Mapping[str, str], *, writes: bool) -> type[StoreError]:
    if TAKEN & set(codes.values()):
        return Conflict
    if TOO_LARGE & set(codes.values()):
        return TooLarge
    if writes and not body.get("data") and _FAILED.match(str(body.get("message", ""))):
        return Unavailable  # no field is to blame: SQLite refused (disk full, locked) and the transaction is undone
    return Invalid


def _failed_request(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The answer to the one request of a batch that failed: `{"data": {"requests": {"3": {"response": …}}}}`."""
    data = body.get("data")
    requests = data.get("requests") if isinstance(data, dict) else None
    if not isinstance(requests, dict):
        return None
    for failed in requests.values():
        response = failed.get("response") if isinstance(failed, dict) else None
        if isinstance(response, dict):
            return response
    return None


def _body_of(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = json_io.loads(response.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
