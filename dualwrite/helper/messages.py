"""What the two processes say to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

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


@dataclass(frozen=True, slots=True)
class Write:
    """A job on its way: its method by name, since a contract's declaration does not travel."""

    repository: str
    method: str
    arguments: Kept
    stamp: Stamp
    obligations: tuple[Obligation, ...]
    answer: Kept
    seconds: float
    begun: float

    @classmethod
    def of(cls, job: Job) -> Self:
        """For sending."""
        return cls(
            job.repository,
            job.method.name,
            job.arguments,
            job.stamp,
            job.obligations,
            job.answer,
            job.seconds,
            job.begun,  # of a clock that all processes of a machine share
        )

    def job(self, contracts: Contracts) -> Job:
        """As it was."""
        return Job(
            self.repository,
            methods_of(contracts[self.repository])[self.method],
            self.arguments,
            self.stamp,
            self.obligations,
            self.answer,
            self.seconds,
            self.begun,
        )


@dataclass(frozen=True, slots=True)
class Read:
    """A question on its way."""

    repository: str
    method: str
    arguments: Kept
    digest: bytes | None
    error: str | None

    @classmethod
    def of(cls, question: Question) -> Self:
        """For sending."""
        return cls(
            question.repository, question.method.name, question.arguments, question.digest, question.error
        )

    def question(self, contracts: Contracts) -> Question:
        """As it was."""
        method = methods_of(contracts[self.repository])[self.method]
        return Question(self.repository, method, self.arguments, self.digest, self.error)


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
    how often methods have been compared that were compared since the last report, and what was counted since."""

    down: bool
    copied: bool
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
