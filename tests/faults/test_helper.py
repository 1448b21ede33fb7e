"""The work behind the callers in a process of its own: what it does, and what happens to it."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text

from dualwrite import Runtime, Settings, open_dual
from dualwrite.comparisons import load_comparisons
from dualwrite.errors import ConfigurationError
from dualwrite.helper import Helper
from dualwrite.metrics.catalogue import COMPARISONS, LATENCY, SETTLED, SHADOW
from dualwrite.metrics.prometheus import PrometheusMetrics
from dualwrite.timing import Timing
from tests.faults.cells import cells
from tests.faults.child import copy, read_log, running, write
from tests.faults.proxy import HANG, Proxy
from tests.fixtures.faults import PATIENT, World, assert_equal, go_dual, until

SETTLED_WITHIN = 40.0  # seconds, on a busy machine

LEISURELY = replace(PATIENT, start_within=10.0)
"""What is handed over is never too late, however busy the machine."""


@contextmanager
def helped(
    world: World, registry: CollectorRegistry | None = None, *, timing: Timing = PATIENT, **given: object
) -> Iterator[Runtime]:
    """A process that takes part and has a helper."""
    metrics = PrometheusMetrics(registry) if registry else None
    with open_dual(cells, world.settings(helper=True, **given), metrics=metrics, timing=timing) as runtime:
        yield runtime


def helper_of(runtime: Runtime) -> Helper:
    assert isinstance(runtime.backstage, Helper)
    return runtime.backstage


def pid_of(runtime: Runtime) -> int:
    pid = helper_of(runtime).pid
    assert pid is not None
    return pid


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def ready(world: World) -> World:
    """In `dual`, and copied, so that answers are compared."""
    go_dual(world.parts())
    copy(world.place(), 100)
    return world


def settled(world: World) -> None:
    """Wait until nothing is owed; then both stores are equal."""
    parts = world.parts()
    until(lambda: not parts.journal.state(), SETTLED_WITHIN)
    assert_equal(parts)


def test_writes_are_applied_settled_and_counted_as_in_threads(ready: World) -> None:
    with helped(ready, registry := CollectorRegistry(), timing=LEISURELY) as runtime:
        until(lambda: not runtime.backstage.is_down())
        put = runtime.repositories["cells"].put
        for number in range(30):
            assert put(f"key-{number}", f"{number}")
        names = {thread.name for thread in threading.enumerate()}
        assert not names & {"dualwrite-write", "dualwrite-read", "dualwrite-relay", "dualwrite-housekeeping"}
        assert runtime.drain(SETTLED_WITHIN)
        assert_equal(ready.parts())

        def counted(name: str, **labels: str) -> float | None:
            return registry.get_sample_value(name, labels)

        assert counted(f"{SHADOW.name}_total", work="write", fate="queued") == 30
        assert counted(f"{SETTLED.name}_total", entity="cell", by="writer", result="equal") == 30
        place = {"repository": "cells", "method": "put"}
        for backend in ("sql", "pocketbase"):
            assert counted(f"{LATENCY.name}_count", backend=backend, **place) == 30
        assert counted(f"{COMPARISONS.name}_total", outcome="equal", kind="", **place) == 30
    (found,) = load_comparisons(ready.parts().control)
    assert found["equal"] == 30


def test_reads_are_compared_and_a_mismatch_is_logged_here_without_values(
    ready: World, caplog: pytest.LogCaptureFixture
) -> None:
    with ready.parts().database.write() as connection:
        connection.execute(text("INSERT INTO cell (id, text) VALUES ('odd', 'a secret')"))
    with helped(ready, registry := CollectorRegistry(), sample_rate=1.0, relay=False) as runtime:
        journal = ready.parts().journal
        owed = journal.claim("nobody", limit=9, lease_seconds=9)
        journal.pay([each.seq for each in owed], owner="nobody")
        with caplog.at_level(logging.WARNING):
            assert runtime.repositories["cells"].get("odd") == "a secret"
            assert runtime.drain(SETTLED_WITHIN)
            until(lambda: "cells.get differs" in caplog.text)
    assert "secret" not in caplog.text
    labels = {"repository": "cells", "method": "get", "outcome": "confirmed"}
    assert (
        sum(
            sample.value
            for family in registry.collect()
            for sample in family.samples
            if sample.name == f"{COMPARISONS.name}_total" and labels.items() <= sample.labels.items()
        )
        == 1
    )


def test_a_killed_helper_loses_nothing_and_another_follows(
    ready: World, caplog: pytest.LogCaptureFixture
) -> None:
    with helped(ready) as runtime:
        put, first = runtime.repositories["cells"].put, pid_of(runtime)
        for number in range(200):
            assert put(f"key-{number % 20}", f"{number}")
            if number == 100:
                os.kill(first, signal.SIGKILL)
        until(lambda: pid_of(runtime) != first and not runtime.backstage.is_down(), 20.0)
        assert put("after", "it")
        settled(ready)
    assert "the helper process ended" in caplog.text


def test_while_it_is_stopped_callers_do_not_wait_and_what_they_write_is_the_relays(ready: World) -> None:
    with helped(ready) as runtime:
        put, pid = runtime.repositories["cells"].put, pid_of(runtime)
        os.kill(pid, signal.SIGSTOP)
        try:
            slowest, end = 0.0, time.monotonic() + 4.0
            while time.monotonic() < end:
                begin = time.monotonic()
                assert put(f"key-{int(begin * 100) % 20}", f"{begin}")
                slowest = max(slowest, time.monotonic() - begin)
            assert runtime.backstage.is_down()
            assert runtime.hold() is None
            assert slowest < 2.0
        finally:
            os.kill(pid, signal.SIGCONT)
        settled(ready)
        assert pid_of(runtime) == pid


def test_where_pocketbase_says_nothing_nothing_is_handed_over(ready: World) -> None:
    with Proxy(ready.server.url) as between, helped(ready, pb_url=between.url) as runtime:
        put = runtime.repositories["cells"].put
        between.mode(HANG)

        def is_down() -> bool:
            put("key", f"{time.monotonic()}")
            return runtime.backstage.is_down()

        until(is_down, 20.0)
        between.release()
        until(lambda: not runtime.backstage.is_down(), 20.0)
        settled(ready)


def test_it_finishes_what_a_killed_application_has_handed_over_and_ends(ready: World, tmp_path: Path) -> None:
    place = ready.place(helper=True, timing=PATIENT, drain_seconds=20.0)
    log = tmp_path / "log"
    with running(write, place, log, 1, 20) as application:
        until(lambda: len(read_log(log)) > 100, 30.0)
        before = set(children_of(application.pid))
        assert before
        application.kill()
        application.join()
    until(lambda: not any(map(lives, before)), SETTLED_WITHIN)
    with helped(ready):  # its relay takes what was written and never handed over
        settled(ready)


def children_of(pid: int | None) -> list[int]:
    """Whichever of its threads started them."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for children in found for child in children.read_text().split()]


