"""What a rehearsal or a migration has to show for itself: the data of every report, and `report.json` itself.

Commands fill an `Evidence`; renderers (entry points of the group `dualwrite.renderers`) turn it into pages and know
nothing else. It holds names, keys, counts, times, types and keyed hashes, never a value of somebody's row.

Within a schema version fields are only added, with a default. A reader ignores fields it does not know and refuses a
version it does not know. Times carry their zone (ISO 8601 in JSON); durations are seconds or, where the name says `_ms`,
milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from math import ceil
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    computed_field,
    model_validator,
)

from dualwrite.errors import ConfigurationError
from dualwrite.phase import Phase
from dualwrite.proportion import wilson
from dualwrite.verify import MOST_NAMED

SCHEMA_VERSION: Final = 1
_READING = {"unknown fields": "ignore"}


def _writable(value: object) -> object:
    """Text that UTF-8 can hold: one odd key in a database must not cost the whole report."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_writable)]
Count = Annotated[int, Field(ge=0)]
Duration = Annotated[float, Field(ge=0, allow_inf_nan=False)]
RowKey = tuple[Text, ...]


class Part(BaseModel):
    """The base of every part: frozen; a misspelt field is an error when built and ignored when read from a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_derived(cls, data: Any, info: ValidationInfo) -> Any:
        if not isinstance(data, Mapping):
            return data
        reading = info.context is _READING
        return {
            name: value
            for name, value in data.items()
            if name not in cls.model_computed_fields and (name in cls.model_fields or not reading)
        }


class Verdict(Part):
    """Whether the switch may happen. `dualwrite.verdict.judge` derives it from the rest."""

    ready: bool
    reasons: tuple[Text, ...] = ()
    """What stands in the way, one sentence each; empty exactly where `ready`."""

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.ready == bool(self.reasons):
            raise ValueError("a verdict is either ready or has reasons")
        return self


class Versions(Part):
    """What took part. Empty where unknown or absent."""

    dualwrite: Text = ""
    python: Text = ""
    pocketbase: Text = ""
    sql_dialect: Text = ""
    """`sqlite` or `postgresql`."""
    sql_version: Text = ""
    hooks: Text = ""
    """Version or digest of the hooks that PocketBase runs."""


class PhaseChange(Part):
    """One recorded change of phase. Reports list them oldest first."""

    at: AwareDatetime
    actor: Text
    """Who asked for it: user, host and process as the control table keeps it."""
    source: Phase
    target: Phase
    why: Text = ""


class NamedDifference(Part):
    """One place where a row differs between the stores, as verify named it."""

    entity: Text
    key: RowKey
    path: Text
    """A column, a place inside a JSON column, or `$` for the whole row."""
    kind: Text
    """`value`, `type`, `missing` (not in PocketBase), `extra` (not in SQL), `order` or `error`."""


class EntityEvidence(Part):
    """One kind of row, as the last verify, the backfill and the journal saw it."""

    name: Text
    sql_rows: Count | None = None
    """Rows that verify read from SQL; None where it did not run."""
    pocketbase_rows: Count | None = None
    """Records that verify read from PocketBase; None where it did not run."""
    differing: Count = 0
    """Keys that differ and that no open obligation explains."""
    lagging: Count = 0
    """Keys that differ while an obligation for them is open."""
    repaired: Count = 0
    """Of `differing`, the keys that verify wrote over from SQL and found equal afterwards."""
    verify_seconds: Duration | None = None
    backfill_rows: Count | None = None
    """Rows that the backfill copied; None where it did not run."""
    backfill_seconds: Duration | None = None
    obligations_open: Count = 0
    obligations_stuck: Count = 0
    """Keys that PocketBase refuses."""
    differs_since: AwareDatetime | None = None
    """The first full verify in a row that found this entity to differ; None where the last one did not, or nobody knows."""
    oldest_seconds: Duration = 0.0
    """Age of the oldest open obligation."""
    named: Annotated[tuple[NamedDifference, ...], Field(max_length=MOST_NAMED)] = ()
    """Differences by name, repaired ones included; the first `MOST_NAMED`."""

    @property
    def remaining(self) -> int:
        """Keys that still differ."""
        return max(0, self.differing - self.repaired)

    @property
    def clean(self) -> bool:
        """Nothing differs any more, lags, or waits to be looked at."""
        return not (self.remaining or self.lagging or self.obligations_open or self.obligations_stuck)


class Latency(Part):
    """How long calls took, in milliseconds."""

    p50_ms: Duration
    p99_ms: Duration
    calls: Count | None = None
    """How many were measured."""

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Self | None:
        """From single times in seconds, by nearest rank; None where there are none."""
        times = sorted(seconds)
        if not times:
            return None
        p50, p99 = (1000 * times[ceil(len(times) * share) - 1] for share in (0.5, 0.99))
        return cls(p50_ms=round(p50, 4), p99_ms=round(p99, 4), calls=len(times))


class MethodEvidence(Part):
    """How the two adapters' answers to one method compared; counts by outcome as in `dualwrite.observation.Outcome`."""

    repository: Text
    method: Text
    equal: Count = 0
    ignored: Count = 0
    """Differed only where the method's contract says that it may."""
    transient: Count = 0
    """Differed, and agreed when asked again."""
    lag: Count = 0
    """Differed while an obligation was open."""
    confirmed: Count = 0
    """Differed, and nothing explains it."""
    failed: Count = 0
    """PocketBase could not be asked."""
    first_mismatch: AwareDatetime | None = None
    """The first confirmed mismatch that is known of."""
    last_mismatch: AwareDatetime | None = None
    sql: Latency | None = None
    pocketbase: Latency | None = None
    waiver: Text = ""
    """Who waived what the gate asks of this method, and why; empty where nobody did."""

    @property
    def name(self) -> str:
        """`repository.method`."""
        return f"{self.repository}.{self.method}"

    @computed_field  # type: ignore[prop-decorator]
    @property
    def compared(self) -> int:
        """Comparisons in all, whatever came of them."""
        return self.judged + self.lag + self.failed

    @computed_field  # type: ignore[prop-decorator]
    @property
    def judged(self) -> int:
        """Comparisons that prove something: neither explained by lag nor failed."""
        return self.equal + self.ignored + self.transient + self.confirmed

    @computed_field  # type: ignore[prop-decorator]
    @property
    def mismatch_rate(self) -> float | None:
        """Confirmed mismatches as a share (0 to 1) of the comparisons that prove something; None without any."""
        return self.confirmed / self.judged if self.judged else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def mismatch_rate_low(self) -> float:
        """The lower end of the 95% Wilson interval of the mismatch rate, a share from 0 to 1."""
        return wilson(self.confirmed, self.judged)[0]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def mismatch_rate_high(self) -> float:
        """Its upper end: what the true rate may still be after so few comparisons; 1 without any."""
        return wilson(self.confirmed, self.judged)[1]


