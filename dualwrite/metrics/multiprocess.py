"""Several workers, one `/metrics`: each counts in files of a folder that all share, and whoever is asked adds them up.

The folder is `PROMETHEUS_MULTIPROC_DIR`, as `prometheus_client` calls it, and must be named before that is imported: it decides
once, for the process, where a figure is kept. Files bear process ids, so all workers must be of one host (or container).

A worker that ended leaves its files. What it counted stays true and is folded into one file a type; its gauges are taken
away. So the folder holds a few files for each worker that lives, however many have been.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import Metric as Family
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from typing_extensions import override

from dualwrite.errors import ConfigurationError

log = logging.getLogger(__name__)
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_ADDED_UP = ("counter", "histogram")
_LEFT = "0"  # no process has this id: what the dead have counted


def folder() -> Path | None:
    """The folder that this process shares with others; None where it counts for itself."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def check_folder(directory: Path) -> None:
    """Make it where it is missing.

    Raises:
        ConfigurationError: it cannot be written to, or this process began to count before the folder was named.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with _alone(directory):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"{VARIABLE}: the folder {directory} cannot be written to ({error.strerror}): name another"
        ) from error
    if not getattr(sys.modules["prometheus_client.values"].ValueClass, "_multiprocess", False):
        raise ConfigurationError(
            f"{VARIABLE} was set after the process began to count: set it in the environment that starts the process"
        )


class Shared(Collector):
    """What all workers have counted, the dead ones included, and the gauges of those that live."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @override
    def collect(self) -> Iterable[Family]:
        try:
            return self._merged()
        except (OSError, RuntimeError, ValueError) as error:
            # The folder is gone, or a file in it is damaged: what is stored is shown all the same.
            log.warning("%s: what is in %s cannot be read: %s", VARIABLE, self._directory, error)
            return []

    def _merged(self) -> list[Family]:
        with _alone(self._directory):
            bury(self._directory)
            merged: Iterable[Family] = MultiProcessCollector.merge(
                sorted(str(file) for file in self._directory.glob("*.db"))
            )
            return list(merged)

    def describe(self) -> Iterable[Family]:
        """Nothing: what there is, is not known before somebody counts."""
        return []


def bury(directory: Path) -> None:
    """Fold what dead workers have left. Only inside `_alone`: between the two steps it would be counted twice."""
    dead = {pid for pid in _pids(directory) if not _lives(pid)}
    for pid in dead:
        mark_process_dead(pid, str(directory))
    for kind in _ADDED_UP:
        files = [file for pid in dead if (file := directory / f"{kind}_{pid}.db").exists()]
        if not files:
            continue
        left = directory / f"{kind}_{_LEFT}.db"
        _fold([*files, *([left] if left.exists() else [])], left)
        for file in files:
            file.unlink()


def _fold(files: Iterable[Path], target: Path) -> None:
    half = target.with_suffix(".half")
    half.unlink(missing_ok=True)
    sums = MmapedDict(str(half))
    for family in MultiProcessCollector.merge([str(file) for file in files], accumulate=False):
        for sample in family.samples:
            names = list(sample.labels)
            values = [sample.labels[name] for name in names]
            key = mmap_key(family.name, sample.name, names, values, family.documentation)
            sums.write_value(key, sample.value, 0.0)
    sums.close()
    half.replace(target)


def _pids(directory: Path) -> set[int]:
    found = {file.stem.rpartition("_")[2] for file in directory.glob("*.db")}
    return {int(pid) for pid in found if pid.isdigit() and pid != _LEFT}


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """No two fold at once, and nobody adds up while somebody folds."""
    descriptor = os.open(directory / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
