"""Tags of chats: a chat's `meta` names them, and each is a row of the user's own among the tags."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

from repos.interfaces.chats.tags import HasId
from repos.rehearsal.callers.calls import After, Args, Calls, Read, State, Told, Write
from repos.rehearsal.callers.chats.records import is_original, original
from repos.rehearsal.callers.estate import Estate
from repos.rehearsal.callers.tags import tag_of, word
from repos.rehearsal.ledger import Place
from repos.rehearsal.names import tag_id
from repos.rehearsal.sights import Seen
from repos.rehearsal.supply import parsed

_NONE = "none"  # no tag has this name


def _tags(chat: Seen) -> list[str]:
    return list(parsed(chat["meta"]).get("tags", []))


def _tagged(estate: Estate) -> Seen:
    return estate.pick("chat", is_original, rather=_tags)


def _seen(estate: Estate) -> Args:
    chat = estate.seen("chat")
    return chat["id"], chat["user_id"]


def _named(estate: Estate) -> Args:
    tag = estate.seen("tag")
    return tag["user_id"], tag["name"]


def _counted(estate: Estate) -> Args:
    return _named(estate)[::-1]


def _chosen(estate: Estate) -> Args:
    chat = original(estate)
    names = [word(estate) for _ in range(estate.rng.randrange(4))] + [_NONE]
    return chat["id"], names, SimpleNamespace(id=chat["user_id"])


def _added(estate: Estate) -> Args:
    chat = original(estate)
    return chat["id"], chat["user_id"], word(estate)


def _removed(estate: Estate) -> Args:
    chat = _tagged(estate)
    return chat["id"], chat["user_id"], estate.rng.choice(_tags(chat) or ["no such tag"])


def _cleared(estate: Estate) -> Args:
    chat = _tagged(estate)
    return chat["id"], chat["user_id"]


def _after_choice(estate: Estate, chat: str, names: Sequence[str], user: HasId) -> After:
    """Old tags go, unless another chat of the user has them that is not archived; new ones are made."""
    row = _chat(estate, chat)
    beside = estate.rows("chat", user_id=user.id, archived=False).values()
    kept = {tag for each in beside if each["id"] != chat for tag in _tags(each)}
    after: dict[Place, State] = {
        place: None for tag in _tags(row) if tag not in kept and estate.row(place := ("tag", (tag, user.id)))
    }
    for name in names:
        place = ("tag", (tag_id(name), user.id))
        if name.lower() != _NONE and not after.get(place, estate.row(place)):
            after[place] = tag_of(name, user.id)
    return {**after, ("chat", (chat,)): Told.BY_ANSWER}


def _after_one(estate: Estate, chat: str, user: str, name: str) -> After:
    place = ("tag", (tag_id(name), user))
    return {place: estate.row(place) or tag_of(name, user), ("chat", (chat,)): Told.BY_ANSWER}


def _after_removal(estate: Estate, chat: str, _: str, *names: str) -> After:
    """The chat without this tag, or without any; the answer is True."""
    row = _chat(estate, chat)
    gone = set(map(tag_id, names)) if names else set(_tags(row))
    left = [tag for tag in _tags(row) if tag not in gone]
    return {("chat", (chat,)): {**row, "meta": {**parsed(row["meta"]), "tags": left}}}


def _chat(estate: Estate, id: str) -> Seen:
    return estate.rows("chat", id=id)["chat", (id,)]


CALLS: Calls = (
    Read(12, "get_chat_tags_by_id_and_user_id", _seen),
    Read(4, "get_chat_list_by_user_id_and_tag_name", _named),
    Read(3, "count_chats_by_tag_name_and_user_id", _counted),
    Write(3, "update_chat_tags_by_id", _chosen, _after_choice),
    Write(4, "add_chat_tag_by_id_and_user_id_and_tag_name", _added, _after_one),
    Write(2, "delete_tag_by_id_and_user_id_and_tag_name", _removed, _after_removal),
    Write(1, "delete_all_tags_by_id_and_user_id", _cleared, _after_removal),
)
