"""The plots: figures in, inline SVG out. `pygal` draws; the page's own stylesheet colours, so that they follow its scheme.

What pygal adds for pages of its own (a style sheet, a script, tooltips, a credit with addresses) is taken out: the page's policy
lets in neither, and must not. Each plot comes twice, for a wide page and for a phone, since text must not shrink with it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from math import ceil, floor, log10
from typing import Any
from xml.etree.ElementTree import Element, tostring

from markupsafe import Markup

from dualwrite.evidence import Evidence, JournalPoint, Latency, MethodEvidence
from reports import words

MOST_METHODS = 24
FEW_CALLS = 5
"""Fewer than so many on either store say nothing of a ratio."""
WIDE, NARROW = 1040, 360
_DROPPED = frozenset({"defs", "desc", "title"})  # style sheet and script are in `defs`
_DROPPED_CLASSES = frozenset({"text-overlay", "tooltip-overlay"})


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot for both widths. `said` is what it shows, for whoever does not see it."""

    wide: Markup
    narrow: Markup
    said: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A method that was timed on both stores."""

    name: str
    sql: Latency
    pocketbase: Latency

    @property
    def proven(self) -> bool:
        """Whether there were enough calls on both stores to compare."""
        calls = [side.calls for side in (self.sql, self.pocketbase) if side.calls is not None]
        return min(calls, default=FEW_CALLS) >= FEW_CALLS

    @property
    def ratio(self) -> float:
        """How many times as long PocketBase takes, median against median."""
        return self.pocketbase.p50_ms / self.sql.p50_ms if self.sql.p50_ms else 0.0


def compared(methods: Iterable[MethodEvidence]) -> list[Compared]:
    """Every method that was timed on both, that with the greatest ratio first; those with few calls come last."""
    both = [Compared(m.name, m.sql, m.pocketbase) for m in methods if m.sql and m.pocketbase]
    return sorted(both, key=lambda method: (not method.proven, -method.ratio, method.name))


def latency_plot(evidence: Evidence) -> Plot | None:
    """From median to p99 on both stores, logarithmic, for the methods that PocketBase slows most; None where none was timed
    on both."""
    shown = compared(evidence.methods)[:MOST_METHODS]
    if not shown:
        return None
    slowest = shown[0]
    said = (
        f"Time of {words.counted(len(shown), 'method')} on both stores, from median to p99. Slowest beside SQL: {slowest.name}, "
        f"{words.milliseconds(slowest.sql.p50_ms)} with SQL and {words.milliseconds(slowest.pocketbase.p50_ms)} with PocketBase."
    )
    return Plot(_latencies(shown, WIDE), _latencies(shown, NARROW), said)


def _latencies(shown: Sequence[Compared], width: int) -> Markup:
    times = [t for m in shown for side in (m.sql, m.pocketbase) for t in (side.p50_ms, side.p99_ms)]
    low, high = floor(_log(min(times))), ceil(_log(max(times)))
    high = max(high, low + 1)
    chart = _pygal().XY(
        **_options(width, 46 + 26 * len(shown)),
        stroke=True,
        show_y_guides=False,
        show_x_guides=True,
        xrange=(low, high),
        range=(-0.6, len(shown) - 0.4),
        dots_size=3,
        allow_interruptions=True,
        truncate_label=-1,
    )
    last = len(shown) - 1
    chart.y_labels = [
        {"value": last - row, "label": method.name if width == WIDE else _elided(method.name)}
        for row, method in enumerate(shown)
    ]
    step = 1 if width == WIDE or high - low < 4 else 2
    chart.x_labels = [{"value": at, "label": _decade(at)} for at in range(low, high + 1, step)]
    for name, side, shift in (("SQL", "sql", 0.14), ("PocketBase", "pocketbase", -0.14)):
        line: list[tuple[float | None, float | None]] = []
        for row, method in enumerate(shown):
            latency: Latency = getattr(method, side)
            at = last - row + shift
            line += [(_log(latency.p50_ms), at), (_log(latency.p99_ms), at), (None, None)]
        chart.add(name, line)
    return _drawn(chart)


def timeline_plot(evidence: Evidence) -> Plot | None:
    """Obligations over time; None where fewer than two moments are known."""
    points = evidence.timeline
    if len(points) < 2:
        return None
    most = max(points, key=_open)
    said = (
        f"Open obligations from {words.moment(points[0].at)} to {words.moment(points[-1].at)}: "
        f"at most {most.open:,}, at {words.moment(most.at)}; {points[-1].open:,} at the end."
    )
    return Plot(_timeline(points, WIDE), _timeline(points, NARROW), said)


def _timeline(points: Sequence[JournalPoint], width: int) -> Markup:
    begin, end = points[0].at, points[-1].at
    most = max(1, *(point.open for point in points))
    form = "%H:%M:%S" if (end - begin).total_seconds() < 600 else "%m-%d %H:%M"
    chart = _pygal().DateTimeLine(
        **_options(width, 220),
        fill=True,
        show_dots=False,
        include_x_axis=True,
        x_value_formatter=lambda at: f"{at:{form}}",
        value_formatter=lambda value: f"{value:,.0f}",
        range=(0, most),
    )
    chart.y_labels = list(range(0, most + 1, _step(most)))
    steps = 6 if width == WIDE else 2
    chart.x_labels = [_naive(begin + (end - begin) * step / steps) for step in range(steps + 1)]
    chart.add("open", [(_naive(point.at), point.open) for point in points])
    if any(point.stuck for point in points):
        chart.add("refused by PocketBase", [(_naive(point.at), point.stuck) for point in points])
    return _drawn(chart)


def _step(most: int) -> int:
    """Between two lines of a scale from 0 to `most`: 1, 2 or 5 times a power of ten, and some four of them."""
    power: int = 10 ** int(log10(max(1, most / 4)))
    return next(step for step in (power, 2 * power, 5 * power, 10 * power) if most / step <= 5)


def _decade(exponent: int) -> str:
    return f"{10.0 ** (exponent - 3):g} s" if exponent >= 3 else f"{10.0**exponent:g} ms"


def _elided(name: str, longest: int = 24) -> str:
    """A name without its middle: methods begin alike, and differ at their ends."""
    return name if len(name) <= longest else f"{name[: longest // 2]}…{name[-(longest // 2) + 1 :]}"


def _open(point: JournalPoint) -> int:
    return point.open


def _naive(at: datetime) -> datetime:
    """UTC without saying so: pygal would turn it into this machine's time."""
    return at.astimezone(UTC).replace(tzinfo=None)


