"""The gate of the switch: what it looks at, and the pure decision whether the switch may happen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from dualwrite.comparisons import forget_comparisons, load_comparisons
from dualwrite.contract import methods_of
from dualwrite.entity import Entity
from dualwrite.observation import Outcome
from dualwrite.phase import Phase
from dualwrite.places import forget_places, load_copying
from dualwrite.ports import Control, Journal
from dualwrite.timing import IN_FLIGHT
from dualwrite.underway import forget_underway
from dualwrite.verified import forget_found, save_found
from dualwrite.verify import Verified
from dualwrite.waivers import Waiver, load_waivers

NEWER_THAN = timedelta(hours=1)
"""How old the last full verify may be by default, and for how long no mismatch may have been confirmed."""
AT_LEAST = 20
"""Comparisons of each method that the gate asks for by default; `Sampler` compares as many of each before it draws."""

CONDITIONS: Mapping[str, bool] = {
    "phase": False,
    "backfill": False,
    "obligations": False,
    "stuck": False,
    "verified": False,
    "differences": False,
    "comparisons": True,
    "mismatches": True,
    "pocketbase": False,
}
"""Every condition, and whether it may be waived. What stands between a row and its loss may not."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of the gate with the figure that was seen. `name` is what `--waive` takes, `asks` says it to a person."""

    name: str
    asks: str
    holds: bool
    figure: str
    waiver: Waiver | None = None

    @property
    def passes(self) -> bool:
        """Whether it holds or somebody has waived it."""
        return self.holds or self.waiver is not None

    @property
    def said(self) -> str:
        """The figure, and who waived it."""
        waiver = self.waiver
        return f"{self.figure} (waived by {waiver.who}: {waiver.reason})" if waiver else self.figure