class Redacted(Part):
    """One side of a difference without its value."""

    type: Text
    """The value's Python type, or `absent`."""
    size: Count | None = None
    """Characters or items."""
    hash: Text | None = None
    """A keyed hash: equal values of one process have equal hashes, and nobody can guess back."""


class ExampleDifference(Part):
    """One place where the two answers differed."""

    path: Text
    kind: Text
    sql: Redacted
    pocketbase: Redacted


class Example(Part):
    """One confirmed mismatch of a method, as `dualwrite.comparisons.Comparisons.examples` gives it."""

    at: AwareDatetime
    repository: Text
    method: Text
    keys: tuple[RowKey, ...] = ()
    """Of the rows concerned, as far as they can be told: what a write touched, or the UUID of the record in an answer."""
    differences: tuple[ExampleDifference, ...] = ()


class Traffic(Part):
    """The calls that went on meanwhile, as their callers saw them."""

    calls: Count = 0
    writes: Count = 0
    """Of `calls`, those that write."""
    errors: dict[Text, Count] = Field(default_factory=dict)
    """Calls that failed, by class of error."""
    p50_ms: Duration | None = None
    p99_ms: Duration | None = None
    seconds: Duration | None = None
    """How long it went on."""


class Fault(Part):
    """A fault: injected by a rehearsal, or met by a live migration."""

    name: Text
    at: AwareDatetime
    seconds: Duration
    """How long it lasted."""
    seen: Text = ""
    """What callers and stores saw of it."""


class WaitingKey(Part):
    """A key that somebody owes a look, as the journal has it."""

    entity: Text
    key: RowKey
    seconds: Duration
    """How long it has waited."""
    attempts: Count = 0
    """Looks that failed."""
    error: Text = ""
    """The class name of the last error; empty where there was none."""
    stuck: bool = False
    """Whether PocketBase refuses it."""


