"""What a reader asks first, answered from the evidence: are we ready, what blocks us, since when, where, for which keys.

Every page is drawn from one `Story`; templates only lay out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice

from dualwrite.evidence import (
    EntityEvidence,
    Evidence,
    Example,
    GateCondition,
    LostWrite,
    MethodEvidence,
    NamedDifference,
)
from dualwrite.phase import Phase
from dualwrite.proportion import wilson
from reports import words

MOST_NAMES_SHOWN = 1000
MOST_PATTERNS_SHOWN = 200
MOST_LOST_SHOWN = 200
MOST_EXAMPLES_SHOWN = 40
FEW = 3
_PARTICULAR = re.compile(r"\[\d+\]|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

KINDS = {
    "value": "another value",
    "type": "another type",
    "missing": "missing in PocketBase",
    "extra": "only in PocketBase",
    "order": "another order",
    "error": "an error on one side",
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """Differences of one entity that look alike: the same kind, and the same path but for positions and ids in it."""

    entity: str
    path: str
    kind: str
    shown: tuple[NamedDifference, ...]
    total: int
    keys: int

    @property
    def meaning(self) -> str:
        """The kind in words."""
        return KINDS.get(self.kind, self.kind)

    @property
    def subject(self) -> str:
        """What differs: a path, or the whole row."""
        return "the whole row" if self.path == "$" else self.path

    @property
    def hidden(self) -> int:
        """Differences beyond those kept here."""
        return self.total - len(self.shown)


@dataclass(frozen=True, slots=True)
class Since:
    """Something that stands in the way, since when, and when it was seen last where that is known."""

    what: str
    at: datetime
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Repository:
    """The methods of one repository added up."""

    name: str
    methods: int
    never: int
    calls: int
    compared: int
    judged: int
    confirmed: int
    last_mismatch: datetime | None

    @classmethod
    def of(cls, name: str, methods: Sequence[MethodEvidence]) -> Repository:
        """From its methods. Calls are those that SQL was timed at."""
        return cls(
            name,
            len(methods),
            sum(1 for method in methods if not method.judged),
            sum(method.sql.calls or 0 for method in methods if method.sql),
            sum(method.compared for method in methods),
            sum(method.judged for method in methods),
            sum(method.confirmed for method in methods),
            max((m.last_mismatch for m in methods if m.last_mismatch), default=None),
        )

    @property
    def rate(self) -> float | None:
        """Confirmed mismatches as a share of the comparisons that prove something."""
        return self.confirmed / self.judged if self.judged else None

    @property
    def range(self) -> tuple[float, float]:
        """Its 95% Wilson interval."""
        return wilson(self.confirmed, self.judged)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page: what links point to, and its heading."""

    id: str
    title: str


