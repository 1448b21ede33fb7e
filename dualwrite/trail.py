"""Where an error came from, without what it says: the text of an error that is not ours may quote anybody's data."""

from __future__ import annotations

import traceback
from pathlib import Path

_FRAMES = 5


def trail(error: BaseException) -> str:
    """Its kind and the last places it passed, innermost last: `ValueError at worker.py:71 in _contained > a.py:3 in f`."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {places}" if places else type(error).__name__
