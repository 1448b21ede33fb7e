"""What the two processes say to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dualwrite.applier import Job
from dualwrite.contract import methods_of
from dualwrite.helper.figures import Figures
from dualwrite.kept import Kept
from dualwrite.migration import Migration
from dualwrite.ports import Obligation
from dualwrite.settings import Settings
from dualwrite.shadow import Question
from dualwrite.stamp import Stamp
from dualwrite.timing import Timing

Contracts = Mapping[str, type]


@dataclass(frozen=True, slots=True)
class Setup:
    """The first message: what the helper works on. `level` is from which on its log lines are wanted."""

    migration: Migration
    settings: Settings
    timing: Timing
    looks: bool
    level: int


WRITE, READ = "write", "read"
"""How the two begin that callers wait for: plain tuples, packed in a tenth of the time that objects take."""


def written(job: Job) -> tuple[object, ...]:
    """A job on its way: its method by name, since a contract's declaration does not travel."""
    return (
        WRITE,
        job.repository,
        job.method.name,
        tuple(job.arguments),
        job.stamp.drawn_from,
        [(owed.seq, owed.entity, owed.key, owed.attempts) for owed in job.obligations],
        tuple(job.answer),
        job.seconds,
        job.begun,  # of a clock that all processes of a machine share
    )


def job_of(message: tuple[Any, ...], contracts: Contracts) -> Job:
    """As it was."""
    _, repository, method, arguments, (seed, time_ns), owed, answer, seconds, begun = message
    return Job(
        repository,
        methods_of(contracts[repository])[method],
        Kept(*arguments),
        Stamp(seed=seed, time_ns=time_ns),
        tuple(Obligation(*each) for each in owed),
        Kept(*answer),
        seconds,
        begun,
    )


def asked(question: Question) -> tuple[object, ...]:
    """A question on its way."""
    return (
        READ,
        question.repository,
        question.method.name,
        tuple(question.arguments),
        question.digest,
        question.error,
    )


def question_of(message: tuple[Any, ...], contracts: Contracts) -> Question:
    """As it was."""
    _, repository, method, arguments, digest, error = message
    return Question(repository, methods_of(contracts[repository])[method], Kept(*arguments), digest, error)


@dataclass(frozen=True, slots=True)
class Drain:
    """Asks for a `Drained` of the same number once nothing is left to do, or after so many seconds."""

    number: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Drained:
    """Whether nothing was left."""

    number: int
    nothing_left: bool


@dataclass(frozen=True, slots=True)
class Report:
    """How things stand, several times a second: whether PocketBase is given a rest, whether there is anything to compare with,
    the pressure of the reads' queue, how often methods have been compared that were compared since the last report, and what was
    counted since."""

    down: bool
    copied: bool
    pressure: float
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    figures: Figures = field(default_factory=Figures)


@dataclass(frozen=True, slots=True)
class Line:
    """A log line."""

    logger: str
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The helper cannot work, and why."""

    why: str
