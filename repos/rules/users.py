"""What a list of users was asked for, and what a change of one does to its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dualwrite.dialect import Dialect
from dualwrite.entity import Row, Value
from dualwrite.errors import Invalid
from repos.entities import USER
from repos.models.user import UserModel
from repos.rules.dialect import require_text
from repos.rules.like import require_pattern
from repos.rules.rows import json_of, to_model, to_value

SORTABLE = ("name", "email", "created_at", "last_active_at", "updated_at", "role")
_COLUMNS = frozenset(column.name for column in USER.columns)
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Listing:
    """One page: `pattern` is what the name or the email is ILIKE, `sort` a column and whether it is descending."""

    pattern: str | None
    sort: tuple[str, bool] | None
    offset: int
    limit: int | None

    def page(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The page's rows of all that match, in order."""
        return rows[self.offset : None if self.limit is None else self.offset + self.limit]


def listing(dialect: Dialect, filter: Mapping[str, Any] | None, skip: object, limit: object) -> Listing:
    """What the arguments of `get_users` mean.

    Raises:
        Invalid: the database would not take them.
    """
    pattern: str | None = None
    sort: tuple[str, bool] | None = ("created_at", True)
    if filter:
        if query := filter.get("query"):
            pattern = f"%{query}%"
            require_text(dialect, pattern)
            require_pattern(dialect, pattern)
        column = filter.get("order_by")
        sort = (column, filter.get("direction") != "asc") if column in SORTABLE else None
    return Listing(pattern, sort, _whole(dialect, skip) or 0, _whole(dialect, limit))


def _whole(dialect: Dialect, value: Any) -> int | None:
    """A number of rows as SQLAlchemy sends it; None for no wish. SQLite takes a negative one for none."""
    if not value:
        return None
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        raise Invalid("user: skip and limit are whole numbers") from None
    if abs(number) > _LARGEST or (number < 0 and dialect == "postgresql"):
        raise Invalid("user: skip or limit is out of range")
    return number if number >= 0 else None


def user(row: Row) -> UserModel:
    """The model of a row. Raises `Invalid`."""
    return to_model(UserModel, USER, row)


def new_user(
    id: str, name: str, email: str, picture: str, role: str, oauth_sub: str | None, now: int
) -> UserModel:
    """A user who has never done anything. Raises `pydantic.ValidationError`."""
    return UserModel(
        id=id,
        name=name,
        email=email,
        role=role,
        profile_image_url=picture,
        last_active_at=now,
        created_at=now,
        updated_at=now,
        oauth_sub=oauth_sub,
    )


def changes_of(dialect: Dialect, updated: object) -> dict[str, Value]:
    """The columns that a dict of values writes.

    Raises:
        Invalid: there are none, or users do not have one of them; a date as text, which SQLite's SQLAlchemy refuses.
    """
    if not isinstance(updated, Mapping) or not updated or not _COLUMNS.issuperset(updated):
        raise Invalid("user: columns that a user does not have cannot be written")
    if dialect == "sqlite" and isinstance(updated.get("date_of_birth"), str):
        raise Invalid("user: date_of_birth is no date")
    return {name: to_value(USER, name, value) for name, value in updated.items()}


def settings_merged(row: Row, updated: Mapping[str, Any]) -> dict[str, Value]:
    """The column to write for settings with `updated` over their top level.

    Raises:
        Invalid: one of them is no object.
    """
    settings = json_of(row, "settings")
    if settings is None:
        settings = {}
    if not isinstance(settings, dict):
        raise Invalid("user: settings are no object")
    try:
        settings.update(updated)
    except (TypeError, ValueError):
        raise Invalid("user: settings cannot be merged with what is no object") from None
    return {"settings": to_value(USER, "settings", settings)}


def webhook_url(row: Row) -> str | None:
    """Whatever the settings hold at `ui.notifications.webhook_url`; None where there is no such place."""
    found: Any = json_of(row, "settings")
    for name in ("ui", "notifications", "webhook_url"):
        found = found.get(name) if isinstance(found, dict) else None
    url: str | None = found
    return url


def owner_of_copies(chat_id: object) -> str:
    """The user that the shared copy of a chat is stored under."""
    return f"shared-{chat_id}"
