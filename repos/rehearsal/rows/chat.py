"""Generated chats: a tree of messages, the branch that is shown, and what Open WebUI keeps around it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from dualwrite.entity import Row
from repos.rehearsal.awkward import object_at, text_at
from repos.rehearsal.connection import Dialect
from repos.rehearsal.names import EPOCH, Names, drawn_id, folders_of, tag_id, tags_of
from repos.rehearsal.rows.model import MODEL_IDS
from repos.rehearsal.words import text, title

LARGE_BYTES = 300_000
_LARGE_EVERY = 400  # with the first at _LARGE_FIRST, so that the smallest sample has one
_LARGE_FIRST = 5
_SPREAD = 1.1  # of the logarithm of a chat's size: most are small, a few make up half the bytes
_MOST_BYTES = 2_000_000
_PAIR_BYTES = 1700  # of a short question and answer: what is left over stays unused
_SHARED_EVERY = 40
_SHARED_AT = 7
_NAN_EVERY = 10

Message = dict[str, Any]


def chats(names: Names, dialect: Dialect, count: int, mean_bytes: int, not_a_number: int) -> Iterator[Row]:
    """Chats, shared copies counted in: each follows its original and carries its JSON.

    The first `not_a_number` of every tenth hold a NaN, which SQLite keeps and PocketBase refuses.
    """
    original: Row | None = None
    for number in range(count):
        if original is not None:
            yield _copy(original, str(original["share_id"]))
            original = None
            continue
        row = _chat(names, dialect, number, mean_bytes, number % _NAN_EVERY == 0 < not_a_number)
        not_a_number -= number % _NAN_EVERY == 0
        if number % _SHARED_EVERY == _SHARED_AT and number + 1 < count:
            row["share_id"] = names.id("chat", number + 1)
            original = row
        yield row


def _chat(names: Names, dialect: Dialect, number: int, mean_bytes: int, not_a_number: bool) -> Row:
    rng = names.rng("chat", number)
    user = min(int(rng.expovariate(3 / names.users)), names.users - 1)  # few people write most chats
    created = EPOCH - rng.randrange(15_000_000)
    size = int(min(mean_bytes * rng.lognormvariate(-_SPREAD * _SPREAD / 2, _SPREAD), _MOST_BYTES))
    if number % _LARGE_EVERY == _LARGE_FIRST:
        size = LARGE_BYTES
    name = text_at(number, title(rng))
    params: dict[str, object] = dict(object_at(number, dialect, searched=True) or {})
    if not_a_number:
        params["score"] = float("nan")
    folders = folders_of(user)
    chosen = [tag_id(tag) for tag in tags_of(user) if rng.random() < 0.25]
    return {
        "id": names.id("chat", number),
        "user_id": names.user(user),
        "title": name,
        "share_id": None,
        "archived": rng.random() < 0.08,
        "created_at": created,
        "updated_at": created + rng.randrange(100) * 600,  # ties, which a sort must break
        "chat": json.dumps(_document(rng, number, name, created, size, params)),
        "pinned": rng.choice((None, False, False, False, True)),
        "meta": json.dumps({"tags": chosen} if chosen or rng.random() < 0.3 else {}),
        "folder_id": names.folder(user, rng.randrange(folders)) if folders and rng.random() < 0.4 else None,
    }


def _copy(original: Row, share: str) -> Row:
    return {
        **original,
        "id": share,
        "user_id": f"shared-{original['id']}",
        "share_id": None,
        "archived": False,
        "updated_at": int(original["updated_at"] or 0) + 60,
    }


def _document(
    rng: Random, number: int, name: str, created: int, size: int, params: dict[str, object]
) -> dict[str, object]:
    model = rng.choice(MODEL_IDS)
    tree = _tree(rng, number, model, created, size)
    current = next(reversed(tree)) if tree else None
    return {
        "id": "",
        "title": name,
        "models": [model],
        "params": params,
        "history": {"messages": tree, "currentId": current},
        "messages": _branch(tree, current),
        "tags": [],
        "timestamp": created * 1000 + 123,
        "files": [],
    }


def _tree(rng: Random, number: int, model: str, created: int, size: int) -> dict[str, Message]:
    """Questions and answers in turn; now and then an answer was asked for twice, and the talk went on from the second."""
    tree: dict[str, Message] = {}
    parent: Message | None = None
    written = 500
    while (left := size - written) > _PAIR_BYTES:
        length = min(int(rng.expovariate(1 / 700)) + 20, left // 6)
        asked = _message(
            tree, parent, rng, created + len(tree), "user", text_at(number, text(rng, length // 4))
        )
        asked["models"] = [model]
        answers = 2 if rng.random() < 0.1 else 1
        for _ in range(answers):
            parent = _message(tree, asked, rng, created + len(tree), "assistant", text(rng, length))
            parent |= _answer(rng, model, length)
            written += _bytes(parent)
        written += _bytes(asked)
    return tree


def _message(
    tree: dict[str, Message], parent: Message | None, rng: Random, at: int, role: str, content: str
) -> Message:
    identity = drawn_id(rng)
    message: Message = {
        "id": identity,
        "parentId": parent["id"] if parent else None,
        "childrenIds": [],
        "role": role,
        "content": content,
        "timestamp": at,
    }
    if parent:
        parent["childrenIds"].append(identity)
    tree[identity] = message
    return message


def _answer(rng: Random, model: str, length: int) -> Message:
    spent = rng.randrange(10**8, 10**11)
    usage = {
        "prompt_tokens": length // 3,
        "total_duration": spent,
        "tokens/s": round(length * 1e9 / spent, 2),
    }
    return {"model": model, "modelName": model, "modelIdx": 0, "done": True, "usage": usage}


def _branch(tree: dict[str, Message], current: str | None) -> list[Message]:
    branch: list[Message] = []
    while current is not None:
        branch.append(tree[current])
        current = tree[current]["parentId"]
    return branch[::-1]


def _bytes(message: Message) -> int:
    return 2 * len(json.dumps(message))  # the tree holds it, and the branch
