"""Traffic remembers what it was told, and finds what is missing."""

import threading
from collections import Counter
from random import Random
from types import SimpleNamespace

import pytest

from dualwrite.errors import AnswerLost, Fenced
from dualwrite.phase import Phase, Reads
from dualwrite.rehearse.material import Size
from dualwrite.rehearse.rehearsal import Wishes
from dualwrite.sql import Database, SqlControl, SqlStore, install
from repos.connect import connect
from repos.entities import ENTITIES, FOLDER, TAG
from repos.models.tag import TagModel
from repos.rehearsal.callers.action import Action
from repos.rehearsal.callers.calls import Caller
from repos.rehearsal.callers.estate import Estate
from repos.rehearsal.callers.every import CALLS
from repos.rehearsal.callers.foreign import ForeignWrites
from repos.rehearsal.connection import Dialect, connected
from repos.rehearsal.ledger import Ledger, fingerprint, lost
from repos.rehearsal.material import OpenWebUIRehearsal
from repos.rehearsal.sights import Sights
from repos.rehearsal.traffic import Traffic
from repos.rehearsal.worker import ROUND_EVERY, Worker
from tests.fixtures.dialects import on_both

OVERWRITTEN = {
    "user": "name",
    "chat": "title",
    "message": "content",
    "message_reaction": "name",
    "tag": "name",
    "file": "filename",
    "group": "name",
    "model": "name",
}


def run(
    traffic: Traffic, url: str, seconds: float, *, rate: float = 0, workers: int = 3, foreign: bool = True
):
    stop = threading.Event()
    timer = threading.Timer(seconds, stop.set)
    timer.start()
    with connect("sql", sql_url=url) as repos:
        report = traffic.run(repos, url, seed=5, workers=workers, rate=rate, stop=stop, foreign=foreign)
    timer.join()
    return report


def test_nothing_is_lost_on_a_database_and_every_repository_is_called(database_url: str) -> None:
    OpenWebUIRehearsal().create(database_url, Size(users=20, rows=40, row_bytes=1000))
    traffic = Traffic()
    report = run(traffic, database_url, 2)
    assert report.errors == {}
    assert report.doubtful == 0
    assert report.calls == sum(latency.calls for latency in report.latency.values()) > 100
    assert 0 < report.writes < report.calls
    assert all(0 < latency.p50 <= latency.p99 for latency in report.latency.values())
    assert {kind.split(".")[0] for kind in report.latency} == {*CALLS, "sql"}
    database = Database.open(database_url)
    assert traffic.lost(SqlStore(database)) == []
    with connected(database_url) as connection:
        for entity, column in OVERWRITTEN.items():
            connection.execute(f'UPDATE "{entity}" SET "{column}" = \'overwritten\'')
        connection.execute("DELETE FROM folder")
        connection.commit()
    assert {entity for entity, _ in traffic.lost(SqlStore(database))} == {*OVERWRITTEN, "folder"}
    database.close()


@on_both("database_url", indirect=True)
def test_runs_again_and_still_vouches_for_the_first_run(database_url: str) -> None:
    OpenWebUIRehearsal().create(database_url, Size(users=5, rows=5))
    traffic = Traffic()
    for _ in range(2):
        assert run(traffic, database_url, 0.5).errors == {}
    database = Database.open(database_url)
    assert traffic.lost(SqlStore(database)) == []
    database.close()


@on_both("database_url", indirect=True)
def test_keeps_to_its_rate(database_url: str) -> None:
    OpenWebUIRehearsal().create(database_url, Size(users=5, rows=5))
    report = run(Traffic(), database_url, 2, rate=40, workers=4, foreign=False)
    assert 20 <= report.calls <= 90  # a busy machine keeps up with less


