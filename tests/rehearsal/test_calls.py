"""The calls that traffic makes: all there are, and each knows what it leaves behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random

import pytest
from typing_extensions import override

from dualwrite.contract import Access, methods_of
from dualwrite.entity import Key
from dualwrite.rehearse.material import Size
from dualwrite.sql import Database, SqlStore
from repos.connect import connect
from repos.migration import openwebui
from repos.rehearsal.callers.calls import Caller, Write
from repos.rehearsal.callers.estate import Estate
from repos.rehearsal.callers.every import CALLS, UNCALLED
from repos.rehearsal.callers.foreign import ForeignWrites
from repos.rehearsal.ledger import Ledger, lost
from repos.rehearsal.material import OpenWebUIRehearsal
from repos.rehearsal.sights import Sights

METHODS = {
    f"{repository}.{name}": method
    for repository, contract in openwebui.contracts.items()
    for name, method in methods_of(contract).items()
}
LISTED = [(f"{repository}.{call.method}", call) for repository, calls in CALLS.items() for call in calls]
ROUNDS = 8  # at most
SEEDS = (1, 2)


def test_every_method_of_every_repository_is_called_or_there_is_a_reason_why_not() -> None:
    called = {name for name, _ in LISTED}
    assert called | set(UNCALLED) == set(METHODS)
    assert not called & set(UNCALLED)
    assert len(called) == len(LISTED), "each once"


def test_what_writes_is_called_as_a_write() -> None:
    for name, call in LISTED:
        assert isinstance(call, Write) == (METHODS[name].access is Access.WRITE), name


def test_most_calls_are_about_chats_and_most_of_all_read() -> None:
    weights: Counter[str] = Counter()
    for name, call in LISTED:
        weights[name.split(".")[0]] += call.weight
        weights[METHODS[name].access] += call.weight
    assert weights.most_common(2)[0][0] == "read"
    repositories = {name: weights[name] for name in CALLS}
    assert repositories["chats"] > 3 * max(
        weight for name, weight in repositories.items() if name not in ("chats", "users")
    )
    assert repositories["chats"] > 3 * repositories["users"]


class Noting(Ledger):
    """Counts what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told = 0

    @override
    def put(self, entity: str, row: Mapping[str, object]) -> None:
        self.told += 1
        super().put(entity, row)

    @override
    def deleted(self, entity: str, key: Key) -> None:
        self.told += 1
        super().deleted(entity, key)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_called_the_worker_knows_every_row_it_leaves(seed: int, database_url: str) -> None:
    OpenWebUIRehearsal().create(database_url, Size(users=10, rows=40, row_bytes=1000))
    ledger = Noting()
    estate = Estate(Random(seed), ledger, Sights.of(database_url))
    database = Database.open(database_url)
    with connect("sql", sql_url=database_url) as repos:
        foreign = ForeignWrites(database_url, estate)
        foreign.stock()
        actions = [*Caller(repos, CALLS, estate).actions(), *foreign.actions()]
        idle = {action.kind for action in actions if action.write}
        for turn in range(ROUNDS):
            if not idle:
                break
            for action in Random(seed + turn).sample(actions, len(actions)):
                before = ledger.told
                action.run()
                if ledger.told > before:
                    idle.discard(action.kind)
            assert lost([ledger], SqlStore(database)) == []
        foreign.close()
    database.close()
    assert ledger.doubtful == 0
    assert not idle, "each write changed something that the ledger was told of"
