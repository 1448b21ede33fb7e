"""Ranges: every key is in one of them, whoever works on them, and whatever becomes of the workers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import pairwise
from typing import Any

import pytest
from typing_extensions import override

from dualwrite.backfill import Backfill
from dualwrite.chunks import ChunkSize
from dualwrite.copying import CopyRange, Pace
from dualwrite.entity import Column, Entity, Key
from dualwrite.errors import ConfigurationError, Unavailable
from dualwrite.executors import hands_of
from dualwrite.hands import Bench, Hands, Many, ThisThread
from dualwrite.places import Place, load_copying, load_cut, save_copying, save_cut, save_place
from dualwrite.progress import Quiet
from dualwrite.ranges import MOST_RANGES, cut
from dualwrite.settle import Patience
from dualwrite.span import WHOLE, Span, binary
from dualwrite.turn import LEASE
from dualwrite.verify import Verify
from tests.domain import NOTES, note
from tests.fakes import Clock, FakeControl, FakeJournal, FakeStore, Faults, unavailable

PAIR = Entity("pair", "pair", "pairs", ("a", "b"), (Column("a"), Column("b")))
HOSTILE = ["", " ", "'", '"', "%", "a", "a\0b", "A", "ab", "é", "\uffee", "\U0001f600", "\\", "z" * 300]


def store(keys: list[str]) -> FakeStore:
    found = FakeStore()
    found.put(NOTES, [note(key) for key in keys])
    return found


def assert_every_key_once(spans: list[Span], keys: list[Key]) -> None:
    assert (spans[0].after, spans[-1].upto) == (None, None)
    assert all(one.upto == following.after for one, following in pairwise(spans))
    assert all([span.holds(key) for span in spans].count(True) == 1 for key in keys)


@pytest.mark.parametrize(("rows", "ranges"), [(0, 1), (1, 1), (3, 1), (4, 2), (6, 3), (7, 3)])
def test_a_table_is_cut_into_ranges_of_so_many_rows(rows: int, ranges: int) -> None:
    keys = [f"{n}" for n in range(rows)]
    spans = cut(store(keys), NOTES, rows, most_rows=3)
    assert len(spans) == ranges
    assert_every_key_once(spans, [(key,) for key in keys])


def test_keys_that_nobody_has_yet_are_in_a_range_too() -> None:
    spans = cut(store(HOSTILE), NOTES, len(HOSTILE), most_rows=2)
    assert_every_key_once(spans, [(key,) for key in [*HOSTILE, "b", "\x01", "\U0010ffff", "'a", "zz" * 300]])


def test_a_key_of_two_columns_is_cut_in_the_order_of_both() -> None:
    keys = [(a, b) for a in HOSTILE[:6] for b in HOSTILE[:6]]
    origin = FakeStore()
    origin.put(PAIR, [{"a": a, "b": b} for a, b in keys])
    spans = cut(origin, PAIR, len(keys), most_rows=5)
    assert len(spans) == 8
    assert_every_key_once(spans, keys)
    inside = [sum(span.holds(key) for key in keys) for span in spans]
    assert inside == [5, 5, 5, 5, 5, 5, 5, 1]


def test_large_rows_make_ranges_of_fewer_and_many_rows_no_more_than_a_thousand() -> None:
    large = FakeStore()
    large.put(NOTES, [note(f"{n:02}", "x" * 15_900_000) for n in range(9)])
    assert len(cut(large, NOTES, 9)) == 3, "64 MB are four rows"
    assert len(cut(store([f"{n:04}" for n in range(5000)]), NOTES, 5000, most_rows=1)) == MOST_RANGES + 1


def test_how_an_entity_was_cut_is_kept_and_what_is_done_is_forgotten_range_by_range() -> None:
    control = FakeControl()
    spans = [Span(None, ("a",)), Span(("a",), ("\udc80",)), Span(("\udc80",), None)]
    assert load_cut(control, NOTES) is None
    save_cut(control, NOTES, spans)
    save_place(control, NOTES, 1, Place(("a",), ("b",), in_flight=True, rows=5))
    save_place(control, NOTES, 0, Place(rows=2, done=True))
    assert load_cut(control, NOTES) == spans
    known = load_copying(control, NOTES)
    assert (known.rows, known.done, known.begun) == (7, False, True)
    assert [known.half_done(key) for key in [("a",), ("aa",), ("b",), ("c",)]] == [False, True, True, False]
    save_copying(control, NOTES, rows=9, seconds=1.5, done=True)
    assert load_cut(control, NOTES) is None
    assert control.values("range:") == {}
    known = load_copying(control, NOTES)
    assert (known.rows, known.seconds, known.done, known.begun) == (9, 1.5, True, True)


class Yard:
    """A backfill over fakes, in ranges of four rows and chunks of three."""

    def __init__(self, rows: int = 30) -> None:
        self.faults, self.clock = Faults(), Clock()
        self.sql, self.pocketbase = FakeStore(), FakeStore(faults=self.faults)
        self.journal, self.control = FakeJournal(self.clock), FakeControl(clock=self.clock)
        self.sql.put(NOTES, [note(f"{n:02}") for n in range(rows)])

    def backfill(self, hands: Hands, *, give_up_after: float = 600.0) -> Backfill:
        return Backfill(
            self.sql,
            self.pocketbase,
            self.journal,
            self.control,
            owner="one",
            hands=hands,
            patience=Patience(unavailable=0.001, lost=0.002, refused=0.001),
            give_up_after=give_up_after,
            range_rows=4,
            chunk=ChunkSize(most_rows=3),
        )

    @property
    def equal(self) -> bool:
        return self.sql.rows["notes"] == self.pocketbase.rows["notes"]


def threads(count: int = 4) -> Many:
    return Many(lambda: ThreadPoolExecutor(count))


@pytest.mark.parametrize("hands", [ThisThread(), threads(1), threads(2), threads(8)])
def test_whoever_works_every_row_is_copied_once_and_verified(hands: Hands) -> None:
    yard = Yard()
    yard.pocketbase.put(NOTES, [note("005"), note("zz")])
    with closing(hands):
        (copied,) = yard.backfill(hands).run([NOTES])
        assert (copied.rows, yard.equal) == (30, True)
        assert sorted(key for keys in yard.pocketbase.puts[1:] for key in keys) == sorted(
            yard.sql.rows["notes"]
        )
        yard.pocketbase.rows["notes"]["17",]["text"] = "other"
        verify = Verify(
            yard.sql, yard.pocketbase, yard.journal, yard.control, hands=hands, range_rows=4, pause=0.0
        )
        (verified,) = verify.run([NOTES])
    assert [str(one) for one in verified.named] == ['notes ["17"] text: value']
    assert (verified.sql_rows, verified.pocketbase_rows) == (30, 30)


class Told(Quiet):
    def __init__(self) -> None:
        self.rows = 0.0

    @override
    def advance(self, rows: float) -> None:
        self.rows += rows


def test_what_threads_have_done_is_told() -> None:
    yard, told = Yard(), Told()
    with closing(threads()) as hands:
        yard.backfill(hands).run([NOTES], told)
    assert told.rows == 30


def test_what_one_range_meets_ends_the_run_and_what_others_did_is_kept() -> None:
    yard = Yard()
    yard.faults.plan("put", 3, unavailable())
    with closing(threads(2)) as hands, pytest.raises(Unavailable):
        yard.backfill(hands, give_up_after=0.0).run([NOTES])
    places = load_copying(yard.control, NOTES).ranges
    assert any(place.done for place in places.values())
    assert yard.control.lock(LEASE, "another", seconds=1.0), "nobody is at work any more"
    yard.control.unlock(LEASE, "another")
    done = {number for number, place in places.items() if place.done}
    before = len(yard.pocketbase.puts)
    (copied,) = yard.backfill(ThisThread()).run([NOTES])
    again = {key for keys in yard.pocketbase.puts[before:] for key in keys}
    spans = cut(yard.sql, NOTES, 30, most_rows=4)
    assert not any(spans[number].holds(key) for number in done for key in again)
    assert (copied.rows, yard.equal) == (30, True)


class Mortal(Executor):
    """Works at once, and its worker dies at these calls, counted over all of its lives: before or after it has worked."""

    def __init__(self, deaths: dict[int, bool]) -> None:
        self.deaths, self.calls, self.lives = deaths, 0, 0

    @contextmanager
    def opened(self) -> Iterator[Executor]:
        self.lives += 1
        yield self

    @override
    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.calls += 1
        future: Future[Any] = Future()
        dies = self.deaths.get(self.calls)
        if dies is not False:
            result = fn(*args, **kwargs)
        if dies is None:
            future.set_result(result)
        else:
            future.set_exception(BrokenExecutor("a worker died"))
        return future


@pytest.mark.parametrize("done", [True, False], ids=["after its work", "before its work"])
def test_what_a_dead_worker_had_is_done_again(done: bool) -> None:
    yard, executor = Yard(), Mortal({3: done})
    (copied,) = yard.backfill(Many(executor.opened)).run([NOTES])
    assert (copied.rows, yard.equal, executor.lives) == (30, True, 2)


def test_workers_that_do_nothing_but_die_are_given_up() -> None:
    yard, executor = Yard(), Mortal(dict.fromkeys(range(1, 1000), False))
    with pytest.raises(ConfigurationError, match="worker processes die"):
        yard.backfill(Many(executor.opened)).run([NOTES])
    assert yard.control.lock(LEASE, "another", seconds=1.0)


def test_a_range_is_not_begun_while_another_worker_may_still_write_it() -> None:
    yard = Yard(rows=4)
    pace = Pace(Patience(lost=0.002), 600.0, lease_seconds=0.05, chunk=ChunkSize(1000, 3))
    work = CopyRange(NOTES, 0, WHOLE, "one", pace)
    bench = Bench(yard.sql, yard.pocketbase, yard.journal, yard.control)
    with pytest.raises(ConfigurationError, match="lost its turn"):
        work.do(bench)
    assert yard.control.lock(LEASE, "one", seconds=60.0)
    assert yard.control.lock("range:notes:0", "thought to be dead", seconds=0.05)
    with pytest.raises(ConfigurationError, match="at work"):
        work.do(bench)
    assert yard.pocketbase.puts == []
    yard.clock.advance(0.05)
    assert work.do(bench).rows == 4
    assert yard.equal
    assert yard.control.held("range:notes:0", "thought to be dead") == 0.0


@pytest.mark.parametrize(
    "name", ["", "threads", "threads:0", "processes:-1", "dask:8786", "celery://x", "threads:2 "]
)
def test_an_executor_of_another_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="give threads:N, processes:N or dask"):
        hands_of(name, None)  # type: ignore[arg-type]


def test_the_order_of_spans_is_that_of_bytes() -> None:
    assert binary(("\uffee",)) < binary(("\U0001f600",))
    assert WHOLE.holds(("anything",))
