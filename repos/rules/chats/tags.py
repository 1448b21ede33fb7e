"""What becomes of a chat's tags, and of the user's tags with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dualwrite.dialect import Dialect
from dualwrite.entity import Row, Value
from dualwrite.errors import Invalid, Refused
from repos.entities import CHAT, TAG
from repos.models.tag import TagModel
from repos.rules.chats.search import UNTAGGED
from repos.rules.dialect import require_row, require_text
from repos.rules.rows import json_of, replaced_json, to_model, to_row
from repos.rules.tags import tag_id, wanted_tag_id


@dataclass(frozen=True, slots=True)
class TagsChange:
    """A chat's `meta` from now on, and the user's tags by id as they are from now on (None: deleted)."""

    meta: Value
    tags: Mapping[str, Row | None]


def tags_of(row: Mapping[str, Value]) -> list[Any]:
    """The tags that a chat names, in its order. Raises `Invalid`."""
    try:
        return list(json_of(row, "meta").get("tags", []))
    except (AttributeError, TypeError):
        raise Invalid("chat: meta is no object with a list of tags") from None


def tag_ids_of(row: Mapping[str, Value]) -> list[str]:
    """The ids of the tags that a chat names. Raises `Invalid`."""
    return [wanted_tag_id(name) for name in tags_of(row)]


def known_names(dialect: Dialect, names: Iterable[object]) -> list[str]:
    """Those names that the database could be asked for."""
    return [name for name in names if isinstance(name, str) and _can_be_asked(dialect, name)]


def tag_cleared(row: Row) -> Value:
    """The `meta` without any tag. Raises `Invalid`."""
    return _tags_written(row, [])


def tag_added(row: Row, id: str) -> Value:
    """The `meta` with this tag at the end, unless it is there. Raises `Invalid`."""
    tags = tags_of(row)
    return row["meta"] if id in tags else _tags_written(row, _distinct([*tags, id]))


def tag_added_if_possible(row: Row | None, id: str) -> Value:
    """As `tag_added`; None for a missing chat, and where its tags are not what they must be."""
    try:
        return None if row is None else tag_added(row, id)
    except Invalid:
        return None


def tag_removed(row: Row, name: object) -> Value:
    """The `meta` without this tag. Raises `Invalid`."""
    removed = wanted_tag_id(name)
    return _tags_written(row, _distinct([tag for tag in tags_of(row) if tag != removed]))


def tag_found(found: Row) -> TagModel | None:
    """The tag of a row; None where it makes none."""
    try:
        return to_model(TagModel, TAG, found)
    except Invalid:
        return None


def tag_made(dialect: Dialect, name: str, user_id: str, found: Row | None) -> Row | None:
    """The row to write so that the user has this tag; None where they have it.

    Raises:
        Invalid, TooLarge: the database would not take it, or the row that is there makes no tag.
        pydantic.ValidationError: an argument is not text.
    """
    if found is not None:
        to_model(TagModel, TAG, found)
        return None
    row = to_row(TAG, TagModel(id=tag_id(name), name=name, user_id=user_id))
    require_row(dialect, TAG, row)
    return row


def tags_replaced(
    dialect: Dialect,
    row: Row,
    names: Sequence[str],
    user_id: str,
    found: Mapping[str, Row],
    used: Collection[str],
) -> TagsChange:
    """What it takes to give a chat exactly these tags. `found` are the user's tags by id, `used` the ids that other chats
    of the user keep alive. A tag that cannot be made is left out.

    Raises:
        Invalid: the chat's tags are no list of texts.
    """
    after: dict[str, Row | None] = {tag: None for tag in tag_ids_of(row) if tag not in used and tag in found}
    state = {**row, "meta": tag_cleared(row)}
    for name in names:
        if name.lower() == UNTAGGED:
            continue
        tag = tag_id(name)
        try:
            made = tag_made(dialect, name, user_id, after.get(tag, found.get(tag)))
        except Refused:
            continue
        if made is not None:
            after[tag] = made
        state["meta"] = tag_added(state, tag)
    return TagsChange(state["meta"], after)


def _tags_written(row: Row, tags: list[Any]) -> Value:
    try:
        return replaced_json(CHAT, row, "meta", {**json_of(row, "meta"), "tags": tags})
    except TypeError:
        raise Invalid("chat: meta is no object") from None


def _distinct(tags: list[Any]) -> list[Any]:
    """Open WebUI takes `list(set(…))`, whose order differs from process to process; ours is that of the first time each
    came, which is one of those."""
    try:
        return list(dict.fromkeys(tags))
    except TypeError:
        raise Invalid("chat: a tag is no text") from None


def _can_be_asked(dialect: Dialect, name: str) -> bool:
    try:
        require_text(dialect, name)
    except Invalid:
        return False
    return True
