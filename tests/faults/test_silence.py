"""A server that accepts and says nothing costs callers and shutdown little, and nothing is lost by it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import text

from dualwrite import Runtime, Settings, open_dual
from dualwrite.metrics.catalogue import SHADOW
from dualwrite.metrics.recording import RecordingMetrics
from dualwrite.parts import Parts
from dualwrite.timing import Timing
from tests.benchmarks.servers import silent
from tests.faults.cells import cells
from tests.fixtures.faults import World, assert_equal, go_dual, until

FOUND_OUT = 3.0  # seconds; the breaker's patience is 1 s, and this machine may be slow
SHUT_DOWN = 8.0  # seconds; a write may take 6, a drain 10, a claim 30


@pytest.fixture
def silence() -> Iterator[str]:
    with silent() as url:
        yield url


def opened(world: World, url: str, metrics: RecordingMetrics | None = None) -> Runtime:
    """With the intervals of every day."""
    settings = {**world.place().settings, "pb_url": url, "pb_timeout": 10.0, "sample_rate": 1.0}
    return open_dual(cells, Settings.load(**settings), metrics=metrics)


def test_it_is_found_out_within_a_second_and_one_write_waits_for_its_answer(
    world: World, silence: str
) -> None:
    go_dual(world.parts())
    metrics = RecordingMetrics()
    runtime = opened(world, silence, metrics)
    repository = runtime.repositories["cells"]
    begin = time.monotonic()
    number = 0
    while not runtime.parts.breaker.is_open:
        assert repository.put(f"key-{number}", "x")
        number += 1
        time.sleep(0.01)
        assert time.monotonic() - begin < FOUND_OUT
    assert repository.put("after", "x")
    until(lambda: metrics.counts[SHADOW.name, "write", "skipped"] > 0)
    ending = time.monotonic()
    runtime.close()
    assert time.monotonic() - ending < SHUT_DOWN
    with closing(Parts.open(cells, world.settings())) as later:
        (state,) = later.journal.state()
        assert state.open == number + 1, "nothing was paid, so nothing was forgotten"
        held = later.journal.claim("relay", limit=10_000, lease_seconds=0.1)
        waiting = {("key-0",)} - {one.key for one in held}
        assert waiting == {("key-0",)}, "its request may still land"


def test_everything_is_settled_once_it_speaks_again(world: World, silence: str) -> None:
    go_dual(world.parts())
    runtime = opened(world, silence)
    for number in range(50):
        runtime.repositories["cells"].put(f"key-{number}", str(number))
    until(lambda: runtime.parts.breaker.is_open, FOUND_OUT)
    runtime.close()
    parts = world.parts()
    relay = parts.relay()

    def half_a_minute_later() -> bool:
        with parts.database.write() as connection:
            connection.execute(text("UPDATE dualwrite_obligation SET not_before = NULL, lease_until = NULL"))
        return relay.drain(seconds=2)

    until(half_a_minute_later, 40.0)
    assert_equal(parts)


@pytest.mark.parametrize("reads", [0.0, 1.0], ids=["no reads", "reads"])
def test_a_process_without_a_relay_comes_back_too(world: World, reads: float) -> None:
    go_dual(world.parts())
    timing = Timing(house_every=0.05)
    settings = world.settings(relay=False, sample_rate=reads, pb_timeout=10.0)
    with open_dual(cells, settings, timing=timing) as runtime:
        for _ in range(5):
            runtime.parts.breaker.failed()
        assert runtime.parts.breaker.is_open
        until(lambda: not runtime.parts.breaker.is_open, 30.0)
        runtime.repositories["cells"].put("a", "b")
        assert runtime.drain(20.0)
        assert runtime.parts.pb_store.read(cells.entities[0], [("a",)])
