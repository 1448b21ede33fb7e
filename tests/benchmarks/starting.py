"""How long it takes until anything runs."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence

from tests.benchmarks.figures import Effort, Values

IMPORT = (sys.executable, "-c", "import repos")
HELP = (sys.executable, "-m", "dualwrite", "--help")


def start(effort: Effort) -> Values:
    """Seconds from the start of a process to its end."""
    repeats = effort.of(15, 3)
    taken: dict[str, list[float]] = {"import": [], "help": []}
    for _ in range(repeats + 1):
        for name, words in (("import", IMPORT), ("help", HELP)):
            taken[name].append(_seconds(words))
    return {name: seconds[1:] for name, seconds in taken.items()}  # the first reads the files


def _seconds(words: Sequence[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin
