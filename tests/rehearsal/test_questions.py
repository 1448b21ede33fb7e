"""What a probe asks reaches every read method of every repository, and both stores answer alike."""

from __future__ import annotations

from pathlib import Path

from dualwrite.breaker import Breaker
from dualwrite.comparisons import Comparisons
from dualwrite.contract import Access, methods_of
from dualwrite.observation import Outcome
from dualwrite.pocketbase import EmbeddedPocketBase, PocketBaseStore
from dualwrite.probe import Probe
from dualwrite.rehearse.material import Size
from dualwrite.shadow import Shadow
from dualwrite.sql import Database, SqlStore
from repos.entities import ENTITIES
from repos.migration import openwebui, pocketbase
from repos.migration import questions as drawn
from repos.rehearsal.material import OpenWebUIRehearsal
from tests.fakes import FakeJournal, FakeMetrics
from tests.fixtures.openwebui import openwebui_connection


def test_a_probe_finds_every_read_method_equal(openwebui_server: EmbeddedPocketBase, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'webui.db'}"
    OpenWebUIRehearsal().create(url, Size(users=4, rows=40, row_bytes=1000))
    database = Database.open(url)
    with openwebui_connection(openwebui_server) as server:
        theirs, ours = SqlStore(database), PocketBaseStore(server)
        for entity in ENTITIES:
            ours.delete(entity, [entity.key_of(row) for row in ours.scan(entity, limit=10_000)])
            ours.put(entity, theirs.scan(entity, limit=10_000))
        sql, metrics = openwebui.sql(database), FakeMetrics()
        shadow = Shadow(
            sql,
            pocketbase(server),
            FakeJournal(),
            tuple(entity.name for entity in ENTITIES),
            breaker=Breaker(failures=1, rest=60.0),
            comparisons=Comparisons(metrics),
            metrics=metrics,
            pause=0.0,
        )
        probed = Probe(openwebui.contracts, sql, shadow).run(drawn(theirs, 1))
    database.close()
    assert [(each.repository, each.method, each.kind) for each in probed.mismatches] == []
    assert {place: set(outcomes) for place, outcomes in probed.counts.items()} == {
        (repository, method.name): {Outcome.EQUAL}
        for repository, contract in openwebui.contracts.items()
        for method in methods_of(contract).values()
        if method.access is Access.READ
    }
    assert probed.skipped == 0
