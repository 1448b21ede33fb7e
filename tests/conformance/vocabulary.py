"""What pseudo-random calls are made of: the same for Open WebUI and for us. A call is a method and its arguments, forms by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeAlias

HUGE = "".join(Random(1).choices("abcdefghijklmnopqrstuvwxyz é%_'😀", k=100_000))
LONG = HUGE[:3000]  # too long for a page of PostgreSQL's indexes, and not to be packed into one
USERS = ("u1", "U1", "user-2", "u_1", "%", "é", 'a"b', "back\\slash", "\\u00e9", "nul\0", "\ud800", "")
PLAIN_USERS = ("u1", "user-2", "user-3")
NAMES = (
    "Work", "work", "WORK", "a b", "a_b", " A__b ", "É", "é", "İ", "i", "ß", "ss", "Σ", "ς", "100%", "a\\%b", "back\\",
    "nul\0x", "nul\0y", "\ud800", "", "'; DROP TABLE folder; --", 'quo"te', "日本", "😀", "tab\tname", "%", "_", "\u00a0nbsp",
    "x" * 255, "x" * 256, "null", "true", "123", "@request.auth.id", "x' || id != '", "a/b:c", LONG,
)  # fmt: skip
OBJECTS: tuple[dict[str, Any], ...] = (
    {}, {"a": 1}, {"a": True}, {"a": 1.0}, {"a": None}, {"é": "ü\0", "z": {"y": [1, 2.5, "x"]}, "b": 1e21},
    {"$sql": None}, {"big": 1763856000123456789}, {"icon": "📁"}, {"lone": "\ud800"}, {"files": []},
    {"text": HUGE},
)  # fmt: skip


Known: TypeAlias = Sequence[tuple[str, str]]  # the id and the user of rows made before


@dataclass(frozen=True)
class Call:
    """`self.<method>(*args, **kwargs)`."""

    method: str
    args: tuple[Any, ...] = ()
    kwargs: tuple[tuple[str, Any], ...] = ()


def form(name: str, /, **fields: Any) -> dict[str, Any]:
    """A form by the name of its class, which both sides have."""
    return {"$form": name, "fields": fields}


def day(text: str) -> dict[str, Any]:
    """A date, which JSON does not have."""
    return {"$date": text}
