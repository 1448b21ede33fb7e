"""Calls of the messages repository: people talk in channels, answer in threads and react."""

from __future__ import annotations

from repos.models.message import MessageForm
from repos.rehearsal.callers.calls import After, Args, Calls, Read, Write, answered
from repos.rehearsal.callers.estate import Estate
from repos.rehearsal.sights import Seen
from repos.rehearsal.supply import parsed


def _seen(estate: Estate) -> Args:
    return (estate.seen("message")["id"],)


def _top(message: Seen) -> str:
    """The message in whose thread this one is, or else it itself."""
    return str(message["parent_id"] or message["id"])


def _thread(estate: Estate) -> Args:
    return (_top(estate.seen("message")),)


def _channel(estate: Estate) -> Args:
    return estate.seen("message")["channel_id"], 0, estate.rng.choice((10, 50))


def _channel_thread(estate: Estate) -> Args:
    message = estate.seen("message")
    return message["channel_id"], _top(message), 0, 20


def _form(estate: Estate, **links: str | None) -> MessageForm:
    row = estate.supply.row("message")
    return MessageForm(
        content=str(row["content"]), data=parsed(row["data"]), meta=parsed(row["meta"]), **links
    )


def _new(estate: Estate) -> Args:
    """In a channel that is there; some in a thread of an own message, some in answer to any."""
    beside, mine = estate.glimpse("message"), list(estate.rows("message").values())
    channel = beside["channel_id"] if beside else "general"
    if mine and estate.rng.random() < 0.4:
        parent = estate.rng.choice(mine)
        return _form(estate, parent_id=_top(parent)), parent["channel_id"], estate.owner()
    answered = beside["id"] if beside and estate.rng.random() < 0.3 else None
    return _form(estate, reply_to_id=answered), channel, estate.owner()


def _picked(estate: Estate) -> Args:
    return (estate.pick("message")["id"],)


def _reacted(estate: Estate) -> Args:
    return *_picked(estate), estate.owner(), str(estate.supply.row("message_reaction")["name"])


def _reaction(estate: Estate) -> Args:
    reaction = estate.pick("message_reaction")
    return reaction["message_id"], reaction["user_id"], reaction["name"]


def _reactions_gone(estate: Estate, message: str, **values: str) -> After:
    return dict.fromkeys(estate.rows("message_reaction", message_id=message, **values))


CALLS: Calls = (
    Read(8, "get_messages_by_channel_id", _channel),
    Read(5, "get_message_by_id", _thread),
    Read(4, "get_messages_by_parent_id", _channel_thread),
    Read(3, "get_thread_replies_by_message_id", _thread),
    Read(3, "get_reply_user_ids_by_message_id", _thread),
    Read(4, "get_reactions_by_message_id", _seen),
    Write(4, "insert_new_message", _new, makes="message"),
    Write(
        3,
        "update_message_by_id",
        lambda estate: (*_picked(estate), _form(estate)),
        answered("message"),
    ),
    Write(3, "add_reaction_to_message", _reacted, makes="message_reaction"),
    Write(
        2,
        "remove_reaction_by_id_and_user_id_and_name",
        _reaction,
        lambda estate, message, user, name: _reactions_gone(estate, message, user_id=user, name=name),
        removes="message_reaction",
    ),
    Write(1, "delete_reactions_by_id", lambda estate: _reaction(estate)[:1], _reactions_gone),
    Write(
        1,
        "delete_replies_by_id",
        lambda estate: (_top(estate.pick("message", rather=lambda message: message["parent_id"])),),
        lambda estate, message: dict.fromkeys(estate.rows("message", parent_id=message)),
    ),
    Write(
        1,
        "delete_message_by_id",
        _picked,
        lambda estate, message: {("message", (message,)): None, **_reactions_gone(estate, message)},
        removes="message",
    ),
)
