"""Whether a PocketBase that lets us in answers at all, and if not, what there is instead. Asked before anything is done."""

from __future__ import annotations

from ipaddress import ip_address

import httpx

from dualwrite.errors import ConfigurationError, Missing, StoreError, Unauthorised
from dualwrite.pocketbase import json_io
from dualwrite.pocketbase.failures import is_untrusted, untrusted_because
from dualwrite.pocketbase.session import Request, Session

_MEND = "mend DUALWRITE_PB_URL or --pb"


def obstacle(session: Session) -> str | None:
    """Why the server cannot be used, in one line with its address and what to do; None where it can. Raises nothing."""
    try:
        answer = session.hello()
    except httpx.ConnectError as error:
        if is_untrusted(error):
            return (
                f"the certificate of {session.where} is not trusted ({untrusted_because(error)}): "
                f"name its authority's file in SSL_CERT_FILE, or {_MEND}"
            )
        return f"no server answers at {session.where} ({_reason(error)}): start PocketBase, or {_MEND}"
    except httpx.TimeoutException:
        return (
            f"no answer came from {session.where} within {session.timeout:g} s: is it PocketBase, and not overloaded? "
            f"Otherwise {_MEND}"
        )
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        return f"{session.where} is not a URL that can be used: {_MEND}"
    except httpx.HTTPError as error:
        return f"what listens at {session.where} is not PocketBase ({type(error).__name__}): {_MEND}"
    if not _is_pocketbase(answer):
        return f"what answers at {session.where} is not PocketBase (status {answer.status_code}): {_MEND}"
    return _login(session)


def exposure(session: Session) -> str | None:
    """What anybody on the way to the server can read, in one line; None where nobody can, or nobody is on the way."""
    if session.is_encrypted or is_loopback(session.host):
        return None
    return (
        f"{session.where} is reached without TLS: whoever is on the way reads the superuser's password and every row; use "
        "https://, or a network that is yours alone"
    )


def is_loopback(host: str) -> bool:
    """Whether that is this very machine, by its name or address alone."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost" or host.lower().endswith(".localhost")


def _login(session: Session) -> str | None:
    try:
        session.send(
            Request("GET", "/api/collections", "collections", params={"perPage": "1", "fields": "id"})
        )
    except Unauthorised as error:
        return (
            f"{_refusal(error, session.where)}: set DUALWRITE_PB_IDENTITY and DUALWRITE_PB_PASSWORD, or DUALWRITE_PB_TOKEN "
            "(make one with: pocketbase superuser upsert EMAIL PASSWORD)"
        )
    except (ConfigurationError, Missing):
        return (
            f"the PocketBase at {session.where} is too old, it has no superusers: update it to 0.26 or newer"
        )
    except StoreError as error:
        return (
            f"the PocketBase at {session.where} does not let anybody log in just now ({error}): see its log"
        )
    return None


def _refusal(error: Unauthorised, where: str) -> str:
    """Who was refused: a login, a token, or a token of somebody who is no superuser."""
    text = str(error)
    return text if where in text else f"PocketBase at {where}: {text.partition(';')[0]}"


def _is_pocketbase(answer: httpx.Response) -> bool:
    try:
        said = json_io.loads(answer.content)
    except ValueError:
        return False
    return answer.status_code == 200 and isinstance(said, dict) and "healthy" in str(said.get("message"))


def _reason(error: httpx.ConnectError) -> str:
    text = str(error).removeprefix("[Errno ").partition("] ")[2] or str(error) or type(error).__name__
    return text.lower()