def test_closing_ends_it(ready: World) -> None:
    with helped(ready, timing=LEISURELY) as runtime:
        pid = pid_of(runtime)
        for number in range(50):
            runtime.repositories["cells"].put(f"key-{number}", "x")
    assert not lives(pid)
    assert_equal(ready.parts())


def test_a_terminal_s_interrupt_does_not_reach_it(ready: World) -> None:
    with helped(ready) as runtime:
        os.kill(pid_of(runtime), signal.SIGINT)
        os.kill(pid_of(runtime), signal.SIGTERM)
        assert runtime.repositories["cells"].put("key", "x")
        assert runtime.drain(SETTLED_WITHIN)
        assert lives(pid_of(runtime))
    assert_equal(ready.parts())


def test_a_migration_that_is_defined_nowhere_cannot_be_handed_to_it(ready: World) -> None:
    migration = replace(cells, check=lambda database: None)
    with pytest.raises(ConfigurationError, match="define it in a module"):
        open_dual(migration, ready.settings(helper=True))


def test_why_it_does_not_start_is_said(ready: World) -> None:
    migration = replace(cells, sql=broken)
    with pytest.raises(ConfigurationError, match="does not start: no adapters today"):
        Helper(replace(ready.parts(), migration=migration, settings=ready.settings(helper=True))).start()


def broken(database: object) -> dict[str, object]:
    raise ConfigurationError("no adapters today")


def test_inline_and_helper_contradict_each_other() -> None:
    with pytest.raises(ConfigurationError, match="inline"):
        Settings.load(sql_url="sqlite:///x.db", helper=True, apply="inline")


def test_it_is_of_the_same_interpreter_and_path(ready: World) -> None:
    with helped(ready) as runtime:
        command = Path(f"/proc/{pid_of(runtime)}/cmdline").read_bytes().split(b"\0")
    assert command[0].decode() == sys.executable
    assert not any(ready.server.password.encode() in part for part in command), "secrets go another way"
