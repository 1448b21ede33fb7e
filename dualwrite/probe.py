"""Probe: call read methods on both sides with arguments drawn from the real data, so that what live traffic seldom reaches
is compared before the switch. Its comparisons count for the gate like any other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from dualwrite.compare import digest
from dualwrite.contract import Access, methods_of
from dualwrite.kept import Keeper
from dualwrite.observation import Comparison, Outcome, observe
from dualwrite.progress import Progress, Quiet
from dualwrite.shadow import Question, Shadow

Asked: TypeAlias = tuple[str, str, tuple[Any, ...]]
"""Repository, method, arguments."""


@dataclass(slots=True)
class Probed:
    """What came of it: comparisons by outcome for every read method, those never asked, and the mismatches."""

    counts: dict[tuple[str, str], dict[Outcome, int]]
    skipped: int = 0
    """Questions that were not asked because PocketBase was being given a rest."""
    mismatches: list[Comparison] = field(default_factory=list)

    @property
    def never_asked(self) -> list[str]:
        """Read methods without a single comparison, as `repository.method`."""
        return [".".join(place) for place, outcomes in self.counts.items() if not outcomes]

    @property
    def clean(self) -> bool:
        """Whether every read method was asked and nothing differed that no obligation explains."""
        return not (self.never_asked or self.mismatches or self.skipped or self._without(Outcome.FAILED))

    def _without(self, outcome: Outcome) -> bool:
        return any(outcome in outcomes for outcomes in self.counts.values())


class Probe:
    """Asks questions one after another."""

    def __init__(self, contracts: Mapping[str, type], sql: Mapping[str, Any], shadow: Shadow) -> None:
        self._contracts = contracts
        self._sql = sql
        self._shadow = shadow

    def run(self, questions: Iterable[Asked], progress: Progress | None = None) -> Probed:
        """Ask them all. SQL is asked first; what differs is asked again on both sides before it counts."""
        progress = progress or Quiet()
        asked = list(questions)
        probed = Probed(
            {
                (repository, method.name): {}
                for repository, contract in self._contracts.items()
                for method in methods_of(contract).values()
                if method.access is Access.READ
            }
        )
        progress.begin("probe", "reads", len(asked))
        for question in asked:
            self._ask(question, probed)
            progress.advance(1)
        progress.end()
        return probed

    def _ask(self, asked: Asked, probed: Probed) -> None:
        repository, name, args = asked
        method = methods_of(self._contracts[repository])[name]
        answer = observe(getattr(self._sql[repository], name), *args)
        failed = type(answer.error).__name__ if answer.error else None
        known = None if answer.error else digest(answer.value, method.order)
        comparison = self._shadow.ask(Question(repository, method, Keeper().call(args, {}), known, failed))
        if comparison is None:
            probed.skipped += 1
            return
        counts = probed.counts[repository, name]
        counts[comparison.outcome] = counts.get(comparison.outcome, 0) + 1
        if comparison.outcome is Outcome.CONFIRMED:
            probed.mismatches.append(comparison)
