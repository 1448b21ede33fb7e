"""Every error this library raises, in one tree.

DualwriteError
├── ConfigurationError       a setting, a file or a server is not as it must be; a person mends it
│   └── Misfits              PocketBase holds rows that SQL cannot
├── Frozen                   a write waited for the switch longer than it may
├── Unsteady                 a file changed while it was read
└── StoreError               a store did not do what it was asked
    ├── Missing              there is no such row or record
    ├── Refused              the store looked at the write and said no; nothing was written
    │   ├── Conflict         the key or a unique value is taken
    │   ├── Invalid          a value breaks a rule of the schema
    │   ├── TooLarge         a value or request is over a limit
    │   └── Unrepresentable  a value that PocketBase cannot hold unchanged (NaN, raw bytes, …); it was not sent
    ├── Fenced               the database refused a write because the phase forbids it
    ├── Unauthorised         the identity is unknown, expired or not allowed
    ├── Damaged              bytes that were read back are not those that were stored
    ├── Unavailable          the store was not reached or could not work; nothing was written
    └── AnswerLost           the request was sent and no answer came: it may have been done, or may yet be

No message carries a row's values: entity names, column names, statuses and counts only. Nor does what caused an error hang on
it where that quotes values, as drivers do: a traceback is text too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class DualwriteError(Exception):
    """Anything this library raises."""


class ConfigurationError(DualwriteError):
    """What is wrong, where, and what to do, in one line meant for a person."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A row of PocketBase that SQL cannot hold: the column (`$`: the row as a whole) and the reason. No values."""

    entity: str
    key: tuple[str, ...]
    path: str
    reason: str


class Misfits(ConfigurationError):
    """PocketBase holds rows that SQL cannot, so SQL cannot become what PocketBase is."""

    def __init__(self, rows: Sequence[Misfit]) -> None:
        first = rows[0]
        super().__init__(
            f"SQL cannot hold {len(rows)} {'row' if len(rows) == 1 else 'rows'} of PocketBase ({first.entity}, {first.path}: "
            f"{first.reason}): mend or delete what is named, in PocketBase"
        )
        self.rows = tuple(rows)


class Frozen(DualwriteError):
    """Writes are paused for the switch and stayed paused longer than a caller may wait."""


class Unsteady(DualwriteError):
    """A file changed while it was read."""


class StoreError(DualwriteError):
    """A store did not do what it was asked. `retry_after` is the server's own wish in seconds, if it had one."""

    def __init__(self, message: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class Missing(StoreError):
    """There is no such row or record."""


class Refused(StoreError):
    """The store looked at the write and said no; nothing was written."""


class Conflict(Refused):
    """The key or a unique value is taken."""


class Invalid(Refused):
    """A value breaks a rule of the schema."""


class TooLarge(Refused):
    """A value or a request is over a limit."""


class Unrepresentable(Refused):
    """A value that cannot make the way to PocketBase and back unchanged, so that it was not sent."""

    def __init__(self, entity: str, key: tuple[str, ...], path: str, reason: str) -> None:
        super().__init__(f"{entity}: {path} {reason}")
        self.entity = entity
        self.key = key
        self.path = path
        self.reason = reason


class Fenced(StoreError):
    """The database refused a write because the stored phase forbids it."""


class Unauthorised(StoreError):
    """The identity is unknown, expired or not allowed."""


class Damaged(StoreError):
    """Bytes that were read back are not those that were stored."""


class Unavailable(StoreError):
    """The store was not reached or could not work; nothing was written."""


class AnswerLost(StoreError):
    """The request was sent and no answer came: it may have been done, or may still be."""


UNREACHED = (Unavailable, AnswerLost, Unauthorised)
"""What says something of the store, and nothing of what it was asked."""


def label(error: DualwriteError) -> str:
    """What the journal keeps of an error: its class, and the column that is to blame where that is known. Never a value."""
    name = type(error).__name__
    return f"{name}: {error.path}" if isinstance(error, Unrepresentable) else name
