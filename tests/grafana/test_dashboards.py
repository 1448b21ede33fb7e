"""The committed dashboards are those of the code, complete, and ask for nothing that is not there."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from grafana.build import files
from grafana.dashboards import BOARDS
from tests.grafana.files import Asked, boards, other_queries, panel_queries, panels, rules, samples

COMMITTED = boards()
QUERIES = panel_queries() + other_queries()
RULES = [
    Asked(file, rule.get("alert") or rule["record"], rule["expr"])
    for file in ("alerts.yml", "recording.yml")
    for rule in rules(file)
]
PANELS = [
    pytest.param(panel, id=f"{name}: {panel['title']}")
    for name, board in COMMITTED.items()
    for panel in panels(board)
]


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_what_is_committed_is_what_the_code_makes(path: Any) -> None:
    assert path.read_text() == files()[path], "run `python -m grafana.build`"


def test_there_are_five_and_no_file_besides() -> None:
    assert set(COMMITTED) == {board.name for board in BOARDS}
    assert [board.title.removeprefix("Dualwrite: ") for board in BOARDS] == [
        "migration overview",
        "mismatches",
        "latency and load",
        "backfill and verify",
        "cutover",
    ]


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_has_all_that_a_reader_needs(panel: dict[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert panel["title"]
    assert len(panel["description"]) > 20
    assert defaults["unit"]
    assert defaults["noValue"]
    assert defaults["thresholds"]["steps"][0]["value"] is None, "a colour from the bottom"
    assert panel["targets"]
    assert all(target["legendFormat"] for target in panel["targets"])
    assert panel["gridPos"]["w"] + panel["gridPos"]["x"] <= 24


@pytest.mark.parametrize("name", COMMITTED)
def test_a_dashboard_has_its_variables_links_and_annotations(name: str) -> None:
    board = COMMITTED[name]
    assert {variable["name"] for variable in board["templating"]["list"]} == {
        "datasource",
        "instance",
        "repository",
        "method",
    }
    assert board["links"][0]["includeVars"]
    assert board["links"][0]["tags"] == board["tags"]
    assert {one["name"] for one in board["annotations"]["list"]} == {
        "Switches and rollbacks",
        "Writes paused",
    }
    titles = Counter(panel["title"] for panel in panels(board))
    assert [title for title, times in titles.items() if times > 1] == []
    numbers = [panel["id"] for panel in panels(board)]
    assert len(set(numbers)) == len(numbers)


def test_what_shows_a_method_leads_to_its_mismatches() -> None:
    drilled = [
        panel
        for board in COMMITTED.values()
        for panel in panels(board)
        if "links" in panel["fieldConfig"]["defaults"]
    ]
    assert len(drilled) >= 6
    for panel in drilled:
        (link,) = panel["fieldConfig"]["defaults"]["links"]
        assert link["url"].startswith(f"/d/{COMMITTED['mismatches']['uid']}?")
        chosen = re.findall(r"var-(\w+)=\$\{__(data\.fields|field\.labels)\.(\w+)\}", link["url"])
        assert chosen
        for variable, place, label in chosen:
            assert variable == label
            assert place == ("data.fields" if panel["type"] == "table" else "field.labels")
            by = [re.search(r"by \(([^)]*)\)", target["expr"]) for target in panel["targets"]]
            assert all(found is not None and label in found[1] for found in by)


def test_an_overview_fits_one_screen() -> None:
    bottom = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels(COMMITTED["overview"]))
    assert bottom <= 30


@pytest.mark.parametrize("name", COMMITTED)
def test_no_panel_lies_over_another(name: str) -> None:
    cells: Counter[tuple[int, int]] = Counter()
    for panel in COMMITTED[name]["panels"]:
        place = panel["gridPos"]
        cells.update(
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        )
    assert set(cells.values()) == {1}


def names_in(expr: str) -> set[str]:
    return set(re.findall(r"\bdualwrite[\w:]*", re.sub(r'"[^"]*"', '""', expr)))


@pytest.mark.parametrize("asked", QUERIES + RULES, ids=lambda asked: asked.id)
def test_every_name_that_is_asked_for_exists_with_the_labels_that_are_asked_of_it(asked: Asked) -> None:
    recorded = {rule["record"] for rule in rules("recording.yml")}
    known = samples()
    assert names_in(asked.expr) - recorded <= set(known)
    for name, matchers in re.findall(r"\b(dualwrite\w*)\{([^}]*)\}", asked.expr):
        asked_of = set(re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"', matchers))
        assert asked_of <= {*known[name].labels, "instance", "job"}


def test_what_is_stored_is_never_added_up_over_processes() -> None:
    stored = {name for name, metric in samples().items() if metric.origin == "database"} - {
        "dualwrite_build_info"
    }
    for asked in QUERIES + RULES:
        for name in names_in(asked.expr) & stored:
            found = re.findall(rf"(\w+)\s*(?:by\s*\([^)]*\)\s*)?\(\s*{name}\b", asked.expr)
            assert not {"sum", "count", "avg"}.intersection(found), asked


def test_every_metric_is_asked_for_by_some_panel() -> None:
    asked = {samples()[name].name for one in QUERIES if one in panel_queries() for name in names_in(one.expr)}
    assert {metric.name for metric in samples().values()} - asked == {"dualwrite_up"}, (
        "which the variables ask for"
    )
