"""The backfill: whatever stops it, whenever, the end is the same."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from dualwrite.backfill import Backfill
from dualwrite.breaker import Breaker
from dualwrite.chunks import ChunkSize, scanned
from dualwrite.errors import ConfigurationError, Unavailable, Unrepresentable
from dualwrite.metrics import NoMetrics
from dualwrite.phase import Phase
from dualwrite.places import forget_places, load_copying
from dualwrite.relay import Relay
from dualwrite.settle import Patience, Settler
from dualwrite.span import Span
from dualwrite.timing import Timing
from dualwrite.turn import LEASE, LEASE_SECONDS
from tests.domain import NOTES, note
from tests.fakes import Clock, FakeControl, FakeJournal, FakeStore, Faults, lost, refusal, unavailable


class Killed(BaseException):
    """The process ends here."""


class Yard:
    """A backfill over fakes that count their calls together. Chunks of three rows."""

    def __init__(self, rows: int = 10) -> None:
        self.faults = Faults()
        self.clock = Clock()
        self.sql, self.pocketbase = FakeStore(faults=self.faults), FakeStore(faults=self.faults)
        self.journal = FakeJournal(self.clock, faults=self.faults)
        self.control = FakeControl(clock=self.clock, faults=self.faults)
        self.sql.rows["notes"].update({(f"{n:02}",): note(f"{n:02}") for n in range(rows)})

    def backfill(
        self,
        owner: str = "one",
        *,
        give_up_after: float = 600.0,
        lease_seconds: float = LEASE_SECONDS,
        stale_after: float = 5.0,
        defer_indexes_from: int = 5,
    ) -> Backfill:
        return Backfill(
            self.sql,
            self.pocketbase,
            self.journal,
            self.control,
            owner=owner,
            patience=Patience(unavailable=0.001, lost=0.002, refused=0.001),
            give_up_after=give_up_after,
            lease_seconds=lease_seconds,
            chunk=ChunkSize(most_rows=3),
            stale_after=stale_after,
            defer_indexes_from=defer_indexes_from,
        )

    def relay(self) -> Relay:
        return Relay(
            self.journal,
            Settler(self.sql, self.pocketbase, self.journal),
            {NOTES.name: NOTES},
            owner="relay",
            breaker=Breaker(),
            metrics=NoMetrics(),
            timing=Timing(),
        )

    @property
    def equal(self) -> bool:
        """With every index."""
        return not self.pocketbase.without_indexes and (
            self.sql.rows["notes"] == self.pocketbase.rows["notes"]
        )


def calls_of_one_run() -> int:
    yard = Yard()
    yard.backfill().run([NOTES])
    return yard.faults.total


CALLS = calls_of_one_run()


def test_every_row_is_copied_in_chunks_and_the_place_is_kept() -> None:
    yard = Yard()
    (copied,) = yard.backfill().run([NOTES])
    assert (copied.rows, copied.refused) == (10, ())
    assert yard.equal
    assert [len(keys) for keys in yard.pocketbase.puts] == [3, 3, 3, 1]
    assert load_copying(yard.control, NOTES).done
    yard.backfill().run([NOTES])
    assert len(yard.pocketbase.puts) == 4, "what is copied is not copied again"


def test_the_range_is_on_disk_before_its_chunk_is_written() -> None:
    yard = Yard()
    places = []
    yard.faults.before["put"] = lambda: places.append(yard.control.saved["range:notes:0"])
    yard.backfill().run([NOTES])
    assert [(place["after"], place["upto"], place["in_flight"]) for place in places] == [
        (None, ["02"], True),
        (["02"], ["05"], True),
        (["05"], ["08"], True),
        (["08"], None, True),
    ]


@pytest.mark.parametrize("number", range(1, CALLS + 1))
def test_killed_at_any_call_and_resumed_it_ends_equal(number: int) -> None:
    yard = Yard()
    yard.faults.at_any_call = (number, Killed())
    with pytest.raises(Killed):
        yard.backfill().run([NOTES])
    yard.faults.at_any_call = None
    yard.clock.advance(LEASE_SECONDS)
    # Life goes on meanwhile: rows on both sides of the place where it stopped go and come, with their obligations.
    for gone in ("00", "04", "09"):
        del yard.sql.rows["notes"][gone,]
    yard.sql.rows["notes"]["10",] = note("10")
    yard.journal.trigger("notes", [("00",), ("04",), ("09",), ("10",)])
    yard.backfill("two").run([NOTES])
    assert yard.relay().drain(seconds=1.0)
    assert yard.equal
    assert yard.journal.open == []
    assert yard.control.lock(LEASE, "three", seconds=1.0), "the lease was given back"


@pytest.mark.parametrize("number", range(1, CALLS + 1))
def test_a_row_deleted_between_its_chunk_being_read_and_written_never_stays(number: int) -> None:
    """The writer that deletes it pays its own debt at once, as a live one does: only the backfill's range remembers."""
    yard = Yard()
    first_put: list[int] = []

    def delete_under_it() -> None:
        if not first_put:
            first_put.append(1)
            for store in (yard.sql, yard.pocketbase):
                store.rows["notes"].pop(("01",), None)

    yard.faults.before["put"] = delete_under_it
    yard.faults.at_any_call = (number, Killed())
    with pytest.raises(Killed):
        yard.backfill().run([NOTES])
    yard.faults.at_any_call = None
    yard.clock.advance(LEASE_SECONDS)
    yard.backfill("two").run([NOTES])
    assert yard.equal


