"""Tags on chats."""

from __future__ import annotations

from typing import Any

from tests.e2e.scenario.chats import CHAT
from tests.e2e.scenario.words import delete, get, post
from tests.e2e.step import Step


def _tag(chat: str, name: str, **more: Any) -> Step:
    return post(
        f"bob tags {chat} {name!r}", "bob", f"{CHAT}/{{{chat}}}/tags", {"name": name}, any_order="", **more
    )


TAGS: tuple[Step, ...] = (
    _tag("second", "To Read"),
    _tag("second", "O'Hara"),
    _tag("second", "to read"),
    _tag("second", "None"),
    _tag("third", "To Read"),
    _tag("third", "größe 100%"),
    get("bob's tags", "bob", f"{CHAT}/all/tags", any_order=""),
    get("a chat's tags", "bob", f"{CHAT}/{{third}}/tags", any_order=""),
    get("not cid's", "bob", f"{CHAT}/{{cids}}/tags"),
    post("chats with a tag", "bob", f"{CHAT}/tags", {"name": "To Read"}, any_order=""),
    post(
        "chats with a tag, one of them",
        "bob",
        f"{CHAT}/tags",
        {"name": "to_read", "skip": 1, "limit": 1},
        any_order="",
    ),
    post("chats with a tag nobody has", "bob", f"{CHAT}/tags", {"name": "zebra"}, any_order=""),
    get("found by tag", "bob", f"{CHAT}/search?text=tag:to_read"),
    get("found by tag and word", "bob", f"{CHAT}/search?text=tag:to_read%20seeds"),
    get("found by a tag that nobody has", "bob", f"{CHAT}/search?text=tag:zebra"),
    get("found without a tag", "bob", f"{CHAT}/search?text=tag:none"),
    delete("bob takes one off", "bob", f"{CHAT}/{{third}}/tags", {"name": "To Read"}, any_order=""),
    delete(
        "bob takes the last one off", "bob", f"{CHAT}/{{third}}/tags", {"name": "größe 100%"}, any_order=""
    ),
    get("what is left", "bob", f"{CHAT}/all/tags", any_order=""),
    get("and the chat", "bob", f"{CHAT}/{{third}}"),
)
