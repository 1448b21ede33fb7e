"""Secrets in memory: behind a name that shows them in no text, log, error or traceback."""

from __future__ import annotations

from typing import overload

from pydantic import SecretStr


@overload
def hidden(secret: SecretStr | str) -> SecretStr: ...
@overload
def hidden(secret: SecretStr | str | None) -> SecretStr | None: ...
def hidden(secret: SecretStr | str | None) -> SecretStr | None:
    """The secret where nothing shows it. Whoever is given one puts this in its place at once: some tracebacks and error
    collectors show what every local variable of a frame holds."""
    return SecretStr(secret) if isinstance(secret, str) else secret