@pytest.mark.parametrize(("stale_after", "puts_of_it"), [(5.0, 2), (0.0, 1)])
def test_what_was_read_long_ago_is_read_again_before_it_is_written(
    stale_after: float, puts_of_it: int
) -> None:
    yard = Yard(rows=1)
    changed = note("00", "changed while PocketBase was away")

    def change_it_once_it_was_read() -> None:
        if yard.faults.calls["tell"]:
            yard.sql.rows["notes"]["00",] = changed

    yard.faults.before["save"] = change_it_once_it_was_read
    yard.backfill(stale_after=stale_after).run([NOTES])
    assert yard.pocketbase.rows["notes"] == {("00",): changed}
    assert len(yard.pocketbase.puts) == puts_of_it


def test_begun_anew_and_killed_before_it_has_looked_it_looks_when_it_goes_on() -> None:
    """An earlier backfill was through: only what this one has put on disk says that it is not."""
    yard = Yard()
    yard.backfill().run([NOTES])
    yard.pocketbase.rows["notes"]["extra",] = note("extra")
    # Before the deletion lands a writer creates the row, and pays its own debt.
    yard.faults.before["delete"] = lambda: yard.sql.rows["notes"].update({("extra",): note("extra", "new")})
    yard.faults.plan("delete", 1, Killed(), done=True)
    with pytest.raises(Killed):
        yard.backfill().run([NOTES], restart=True)
    yard.clock.advance(LEASE_SECONDS)
    yard.backfill("two").run([NOTES])
    assert yard.equal


def test_a_second_backfill_is_refused_while_the_first_is_at_work() -> None:
    yard = Yard()
    refused: list[str] = []

    def second() -> None:
        with pytest.raises(ConfigurationError) as error:
            yard.backfill("two").run([NOTES])
        refused.append(str(error.value))

    yard.faults.before["put"] = second
    yard.backfill("one").run([NOTES])
    assert refused[0].startswith("another backfill, cutover or rollback is at work")
    assert yard.equal


def test_one_that_slept_through_its_turn_writes_nothing_more_although_nobody_has_it_now() -> None:
    """A cutover may have come and gone meanwhile: SQL's rows are old now."""
    yard = Yard()

    def oversleep() -> None:
        time.sleep(0.06)
        yard.clock.advance(LEASE_SECONDS)

    yard.faults.before["read"] = oversleep
    with pytest.raises(ConfigurationError, match="silent for too long"):
        yard.backfill(lease_seconds=0.05).run([NOTES])
    assert yard.pocketbase.puts == []


