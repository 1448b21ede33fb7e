"""The calls of every repository, by its name."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.conformance.calls import Call, Known, folders, groups, tags
from tests.conformance.chat_calls import chats

CALLS: dict[str, Callable[[Random, Known], Call]] = {
    "tags": tags,
    "folders": folders,
    "groups": groups,
    "chats": chats,
}
