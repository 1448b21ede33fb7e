"""What SQLAlchemy and the drivers raise, as `dualwrite.errors` names it.

| raised                                                        | becomes              |
|---------------------------------------------------------------|----------------------|
| unique, primary key, exclusion                                | Conflict             |
| not null, check, foreign key, wrong type or text, other 22/23 | Invalid              |
| value or row too long                                         | TooLarge             |
| our trigger (SQLSTATE DW001, `dualwrite: …` on SQLite)        | Fenced               |
| not allowed, read-only                                        | Unauthorised         |
| locked, deadlock, serialization, full disk, lost connection   | Unavailable          |
| lost connection while committing                              | AnswerLost           |
| no such table or column, not a database                       | ConfigurationError   |

No message of a driver is passed on: they quote row values.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import (
    DBAPIError,
    DisconnectionError,
    PendingRollbackError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.exc import (
    TimeoutError as PoolTimeout,
)

from dualwrite.errors import (
    AnswerLost,
    ConfigurationError,
    Conflict,
    DualwriteError,
    Fenced,
    Invalid,
    Refused,
    StoreError,
    TooLarge,
    Unauthorised,
    Unavailable,
)

FENCE_SQLSTATE = "DW001"
FENCE_MESSAGE = "dualwrite: the phase forbids writes"

# Longest prefix wins: https://www.postgresql.org/docs/current/errcodes-appendix.html
POSTGRESQL: dict[str, type[DualwriteError]] = {
    FENCE_SQLSTATE: Fenced,
    "08": Unavailable,  # connection
    "0A": ConfigurationError,  # feature not supported
    "21": Invalid,  # cardinality
    "22": Invalid,  # data
    "22001": TooLarge,
    "23": Invalid,  # integrity
    "23505": Conflict,
    "23P01": Conflict,
    "25": Refused,  # transaction state: an earlier statement failed and the caller went on
    "25006": Unauthorised,  # read-only transaction
    "28": Unauthorised,
    "3D": ConfigurationError,  # no such database
    "3F": ConfigurationError,  # no such schema
    "40": Unavailable,  # serialization, deadlock
    "42": ConfigurationError,  # no such table or column
    "42501": Unauthorised,
    "44": Invalid,  # a view's check option
    "53": Unavailable,  # disk, memory, connections
    "54": TooLarge,  # program limits
    "55": Unavailable,  # lock not available, object in use
    "57": Unavailable,  # cancelled, shut down
    "58": Unavailable,  # input and output
    "XX": Unavailable,  # internal
}

# https://www.sqlite.org/rescode.html, longest prefix wins
SQLITE: dict[str, type[DualwriteError]] = {
    "SQLITE_ABORT": Unavailable,
    "SQLITE_AUTH": Unauthorised,
    "SQLITE_BUSY": Unavailable,
    "SQLITE_CANTOPEN": Unavailable,
    "SQLITE_CONSTRAINT": Invalid,
    "SQLITE_CONSTRAINT_PRIMARYKEY": Conflict,
    "SQLITE_CONSTRAINT_ROWID": Conflict,
    "SQLITE_CONSTRAINT_UNIQUE": Conflict,
    "SQLITE_CORRUPT": ConfigurationError,
    "SQLITE_ERROR": ConfigurationError,  # no such table or column
    "SQLITE_FULL": Unavailable,
    "SQLITE_INTERRUPT": Unavailable,
    "SQLITE_IOERR": Unavailable,
    "SQLITE_LOCKED": Unavailable,
    "SQLITE_MISMATCH": Invalid,
    "SQLITE_NOMEM": Unavailable,
    "SQLITE_NOTADB": ConfigurationError,
    "SQLITE_PERM": Unauthorised,
    "SQLITE_PROTOCOL": Unavailable,
    "SQLITE_READONLY": Unauthorised,
    "SQLITE_SCHEMA": Unavailable,
    "SQLITE_TOOBIG": TooLarge,
}

# Errors that a driver raises by itself carry no code: by the class PEP 249 gives them.
CLASSES: dict[str, type[DualwriteError]] = {
    "DataError": Invalid,
    "IntegrityError": Invalid,
    "InterfaceError": Unavailable,
    "InternalError": Unavailable,
    "NotSupportedError": Invalid,
    "OperationalError": Unavailable,
    "ProgrammingError": Invalid,
}


@contextmanager
def translating(where: str = "", *, committing: bool = False) -> Iterator[None]:
    """SQLAlchemy and driver errors leave this block as errors of this library, which name `where` the database is."""
    try:
        yield
    except SQLAlchemyError as error:
        translated = translate(error, where, committing=committing)
        if translated is None:
            raise  # a mistake in the calling code, not an answer of the store
        raise translated from None  # the driver's own words stay out of a traceback, too


def translate(error: SQLAlchemyError, where: str = "", *, committing: bool = False) -> DualwriteError | None:
    """The error of this library for one of SQLAlchemy's; None for a mistake in the calling code."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        kind = _kind(error.orig)
        lost = error.connection_invalidated or _is_lost(error.orig)
        if lost:
            kind = AnswerLost if committing else Unavailable
        return kind(_message(kind, error.orig, where))
    if isinstance(error, PoolTimeout):
        return Unavailable("no database connection became free in time")
    if isinstance(error, DisconnectionError | PendingRollbackError):
        return Unavailable("the database connection was lost")
    if isinstance(error, StatementError) and error.orig is not None:
        return Invalid(f"a value cannot be sent to the database ({type(error.orig).__name__})")
    return None


