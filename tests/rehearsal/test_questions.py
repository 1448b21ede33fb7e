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
from repos.entities import CHAT, ENTITIES
from repos.migration import openwebui, pocketbase
from repos.migration import questions as drawn
from repos.rehearsal.connection import connected
from repos.rehearsal.material import OpenWebUIRehearsal
from repos.rehearsal.questions import CHATS, questions
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
            together=server.together,
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


def test_chats_are_drawn_from_the_whole_range_of_keys_and_another_seed_draws_others(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'webui.db'}"
    OpenWebUIRehearsal().create(url, Size(users=4, rows=400, row_bytes=500))
    database = Database.open(url)
    store = SqlStore(database)
    keys = [str(row["id"]) for row in store.scan(CHAT, limit=1000)]
    asked = [chats_asked_for(store, seed, keys) for seed in (1, 1, 2)]
    database.close()
    assert asked[0] == asked[1] != asked[2]
    assert len(asked[0]) == CHATS
    places = sorted(keys.index(key) for key in asked[0])
    assert places[0] < 100 < 300 <= places[-1], "from the table's begin to its end"


def test_a_table_whose_keys_are_no_uuids_is_asked_about_too(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'webui.db'}"
    OpenWebUIRehearsal().create(url, Size(users=4, rows=40, row_bytes=500))
    with connected(url) as connection:
        connection.execute("UPDATE chat SET id = '~' || id")
        connection.commit()
    database = Database.open(url)
    store = SqlStore(database)
    keys = [str(row["id"]) for row in store.scan(CHAT, limit=1000)]
    assert len(chats_asked_for(store, 1, keys)) == CHATS
    database.close()


def chats_asked_for(store: SqlStore, seed: int, keys: list[str]) -> list[str]:
    asked = {
        args[0] for _, method, args in questions(store, seed=seed) if method == "get_messages_map_by_chat_id"
    }
    return sorted(asked & set(keys))
