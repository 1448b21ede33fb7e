"""Files of any size pass through a process that stays as small as it was."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from dualwrite.pocketbase import EmbeddedPocketBase
from tests.cli.command import ROOT, environment

MOST = 8_000_000  # bytes: some pieces on their way, and what the interpreter does not give back


@pytest.mark.parametrize(
    "size", [64 * 1024**2 + 1, pytest.param(1024**3 + 1, marks=pytest.mark.slow)], ids=["64MiB", "1GiB"]
)
def test_a_file_of_any_size_takes_a_constant_amount_of_memory(
    openwebui_server: EmbeddedPocketBase, tmp_path: Path, size: int
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    rng = random.Random(size)
    with source.open("wb") as file:
        file.truncate(size)  # sparse, but for a few bytes here and there
        for at in range(0, size, size // 50):
            file.seek(at)
            file.write(rng.randbytes(1000)[: size - at])
    settings = {
        "DUALWRITE_PB_URL": openwebui_server.url,
        "DUALWRITE_PB_IDENTITY": openwebui_server.identity,
        "DUALWRITE_PB_PASSWORD": openwebui_server.password,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tests.pocketbase.uploading", source, target],
            env=environment(settings),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert (said["size"], said["equal"]) == (size, True)
        assert said["grown"] < MOST
    finally:
        source.unlink(missing_ok=True)
        target.unlink(missing_ok=True)
