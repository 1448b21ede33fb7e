"""Several real processes, one text; and a folder that does not grow with every worker that ever was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from dualwrite.errors import ConfigurationError
from dualwrite.metrics.exposition import Counted, text
from dualwrite.metrics.multiprocess import VARIABLE, Shared, check_folder
from tests.metrics.stage import Stage

ROOT = Path(__file__).parents[2]


class Workers:
    """Processes that share a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._running: list[subprocess.Popen[str]] = []

    def start(self, number: int) -> subprocess.Popen[str]:
        """One that has counted."""
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.metrics.worker", str(number)],
            cwd=ROOT,
            env={**os.environ, VARIABLE: str(self.folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._running.append(worker)
        assert worker.stdout is not None
        assert worker.stdout.readline() == "counted\n"
        return worker

    def end(self, worker: subprocess.Popen[str], *, killed: bool = False) -> None:
        """It is gone."""
        if killed:
            worker.kill()
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.close()
        worker.wait(timeout=10)
        worker.stdout.close()
        self._running.remove(worker)

    def end_all(self) -> None:
        for worker in list(self._running):
            self.end(worker)

    @property
    def lines(self) -> list[str]:
        registry = CollectorRegistry()
        registry.register(Counted(Shared(self.folder)))
        return text(registry).splitlines()

    @property
    def files(self) -> set[str]:
        return {file.name for file in self.folder.glob("*.db")}


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    started = Workers(tmp_path / "shared")
    yield started
    started.end_all()


COUNTED = """\
dualwrite_settled_total{by="writer",entity="notes",result="equal"} 6.0
dualwrite_call_errors_total{backend="sql",error="Conflict",method="get",repository="notes"} 3.0
dualwrite_call_seconds_bucket{backend="sql",le="0.005",method="get",repository="notes"} 3.0
dualwrite_call_seconds_bucket{backend="sql",le="10.0",method="get",repository="notes"} 3.0
dualwrite_call_seconds_bucket{backend="sql",le="30.0",method="get",repository="notes"} 6.0
dualwrite_call_seconds_bucket{backend="sql",le="+Inf",method="get",repository="notes"} 6.0
dualwrite_call_seconds_count{backend="sql",method="get",repository="notes"} 6.0""".splitlines()


def missing(wanted: list[str], lines: list[str]) -> list[str]:
    return [line for line in wanted if line not in lines]


def test_what_workers_counted_is_added_up_and_their_gauges_are_joined(workers: Workers) -> None:
    for number in (1, 2, 3):
        workers.start(number)
    lines = workers.lines
    gauges = [
        'dualwrite_queue_depth{work="write"} 6.0',
        "dualwrite_breaker_open 1.0",
        "dualwrite_relay_passed_timestamp_seconds 1003.0",
    ]
    assert missing([*COUNTED, *gauges], lines) == []
    assert [line for line in lines if "pid=" in line or "_created" in line] == []


@pytest.mark.parametrize("killed", [False, True], ids=["ended", "killed"])
def test_a_worker_that_is_gone_leaves_what_it_counted_and_no_gauge(workers: Workers, killed: bool) -> None:
    first, second, third = (workers.start(number) for number in (1, 2, 3))
    workers.end(third, killed=killed)
    workers.end(second, killed=killed)
    for _ in range(2):  # a second look counts nothing twice
        lines = workers.lines
        gauges = [
            'dualwrite_queue_depth{work="write"} 1.0',
            "dualwrite_breaker_open 0.0",
            "dualwrite_relay_passed_timestamp_seconds 1001.0",
        ]
        assert missing([*COUNTED, *gauges], lines) == []
    assert {name for name in workers.files if name.endswith(f"_{first.pid}.db")} == {
        f"counter_{first.pid}.db",
        f"histogram_{first.pid}.db",
        f"gauge_livesum_{first.pid}.db",
        f"gauge_livemax_{first.pid}.db",
    }
    assert len(workers.files) == 6


def test_however_many_workers_there_were_the_folder_holds_the_living(workers: Workers) -> None:
    for _ in range(5):
        workers.end(workers.start(2))
        assert len(workers.lines) > 10
        assert workers.files == {"counter_0.db", "histogram_0.db"}
    assert 'dualwrite_settled_total{by="writer",entity="notes",result="equal"} 10.0' in workers.lines


def test_a_folder_that_is_gone_or_damaged_costs_no_more_than_what_was_in_it(
    workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    worker = workers.start(1)
    (workers.folder / f"counter_{worker.pid}.db").write_bytes(b"\xff\xff\xff\x00" * 64)
    assert workers.lines == []
    shutil.rmtree(workers.folder)
    assert workers.lines == []
    assert caplog.text.count("cannot be read") == 2


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        ConfigurationError, match=r"PROMETHEUS_MULTIPROC_DIR: the folder .*file/below cannot be"
    ):
        check_folder(tmp_path / "file" / "below")


def test_a_folder_named_too_late_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="set after the process began to count"):
        check_folder(tmp_path / "late")


def test_one_that_is_scraped_shows_what_all_counted_beside_what_is_stored(
    workers: Workers, after_a_run: tuple[Stage, str]
) -> None:
    for number in (1, 2, 3):
        workers.start(number)
    settings = after_a_run[0].parts.settings
    assert settings.pb_password is not None
    done = subprocess.run(
        [sys.executable, "-m", "tests.metrics.scrape"],
        cwd=ROOT,
        env={
            **os.environ,
            VARIABLE: str(workers.folder),
            "DUALWRITE_SQL_URL": settings.need_sql_url(),
            "DUALWRITE_PB_URL": settings.need_pb_url(),
            "DUALWRITE_PB_IDENTITY": str(settings.pb_identity),
            "DUALWRITE_PB_PASSWORD": settings.pb_password.get_secret_value(),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    stored = [
        "dualwrite_up 1.0",
        'dualwrite_phase{phase="dual"} 1.0',
        'dualwrite_backfill_complete{entity="note"} 1.0',
    ]
    assert missing([*COUNTED, *stored], lines) == []
    series = [line.rpartition(" ")[0] for line in lines if line and not line.startswith("#")]
    assert len(series) == len(set(series))
