"""Calls of the tags repository: tags are listed with every chat, and seldom made by themselves."""

from __future__ import annotations

from repos.rehearsal.callers.calls import After, Args, Calls, Read, Told, Write
from repos.rehearsal.callers.estate import Estate
from repos.rehearsal.names import tag_id
from repos.rehearsal.words import TAGS

_MOST = 200  # different words of one user


def word(estate: Estate) -> str:
    """A tag's name: the sample's, or one of some more."""
    number = estate.rng.randrange(_MOST)
    return TAGS[number] if number < len(TAGS) else f"{TAGS[number % len(TAGS)]} {number}"


def tag_of(name: str, user: str) -> dict[str, object]:
    """The row of a tag that was just made."""
    return {"id": tag_id(name), "name": name, "user_id": user, "meta": None}


def _new(estate: Estate) -> Args:
    return word(estate), estate.owner()


def _old(estate: Estate) -> Args:
    tag = estate.pick("tag")
    return tag["name"], tag["user_id"]


def _seen(estate: Estate) -> Args:
    tag = estate.seen("tag")
    return tag["name"], tag["user_id"]


def _some(estate: Estate) -> Args:
    return [tag_id(name) for name in estate.rng.sample(TAGS, 5)], estate.someone()


def _made(_: Estate, name: str, user: str) -> After:
    return {("tag", (tag_id(name), user)): Told.BY_ANSWER}


def _deleted(_: Estate, name: str, user: str) -> After:
    return {("tag", (tag_id(name), user)): None}


CALLS: Calls = (
    Read(12, "get_tags_by_user_id", lambda estate: (estate.someone(),)),
    Read(12, "get_tags_by_ids_and_user_id", _some),
    Read(4, "get_tag_by_name_and_user_id", _seen),
    Write(3, "insert_new_tag", _new, _made, makes="tag"),
    Write(2, "delete_tag_by_name_and_user_id", _old, _deleted, removes="tag"),
)
