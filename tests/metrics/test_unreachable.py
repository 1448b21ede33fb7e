"""A scrape of what is slow, silent or gone: bounded, and never an exception."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest

from dualwrite.metrics import CATALOGUE, Origin
from dualwrite.metrics.catalogue import BUILD, UP
from tests.metrics.stage import Stage, copy, staged

STORED = {metric.sample for metric in CATALOGUE if metric.origin is Origin.STORED}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path) as opened:
        copy(opened)
        yield opened


def names(text: str) -> set[str]:
    return {line.partition("{")[0].partition(" ")[0] for line in text.splitlines() if line[0] != "#"}


def test_a_database_that_cannot_be_read_takes_its_series_with_it_and_no_others(stage: Stage) -> None:
    path = stage.parts.settings.need_sql_url().removeprefix("sqlite:///")
    assert "dualwrite_up 1.0" in stage.text
    with closing(sqlite3.connect(path)) as driver:
        driver.execute("ALTER TABLE dualwrite_value RENAME TO away")
        driver.commit()
        seen = stage.text
        driver.execute("ALTER TABLE away RENAME TO dualwrite_value")
        driver.commit()
    assert "dualwrite_up 0.0" in seen
    assert names(seen) & STORED == {UP.name}
    assert "dualwrite_settled_total" in names(seen)
    again = stage.text
    assert "dualwrite_up 1.0" in again
    assert BUILD.name in names(again)


def test_a_database_that_is_locked_does_not_hold_the_scrape_up(stage: Stage) -> None:
    path = stage.parts.settings.need_sql_url().removeprefix("sqlite:///")
    assert "dualwrite_up 1.0" in stage.text
    with closing(sqlite3.connect(path, isolation_level=None)) as driver:
        driver.execute("BEGIN EXCLUSIVE")
        begun = monotonic()
        seen = stage.text
        assert monotonic() - begun < 4.5, "a second to be stale, two to wait"
        driver.execute("ROLLBACK")
    assert 'dualwrite_backfill_complete{entity="note"} 1.0' in seen, "what was seen last, for half a minute"


def test_a_pocketbase_that_hangs_is_a_condition_that_does_not_hold(stage: Stage) -> None:
    pid = stage.server.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        begun = monotonic()
        seen = stage.text
        assert monotonic() - begun < 4.5
    finally:
        os.kill(pid, signal.SIGCONT)
    assert 'dualwrite_gate_condition{condition="pocketbase"} 0.0' in seen
    assert 'dualwrite_gate_condition{condition="backfill"} 1.0' in seen
    assert "dualwrite_ready 0.0" in seen