class JournalPoint(Part):
    """The journal at one moment, over all entities."""

    at: AwareDatetime
    open: Count
    """Obligations open."""
    stuck: Count = 0
    """Keys that PocketBase refuses."""
    oldest_seconds: Duration = 0.0
    """Age of the oldest open obligation."""


class Setting(Part):
    """One setting as it was in force. A secret is only said to be set, or not."""

    name: Text
    value: Text


class EvidenceKind(StrEnum):
    """What the evidence is of."""

    REHEARSAL = "rehearsal"
    LIVE = "live"


class StepOutcome(StrEnum):
    """How a step ended."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


class Step(Part):
    """One step of a rehearsal."""

    name: Text
    seconds: Duration
    outcome: StepOutcome
    detail: Text = ""


class LostWrite(Part):
    """A write that was acknowledged to its caller and is not in the store that answers now."""

    entity: Text
    key: RowKey


class GateCondition(Part):
    """One condition of the switch with the figure that was seen."""

    name: Text
    holds: bool
    """Whether it holds, or somebody has waived it."""
    figure: Text = ""
    waiver: Text = ""
    """Who waived it, and why; empty where nobody did."""


class Switch(Part):
    """The switch itself."""

    paused_seconds: Duration
    """How long writers had to wait."""
    rows: Count | None = None
    """Rows that were there when it happened."""
    at: AwareDatetime | None = None
    """When PocketBase became the only store."""


class Evidence(Part):
    """Everything a report shows. See the module for units and for what may change within a schema version."""

    schema_version: Literal[1] = SCHEMA_VERSION
    title: Text
    kind: EvidenceKind = EvidenceKind.REHEARSAL
    """Of a rehearsal that has ended, or of a migration as it stood at `finished`."""
    migration: Text
    """The migration's name, as `dualwrite --migration` takes it."""
    started: AwareDatetime
    """Of a rehearsal, or of the first recorded change of phase."""
    finished: AwareDatetime
    """When a rehearsal ended, or when all this was read."""
    verdict: Verdict
    versions: Versions = Versions()
    phases: tuple[PhaseChange, ...] = ()
    """Oldest first."""
    entities: tuple[EntityEvidence, ...] = ()
    verified_at: AwareDatetime | None = None
    """When the verify that `entities` speak of was begun; None where there was none, or it was a step of this rehearsal."""
    waiting: tuple[WaitingKey, ...] = ()
    """The first keys that wait, refused ones before the oldest."""
    timeline: tuple[JournalPoint, ...] = ()
    """Obligations over time, oldest first; coarser the older."""
    methods: tuple[MethodEvidence, ...] = ()
    examples: tuple[Example, ...] = ()
    traffic: Traffic | None = None
    faults: tuple[Fault, ...] = ()
    steps: tuple[Step, ...] = ()
    lost_writes: tuple[LostWrite, ...] = ()
    conditions: tuple[GateCondition, ...] = ()
    switch: Switch | None = None
    configuration: tuple[Setting, ...] = ()
    notes: tuple[Text, ...] = ()
    """Whatever else a reader should know, one paragraph each."""

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.finished < self.started:
            raise ValueError("it finished before it started")
        if self.verdict.ready and self.lost_writes:
            raise ValueError("nobody is ready with a lost write")
        if self.verdict.ready and not all(condition.holds for condition in self.conditions):
            raise ValueError("nobody is ready while a condition of the gate does not hold")
        return self

    @property
    def phase(self) -> PhaseChange | None:
        """The last change of phase: the phase in force, and since when."""
        return max(self.phases, key=_when, default=None)

    @property
    def live(self) -> bool:
        """Whether this is of a migration that goes on."""
        return self.kind is EvidenceKind.LIVE

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.finished - self.started).total_seconds()

    def to_json(self) -> str:
        """The text of `report.json`."""
        return self.model_dump_json(indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """From the text of a `report.json`, one of a later release included.

        Raises:
            ValidationError: it is no JSON, not a report, or of a schema version that is not known here.
        """
        return cls.model_validate_json(text, context=_READING)


def read_evidence(path: Path) -> Evidence:
    """The evidence in a `report.json`.

    Raises:
        ConfigurationError: there is no such file, or it is not a report; one line that says what is wrong with it.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror or error})") from error
    try:
        return Evidence.from_json(text)
    except ValidationError as error:
        raise ConfigurationError(
            f"{path}: not a report of schema {SCHEMA_VERSION}: {_first(error)}"
        ) from error


def _first(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{place + ': ' if place else ''}{first['msg']}{more}"


def _when(change: PhaseChange) -> datetime:
    return change.at
