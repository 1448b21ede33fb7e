"""A folder that one process at a time works in. The kernel gives the lock back, however the process ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

if sys.platform != "win32":
    import fcntl


class FolderLock:
    """A lock on a file. Two holders shut each other out within one process too; children do not inherit it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def take(self) -> bool:
        """Whether it is ours now (it may have been before). Raises `OSError` where the file cannot be made."""
        if self._file is not None:
            return True
        file = self._path.open("ab")
        if sys.platform != "win32":
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                return False
            except OSError:
                file.close()
                raise
        self._file = file
        return True

    def release(self) -> None:
        """Give it back; nothing happens where it is not held."""
        file, self._file = self._file, None
        if file is not None:
            file.close()