def _log(milliseconds: float) -> float:
    return log10(max(milliseconds, 0.001))


@cache
def _pygal() -> Any:
    """The library, imported at the first plot: it takes a fifth of a second, and most commands draw none."""
    import pygal

    # It leaves a finder of a kind that Python 3.12 has given up in the import system, where it warns at every failed import;
    # it is for maps, which are not drawn here.
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]
    return pygal


def _options(width: int, height: int) -> dict[str, object]:
    sizes = dict.fromkeys(("label_font_size", "major_label_font_size"), 12)
    return {
        "style": _pygal().style.Style(font_family="inherit", **sizes),
        "width": width,
        "height": height,
        "js": (),
        "show_legend": False,
        "margin": 6,
        "margin_right": 34,
        "explicit_size": True,
        "x_label_rotation": 0,
    }


def _drawn(chart: Any) -> Markup:
    tree = _plain(chart.render_tree())
    # What it was told are names of methods and figures; ElementTree escapes both.
    return Markup(tostring(tree, encoding="unicode"))  # noqa: S704


def _plain(svg: Element) -> Element:
    """Shapes and labels only."""
    svg.attrib.pop("id", None)
    svg.set("class", "plot-svg")
    svg.set("aria-hidden", "true")
    svg.set("focusable", "false")
    _prune(svg)
    return svg


def _prune(element: Element) -> None:
    for child in list(element):
        classes = set(child.get("class", "").split())
        # A comment's tag is no text, whatever the stubs say.
        if str(child.tag) in _DROPPED or callable(child.tag) or classes & _DROPPED_CLASSES:
            element.remove(child)
        else:
            _prune(child)
