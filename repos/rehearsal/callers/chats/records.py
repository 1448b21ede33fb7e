"""Single chats: made, written on, pinned, archived, deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from repos.models.chat import ChatForm, ChatImportForm
from repos.rehearsal.awkward import OBJECTS, TEXTS, objects
from repos.rehearsal.callers.calls import After, Args, Calls, Read, Write, answered
from repos.rehearsal.callers.estate import Estate
from repos.rehearsal.ledger import Place
from repos.rehearsal.sights import Seen
from repos.rehearsal.supply import parsed
from repos.rehearsal.words import title

_COPY = "shared-"


def is_original(chat: Seen) -> bool:
    """Whether it is a user's own and not the copy of a shared one."""
    return not str(chat["user_id"]).startswith(_COPY)


def original(estate: Estate) -> Seen:
    """An own chat to write to that is no copy."""
    return estate.pick("chat", is_original)


def picked(estate: Estate) -> Args:
    """Its id."""
    return (original(estate)["id"],)


def copies(estate: Estate, chats: Collection[Place]) -> Mapping[Place, Seen]:
    """The copies of these chats."""
    owners = {f"{_COPY}{key[0]}" for _, key in chats}
    return {place: row for place, row in estate.rows("chat").items() if row["user_id"] in owners}


def with_copies(estate: Estate, chats: Collection[Place]) -> list[Place]:
    """These chats and their copies."""
    return [*chats, *copies(estate, chats)]


def of_user(estate: Estate, user: str) -> Collection[Place]:
    """A user's chats."""
    return estate.rows("chat", user_id=user).keys()


def _seen(estate: Estate) -> Args:
    return (estate.seen("chat")["id"],)


def _seen_with_user(estate: Estate) -> Args:
    chat = estate.seen("chat")
    return chat["id"], chat["user_id"]


def _generated(estate: Estate) -> Mapping[str, Any]:
    while not is_original(row := estate.supply.row("chat")):
        pass
    return {**row, "chat": parsed(row["chat"]), "meta": parsed(row["meta"])}


def _folder(estate: Estate) -> str | None:
    mine = list(estate.rows("folder").values())
    return str(estate.rng.choice(mine)["id"]) if mine and estate.rng.random() < 0.3 else None


def _new(estate: Estate) -> Args:
    form = ChatForm(chat=_generated(estate)["chat"], folder_id=_folder(estate))
    return estate.owner(), form


def _brought(estate: Estate) -> Args:
    form = ChatImportForm.model_validate({**_generated(estate), "folder_id": _folder(estate)})
    return estate.owner(), form


def _written_on(estate: Estate) -> Args:
    """Its own document with other parameters and a title: as long as it was."""
    chat = original(estate)
    params = OBJECTS[estate.rng.choice(objects(estate.dialect, searched=True))]
    return chat["id"], {**parsed(chat["chat"]), "title": _title(estate), "params": params}


def _title(estate: Estate) -> str:
    return estate.rng.choice(list(TEXTS.values())) if estate.rng.random() < 0.1 else title(estate.rng)


def _owner(estate: Estate) -> Args:
    return (original(estate)["user_id"],)


def _owner_of_archived(estate: Estate) -> Args:
    return (estate.pick("chat", is_original, rather=lambda chat: chat["archived"])["user_id"],)


def _archived(archived: bool) -> Any:
    def after(estate: Estate, user: str) -> After:
        chats = estate.rows("chat", user_id=user)
        return {place: {**row, "archived": archived} for place, row in chats.items()}

    return after


def _deleted(estate: Estate, chat: str, *_: str) -> After:
    return dict.fromkeys(with_copies(estate, [("chat", (chat,))]))


def _deleted_with_user(estate: Estate) -> Args:
    chat = original(estate)
    return chat["id"], chat["user_id"]


CALLS: Calls = (
    Read(40, "get_chat_by_id_and_user_id", _seen_with_user),
    Read(30, "get_chat_by_id", _seen),
    Read(8, "get_chat_title_by_id", _seen),
    Write(8, "insert_new_chat", _new, makes="chat"),
    Write(2, "import_chat", _brought, makes="chat"),
    Write(
        20,
        "update_chat_by_id",
        _written_on,
        answered("chat"),
    ),
    Write(
        4,
        "update_chat_title_by_id",
        lambda estate: (*picked(estate), _title(estate)),
        answered("chat"),
    ),
    Write(3, "toggle_chat_pinned_by_id", picked, answered("chat")),
    Write(3, "toggle_chat_archive_by_id", picked, answered("chat")),
    Write(1, "archive_all_chats_by_user_id", _owner, _archived(True)),
    Write(1, "unarchive_all_chats_by_user_id", _owner_of_archived, _archived(False)),
    Write(2, "delete_chat_by_id", picked, _deleted, removes="chat"),
    Write(2, "delete_chat_by_id_and_user_id", _deleted_with_user, _deleted),
    Write(
        0,
        "delete_chats_by_user_id",
        _owner,
        lambda estate, user: dict.fromkeys(with_copies(estate, of_user(estate, user))),
    ),
)
