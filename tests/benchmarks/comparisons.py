"""What a comparison costs: a chat of 300 KB, equal and with one leaf that differs."""

from __future__ import annotations

import copy
from typing import Any

from deepdiff import DeepDiff

from dualwrite.compare import differences
from dualwrite.contract import Order
from dualwrite.observation import Observation, compare
from tests.benchmarks.figures import Effort, Values, alternated, ratios

MESSAGES = 300
WORDS = 180


def chat() -> dict[str, Any]:
    """A chat of about 300 KB, as Open WebUI shapes it."""
    messages = {
        f"message-{n}": {
            "id": f"message-{n}",
            "parentId": f"message-{n - 1}" if n else None,
            "childrenIds": [f"message-{n + 1}"],
            "role": "assistant" if n % 2 else "user",
            "content": " ".join(f"word{n * w}" for w in range(WORDS - 60)),
            "models": ["parrot"],
            "done": True,
            "timestamp": 1_700_000_000 + n,
        }
        for n in range(MESSAGES)
    }
    return {
        "id": "chat",
        "user_id": "user",
        "title": "Of parrots",
        "chat": {"title": "Of parrots", "history": {"messages": messages, "currentId": "message-0"}},
        "created_at": 1_700_000_000,
        "updated_at": 1_700_000_001,
        "meta": {"tags": ["a", "b"]},
    }


def _at_work() -> None:
    """As in a process that has once given back more memory than a text takes: from then on glibc keeps it, and asks the kernel for no
    page of it again."""
    bytes(5_000_000)


def compare_equal(effort: Effort) -> Values:
    """Over `==`."""
    _at_work()
    one, other = chat(), chat()
    left, right = Observation(one), Observation(other)
    sides = {"ours": lambda: compare(left, right, Order.FIXED), "==": lambda: one == other}
    taken = alternated(sides, repeats=effort.of(15, 5), rounds=10, calls=effort.of(200, 50))
    return {"over ==": ratios(taken["ours"], taken["=="])}


def compare_leaf(effort: Effort) -> Values:
    """Over DeepDiff on the whole; the leaf is named."""
    _at_work()
    one = chat()
    other = copy.deepcopy(one)
    other["chat"]["history"]["messages"]["message-200"]["timestamp"] += 1
    (found,) = differences(one, other)
    assert found.path[-2:] == ("message-200", "timestamp")
    left, right = Observation(one), Observation(other)
    sides = {"ours": lambda: compare(left, right, Order.FIXED), "DeepDiff": lambda: DeepDiff(one, other)}
    taken = alternated(sides, repeats=effort.of(7, 3), rounds=2, calls=1)
    return {"of DeepDiff": ratios(taken["ours"], taken["DeepDiff"])}
