"""The phase as a process knows it."""

from __future__ import annotations

import threading
from time import perf_counter, sleep

import pytest

from dualwrite.errors import Frozen, Unavailable
from dualwrite.phase import ControlState, Phase, Reads
from dualwrite.timing import PHASE_TTL
from dualwrite.watch import LOOK_EVERY, PhaseWatch
from tests.fakes import FakeControl, unavailable


def reads(control: FakeControl) -> int:
    return control.faults.calls["read_state"]


def freeze(control: FakeControl) -> ControlState:
    return control.change(expect=Phase.DUAL, to=Phase.FROZEN, reads=Reads.SQL, actor="a test", why="")


def test_a_known_phase_is_not_read_again_within_its_time() -> None:
    control = FakeControl()
    watch = PhaseWatch(control, every=1.0)
    assert {watch.current().phase for _ in range(100)} == {Phase.DUAL}
    assert reads(control) == 1


def test_a_phase_that_is_too_old_is_read_again() -> None:
    control = FakeControl()
    watch = PhaseWatch(control, every=1.0)
    watch.current()
    freeze(control)
    watch.fresh_until = perf_counter()
    assert watch.current().phase is Phase.FROZEN


def test_the_age_of_a_phase_counts_from_before_the_read() -> None:
    control = FakeControl()
    control.faults.before["read_state"] = lambda: sleep(0.03)
    watch = PhaseWatch(control, every=1.0)
    asked = perf_counter()
    watch.renew()
    assert watch.fresh_until < asked + PHASE_TTL + 0.02


def test_a_read_that_was_overtaken_neither_answers_nor_stays() -> None:
    control = FakeControl()
    watch = PhaseWatch(control, every=1.0)
    old = control.state
    freeze(control)
    assert watch.renew().phase is Phase.FROZEN
    control.state = old
    assert watch.renew().phase is Phase.FROZEN
    assert watch.current().phase is Phase.FROZEN


def test_an_unreadable_control_table_is_the_callers_to_hear() -> None:
    control = FakeControl()
    control.faults.plan("read_state", 1, unavailable())
    with pytest.raises(Unavailable):
        PhaseWatch(control, every=1.0).current()


def test_waiting_ends_with_the_freeze_or_with_patience() -> None:
    control = FakeControl()
    watch = PhaseWatch(control, every=1.0)
    watch.wait_while_frozen(0.0)
    freeze(control)
    with pytest.raises(Frozen, match="paused for the switch"):
        watch.wait_while_frozen(0.0)


def test_all_that_wait_in_a_process_look_together() -> None:
    control = FakeControl()
    freeze(control)
    watch = PhaseWatch(control, every=1.0)
    begin = perf_counter()
    waiting = [threading.Thread(target=watch.wait_while_frozen, args=(30.0,)) for _ in range(40)]
    for thread in waiting:
        thread.start()
    sleep(10 * LOOK_EVERY)
    control.change(expect=Phase.FROZEN, to=Phase.DUAL, reads=Reads.SQL, actor="a test", why="")
    for thread in waiting:
        thread.join()
    # Each looks once as it comes, since what was seen before its write was refused says nothing.
    looks = reads(control) - len(waiting)
    assert 2 < looks <= 2 + (perf_counter() - begin) / LOOK_EVERY


def test_the_background_renews_survives_an_error_and_closes() -> None:
    control = FakeControl()
    watch = PhaseWatch(control, every=0.005)
    watch.start()
    control.faults.plan("read_state", 1, unavailable())
    seen = threading.Event()
    freeze(control)
    control.faults.before["read_state"] = lambda: seen.set() if reads(control) > 4 else None
    assert seen.wait(5.0)
    watch.close()
    assert watch.current().phase is Phase.FROZEN
