"""A mismatch of each kind, seeded in a PocketBase adapter: seen within a scrape in the metric, in the panel and in the alert, under the
method that is wrong and no other, and no value of a row anywhere."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from dualwrite.compare import Kind
from dualwrite.metrics.exposition import text
from dualwrite.metrics.serving import metrics_alone
from grafana.dashboards.mismatches import BY_METHOD
from grafana.server import PrometheusServer
from tests.fixtures.prometheus import prometheus, until
from tests.grafana.files import filled
from tests.metrics.domain import Note, Wrong, right
from tests.metrics.stage import SECRET, Stage, copy, staged


def broken(notes: list[Note]) -> list[Note]:
    raise ZeroDivisionError(SECRET)


def first(change: Callable[[Note], Note]) -> Wrong:
    return lambda notes: [change(notes[0]), *notes[1:]]


WRONG: dict[Kind, Wrong] = {
    Kind.VALUE: first(lambda note: Note(id=note.id, text=note.text + SECRET)),
    Kind.TYPE: first(lambda note: Note(id=note.id, text=7)),
    Kind.MISSING: lambda notes: notes[:-1],
    Kind.EXTRA: lambda notes: [*notes, Note(id="zzz", text=SECRET)],
    Kind.ORDER: lambda notes: notes[::-1],
    Kind.ERROR: broken,
}


@dataclass
class Seeded:
    """A stage whose adapter is as wrong as it is told to be, watched."""

    stage: Stage
    server: PrometheusServer
    wrong: list[Wrong] = field(default_factory=lambda: [right])

    def ask(self, wrong: Wrong) -> None:
        """Every read method once, `all` of PocketBase answering so."""
        notes = self.stage.runtime.repositories["notes"]
        self.wrong[0] = wrong
        for read in (notes.all, notes.pile, lambda: notes.get("old0")):
            read()
        assert self.stage.runtime.drain(10.0)
        self.wrong[0] = right


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    folder = tmp_path_factory.mktemp("seeded")
    wrong: list[Wrong] = [right]
    with (
        staged(folder, lambda notes: wrong[0](notes)) as stage,
        metrics_alone(stage.registry, "127.0.0.1", 0) as url,
        prometheus(folder / "prometheus", [urlsplit(url).netloc]) as server,
    ):
        copy(stage)
        assert until(lambda: server.query("dualwrite_up == 1"), seconds=20.0), (
            "it looks for its targets for a while"
        )
        yield Seeded(stage, server, wrong)


def test_there_is_a_seed_for_every_kind() -> None:
    assert set(WRONG) == set(Kind)


@pytest.mark.parametrize("kind", WRONG)
def test_a_mismatch_is_seen_everywhere_at_once_under_its_method(seeded: Seeded, kind: Kind) -> None:
    seeded.ask(WRONG[kind])
    series = f'dualwrite_comparisons_total{{kind="{kind}",method="all",outcome="confirmed",repository="notes"}} 1.0'
    assert series in text(seeded.stage.registry).splitlines(), "in the metric"

    begun = time.monotonic()
    (panel,) = BY_METHOD.queries

    def rows() -> list[dict[str, Any]]:
        found = seeded.server.query(filled(panel.expr, window="10m"))
        return [each for each in found if each["metric"].get("kind") == kind]

    (row,) = until(rows, seconds=5.0)
    assert row["metric"] == {"repository": "notes", "method": "all", "kind": kind}, "in the panel"
    assert float(row["value"][1]) == pytest.approx(1.0, rel=0.2)
    alert = f'ALERTS{{alertname="DualwriteMismatch", alertstate="firing", kind="{kind}"}}'
    (firing,) = until(lambda: seeded.server.query(alert), seconds=5.0)
    assert (firing["metric"]["repository"], firing["metric"]["method"]) == ("notes", "all"), "in the alert"
    assert time.monotonic() - begun < 5.0, "one scrape, one evaluation, and what this machine takes for them"


def test_no_other_method_is_blamed(seeded: Seeded) -> None:
    blamed = re.findall(r'kind="\w+",method="(\w+)",outcome="confirmed"', text(seeded.stage.registry))
    assert set(blamed) == {"all"}
    ignored = re.findall(r'method="(\w+)",outcome="ignored"', text(seeded.stage.registry))
    assert ignored == ["pile"], "which answers in another order, and promises none"


def test_no_value_of_a_row_is_anywhere(seeded: Seeded) -> None:
    seeded.ask(WRONG[Kind.VALUE])
    assert SECRET not in text(seeded.stage.registry)
    everything = json.dumps(seeded.server.ask("series", **{"match[]": '{__name__=~".+"}'}))
    assert len(everything) > 10_000
    for value in (SECRET, "old0", "zzz"):
        assert value not in everything