def refuse_unsendable(context: ExceptionContext) -> None:
    """Engine event: what a driver refuses to send without an error class of its own.

    Python integers beyond 64 bits, lone surrogates, NUL on psycopg2. Here, and not in `translating`, because only here
    it is certain that the error comes from a driver and not from the code that runs in the block.
    """
    if isinstance(context.original_exception, OverflowError | ValueError):
        name = type(context.original_exception).__name__
        raise Invalid(f"a value cannot be sent to the database ({name})")


def code_of(error: BaseException) -> str:
    """SQLSTATE or SQLite's code name; empty where the driver raised by itself."""
    for attribute in ("sqlstate", "pgcode", "sqlite_errorname"):
        code = getattr(error, attribute, None)
        if isinstance(code, str):
            return code
    return ""


def _kind(error: BaseException) -> type[DualwriteError]:
    code = code_of(error)
    if isinstance(error, sqlite3.Error):
        if code == "SQLITE_CONSTRAINT_TRIGGER" and str(error).startswith(FENCE_MESSAGE):
            return Fenced
        if not code and is_not_text(error):
            return Invalid
        if not code and isinstance(error, sqlite3.InterfaceError | sqlite3.ProgrammingError):
            return Invalid  # a type that cannot be bound
        table = SQLITE
    else:
        table = POSTGRESQL
    for length in range(len(code), 0, -1):
        if code[:length] in table:
            return table[code[:length]]
    if code:
        return StoreError
    return next(
        (CLASSES[base.__name__] for base in type(error).__mro__ if base.__name__ in CLASSES), StoreError
    )


def is_not_text(error: BaseException | None) -> bool:
    """Whether sqlite3 met a TEXT value that is not UTF-8."""
    return isinstance(error, sqlite3.OperationalError) and str(error).startswith("Could not decode to UTF-8")


def _is_lost(error: BaseException) -> bool:
    return code_of(error).startswith(("08", "57P"))


def _message(kind: type[DualwriteError], error: BaseException, where: str) -> str:
    code = code_of(error) or type(error).__name__
    constraint = getattr(getattr(error, "diag", None), "constraint_name", None)
    of = f", constraint {constraint}" if constraint else ""
    words = _WORDS[kind].replace("the database", f"the database {where}" if where else "the database")
    return f"{words} ({code}{of})"


_WORDS: dict[type[DualwriteError], str] = {
    AnswerLost: "the connection was lost while committing",
    ConfigurationError: "the database has not the tables or columns that were declared, or is damaged",
    Conflict: "the key or a unique value is taken",
    Fenced: "the phase forbids writes to the migrated tables",
    Invalid: "the database refused a value",
    Refused: "the transaction had failed before",
    StoreError: "the database reported an error",
    TooLarge: "a value is over a limit of the database",
    Unauthorised: "the database did not allow it",
    Unavailable: "the database could not be reached or could not work",
}
