"""The last questions of a rehearsal: the same reads on SQL and on PocketBase alone, with nothing between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from dualwrite.comparisons import Comparisons
from dualwrite.contract import methods_of
from dualwrite.observation import Comparison, Outcome, compare, observe


def ask_both(
    questions: Iterable[tuple[str, str, tuple[Any, ...]]],
    contracts: Mapping[str, type],
    sql: Mapping[str, Any],
    pocketbase: Mapping[str, Any],
    comparisons: Comparisons,
) -> Counter[str]:
    """Ask each question on both sides; returns how many came to which outcome."""
    outcomes: Counter[str] = Counter()
    for repository, name, args in questions:
        method = methods_of(contracts[repository])[name]
        found = compare(
            observe(getattr(sql[repository], name), *args),
            observe(getattr(pocketbase[repository], name), *args),
            method.order,
        )
        outcome = Outcome.CONFIRMED if found else Outcome.EQUAL
        comparisons.add(Comparison(repository, name, outcome, tuple(found)))
        outcomes[outcome.value] += 1
    return outcomes
