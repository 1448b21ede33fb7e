"""Plots: shapes and labels inside the page, and nothing else that the library draws for pages of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from xml.etree.ElementTree import fromstring

import pytest

from dualwrite.evidence import Evidence, JournalPoint, Latency, MethodEvidence
from reports.plots import Plot, compared, latency_plot, timeline_plot
from tests.reports import samples

DRAWN = {"svg", "g", "path", "rect", "circle", "text", "line"}


def method(name: str, sql: float, pocketbase: float, calls: int = 50) -> MethodEvidence:
    times = [Latency(p50_ms=at, p99_ms=at * 9, calls=calls) for at in (sql, pocketbase)]
    return MethodEvidence(repository="chats", method=name, sql=times[0], pocketbase=times[1])


def with_methods(*methods: MethodEvidence) -> Evidence:
    return samples.ready().model_copy(update={"methods": methods})


def with_points(*opens: int) -> Evidence:
    points = tuple(JournalPoint(at=samples.at(60 * n), open=number) for n, number in enumerate(opens))
    return samples.ready().model_copy(update={"timeline": points})


PLOTS = [
    latency_plot(samples.ready()),
    latency_plot(with_methods(*(method(f"get_{n}", 0.0001 * 4**n, 3.0) for n in range(12)))),
    latency_plot(with_methods(method("get_<b>&amp;</b>", 0.0, 0.0))),
    timeline_plot(samples.not_ready()),
    timeline_plot(with_points(0, 0)),
    timeline_plot(with_points(*(n % 97 * 1000 for n in range(240)))),
]


@pytest.fixture(params=PLOTS, ids=range(len(PLOTS)))
def plot(request: pytest.FixtureRequest) -> Plot:
    assert request.param is not None
    return request.param


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_holds_shapes_and_labels_only(plot: Plot, width: str) -> None:
    svg = getattr(plot, width)
    tags = {element.tag.rpartition("}")[2] for element in fromstring(svg).iter()}
    assert tags <= DRAWN
    assert "style=" not in svg
    assert "<!--" not in svg
    assert not re.search(r"href|script|on[a-z]+=", svg)
    assert svg.count("http") == 1, "the namespace of SVG"
    assert len(svg) < 60_000


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_stays_on_its_paper(plot: Plot, width: str) -> None:
    svg = fromstring(getattr(plot, width))
    right = float(svg.attrib["width"])
    plots = [group for group in svg.iter() if "plot" in group.attrib.get("class", "").split()]
    assert plots
    for group in plots:
        left = float(re.findall(r"translate\(([\d.]+)", group.attrib["transform"])[0])
        for text in group.iter("{http://www.w3.org/2000/svg}text"):
            assert left + float(text.attrib["x"]) <= right
        for path in group.iter("{http://www.w3.org/2000/svg}path"):
            places = [float(x) for x in re.findall(r"[ML]?(-?[\d.]+) -?[\d.]+", path.attrib["d"])]
            assert all(-0.5 <= left + x <= right + 0.5 for x in places)


def test_is_drawn_alike_every_time() -> None:
    assert latency_plot(samples.ready()) == latency_plot(samples.ready())
    assert timeline_plot(samples.not_ready()) == timeline_plot(samples.not_ready())


def test_the_slowest_beside_sql_comes_first_and_few_calls_prove_nothing() -> None:
    found = compared(
        [
            method("a", 1, 2),
            method("b", 1, 9),
            method("c", 1, 90, calls=1),
            MethodEvidence(repository="x", method="y"),
        ]
    )
    assert [one.name for one in found] == ["chats.b", "chats.a", "chats.c"]


def test_says_what_it_shows() -> None:
    latency = latency_plot(with_methods(method("a", 1, 2), method("b", 1, 9)))
    assert latency is not None
    assert "Slowest beside SQL: chats.b, 1.0 ms with SQL and 9.0 ms with PocketBase." in latency.said
    timeline = timeline_plot(with_points(1, 7, 2))
    assert timeline is not None
    assert timeline.said.endswith("at most 7, at 2026-03-01 14:06:09 UTC; 2 at the end.")


@pytest.mark.parametrize(
    ("most", "labels"), [(1, 2), (3, 4), (5, 6), (7, 4), (14, 3), (655, 4), (20_000, 5), (96_000, 5)]
)
def test_the_scale_has_few_lines_and_each_its_own_number(most: int, labels: int) -> None:
    plot = timeline_plot(with_points(0, most))
    assert plot is not None
    shown = re.findall(r'<text x="-5"[^>]*>([\d,]+)<', plot.wide)
    assert len(shown) == len(set(shown)) == labels


def test_draws_nothing_of_nothing() -> None:
    assert latency_plot(samples.live()) is None
    assert timeline_plot(with_points(3)) is None


def test_the_library_is_imported_when_a_plot_is_drawn_and_leaves_no_finder_behind() -> None:
    script = (
        "import sys; import reports.plots as p; from tests.reports import samples; assert 'pygal' not in sys.modules;"
        "p.latency_plot(samples.ready()); assert 'pygal' in sys.modules;"
        "assert all(hasattr(finder, 'find_spec') for finder in sys.meta_path)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