@dataclass(frozen=True)
class Story:
    """Evidence, and what follows from it for a reader."""

    evidence: Evidence

    @property
    def ready(self) -> bool:
        """The verdict."""
        return self.evidence.verdict.ready

    @property
    def switched(self) -> bool:
        """Whether this is of a migration whose switch is behind it."""
        phase = self.evidence.phase
        return self.evidence.live and phase is not None and phase.target is Phase.PB_ONLY

    @property
    def headline(self) -> str:
        """The verdict in words."""
        if self.switched:
            return "Switched to PocketBase" if self.ready else "Switched, and something is left to do"
        return "Ready to switch" if self.ready else "Not ready to switch"

    @property
    def lead(self) -> str:
        """The verdict's one sentence."""
        if not self.ready:
            reasons = self.evidence.verdict.reasons
            if self.switched:
                return f"{words.counted(len(reasons), 'thing is', 'things are')} not as it should be."
            return f"{words.counted(len(reasons), 'thing stands', 'things stand')} in the way."
        if self.evidence.live and self.evidence.switch:
            return f"PocketBase is the only store. Writes paused for {words.duration(self.evidence.switch.paused_seconds)}."
        if self.evidence.switch:
            return f"Nothing stands in the way. The switch was carried out; writes paused for {words.duration(self.evidence.switch.paused_seconds)}."
        return "Nothing stands in the way."

    @cached_property
    def troubled_entities(self) -> Sequence[EntityEvidence]:
        """Entities that are not the same on both sides, the worst first."""
        troubled = [entity for entity in self.evidence.entities if not entity.clean]
        return sorted(
            troubled, key=lambda e: (-e.remaining, -e.obligations_stuck, -e.obligations_open, e.name)
        )

    @cached_property
    def troubled_methods(self) -> Sequence[MethodEvidence]:
        """Methods with a confirmed mismatch, the most first."""
        found = [method for method in self.evidence.methods if method.confirmed]
        return sorted(found, key=lambda m: (-m.confirmed, m.name))

    @cached_property
    def watched_methods(self) -> Sequence[MethodEvidence]:
        """Methods without a mismatch that somebody should look at: some comparisons failed, or none proves anything."""
        found = [m for m in self.evidence.methods if not m.confirmed and (m.failed or not m.judged)]
        return sorted(found, key=lambda m: (m.judged > 0, -m.failed, m.name))

    @cached_property
    def quiet_methods(self) -> Sequence[MethodEvidence]:
        """The rest, by name."""
        loud = {m.name for m in (*self.troubled_methods, *self.watched_methods)}
        return sorted((m for m in self.evidence.methods if m.name not in loud), key=lambda m: m.name)

    @property
    def methods(self) -> Sequence[MethodEvidence]:
        """All methods in the order in which a reader should look at them."""
        return (*self.troubled_methods, *self.watched_methods, *self.quiet_methods)

    @property
    def compared(self) -> int:
        """Comparisons of all methods."""
        return sum(method.compared for method in self.evidence.methods)

    @property
    def confirmed(self) -> int:
        """Confirmed mismatches of all methods."""
        return sum(method.confirmed for method in self.evidence.methods)

    @property
    def rows(self) -> int | None:
        """Rows verified; None where verify did not run."""
        counted = [e.sql_rows for e in self.evidence.entities if e.sql_rows is not None]
        return sum(counted) if counted else None

    @property
    def remaining(self) -> int:
        """Keys that still differ."""
        return sum(entity.remaining for entity in self.evidence.entities)

    @property
    def waiting(self) -> int:
        """Open obligations."""
        return sum(entity.obligations_open for entity in self.evidence.entities)

    @property
    def since(self) -> Sequence[Since]:
        """Since when what stands in the way does so, the longest first."""
        e = self.evidence
        known = [at for m in self.troubled_methods if (at := m.first_mismatch or m.last_mismatch)]
        found = [Since("answers differ", min(known), self.until)] if known else []
        differing = [x for x in e.entities if x.differs_since and x.remaining]
        found += [Since(f"rows of {x.name} differ", x.differs_since) for x in differing if x.differs_since]
        owing = max((x.oldest_seconds for x in e.entities if x.obligations_open), default=None)
        if owing is not None:
            found.append(Since("the oldest obligation is open", e.finished - timedelta(seconds=owing)))
        return sorted(found, key=lambda since: since.at)

    @cached_property
    def repositories(self) -> Sequence[Repository]:
        """Each repository's methods added up, by name."""
        names = sorted({method.repository for method in self.evidence.methods})
        return [
            Repository.of(name, [m for m in self.evidence.methods if m.repository == name]) for name in names
        ]

    @property
    def blocked_keys(self) -> int:
        """Keys that stand in the way by name: lost, refused, differing."""
        refused = sum(entity.obligations_stuck for entity in self.evidence.entities)
        return len(self.evidence.lost_writes) + refused + self.remaining

    @property
    def until(self) -> datetime | None:
        """When the last confirmed mismatch was seen."""
        return max((m.last_mismatch for m in self.troubled_methods if m.last_mismatch), default=None)

    @property
    def broken_conditions(self) -> Sequence[GateCondition]:
        """Conditions of the gate that do not hold."""
        return [condition for condition in self.evidence.conditions if not condition.holds]

    @cached_property
    def patterns(self) -> Sequence[Pattern]:
        """Named differences put together by likeness, the most first; `MOST_NAMES_SHOWN` names in all, shared fairly."""
        groups: dict[tuple[str, str, str], list[NamedDifference]] = {}
        for entity in self.evidence.entities:
            for named in entity.named:
                groups.setdefault((entity.name, generalised(named.path), named.kind), []).append(named)
        kept = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))[:MOST_PATTERNS_SHOWN]
        found: list[Pattern] = []
        left = MOST_NAMES_SHOWN
        # The smallest first: what a small group leaves over goes to the large ones, and none is crowded out.
        for number, ((entity_name, path, kind), members) in enumerate(reversed(kept)):
            shown = tuple(members[: left // (len(kept) - number)])
            left -= len(shown)
            keys = len({named.key for named in members})
            found.append(Pattern(entity_name, path, kind, shown, len(members), keys))
        return found[::-1]

    @property
    def named(self) -> int:
        """Differences that have a name in the evidence."""
        return sum(len(entity.named) for entity in self.evidence.entities)

    @property
    def unshown(self) -> int:
        """Named differences that this page leaves to `report.json`."""
        return self.named - sum(len(pattern.shown) for pattern in self.patterns)

    @property
    def lost_shown(self) -> Sequence[LostWrite]:
        """The first lost writes."""
        return self.evidence.lost_writes[:MOST_LOST_SHOWN]

    @property
    def examples(self) -> Sequence[Example]:
        """Examples of mismatches, newest first; at most `MOST_EXAMPLES_SHOWN`."""
        newest = sorted(self.evidence.examples, key=lambda example: example.at, reverse=True)
        return newest[:MOST_EXAMPLES_SHOWN]

    @property
    def few_keys(self) -> Sequence[tuple[str, tuple[str, ...]]]:
        """The first few keys that still stand in the way, with their entity: lost writes, refused ones, differences, and those
        that wait."""
        return list(islice(self._keys(), FEW))

    @property
    def example_keys(self) -> Sequence[tuple[str, ...]]:
        """The first few rows that the examples speak of."""
        keys = dict.fromkeys(key for example in self.examples for key in example.keys)
        return list(islice(keys, FEW))

    def _keys(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        seen: set[tuple[str, tuple[str, ...]]] = set()
        lost = ((write.entity, write.key) for write in self.evidence.lost_writes)
        named = ((e.name, named.key) for e in self.troubled_entities if e.remaining for named in e.named)
        stuck = ((key.entity, key.key) for key in self.evidence.waiting if key.stuck)
        waiting = ((key.entity, key.key) for key in self.evidence.waiting)
        for place in (*lost, *stuck, *named, *waiting):
            if place not in seen:
                seen.add(place)
                yield place

    @property
    def repaired(self) -> int:
        """Keys that differed and were written over."""
        return sum(entity.repaired for entity in self.evidence.entities)

    @property
    def sections(self) -> Sequence[Section]:
        """What there is to show, in order: what went wrong before what was done."""
        e = self.evidence
        every = (
            (Section("lost", "Lost writes"), e.lost_writes),
            (Section("gate", "Gate"), e.conditions),
            (Section("methods", "Parity by method"), e.methods),
            (Section("examples", "Examples side by side"), e.examples),
            (Section("latency", "Times compared"), any(m.sql and m.pocketbase for m in e.methods)),
            (Section("entities", "Rows: backfill and verify"), e.entities),
            (Section("keys", "Differences by key"), self.patterns),
            (Section("waiting", "Keys that wait"), e.waiting),
            (Section("timeline", "Obligations over time"), len(e.timeline) > 1),
            (Section("traffic", "Traffic"), e.traffic),
            (Section("faults", "Faults"), e.faults or e.live),
            (Section("steps", "Steps"), e.steps),
            (Section("switch", "Switch and phases"), e.switch or e.phases),
            (Section("notes", "Notes"), e.notes),
            (Section("versions", "Versions and configuration"), True),
        )
        return [section for section, there in every if there]

    @property
    def errors(self) -> int:
        """Calls that failed for their callers."""
        return sum(self.evidence.traffic.errors.values()) if self.evidence.traffic else 0


def generalised(path: str) -> str:
    """A path without its particulars: `messages[17].content` and `messages[3].content` are alike."""
    return _PARTICULAR.sub(lambda found: "[*]" if found[0].startswith("[") else "*", path)