def test_refused_rows_end_as_stuck_obligations_and_are_named() -> None:
    yard = Yard()
    yard.pocketbase.refuses = {
        ("04",): refusal(),
        ("07",): Unrepresentable("notes", ("07",), "meta", "holds NaN"),
    }
    (copied,) = yard.backfill().run([NOTES])
    assert [key for key, _ in copied.refused] == [("04",), ("07",)]
    assert [(owed.key, error) for owed, error in yard.journal.stuck()] == [
        (("04",), "Refused"),
        (("07",), "Unrepresentable: meta"),
    ]
    assert len(yard.pocketbase.rows["notes"]) == 8


@pytest.mark.parametrize("error", [unavailable(), lost()], ids=["unavailable", "lost"])
@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
def test_it_waits_for_pocketbase_to_come_back(error: Exception, done: bool) -> None:
    yard = Yard()
    yard.faults.plan("put", 2, error, done=done)
    yard.faults.plan("put", 3, error, done=done)
    yard.backfill().run([NOTES])
    assert yard.equal
    assert yard.journal.open == []


@pytest.mark.parametrize("error", [unavailable(), lost()], ids=["unavailable", "lost"])
@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
def test_it_waits_for_pocketbase_before_and_after_the_rows_too(error: Exception, done: bool) -> None:
    yard = Yard()
    yard.faults.plan("defer_indexes", 1, error, done=done)
    yard.faults.plan("make_indexes", 1, error, done=done)
    yard.backfill().run([NOTES])
    assert yard.equal
    assert yard.faults.calls["defer_indexes"] == yard.faults.calls["make_indexes"] == 2


def test_it_gives_up_after_a_while_and_can_be_run_again() -> None:
    yard = Yard()
    yard.faults.plan("put", 2, unavailable())
    with pytest.raises(Unavailable):
        yard.backfill(give_up_after=0.0).run([NOTES])
    yard.backfill("two").run([NOTES])
    assert yard.equal


def test_it_does_not_wait_for_what_a_person_must_mend() -> None:
    yard = Yard()
    yard.faults.plan("put", 2, ConfigurationError("the collection does not exist"))
    with pytest.raises(ConfigurationError, match="does not exist"):
        yard.backfill().run([NOTES])
    yard.backfill("two").run([NOTES])
    assert yard.equal


@pytest.mark.parametrize("error", [lost(), Killed()], ids=["a lost answer", "an interrupt"])
def test_nobody_resumes_before_a_request_under_way_must_have_landed(error: Exception) -> None:
    yard = Yard()
    yard.faults.plan("put", 1, error)
    with pytest.raises(type(error)):
        yard.backfill(give_up_after=0.0).run([NOTES])
    with pytest.raises(ConfigurationError, match="killed or interrupted"):
        yard.backfill("two").run([NOTES])
    yard.clock.advance(0.002)
    yard.backfill("two").run([NOTES])
    assert yard.equal


def test_a_hammered_row_is_looked_at_until_it_rests() -> None:
    yard = Yard(rows=1)
    turns = iter(range(1, 51))
    yard.faults.before["put"] = lambda: (
        [yard.sql.rows["notes"].update({("00",): note("00", at=n)}) for n in [next(turns, None)] if n]
        and None
    )
    yard.backfill().run([NOTES])
    assert yard.sql.rows["notes"]["00",]["updated_at"] == 50
    assert yard.equal


def test_begun_anew_it_removes_what_sql_has_no_longer() -> None:
    yard = Yard()
    yard.backfill().run([NOTES])
    del yard.sql.rows["notes"]["04",]
    forget_places(yard.control, [NOTES])
    yard.backfill().run([NOTES])
    assert yard.equal


@pytest.mark.parametrize(("rows", "deferred"), [(4, False), (5, True), (10, True)])
def test_indexes_are_made_after_the_rows_where_there_are_many(rows: int, deferred: bool) -> None:
    yard = Yard(rows)
    seen: list[tuple[bool, bool]] = []

    def look() -> None:
        seen.append((bool(yard.pocketbase.without_indexes), load_copying(yard.control, NOTES).done))

    yard.faults.before["put"] = yard.faults.before["make_indexes"] = look
    yard.backfill().run([NOTES])
    assert set(seen) == {(deferred, False)}, "before it is said that all is copied"
    assert yard.equal
    assert yard.faults.calls["make_indexes"] == deferred


