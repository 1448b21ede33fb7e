"""One identity's token: fetched once, renewed once for all threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pydantic import SecretStr

from dualwrite.errors import StoreError, Unauthorised

_FAILURE_SECONDS = 2.0


class Login:
    """Holds the token. `fetch` logs in and returns a new one; without it the token given is all there is."""

    def __init__(self, fetch: Callable[[], SecretStr] | None, token: SecretStr | None = None) -> None:
        self.fetch = fetch
        self._token = token
        self._lock = threading.Lock()
        self._failure: tuple[float, StoreError] | None = None

    def forget(self, token: SecretStr | None = None) -> None:
        """Use this token from now on; without one, the next use logs in."""
        with self._lock:
            self._token = token

    def token(self) -> SecretStr:
        """The token; logs in if there is none yet."""
        return self._token or self._renewed(None)

    def renewed(self, refused: SecretStr) -> SecretStr:
        """A token other than the one that was refused.

        However many threads bring the same refused token, one logs in and the others get what it got.

        Raises:
            Unauthorised: there is nothing to log in with, or the server refuses the login.
        """
        return self._renewed(refused)

    def _renewed(self, refused: SecretStr | None) -> SecretStr:
        asked = time.monotonic()
        with self._lock:
            if self._token is not None and self._token != refused:
                return self._token
            if self.fetch is None:
                raise Unauthorised(
                    "PocketBase refused the token: it is expired or not a superuser's; set a new one, or an identity and password",
                    status=401,
                )
            if self._failure is not None and _is_shared(*self._failure, asked):
                failed = self._failure[1]
                raise type(failed)(str(failed), status=failed.status, retry_after=failed.retry_after)
            try:
                self._token = self.fetch()
            except StoreError as error:
                self._failure = (time.monotonic(), error)
                raise
            self._failure = None
            return self._token


def _is_shared(failed_at: float, error: StoreError, asked: float) -> bool:
    """Whether one who asked for a token at `asked` gets the failure of another's login.

    Those who queued while it was tried do, or each of them would wait out the same dead server in turn; a refused
    password stays refused a little longer, since every try costs the server 100 ms of bcrypt.
    """
    return failed_at >= asked or (
        isinstance(error, Unauthorised) and time.monotonic() < failed_at + _FAILURE_SECONDS
    )
