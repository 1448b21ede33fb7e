"""Work behind the caller."""

from __future__ import annotations

import logging
import threading
import time
from itertools import pairwise

import pytest

from dualwrite.metrics.catalogue import QUEUE, SHADOW
from dualwrite.worker import Worker, each
from tests.fakes import FakeMetrics


def test_items_are_handled_one_at_a_time_in_order() -> None:
    handled: list[int] = []
    worker = Worker[int]("write", each(handled.append), size=100, metrics=FakeMetrics())
    worker.start()
    assert all(worker.offer(n) for n in range(50))
    assert worker.drain(5.0)
    assert handled == list(range(50))
    worker.close(1.0)


def test_the_first_after_a_rest_waits_for_others_and_the_others_do_not() -> None:
    handled: list[float] = []
    worker = Worker[int](
        "write", each(lambda n: handled.append(time.monotonic())), size=9, metrics=FakeMetrics(), window=0.2
    )
    worker.start()
    begin = time.monotonic()
    for n in range(3):
        worker.offer(n)
    while len(handled) < 3:
        assert time.monotonic() < begin + 5.0
        time.sleep(0.005)
    assert handled[0] >= begin + 0.2
    assert handled[2] < handled[0] + 0.15, "not one window each"
    worker.close(1.0)


def test_a_share_of_the_time_is_kept_to() -> None:
    handled: list[float] = []

    def handle(n: int) -> None:
        time.sleep(0.005)
        handled.append(time.monotonic())

    worker = Worker[int]("read", each(handle), size=12, metrics=FakeMetrics(), share=0.25)
    worker.start()
    for n in range(12):
        worker.offer(n)
    begin = time.monotonic()
    while len(handled) < 12:
        assert time.monotonic() < begin + 5.0
        time.sleep(0.005)
    assert handled[11] - handled[0] >= 11 * 0.005 + 2 * 3 * 0.02
    gaps = sorted(later - earlier for earlier, later in pairwise(handled))
    assert gaps[5] < 3 * 0.02, "at a stretch, with rests in between"
    worker.close(1.0)


def test_who_drains_or_closes_waits_for_no_window_and_no_rest() -> None:
    def handle(n: int) -> None:
        time.sleep(0.1)

    worker = Worker[int]("read", each(handle), size=9, metrics=FakeMetrics(), window=60.0, share=0.001)
    worker.start()
    begin = time.monotonic()
    for n in range(3):
        worker.offer(n)
    assert worker.drain(5.0)
    worker.offer(3)
    assert worker.close(5.0)
    assert time.monotonic() < begin + 4.0


def test_a_full_queue_sheds_and_counts_and_never_waits() -> None:
    metrics = FakeMetrics()
    worker = Worker[int]("write", each(lambda n: None), size=2, metrics=metrics)
    assert [worker.offer(n) for n in range(4)] == [True, True, False, False]
    assert metrics.count(SHADOW, "write", "queued") == 2
    assert metrics.count(SHADOW, "write", "shed") == 2
    assert worker.depth == 2


def test_an_error_costs_one_item_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    handled: list[int] = []

    def handle(n: int) -> None:
        if n == 1:
            raise ZeroDivisionError
        handled.append(n)

    metrics = FakeMetrics()
    worker = Worker[int]("write", each(handle), size=10, metrics=metrics)
    worker.start()
    for n in range(3):
        worker.offer(n)
    assert worker.drain(5.0)
    worker.close(1.0)
    assert handled == [0, 2]
    assert "the journal still holds what it owes" in caplog.text
    assert metrics.gauges[QUEUE.name, "write"] == 0


def test_now_handles_on_the_callers_thread_under_the_same_containment(
    caplog: pytest.LogCaptureFixture,
) -> None:
    threads: list[threading.Thread] = []

    def handle(n: int) -> None:
        threads.append(threading.current_thread())
        raise ZeroDivisionError

    caplog.set_level(logging.CRITICAL)
    Worker[int]("write", each(handle), size=1, metrics=FakeMetrics()).now(1)
    assert threads == [threading.current_thread()]


