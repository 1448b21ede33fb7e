"""SQLite keeps any bytes in a TEXT column; one row that is not UTF-8 must not hide the others.

Such a value is read with `surrogateescape`: a text with lone surrogates, which the codec reports by column and key,
and from which the bytes can be had back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from dualwrite.sql.translate import is_not_text

Result = TypeVar("Result")


def reading_leniently(connection: Connection, fetch: Callable[[], Result]) -> Result:
    """What `fetch` returns; a second time with undecodable bytes kept, where the first met some.

    A `text_factory` in Python costs a call for each value, hence only on demand.
    """
    try:
        return fetch()
    except Exception as error:
        if not is_not_text(error.orig if isinstance(error, DBAPIError) else error):
            raise
    driver: Any = connection.connection.driver_connection
    before, driver.text_factory = driver.text_factory, _decode
    try:
        return fetch()
    finally:
        driver.text_factory = before


def lenient_text(text: str) -> bytes:
    """The bytes of a text that was read leniently."""
    return text.encode(errors="surrogateescape")


def _decode(value: bytes) -> str:
    return value.decode(errors="surrogateescape")
