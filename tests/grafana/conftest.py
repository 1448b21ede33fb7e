"""The real Prometheus beside a known run in which a method of PocketBase answers otherwise than SQL's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from dualwrite.metrics.serving import metrics_alone
from grafana.server import PrometheusServer
from tests.fixtures.prometheus import finite, prometheus
from tests.metrics.domain import Note
from tests.metrics.stage import copy, known_run, staged

MISMATCHES = "dualwrite:mismatches:ratio10m"


@dataclass(frozen=True)
class Watched:
    """What watched the run, and for how many seconds."""

    server: PrometheusServer
    begun: float

    @property
    def seconds(self) -> float:
        return time.time() - self.begun


def shouting(notes: list[Note]) -> list[Note]:
    """Otherwise than SQL has it."""
    return [Note(id=note.id, text=note.text.upper()) for note in notes]


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    begun = time.time()
    folder = tmp_path_factory.mktemp("watched")
    with (
        staged(folder, shouting) as stage,
        metrics_alone(stage.registry, "127.0.0.1", 0) as url,
        prometheus(folder / "prometheus", [urlsplit(url).netloc]) as server,
    ):
        copy(stage)
        notes = stage.runtime.repositories["notes"]
        for turn in range(30):
            notes.all()
            notes.pile()
            stage.runtime.drain(5.0)
            time.sleep(1.0)
            # A rate needs two scrapes with something between them: on a busy machine that takes more turns.
            if turn >= 2 and finite(server.query_range(MISMATCHES, seconds=time.time() - begun)):
                break
        known_run(stage)
        time.sleep(3.0)
        yield Watched(server, begun)
