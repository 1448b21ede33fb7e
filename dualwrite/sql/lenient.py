"""SQLite keeps any bytes in a TEXT column; one row that is not UTF-8 must not hide the others.

Such a value is read with `surrogateescape`: a text with lone surrogates, which the codec reports by column and key,
and from which the bytes can be had back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from dualwrite.sql.translate import is_not_text

Result = TypeVar("Result")


def reading_leniently(connection: Connection, fetch: Callable[[], Result]) -> Result:
    """What `fetch` returns; a second time with undecodable bytes kept, where the first met some.

    A `text_factory` in Python costs a call for each value, hence only on demand. What `fetch` wrote
    the first time stays.
    """
    try:
        return fetch()
    except (DBAPIError, sqlite3.OperationalError) as error:
        if not is_not_text(error.orig if isinstance(error, DBAPIError) else error):
            raise
    with leniently(connection):
        return fetch()


@contextmanager
def leniently(connection: Connection) -> Iterator[None]:
    """Every text read inside may be any bytes."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    before, driver.text_factory = driver.text_factory, _decode
    try:
        yield
    finally:
        driver.text_factory = before


def bindable(text: str) -> str | bytes:
    """A text as a parameter: the bytes it stands for where it was read leniently, to be cast to TEXT in SQL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="surrogateescape")
    return text


def _decode(value: bytes) -> str:
    return value.decode(errors="surrogateescape")