@dataclass(frozen=True, slots=True)
class Compared:
    """How often one method, as `repository.method`, was compared so that it proves something, and what came of it."""

    method: str
    judged: int = 0
    confirmed: int = 0
    last_mismatch: datetime | None = None


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the gate looks at. `verified_at` is when the last full verify began."""

    phase: Phase
    not_copied: tuple[str, ...] = ()
    open_obligations: int = 0
    stuck_keys: int = 0
    verified_at: datetime | None = None
    differing: int = 0
    methods: tuple[Compared, ...] = ()
    problems: tuple[str, ...] = ()
    waivers: Mapping[str, Waiver] = field(default_factory=dict)
    oldest_seconds: float = 0.0  # age of the oldest open obligation


def gate(
    grounds: Grounds, *, now: datetime, newer_than: timedelta, at_least: int = AT_LEAST
) -> list[Condition]:
    """Whether the switch may happen: every condition with its figure. A pure decision.

    `newer_than` is how old the last full verify may be, and for how long no mismatch may have been confirmed; `at_least`
    how often each method must have been compared. A waived method is asked for neither.
    """

    def ago(at: datetime | None) -> str:
        return f"{(now - at).total_seconds():.0f} s ago" if at else "never"

    def condition(name: str, asks: str, holds: bool, figure: str) -> Condition:
        waiver = grounds.waivers.get(name) if CONDITIONS[name] and not holds else None
        return Condition(name, asks, holds, figure, waiver)

    at, window = grounds.verified_at, f"{newer_than.total_seconds():.0f} s"
    asked = [one for one in grounds.methods if one.method not in grounds.waivers]
    few = [one for one in asked if one.judged < at_least]
    wrong = [one for one in asked if one.last_mismatch]
    recent = [one for one in wrong if one.last_mismatch and now - one.last_mismatch <= newer_than]
    return [
        condition("phase", "phase is dual", grounds.phase is Phase.DUAL, grounds.phase.value),
        condition(
            "backfill",
            "backfill complete",
            not grounds.not_copied,
            f"missing: {', '.join(grounds.not_copied)}" if grounds.not_copied else "every entity",
        ),
        condition(
            "obligations",
            f"no obligation open for longer than {IN_FLIGHT:.0f} s",
            not grounds.open_obligations or grounds.oldest_seconds <= IN_FLIGHT,
            f"{grounds.open_obligations} open"
            + (f", the oldest for {grounds.oldest_seconds:.0f} s" if grounds.open_obligations else ""),
        ),
        condition("stuck", "no stuck key", not grounds.stuck_keys, f"{grounds.stuck_keys} stuck"),
        condition(
            "verified", f"verified within {window}", at is not None and now - at <= newer_than, ago(at)
        ),
        condition(
            "differences",
            "verify found no difference",
            not grounds.differing,
            f"{grounds.differing} differing",
        ),
        condition(
            "comparisons",
            f"every method compared at least {at_least} times",
            not few,
            _compared(asked, few, len(grounds.methods) - len(asked)),
        ),
        condition(
            "mismatches",
            f"no confirmed mismatch within {window}",
            not recent,
            "; ".join(
                f"{one.method}: {one.confirmed} confirmed, the last {ago(one.last_mismatch)}"
                for one in recent or wrong
            )
            or "none confirmed",
        ),
        condition(
            "pocketbase",
            "PocketBase healthy and as expected",
            not grounds.problems,
            "; ".join(grounds.problems) or "yes",
        ),
    ]


def _compared(asked: Sequence[Compared], few: Sequence[Compared], waived: int) -> str:
    """How many methods were, and which were not."""
    parts = [f"{len(asked) - len(few)} of {len(asked)} methods"]
    if never := [one.method for one in few if not one.judged]:
        parts.append(f"never: {', '.join(never)}")
    if seldom := [f"{one.method} ({one.judged})" for one in few if one.judged]:
        parts.append(f"too seldom: {', '.join(seldom)}")
    if waived:
        parts.append(f"{waived} waived")
    return "; ".join(parts)


def method_names(contracts: Mapping[str, type]) -> list[str]:
    """Every method of these contracts as `repository.method`."""
    return [
        f"{repository}.{method}"
        for repository, contract in contracts.items()
        for method in methods_of(contract)
    ]


def gather(
    control: Control,
    journal: Journal,
    entities: Iterable[Entity],
    contracts: Mapping[str, type],
    *,
    problems: Sequence[str],
    waived: Iterable[Waiver] = (),
) -> Grounds:
    """The grounds as they stand now, in the control table and the journal, whichever process put them there; and what is
    `waived` besides."""
    state = journal.state()
    saved = control.load("verify")
    verify: Mapping[str, Any] = saved if isinstance(saved, dict) else {}
    compared = {f"{one['repository']}.{one['method']}": one for one in load_comparisons(control)}
    return Grounds(
        phase=control.read().phase,
        not_copied=tuple(entity.name for entity in entities if not load_copying(control, entity).done),
        open_obligations=sum(entity.open for entity in state),
        oldest_seconds=max((entity.oldest_seconds for entity in state), default=0.0),
        stuck_keys=sum(entity.stuck for entity in state),
        verified_at=datetime.fromisoformat(verify["at"]) if verify else None,
        differing=int(verify.get("differing", 0)),
        methods=tuple(_method(name, compared.get(name, {})) for name in method_names(contracts)),
        problems=tuple(problems),
        waivers=load_waivers(control) | {waiver.name: waiver for waiver in waived},
    )


def _method(name: str, counts: Mapping[str, Any]) -> Compared:
    """Lag and failures prove nothing, so they do not count."""
    proving = (Outcome.EQUAL, Outcome.IGNORED, Outcome.TRANSIENT, Outcome.CONFIRMED)
    judged = sum(counts.get(str(outcome), 0) for outcome in proving)
    last = counts.get("last_mismatch")
    return Compared(
        name,
        judged,
        counts.get(str(Outcome.CONFIRMED), 0),
        datetime.fromisoformat(last) if last else None,
    )


def save_verified(control: Control, results: Sequence[Verified], *, begun: datetime) -> None:
    """Keep what a full verify found, for the gate and for reports. It is as old as its oldest look: `begun` is when it was
    begun."""
    save_found(control, results, begun=begun)
    control.save(
        "verify",
        {
            "at": begun.isoformat(),
            "differing": sum(result.differing - result.repaired for result in results),
            "rows": sum(result.sql_rows for result in results),
            "entities": {result.entity: result.differing - result.repaired for result in results},
        },
    )


def forget_evidence(control: Control, entities: Iterable[Entity]) -> None:
    """Where PocketBase has not followed SQL for a while, nothing that was copied, verified or compared before proves
    anything any more. Waivers stay: they are somebody's decision."""
    forget_places(control, entities)
    forget_comparisons(control)
    forget_underway(control)
    control.save("verify", None)
    forget_found(control)