def test_drain_says_when_its_time_was_not_enough_and_close_leaves_the_rest() -> None:
    go, handled = threading.Event(), list[int]()

    def handle(n: int) -> None:
        go.wait(5.0)
        handled.append(n)

    worker = Worker[int]("write", each(handle), size=10, metrics=FakeMetrics())
    worker.start()
    for n in range(3):
        worker.offer(n)
    assert not worker.drain(0.01)
    assert worker.depth == 3

    def end_what_is_in_hand() -> None:
        while not worker._abandon:
            time.sleep(0.001)
        go.set()

    threading.Thread(target=end_what_is_in_hand).start()
    worker.close(0.01)
    assert handled == [0], "the item in hand is finished, the others are the journal's"


def test_close_does_not_wait_for_an_item_that_hangs_behind_a_full_queue() -> None:
    go = threading.Event()
    worker = Worker[int]("write", each(lambda _: go.wait(30.0)), size=1, metrics=FakeMetrics())
    worker.start()
    while worker.offer(1):
        threading.Event().wait(0.01)
    begin = time.monotonic()
    worker.close(0.1)
    assert 0.9 < time.monotonic() - begin < 5.0, "a second at least, and not until it is done"
    go.set()


def test_close_does_not_wait_where_nothing_will_come_of_it() -> None:
    go, handled, down = threading.Event(), list[int](), threading.Event()

    def handle(n: int) -> None:
        go.wait(20.0)
        handled.append(n)

    worker = Worker[int]("write", each(handle), size=2, metrics=FakeMetrics(), hopeless=down.is_set)
    worker.start()
    worker.offer(0)
    while worker._items.qsize():
        time.sleep(0.001)
    assert worker.offer(1)
    assert worker.offer(2), "the queue is full"
    down.set()
    begin = time.monotonic()
    assert not worker.close(30.0)
    assert time.monotonic() - begin < 5.0
    go.set()
    worker._threads[0].join(5.0)
    assert handled == [0]


def test_several_threads_handle_so_many_at_a_time_and_all_end() -> None:
    together = threading.Barrier(3, timeout=5.0)
    worker = Worker[int](
        "read", each(lambda n: together.wait() and None), size=3, metrics=FakeMetrics(), threads=3
    )
    worker.start()
    assert all(worker.offer(n) for n in range(3))
    assert worker.drain(5.0)
    assert worker.close(1.0)
    assert not any(thread.is_alive() for thread in worker._threads)


def test_how_full_the_queue_is() -> None:
    worker = Worker[int]("read", each(lambda n: None), size=4, metrics=FakeMetrics())
    assert worker.fullness == 0.0
    worker.offer(1)
    assert worker.fullness == 0.25


def test_it_ends_though_its_queue_is_full_again_before_it_is_told_to() -> None:
    go = threading.Event()
    worker = Worker[int]("read", each(lambda n: go.wait() and None), size=1, metrics=FakeMetrics(), threads=2)
    worker.start()
    for _ in range(3):  # one in each hand, one in the queue
        while not worker.offer(1):
            time.sleep(0.005)
    worker._empty = lambda: None  # type: ignore[method-assign] # callers fill it as fast as it is emptied
    threading.Timer(0.3, go.set).start()
    assert worker.close(0.1)
    assert worker.depth == 1


def test_what_waits_is_handled_together_up_to_so_many_and_in_order() -> None:
    handled: list[list[int]] = []
    metrics = FakeMetrics()
    worker = Worker[int]("read", handled.append, most=4, size=20, metrics=metrics, window=0.05)
    for n in range(10):
        worker.offer(n)
    worker.start()
    assert worker.drain(5.0)
    assert handled == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert worker.depth == 0
    assert worker.close(1.0)


def test_the_end_is_no_item_and_every_thread_hears_of_it() -> None:
    handled: list[list[int]] = []
    worker = Worker[int]("read", handled.append, most=8, size=4, metrics=FakeMetrics(), threads=3, window=0.2)
    worker.start()
    for n in range(3):
        worker.offer(n)
    assert worker.close(5.0)
    assert sorted(n for together in handled for n in together) == [0, 1, 2]


def test_an_error_loses_what_was_handed_over_with_it_and_nothing_else() -> None:
    handled: list[int] = []

    def handle(items: list[int]) -> None:
        if 1 in items:
            raise ValueError("no")
        handled.extend(items)

    worker = Worker[int]("read", handle, most=2, size=9, metrics=FakeMetrics())
    for n in range(6):
        worker.offer(n)
    worker.start()
    assert worker.drain(5.0)
    assert handled == [2, 3, 4, 5]
    worker.close(1.0)