def test_whoever_has_little_left_to_copy_makes_the_indexes_that_another_deferred() -> None:
    yard = Yard()
    yard.faults.plan("put", 3, Killed())
    with pytest.raises(Killed):
        yard.backfill().run([NOTES])
    assert yard.pocketbase.without_indexes == {"notes"}
    yard.clock.advance(LEASE_SECONDS)
    yard.backfill("two").run([NOTES])
    assert yard.equal
    assert yard.faults.calls["defer_indexes"] == 1


def test_the_turn_is_kept_while_indexes_are_made() -> None:
    yard = Yard()

    def takes_long() -> None:
        time.sleep(0.8)
        with pytest.raises(ConfigurationError, match="is at work"):
            yard.backfill("two").run([NOTES])

    yard.faults.before["make_indexes"] = takes_long
    yard.backfill(lease_seconds=0.5).run([NOTES])
    assert yard.equal


def test_whoever_loses_the_turn_while_indexes_are_made_does_not_wait_for_their_end() -> None:
    yard, ended = Yard(), threading.Event()

    def hangs() -> None:
        yard.control.unlock(LEASE, "one")
        assert yard.control.lock(LEASE, "two", seconds=60.0)
        ended.wait(5.0)

    yard.faults.before["make_indexes"] = hangs
    begin = time.monotonic()
    try:
        with pytest.raises(ConfigurationError, match="another has taken over"):
            yard.backfill(lease_seconds=0.5).run([NOTES])
        assert time.monotonic() - begin < 4.0
    finally:
        ended.set()


def test_an_empty_table_is_done_at_once() -> None:
    yard = Yard(rows=0)
    (copied,) = yard.backfill().run([NOTES])
    assert copied.rows == 0
    assert load_copying(yard.control, NOTES).done


def sizes(rows: int, bytes_each: int, *, target: int = 100_000, most: int = 5000) -> list[int]:
    store = FakeStore()
    store.put(NOTES, [note(f"{n:05}", "x" * bytes_each) for n in range(rows)])
    return [len(chunk) for chunk, _ in scanned(store, NOTES, size=ChunkSize(target, most))]


def test_chunks_follow_the_size_of_rows() -> None:
    small, large = sizes(5000, 10), sizes(300, 30_000)
    assert sum(small) == 5000
    assert sum(large) == 300
    assert small[0] == large[0] == 200
    assert small[1] == 800, "no more than four times the last"
    assert large[1] == 3, "three rows of 30 KB are 100 KB"


def test_a_row_larger_than_a_chunk_is_a_chunk_of_its_own() -> None:
    assert sizes(203, 200_000)[1:] == [1, 1, 1, 0]


def test_a_chunk_has_a_limit_of_rows_and_the_last_reaches_to_the_end() -> None:
    store = FakeStore()
    store.put(NOTES, [note(f"{n}") for n in range(7)])
    chunks = list(scanned(store, NOTES, Span(("1",), None), ChunkSize(most_rows=3)))
    assert [(len(rows), part.upto) for rows, part in chunks] == [(3, ("4",)), (2, None)]


@pytest.mark.parametrize("phase", [Phase.SQL_ONLY, Phase.FROZEN, Phase.PB_ONLY])
def test_it_writes_in_dual_only_whatever_the_phase_was_when_it_was_asked_for(phase: Phase) -> None:
    yard = Yard()

    def changed() -> None:
        yard.control.state = replace(yard.control.state, phase=phase)

    yard.faults.before["lock"] = changed
    with pytest.raises(ConfigurationError, match=f"the phase is {phase}"):
        yard.backfill().run([NOTES])
    assert yard.pocketbase.puts == []
    assert yard.control.lock(LEASE, "another", seconds=1.0)
