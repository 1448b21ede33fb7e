"""A chat from its form, and what a new document does to its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dualwrite.dialect import Dialect
from dualwrite.entity import Row, Value
from dualwrite.errors import Invalid
from repos.entities import CHAT
from repos.models.chat import ChatModel
from repos.models.form import Form
from repos.rules.rows import json_of, replaced_json, to_model

NEW_TITLE = "New Chat"
_SQLITE_INTEGERS = range(-(2**63), 2**63)


def chat(row: Mapping[str, Value]) -> ChatModel:
    """The model of a row. Raises `Invalid`."""
    return to_model(ChatModel, CHAT, row)


def document_of(row: Mapping[str, Value]) -> dict[str, Any]:
    """The document of a row that makes a chat. Raises `Invalid`."""
    return chat(row).chat


def new_chat(id: str, user_id: str, form: Form, now: int) -> ChatModel:
    """A chat from its form. Raises `pydantic.ValidationError`."""
    fields = form.model_dump()
    return _made(id, user_id, fields, {"created_at": now, "updated_at": now})


def imported_chat(id: str, user_id: str, form: Form, now: int) -> ChatModel:
    """A chat from the form of an import. Raises `pydantic.ValidationError`."""
    fields = form.model_dump()
    brought = {
        "meta": fields["meta"],
        "pinned": False
        if fields["pinned"] is None
        else fields["pinned"],  # the column's default, as `inserted` says
        "created_at": fields["created_at"] or now,
        "updated_at": fields["updated_at"] or now,
    }
    return _made(id, user_id, fields, brought)


def inserted(new: ChatModel) -> ChatModel:
    """What a new row holds: SQLAlchemy puts a column's default in the place of a None."""
    return new if new.pinned is not None else new.model_copy(update={"pinned": False})


def document_replaced(dialect: Dialect, row: Row, document: Any, now: int) -> dict[str, Value]:
    """The columns that a new document writes. Raises `Invalid` for a title that no database would take."""
    try:
        title = document["title"] if "title" in document else NEW_TITLE  # noqa: SIM401 - it may be a list
    except TypeError:
        raise Invalid("chat: the document is no object") from None
    return {
        "chat": json_replaced(row, "chat", document),
        "title": _title(dialect, title),
        "updated_at": now,
    }


def pinned_toggled(row: Row, now: int) -> dict[str, Value]:
    """The columns that change when a chat is pinned, or no longer: NULL is not pinned."""
    return {"pinned": not row["pinned"], "updated_at": now}


def archived_toggled(row: Row, now: int) -> dict[str, Value]:
    """The columns that change when a chat is archived, or no longer."""
    return {"archived": not row["archived"], "updated_at": now}


def json_replaced(row: Row, name: str, value: Any) -> Value:
    """As `replaced_json`, and NULL stays where None is written over it."""
    return (
        row[name] if json_of(row, name) is None and value is None else replaced_json(CHAT, row, name, value)
    )


def changed(row: Row, changes: Mapping[str, Value]) -> dict[str, Value]:
    """Those columns that get another value: SQLAlchemy writes no others, and none at all if nothing changed."""
    return {name: value for name, value in changes.items() if row[name] != value}


def _made(id: str, user_id: str, form: Mapping[str, Any], fields: Mapping[str, Any]) -> ChatModel:
    return ChatModel.model_validate(
        {
            "id": id,
            "user_id": user_id,
            "title": form["chat"].get("title", NEW_TITLE),
            "chat": form["chat"],
            "folder_id": form["folder_id"],
            **fields,
        }
    )


def _title(dialect: Dialect, title: Any) -> str:
    """A title as its column holds it: both databases make text of an integer or a boolean."""
    if isinstance(title, str):
        return title
    if dialect == "postgresql" and isinstance(title, bool):
        return str(title).lower()
    if isinstance(title, int) and (dialect == "postgresql" or title in _SQLITE_INTEGERS):
        return str(int(title))
    raise Invalid("chat: the title in the document is no text")
