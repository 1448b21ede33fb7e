"""What a panel is, as data; `grafana.board` makes Grafana's form of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

GREEN, YELLOW, RED, BLUE, GREY = "green", "yellow", "red", "blue", "text"


class Look(StrEnum):
    """How it is drawn."""

    STAT = "stat"  # one number a series, large
    LINES = "lines"
    BARS = "bars"  # what happened in each interval
    STATES = "states"  # coloured by threshold over time, a line a series
    HEAT = "heat"  # the same, by how much there is
    GAUGES = "gauges"  # one bar a series, as of now
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL query. `legend` names its series, in Grafana's `{{label}}` form. `now` asks for the last value only."""

    expr: str
    legend: str
    now: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """From `value` on (None: from the bottom) a figure has this colour."""

    value: float | None
    color: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. `description` says to a person what a good and a bad figure is; `nothing` is shown where there are no data.

    `unit` is one of Grafana's. `words` puts words in the place of values. A click on a series leads to the mismatches of what
    its labels `drills` name.
    """

    title: str
    description: str
    look: Look
    unit: str
    queries: tuple[Query, ...]
    steps: tuple[Step, ...]
    nothing: str
    width: int = 8
    height: int = 7
    words: Mapping[str, str] | None = None
    drills: tuple[str, ...] = ()
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Panels beside and below each other, under a title."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard. `answers` are the questions that it is for."""

    name: str
    title: str
    answers: str
    rows: tuple[Row, ...]
    last: str = "now-6h"
    """Since when, as Grafana writes it."""

    @property
    def uid(self) -> str:
        """In its address."""
        return f"dualwrite-{self.name}"


def steps(*colors: tuple[float | None, str]) -> tuple[Step, ...]:
    """Steps from the bottom up."""
    return tuple(Step(value, color) for value, color in colors)


NONE_IS_GOOD = steps((None, GREEN), (1, RED))
FEW_IS_GOOD = steps((None, GREEN), (1, YELLOW), (1000, RED))
ONE_IS_GOOD = steps((None, RED), (1, GREEN))
ANY = steps((None, BLUE))
SECONDS = steps((None, GREEN), (0.1, YELLOW), (1, RED))
YES_NO: Mapping[str, str] = {"0": "no", "1": "yes"}

# What is shown where there are no data.
UNREAD = "The database was not read"
UNCOMPARED = "Nothing was compared"
UNCALLED = "Nobody called"
UNASKED = "PocketBase was not asked"
UNCONFIRMED = "No mismatch was confirmed"

INSTANCE = 'instance=~"$instance"'
METHOD = f'{INSTANCE}, repository=~"$repository", method=~"$method"'


def counted_rate(metric: str, by: str, matchers: str = INSTANCE) -> str:
    """How often a second, over all processes that count."""
    return f"sum by ({by}) (rate({metric}{{{matchers}}}[$__rate_interval]))"


def increase(metric: str, by: str, matchers: str = INSTANCE, window: str = "$__range") -> str:
    """By how much a counter grew. A series that was not there before counts from 0, which `increase` does not see: the first
    mismatch of a method would be missed."""
    series = f"{metric}{{{matchers}}}"
    return f"sum by ({by}) (({series} unless {series} offset {window}) or increase({series}[{window}]))"


def or_zero(expr: str, metric: str, by: str, matchers: str = INSTANCE) -> str:
    """0 where nothing happened to what there is."""
    return f"{expr} or 0 * sum by ({by}) ({metric}{{{matchers}}})"


def stored(metric: str, by: str = "", matchers: str = INSTANCE) -> str:
    """A figure from the database is the same whichever process is asked, so that it must not be added up."""
    grouped = f"max by ({by})" if by else "max"
    return f"{grouped} ({metric}{{{matchers}}})"


def quantile(share: float, metric: str, by: str, matchers: str) -> str:
    """Of a histogram."""
    return f"histogram_quantile({share}, {counted_rate(f'{metric}_bucket', f'le, {by}', matchers)})"
