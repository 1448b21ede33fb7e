"""Work that is tried again until PocketBase takes it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from dualwrite.errors import AnswerLost, DualwriteError, Unavailable
from dualwrite.progress import Progress
from dualwrite.settle import Patience
from dualwrite.turn import Hold

Result = TypeVar("Result")


class Trial:
    """One piece of a job that holds a turn; it gives up `give_up_after` seconds from now."""

    def __init__(self, hold: Hold, patience: Patience, progress: Progress, *, give_up_after: float) -> None:
        self._hold = hold
        self._patience = patience
        self._progress = progress
        self._deadline = time.monotonic() + give_up_after
        self._attempts = 0

    def wait(self, errors: Sequence[DualwriteError]) -> None:
        """Wait for as long as the longest of these asks for, a little longer each time. Raises the first of them where that
        would be too long."""
        seconds = max(self._patience.after(each, self._attempts) for each in errors)
        if time.monotonic() + seconds > self._deadline:
            raise errors[0]
        self._progress.note(
            f"PocketBase does not take rows just now ({type(errors[0]).__name__}); again in {seconds:.0f} s"
        )
        self._hold.sleep(seconds)
        self._attempts += 1

    def until_done(self, work: Callable[[], Result]) -> Result:
        """What the work comes to, however long PocketBase takes to come back."""
        while True:
            try:
                return work()
            except (Unavailable, AnswerLost) as error:
                self.wait([error])