def test_every_kind_comes_in_its_turn_within_a_default_rehearsal() -> None:
    wishes, kinds = Wishes(), kinds_of_calls()
    done: Counter[int] = Counter()
    calls = int(wishes.rate * (wishes.seconds + 2 * wishes.outage))  # at least so long it takes
    actions = [Action(int(n == 0), str(n), False, lambda n=n: done.update([n])) for n in range(kinds)]
    for number in range(wishes.workers):
        worker = Worker(actions, Random(1), every=0, first=0, turn=number * kinds // wishes.workers)
        for _ in range(calls // wishes.workers):
            worker.step()
    assert set(done) == set(range(kinds))
    assert done[0] > calls * (1 - 2 / ROUND_EVERY), "and the others go by weight"


def kinds_of_calls() -> int:
    estate = Estate(Random(1), Ledger(), Sights(Dialect.SQLITE, {}))
    repos = SimpleNamespace(**dict.fromkeys(CALLS))
    return len([*Caller(repos, CALLS, estate).actions(), *ForeignWrites(":memory:", estate).actions()])


class Failing:
    """A tags repository whose every write ends in one error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def insert_new_tag(self, name: str, user_id: str) -> TagModel | None:
        raise self.error


@pytest.mark.parametrize(("error", "doubtful"), [(Fenced("frozen"), 0), (AnswerLost("timeout"), 1)])
def test_a_refused_write_changes_no_record_and_a_lost_answer_makes_it_doubtful(
    error: Exception, doubtful: int
) -> None:
    ledger = Ledger()
    estate = Estate(Random(1), ledger, Sights(Dialect.SQLITE, {}))
    calls = Caller(SimpleNamespace(tags=Failing(error)), {"tags": CALLS["tags"]}, estate)
    insert = next(action for action in calls.actions() if action.kind == "tags.insert_new_tag")
    with pytest.raises(type(error)):
        insert.run()
    assert ledger.doubtful == doubtful


def test_an_error_is_counted_and_never_raised() -> None:
    stop = threading.Event()

    def fail() -> None:
        stop.set()
        raise ZeroDivisionError

    worker = Worker([Action(1, "x", True, fail)], Random(1), every=0, first=0)
    worker.run(stop)
    assert worker.tally.errors == Counter(ZeroDivisionError=1)
    assert worker.tally.writes == len(worker.tally.milliseconds["x"]) == 1


def test_the_same_seed_makes_the_same_choices() -> None:
    def chosen() -> list[int]:
        stop, made = threading.Event(), []

        def note(number: int) -> None:
            made.append(number)
            if len(made) == 50:
                stop.set()

        actions = [Action(n + 1, str(n), False, lambda n=n: note(n)) for n in range(5)]
        Worker(actions, Random("5 1 0"), every=0, first=0).run(stop)
        return made

    assert chosen() == chosen()


def test_a_row_and_the_model_made_of_it_have_one_fingerprint() -> None:
    row = {"id": "t", "name": "T", "user_id": "u", "meta": "null"}
    model = TagModel(id="t", name="T", user_id="u").model_dump()
    columns = ("id", "name", "user_id", "meta")
    assert fingerprint(TAG, columns, row) == fingerprint(TAG, columns, model)
    assert fingerprint(FOLDER, ("data",), {"data": '{"a": 1.0}'}) != fingerprint(
        FOLDER, ("data",), {"data": {"a": 1}}
    )


def test_a_deleted_row_that_came_back_is_lost_too() -> None:
    ledger = Ledger()
    ledger.deleted("tag", ("t", "u"))
    ledger.put("tag", {"id": "s", "name": "S", "user_id": "u", "meta": None})
    back = {"id": "t", "name": "T", "user_id": "u", "meta": None}
    store = SimpleNamespace(read=lambda entity, keys: {("t", "u"): back})
    assert lost([ledger], store) == [("tag", ("t", "u")), ("tag", ("s", "u"))]


@on_both("database_url", indirect=True)
def test_a_fence_that_comes_and_goes_refuses_and_loses_nothing(database_url: str) -> None:
    OpenWebUIRehearsal().create(database_url, Size(users=5, rows=5))
    database = Database.open(database_url)
    install(database, ENTITIES, "openwebui")
    control = SqlControl(database)
    control.change(expect=Phase.SQL_ONLY, to=Phase.DUAL, reads=Reads.SQL, actor="test", why="test")
    freeze = threading.Timer(
        0.5,
        control.change,
        kwargs={"expect": Phase.DUAL, "to": Phase.FROZEN, "reads": Reads.SQL, "actor": "test", "why": "test"},
    )
    freeze.start()
    traffic = Traffic()
    report = run(traffic, database_url, 3.0)
    freeze.join()
    assert "Fenced" in report.errors  # the repositories' name for it
    assert len(report.errors) == 2  # and the driver's, which a foreign writer sees
    assert report.doubtful == 0
    assert traffic.lost(SqlStore(database)) == []
    database.close()
