"""Channels: messages, threads, reactions."""

from __future__ import annotations

from typing import Any

from tests.e2e.scenario.words import delete, get, post
from tests.e2e.step import Step

CHANNEL = "/api/v1/channels"


def _said(name: str, who: str, content: str, *, channel: str = "flock", **more: Any) -> Step:
    return post(
        f"{who} says {content!r}",
        who,
        f"{CHANNEL}/{{{channel}}}/messages/post",
        {"content": content, **more},
        keeps={name: "id"},
    )


def _reacts(who: str, name: str, message: str, how: str = "add") -> Step:
    path = f"{CHANNEL}/{{flock}}/messages/{{{message}}}/reactions/{how}"
    return post(f"{who}: {how} {name} on {message}", who, path, {"name": name})


MESSAGES = f"{CHANNEL}/{{flock}}/messages"

CHANNELS: tuple[Step, ...] = (
    get("no channels yet", "bob", f"{CHANNEL}/"),
    post("bob may not make one", "bob", f"{CHANNEL}/create", {"name": "mine"}),
    post(
        "ann makes one for everybody",
        "ann",
        f"{CHANNEL}/create",
        {"name": "flock", "description": "all birds", "access_control": None},
        keeps={"flock": "id"},
    ),
    post(
        "and one for the readers",
        "ann",
        f"{CHANNEL}/create",
        {
            "name": "library",
            "access_control": {
                "read": {"group_ids": ["{readers}"], "user_ids": []},
                "write": {"group_ids": ["{readers}"], "user_ids": []},
            },
        },
        keeps={"library": "id"},
    ),
    get("bob's channels", "bob", f"{CHANNEL}/"),
    get("cid's channels", "cid", f"{CHANNEL}/"),
    get("one of them", "bob", f"{CHANNEL}/{{library}}"),
    get("not for cid", "cid", f"{CHANNEL}/{{library}}"),
    _said("hello", "ann", "Hello, birds"),
    _said(
        "answer", "bob", "Hello, O'Ann 🦜\n100%", data={"files": [], "n": 1.0}, meta={"m": 12345678901234567}
    ),
    _said("cited", "cid", "as bob says", reply_to_id="{answer}"),
    _said("thread one", "bob", "in a thread", parent_id="{hello}"),
    _said("thread two", "cid", "in it too", parent_id="{hello}"),
    _said("read", "bob", "quiet please", channel="library"),
    post("cid may not say anything", "cid", f"{CHANNEL}/{{library}}/messages/post", {"content": "x"}),
    post(
        "the parrot is called",
        "bob",
        f"{MESSAGES}/post",
        {"content": "<@M:parrot|Parrot> do you know keas?"},
        keeps={"called": "id"},
    ),
    _reacts("bob", "parrot", "hello"),
    _reacts("cid", "parrot", "hello"),
    _reacts("bob", "+1", "hello"),
    _reacts("bob", "+1", "hello"),
    _reacts("ann", "heart", "answer"),
    get("the messages", "bob", MESSAGES),
    get("two of them", "bob", f"{MESSAGES}?skip=1&limit=2"),
    get("one of them", "bob", f"{MESSAGES}/{{answer}}"),
    get("not from another channel", "ann", f"{CHANNEL}/{{library}}/messages/{{answer}}"),
    get("not there", "bob", f"{MESSAGES}/no-such-message"),
    get("the thread", "cid", f"{MESSAGES}/{{hello}}/thread"),
    get("the readers' messages", "bob", f"{CHANNEL}/{{library}}/messages"),
    _reacts("bob", "parrot", "hello", "remove"),
    _reacts("bob", "heart", "answer", "remove"),
    post("bob corrects himself", "bob", f"{MESSAGES}/{{answer}}/update", {"content": "Hello, Ann"}),
    delete("cid takes a word back", "cid", f"{MESSAGES}/{{thread two}}/delete"),
    get("the messages now", "bob", MESSAGES),
    get("the thread now", "bob", f"{MESSAGES}/{{hello}}/thread"),
    delete("a message with a thread and reactions goes", "ann", f"{MESSAGES}/{{hello}}/delete"),
    get("what is left", "bob", MESSAGES),
    get("of the thread too", "bob", f"{MESSAGES}/{{hello}}/thread"),
)
