"""How far the backfill is, in the control table: of each entity, how it was cut, and of each range, what may be half done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from dualwrite.entity import Entity, Key
from dualwrite.ports import Control
from dualwrite.span import Span


@dataclass(frozen=True, slots=True)
class Place:
    """How far one range is: everything up to `after` is done, `after` to `upto` may be half done."""

    after: Key | None = None
    upto: Key | None = None
    in_flight: bool = False
    rows: int = 0
    done: bool = False

    def half_done(self, key: Key) -> bool:
        """Whether PocketBase may hold an older row of this key, or one that is gone, until the backfill has looked."""
        return self.in_flight and Span(self.after, self.upto).holds(key)


@dataclass(frozen=True, slots=True)
class Copying:
    """How far one entity is: rows and seconds over all runs, and the ranges that somebody has begun, by number."""

    rows: int = 0
    seconds: float = 0.0
    done: bool = False
    ranges: Mapping[int, Place] = field(default_factory=dict)

    @property
    def begun(self) -> bool:
        """Whether anything has been done."""
        return self.done or bool(self.ranges)

    def half_done(self, key: Key) -> bool:
        """As `Place.half_done`, of whichever range has the key."""
        return any(place.half_done(key) for place in self.ranges.values())


def load_copying(control: Control, entity: Entity) -> Copying:
    """How far the backfill of an entity is."""
    saved = control.load(_whole(entity))
    known = saved if isinstance(saved, dict) else {}
    seconds, done = float(known.get("seconds", 0.0)), bool(known.get("done"))
    if done:
        return Copying(int(known.get("rows", 0)), seconds, done)
    ranges = {
        int(name.rpartition(":")[2]): _place(value)
        for name, value in control.values(_ranges(entity)).items()
        if isinstance(value, dict)
    }
    return Copying(sum(place.rows for place in ranges.values()), seconds, done, ranges)


def save_copying(control: Control, entity: Entity, *, rows: int, seconds: float, done: bool = False) -> None:
    """Keep what is known of the entity as a whole. Once it is done, its ranges are forgotten."""
    control.save(_whole(entity), {"rows": rows, "seconds": seconds, "done": done})
    if done:
        _forget_ranges(control, entity)


def load_place(control: Control, entity: Entity, number: int) -> Place | None:
    """How far a range is; None where nobody has begun it."""
    saved = control.load(f"{_ranges(entity)}{number}")
    return _place(saved) if isinstance(saved, dict) else None


def save_place(control: Control, entity: Entity, number: int, place: Place) -> None:
    """Keep it, before anything of it is written."""
    control.save(f"{_ranges(entity)}{number}", asdict(place))


def load_cut(control: Control, entity: Entity) -> list[Span] | None:
    """How an earlier run cut the entity; None where none did, or it is done."""
    saved = control.load(_cut(entity))
    if not isinstance(saved, list):
        return None
    ends = [*map(_key, saved), None]
    return [Span(after, upto) for after, upto in zip([None, *ends], ends, strict=False)]


def save_cut(control: Control, entity: Entity, spans: Sequence[Span]) -> None:
    """Keep it: what is saved of ranges later is by their numbers here."""
    control.save(_cut(entity), [span.upto for span in spans[:-1]])


def are_indexes_deferred(control: Control, entity: Entity) -> bool:
    """Whether a copy has removed indexes of PocketBase's that it has not made again."""
    return bool(control.load(_deferred(entity)))


def save_indexes_deferred(control: Control, entity: Entity, deferred: bool) -> None:
    """Keep it: before they are removed, and after they have been made."""
    control.save(_deferred(entity), deferred or None)


def forget_places(control: Control, entities: Iterable[Entity]) -> None:
    """The backfill begins anew: PocketBase has not followed SQL for a while."""
    for entity in entities:
        # In this order: whoever is killed in between leaves fewer ranges of the same cut, or none of no cut.
        _forget_ranges(control, entity)
        control.save(_whole(entity), None)


def _forget_ranges(control: Control, entity: Entity) -> None:
    for name in control.values(_ranges(entity)):
        control.save(name, None)
    control.save(_cut(entity), None)


def _whole(entity: Entity) -> str:
    return f"backfill:{entity.name}"


def _cut(entity: Entity) -> str:
    return f"cut:{entity.name}"


def _deferred(entity: Entity) -> str:
    return f"indexes:{entity.name}"


def _ranges(entity: Entity) -> str:
    return f"range:{entity.name}:"


def _place(saved: Mapping[str, Any]) -> Place:
    return Place(**{**saved, "after": _key(saved["after"]), "upto": _key(saved["upto"])})


def _key(saved: Sequence[str] | None) -> Key | None:
    return None if saved is None else tuple(saved)
