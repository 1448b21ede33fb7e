"""A rehearsal in which something differs in the end says so: exit status 1, on the terminal, in the report, in the JSON."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from dualwrite.rehearse.material import Size
from repos.entities import PREFIX
from repos.rehearsal.material import OpenWebUIRehearsal
from tests.cli.command import ROOT, command, environment
from tests.cli.conftest import digest

FAST = ("--seconds", "0.3", "--outage", "0.3")


def test_a_row_that_pocketbase_cannot_hold(tmp_path: Path) -> None:
    source = tmp_path / "webui.db"
    OpenWebUIRehearsal().create(f"sqlite:///{source}", Size(users=3, rows=20, unrepresentable=2))
    before = digest(source)
    done = subprocess.run(
        [*command("rehearse", "--work", tmp_path / "work", "--sql", f"sqlite:///{source}", *FAST), "--json"],
        env=environment({}),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert report["verdict"]["ready"] is False
    assert report == json.loads((tmp_path / "work" / "report" / "report.json").read_text())
    chat = next(entity for entity in report["entities"] if entity["name"] == "chat")
    assert chat["obligations_stuck"] == 2
    assert "Traceback" not in done.stderr
    assert digest(source) == before


def test_a_record_changed_behind_its_back(sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    words = ("rehearse", "--work", folder, "--sql", f"sqlite:///{sample}", *FAST)
    with closing(sqlite3.connect(sample)) as source:
        (key,) = source.execute("SELECT min(id) FROM model").fetchone()
    running = subprocess.Popen(
        command(*words),
        env=environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with running:
        assert running.stdout is not None
        for line in running.stdout:
            if line.startswith("✓ backfill"):
                break
        tamper(folder / "pocketbase" / "pb_data" / "data.db", key)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 1, err
    assert "✗ verify" in out
    assert key in out, "what differs is named"
    assert "✓ equal" not in out
    report = json.loads((folder / "report" / "report.json").read_text())
    assert report["verdict"]["ready"] is False
    (named,) = next(entity for entity in report["entities"] if entity["name"] == "model")["named"]
    assert (named["key"], named["path"]) == ([key], "name")
    assert "Traceback" not in err


def tamper(file: Path, key: str) -> None:
    """Change one record past every API. Traffic touches no model of the source."""
    with closing(sqlite3.connect(file, timeout=20)) as pocketbase:
        changed = pocketbase.execute(f"UPDATE {PREFIX}models SET name = name || '?' WHERE key = ?", (key,))
        pocketbase.commit()
    assert changed.rowcount == 1
