"""What happened, as frozen values: one side's answer, and what a comparison of both came to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from time import perf_counter
from typing import Any

from dualwrite.compare.diff import Difference, Kind, differences
from dualwrite.contract import Order
from dualwrite.entity import Key


@dataclass(frozen=True, slots=True)
class Observation:
    """What one side did: its value or its error, and how long it took in seconds."""

    value: Any = None
    error: Exception | None = None
    seconds: float = 0.0

    @property
    def outcome(self) -> str:
        """`ok`, or the error's class name."""
        return "ok" if self.error is None else type(self.error).__name__


class Outcome(StrEnum):
    """What a comparison came to."""

    EQUAL = "equal"
    IGNORED = "ignored"  # they differ only in an order that the contract does not promise
    TRANSIENT = "transient"  # asked again, both agree
    LAG = "lag"  # they differ while an obligation is open
    CONFIRMED = "confirmed"  # they differ and nothing explains it
    FAILED = "failed"  # PocketBase could not be asked


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of both answers to one call. `keys` are those of the rows concerned, as far as they can be told."""

    repository: str
    method: str
    outcome: Outcome
    differences: tuple[Difference, ...] = ()
    keys: tuple[Key, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of the first difference of a confirmed mismatch; empty otherwise."""
        return self.differences[0].kind.value if self.outcome is Outcome.CONFIRMED else ""


def observe(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Observation:
    """Call and keep what came of it, the error included: the caller decides what it means."""
    begin = perf_counter()
    try:
        value = function(*args, **kwargs)
    except Exception as error:  # noqa: BLE001 - the boundary that contains the secondary store: an answer of any kind is data here
        return Observation(error=error, seconds=perf_counter() - begin)
    return Observation(value=value, seconds=perf_counter() - begin)


def compare(sql: Observation, pocketbase: Observation, order: Order) -> list[Difference]:
    """How two observations differ. Errors are compared by class."""
    if sql.error is not None or pocketbase.error is not None:
        if sql.outcome == pocketbase.outcome:
            return []
        return [Difference((), Kind.ERROR, sql.outcome, pocketbase.outcome)]
    return differences(sql.value, pocketbase.value, order)
