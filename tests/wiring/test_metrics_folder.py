"""The folder in which the workers of one `serve` count together."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from repos.openwebui.metrics import SHARED, counting, name_folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv(SHARED, "")
    return tmp_path


def test_a_new_one_is_named_and_what_a_killed_predecessor_left_is_removed(temporary: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = temporary / f"dualwrite-metrics-{dead.pid}-abc"
    alive = temporary / f"dualwrite-metrics-{os.getppid()}-def"
    foreign = temporary / "dualwrite-metrics-of-somebody"
    for folder in (left, alive, foreign):
        folder.mkdir()
        (folder / "counter_1.db").touch()
    name_folder()
    named = Path(os.environ[SHARED])
    assert named.parent == temporary
    assert list(named.iterdir()) == []
    assert not left.exists()
    assert alive.exists()
    assert foreign.exists()


def test_one_that_the_environment_names_is_left_as_it_is(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SHARED, str(temporary / "ours"))
    name_folder()
    assert os.environ[SHARED] == str(temporary / "ours")
    assert list(temporary.iterdir()) == []


def test_nothing_is_counted_where_no_folder_is_shared(temporary: Path) -> None:
    assert counting() is None


def test_a_folder_that_is_missing_is_made_and_counted_in(temporary: Path) -> None:
    script = """
import os
from pathlib import Path
from repos.openwebui.metrics import SHARED, counting
from dualwrite.metrics.catalogue import SHADOW
counting().add(SHADOW, "write", "queued")
assert list(Path(os.environ[SHARED]).glob("counter_*.db"))
"""
    asked = {**os.environ, SHARED: str(temporary / "run" / "metrics")}
    done = subprocess.run(
        [sys.executable, "-c", script], env=asked, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_whatever_is_imported_for_serve_leaves_prometheus_client_alone() -> None:
    """It decides at its import where a figure is kept."""
    script = "import sys, repos.openwebui.command; sys.exit('prometheus_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
