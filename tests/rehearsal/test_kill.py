"""A rehearsal is killed again and again in one folder; then it is left alone, and nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from repos.entities import ENTITIES
from repos.rehearsal.ledger import Ledger
from tests.fixtures.pocketbase import NEWEST, pocketbase_binary

EARLY = 12  # kills at once after the schema step, where the backfill is at work
BETWEEN = 8  # kills within a second of it, beside the outage
LATE = 10  # kills after the backfill step, in dual writes
SAMPLE = ("--users", "10", "--chats", "300", "--seconds", "1", "--outage", "0.4", "--rate", "250")


@dataclass(frozen=True)
class Killed:
    """Where a run was when it was killed: the last step that it had printed, and whether every row had been copied."""

    after: str
    copied: bool


@pytest.mark.slow
def test_killed_at_thirty_moments_it_goes_on_and_loses_nothing(tmp_path: Path) -> None:
    pocketbase_binary(NEWEST)
    rng = Random(20)
    work = tmp_path / "work"
    windows = [("schema", 0.12)] * EARLY + [("schema", 1.0)] * BETWEEN + [("backfill", 0.9)] * LATE
    # Each window begins at a printed step, so that a slow machine changes none of this.
    killed = [
        killed_run(work, step, rng.uniform(0.0, longest), group=rng.random() < 0.5)
        for step, longest in windows
    ]
    told = [Ledger.load(path) for path in (work / "told").glob("*.jsonl")]
    done = subprocess.run([*command(work), "--json"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert report["verdict"] == {"ready": True, "reasons": []}
    assert report == json.loads((work / "report" / "report.json").read_text())
    assert report["lost_writes"] == []
    assert sum(len(dict(ledger)) for ledger in told) > 300, "there were acknowledged writes to lose"
    assert not any(orphans(work)), "every PocketBase has ended"
    assert sum(not run.copied for run in killed) >= EARLY // 2, Counter(killed)
    assert sum(run.copied for run in killed) >= LATE, Counter(killed)
    assert len({run.after for run in killed}) >= 2, Counter(killed)


def command(work: Path) -> list[str]:
    """The rehearsal, on a small sample."""
    return [sys.executable, "-m", "dualwrite", "rehearse", "--work", str(work), *SAMPLE]


def killed_run(work: Path, step: str, seconds: float, *, group: bool) -> Killed:
    """One run, killed so many seconds after that step: alone, or with every process that it started."""
    run = subprocess.Popen(
        command(work), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    with run:
        assert run.stdout is not None
        seen = []
        for line in run.stdout:
            seen.append(line)
            if line.startswith(f"✓ {step}"):
                break
        else:
            pytest.fail("the run ended by itself: " + "".join(seen))
        time.sleep(seconds)
        assert run.poll() is None, "it had ended before it was killed"
        (os.killpg if group else os.kill)(run.pid, signal.SIGKILL)
        steps = [line.split(":")[0] for line in [*seen, *run.stdout] if line.startswith(("✓", "✗"))]
    return Killed(steps[-1], copied(work))


def copied(work: Path) -> bool:
    """Whether the backfill says of every entity that it is through."""
    with closing(sqlite3.connect(work / "sql" / "copy.db")) as database:
        places = database.execute("SELECT json FROM dualwrite_value WHERE name LIKE 'backfill:%'").fetchall()
    done = [bool((json.loads(place) or {}).get("done")) for (place,) in places]
    return len(done) == len(ENTITIES) and all(done)


def orphans(work: Path) -> list[int]:
    """Processes that still serve this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(work).encode() in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:  # it ended meanwhile
            continue
    return found
