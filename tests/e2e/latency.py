"""How long Open WebUI takes to answer, wired and untouched, side by side.

    python -m tests.e2e.latency [ROUNDS]

Each round starts one deployment of each kind, and plays the scenario chapter by chapter: a chapter in one, the same chapter in
the next, in an order that turns, with a rest after each in which the work behind the callers ends. Prints a table of the
figures and exits with 1 where a limit is passed.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from tests.e2e.deployment import Deployment, copied, make_schema
from tests.e2e.play import Player
from tests.e2e.scenario import CHAPTERS
from tests.e2e.step import Exchange


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of deployment, and how much of the untouched one's p50 it may take; None where there is no limit."""

    phase: str
    limit: float | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


UNTOUCHED = "untouched"
KINDS: Mapping[str, Kind] = {
    UNTOUCHED: Kind(""),
    "sql_only": Kind("sql_only", 1.10),
    "dual": Kind("dual", 1.10),
    "dual, no helper": Kind("dual", None, {"DUALWRITE_HELPER": "false"}),
    "dual, no read compared": Kind("dual", None, {"DUALWRITE_SAMPLE_RATE": "0"}),
    "pb_only": Kind("pb_only", 2.0),
}

ROUNDS = 3
_REST = 1.0  # seconds


class Competitor:
    """One deployment of a round."""

    def __init__(self, kind: str, folder: Path, template: Path, stack: ExitStack) -> None:
        folder.mkdir(parents=True)
        how, wired = KINDS[kind], kind != UNTOUCHED
        deployment = Deployment(folder, copied(template, folder), wired=wired, more=how.settings)
        stack.enter_context(deployment)
        if wired:
            deployment.go(how.phase)
        self.kind = kind
        self._player = stack.enter_context(Player(deployment.url, folder=str(folder), new_seconds=False))

    def play(self, chapter: str) -> None:
        """One chapter, and the rest after it."""
        self._player.play(CHAPTERS[chapter])
        time.sleep(_REST)

    def exchanges(self) -> list[Exchange]:
        """All that it has answered."""
        return self._player.exchanges()


def race(rounds: int, folder: Path) -> dict[str, list[list[Exchange]]]:
    """For each kind the answers of each round."""
    template = folder / "template" / "webui.db"
    make_schema(f"sqlite:///{template}", template.parent)
    answers: dict[str, list[list[Exchange]]] = {kind: [] for kind in KINDS}
    for number in range(rounds):
        with ExitStack() as stack:
            competitors = [
                Competitor(kind, folder / f"{number}-{place}", template, stack)
                for place, kind in enumerate(KINDS)
            ]
            for turn, chapter in enumerate(CHAPTERS, number):
                for place in range(len(competitors)):
                    competitors[(place + turn) % len(competitors)].play(chapter)
            for competitor in competitors:
                answers[competitor.kind].append(competitor.exchanges())
    return answers


def table(answers: Mapping[str, Sequence[Sequence[Exchange]]]) -> tuple[list[str], bool]:
    """The figures as Markdown, and whether every limit holds: of all requests of all rounds, and of each step's fastest,
    from which most of what else this machine did meanwhile has gone."""
    lines = [
        "| | p50, ms | of untouched | limit | p90, ms | p50 of the steps' fastest, ms | of untouched |",
        "|---|---|---|---|---|---|---|",
    ]
    holds = True
    base, base_fastest = (median(times) for times in _milliseconds(answers[UNTOUCHED]))
    for kind, how in KINDS.items():
        times, fastest = _milliseconds(answers[kind])
        p50, p90, p50_fastest = median(times), quantiles(times, n=10)[-1], median(fastest)
        lines.append(
            f"| {kind} | {p50:.1f} | {p50 / base:.2f} | {how.limit or ''} | {p90:.1f} "
            f"| {p50_fastest:.1f} | {p50_fastest / base_fastest:.2f} |"
        )
        holds = holds and (how.limit is None or p50 <= base * how.limit)
    return lines, holds


def _milliseconds(rounds: Sequence[Sequence[Exchange]]) -> tuple[list[float], list[float]]:
    """Of all requests, and of each step's fastest."""
    of_steps = [[exchange.seconds * 1000 for exchange in step] for step in zip(*rounds, strict=True)]
    return [each for step in of_steps for each in step], [min(step) for step in of_steps]


def main(rounds: int = ROUNDS) -> int:
    """The exit status."""
    folder = Path(tempfile.mkdtemp(prefix="dualwrite-latency-"))
    try:
        answers = race(rounds, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    lines, holds = table(answers)
    requests = len(answers[UNTOUCHED][0])
    print(f"{requests} requests, {rounds} rounds, load {os.getloadavg()[0]:.1f} at the end")
    print("\n".join(lines))
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
