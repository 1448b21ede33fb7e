"""Calls on the messages.

Answers lead to `ANSWERED` alone, and no thread hangs there: Open WebUI follows them through whole threads, and once that
runs in a circle, or a few steps too deep, it takes all connections there are and waits for one more.
"""

from __future__ import annotations

from random import Random
from typing import Any

from tests.conformance.vocabulary import NAMES, OBJECTS, PLAIN_USERS, USERS, Call, Known, form

CHANNELS = ("c1", "c1", "c1", "c2", "C1", "c_1", "", None, "broken")
ANSWERED = ("answered", "answers", "answered by nobody", "no such message", "", "\ud800")
REACTIONS = ("heart", "Heart", "🎉", "+1", "", "nul\0", "\ud800", 'quo"te')
PAGES: tuple[tuple[Any, ...], ...] = (
    (), (), (0, 50), (0, 2), (1, 2), (2, 100), (0, 0), (50, 50), (-1, 3), (0, -1), (None, 3), (0, None), (True, 1),
    (0, 2**63), (2**62, 1),
)  # fmt: skip


def messages(random: Random, known: Known) -> Call:
    """A call on the messages."""
    user = random.choice((*PLAIN_USERS, *PLAIN_USERS, *USERS))
    channel, page = random.choice(CHANNELS), random.choice(PAGES)
    threads = [id_ for id_, _ in known if id_ not in ANSWERED]
    message = random.choice((*threads, *threads, *ANSWERED, "missing", None))
    parent = random.choice((*threads, "missing", None, None, None))
    fields: dict[str, Any] = {"content": random.choice(NAMES)}
    if random.random() < 0.5:
        fields["parent_id"] = parent
    if random.random() < 0.4:
        fields["reply_to_id"] = random.choice(ANSWERED)
    for field in ("data", "meta"):
        if random.random() < 0.4:
            fields[field] = random.choice((*OBJECTS, None))
    new, name = form("MessageForm", **fields), random.choice(REACTIONS)
    gone = message if message is not None or random.random() < 0.1 else "missing"
    return random.choice(
        (
            Call("insert_new_message", (new, channel, user)),
            Call("insert_new_message", (new, channel, user)),
            Call("insert_new_message", (new, "c1", random.choice(PLAIN_USERS))),
            Call("insert_new_message", (new, random.choice(("c1", 1)), random.choice((user, None)))),
            Call("get_message_by_id", (message,)),
            Call("get_message_by_id", (message,)),
            Call("get_thread_replies_by_message_id", (message,)),
            Call("get_reply_user_ids_by_message_id", (message,)),
            Call("get_messages_by_channel_id", (channel, *page)),
            Call("get_messages_by_channel_id", ("c1", *page)),
            Call("get_messages_by_parent_id", (channel, message, *page)),
            Call("get_messages_by_parent_id", ("c1", message, *page)),
            Call("update_message_by_id", (message, new)),
            Call("update_message_by_id", (message, new)),
            Call("add_reaction_to_message", (message, user, name)),
            Call(
                "add_reaction_to_message", (random.choice(threads or ["x"]), user, random.choice(REACTIONS))
            ),
            Call("add_reaction_to_message", (message, user, random.choice((name, None)))),
            Call("get_reactions_by_message_id", (message,)),
            Call("remove_reaction_by_id_and_user_id_and_name", (message, user, random.choice((name, None)))),
            Call("delete_reactions_by_id", (random.choice((message, "missing")),)),
            Call("delete_replies_by_id", (random.choice((gone, "missing", "missing")),)),
            Call("delete_message_by_id", (random.choice((message, "missing", "missing")),)),
        )
    )
