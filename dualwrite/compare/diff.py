"""Differences between two canonical answers, named by kind and path.

Equality first: `==` takes 1, `1.0` and `True` for the same, the text of both does not. Then only what differs is walked, and
DeepDiff sees only lists whose items moved.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from typing_extensions import override

from dualwrite.compare.canonical import canonical, shallow, sort_text, text_of, written_alike
from dualwrite.contract import Order

Path = tuple[str | int, ...]
MOST_DIFFERENCES = 50
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}|[0-9a-f-]{36}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Kind(StrEnum):
    """What sort of difference it is."""

    VALUE = "value"
    TYPE = "type"
    MISSING = "missing"  # SQL has it, PocketBase has not
    EXTRA = "extra"  # PocketBase has it, SQL has not
    ORDER = "order"
    ERROR = "error"  # one side raised, or both raised different errors


class _Absent:
    """Stands where one side has nothing."""


ABSENT = _Absent()


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. Its values never show in its text: use `described` with a secret, or `shown` on a terminal."""

    path: Path
    kind: Kind
    sql: Any
    pocketbase: Any

    @override
    def __repr__(self) -> str:
        return f"{self.kind} at {path_text(self.path)}"

    def described(self, secret: bytes) -> dict[str, Any]:
        """Path, kind, types, sizes and keyed hashes: what may be logged, counted and reported."""
        return {
            "path": path_text(self.path),
            "kind": self.kind.value,
            "sql": redacted(self.sql, secret),
            "pocketbase": redacted(self.pocketbase, secret),
        }

    def shown(self) -> str:
        """The difference with its values, for a person's terminal and nowhere else."""
        return (
            f"{path_text(self.path, plain=True)}: {self.kind}: {_clip(self.sql)} | {_clip(self.pocketbase)}"
        )


def differences(sql: Any, pocketbase: Any, order: Order = Order.FIXED) -> list[Difference]:
    """How two answers differ; empty where they do not. At most `MOST_DIFFERENCES`."""
    if order is Order.FIXED and written_alike(sql, pocketbase):
        return []
    left, right = shallow(sql), shallow(pocketbase)
    if order is Order.ANY and isinstance(left, list) and isinstance(right, list):
        left, right = _unshared(canonical(left), canonical(right))
    found: list[Difference] = []
    for difference in _inside(left, right, ()):
        found.append(difference)
        if len(found) == MOST_DIFFERENCES:
            break
    return found


def _unshared(left: list[Any], right: list[Any]) -> tuple[list[Any], list[Any]]:
    """What each of two multisets has beyond the other, sorted: else one row too many shifts all behind it."""
    lefts, rights = [(sort_text(item), item) for item in left], [(sort_text(item), item) for item in right]
    more, less = Counter(text for text, _ in lefts), Counter(text for text, _ in rights)
    more, less = more - less, less - more

    def keep(items: list[tuple[str, Any]], wanted: Counter[str]) -> list[Any]:
        kept = []
        for text, item in sorted(items, key=lambda pair: pair[0]):
            if wanted[text]:
                wanted[text] -= 1
                kept.append(item)
        return kept

    return keep(lefts, more), keep(rights, less)


def _walk(left: Any, right: Any, path: Path) -> Iterator[Difference]:
    if type(left) is not type(right) or left != right or not (type(left) is str or _alike(left, right)):
        yield from _inside(shallow(left), shallow(right), path)


def _inside(left: Any, right: Any, path: Path) -> Iterator[Difference]:
    """The same of what is `shallow` already, and not known to be alike."""
    if type(left) is not type(right):
        yield Difference(path, Kind.TYPE, canonical(left), canonical(right))
    elif isinstance(left, dict):
        for name in left:
            if name in right:
                yield from _walk(left[name], right[name], (*path, name))
            else:
                yield Difference((*path, name), Kind.MISSING, canonical(left[name]), ABSENT)
        for name in right:
            if name not in left:
                yield Difference((*path, name), Kind.EXTRA, ABSENT, canonical(right[name]))
    elif isinstance(left, list):
        yield from _walk_list(left, right, path)
    elif left != right and not (left != left and right != right):  # NaN is the same as NaN here
        yield Difference(path, Kind.VALUE, left, right)


def _alike(left: Any, right: Any) -> bool:
    """Whether what is equal is so in its types too, found at the speed of C: then nothing in it need be walked."""
    return written_alike(left, right) or text_of(left) == text_of(right)


