"""Files that are whole or not there, and folders for what is nobody else's business."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def private_folder(path: Path) -> Path:
    """A folder that only its owner can enter, for people's data. One that is there already keeps its mode."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A new file to write to, which takes the place of the old one at the end, and only if nothing was raised: a reader sees
    the old one or the new one, also after a power cut.

    The file's mode follows the umask, as if it had been opened plainly.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        error.filename = str(path)  # a full disk does not say which file it was
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> Path:
    """The same with a text; returns the path."""
    with whole_file(path) as file:
        file.write(text.encode())
    return path