def _walk_list(left: list[Any], right: list[Any], path: Path) -> Iterator[Difference]:
    if len(left) == len(right):
        pairs = [
            (number, list(_walk(a, b, (*path, number))))
            for number, (a, b) in enumerate(zip(left, right, strict=True))
        ]
        uneven = [number for number, found in pairs if found]
        if len(uneven) > 1 and _same_items([left[n] for n in uneven], [right[n] for n in uneven]):
            yield Difference(path, Kind.ORDER, canonical(left), canonical(right))
            return
        for _, found in pairs:
            yield from found
        return
    # What both begin and end with cannot be it: one message more in a long chat is found without DeepDiff.
    start = 0
    while start < min(len(left), len(right)) and _equal(left[start], right[start]):
        start += 1
    end = 0
    while end < min(len(left), len(right)) - start and _equal(left[-1 - end], right[-1 - end]):
        end += 1
    left, right = canonical(left[start : len(left) - end]), canonical(right[start : len(right) - end])
    if not left or not right:
        for number, item in enumerate(left or right, start):
            yield (
                Difference((*path, number), Kind.MISSING, item, ABSENT)
                if left
                else Difference((*path, number), Kind.EXTRA, ABSENT, item)
            )
        return
    from deepdiff import DeepDiff  # takes 0.2 s to import and is seldom needed

    diff = DeepDiff(left, right, ignore_private_variables=False, verbose_level=2, view="tree")
    for kind, change in (
        (Kind.MISSING, "iterable_item_removed"),
        (Kind.EXTRA, "iterable_item_added"),
    ):
        for level in diff.get(change, ()):
            first, *rest = level.path(output_format="list")
            here = (*path, start + first, *rest)
            yield Difference(
                here,
                kind,
                level.t1 if kind is Kind.MISSING else ABSENT,
                level.t2 if kind is Kind.EXTRA else ABSENT,
            )
    if not any(diff.get(change) for change in ("iterable_item_removed", "iterable_item_added")):
        yield Difference(path, Kind.VALUE, left, right)


def _equal(left: Any, right: Any) -> bool:
    return next(_walk(left, right, ()), None) is None


def _same_items(left: list[Any], right: list[Any]) -> bool:
    return Counter(map(sort_text, canonical(left))) == Counter(map(sort_text, canonical(right)))


def path_text(path: Path, *, plain: bool = False) -> str:
    """A path as text, `$` for the whole answer. A name that does not look like a field's may be somebody's data: only its length."""
    parts = ["$"]
    for part in path:
        if isinstance(part, int):
            parts.append(f"[{part}]")
        elif plain or _PLAIN_NAME.fullmatch(part):
            parts.append(f".{part}")
        else:
            parts.append(f".<{len(part)} characters>")
    return "".join(parts)


def redacted(value: Any, secret: bytes) -> dict[str, Any]:
    """A value's type, size (characters or items) and keyed hash (so that equal values can be recognised, not guessed)."""
    if value is ABSENT:
        return {"type": "absent"}
    found: dict[str, Any] = {"type": type(value).__name__}
    if isinstance(value, str | list | dict):
        found["size"] = len(value)
    if value is not None:
        text = sort_text(value).encode()
        found["hash"] = hmac.new(secret, text, hashlib.sha256).hexdigest()[:12]
    return found


def record_ids(answer: Any, found: Iterable[Difference], order: Order = Order.FIXED) -> list[str]:
    """Whose records differ: the `id` nearest to each difference, where it is a UUID. Any other id may be somebody's data, and
    is left out."""
    # Where the order is free, places are counted among what the sides do not share, and say nothing of the answer.
    root = canonical(answer) if order is Order.FIXED else None
    ids: dict[str, None] = {}
    for difference in found:
        if (near := _nearest_id(root, difference)) is not None:
            ids[near] = None
    return list(ids)


def _nearest_id(root: Any, difference: Difference) -> str | None:
    here, near = root, None
    steps: list[Any] = [root]
    for part in difference.path:
        if (isinstance(here, dict) and part in here) or (
            isinstance(here, list) and isinstance(part, int) and part < len(here)
        ):
            here = here[part]  # type: ignore[index] # one of the two it can be
        else:
            break
        steps.append(here)
    for step in (*steps, difference.sql, difference.pocketbase):
        if isinstance(step, dict) and isinstance(one := step.get("id"), str) and _UUID.fullmatch(one):
            near = one
    return near


def _clip(value: Any) -> str:
    text = "nothing" if value is ABSENT else repr(value)
    return text if len(text) <= 200 else f"{text[:200]}… ({len(text)} characters)"
