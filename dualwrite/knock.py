"""Whether PocketBase is back, found out by a question that changes nothing and is soon given up.

Without it each trial after a rest stakes real writes: a server that says nothing makes every one of them a lost answer, to be
left alone for half a minute, and whoever tries waits as long as a write may take.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic

from dualwrite.breaker import Breaker
from dualwrite.call import Call, calling
from dualwrite.entity import Entity
from dualwrite.errors import UNREACHED, DualwriteError
from dualwrite.ports import Reader

SECONDS = 3.0
"""How long an answer may take."""
REST = 3.0
"""The breaker's longest rest, in seconds: a question stakes nothing, so it may be asked that often."""
NOBODY = "dualwrite: is anybody there?"


class Knock:
    """Asks for a row that is not there, as whoever we are logged in as."""

    def __init__(self, target: Reader, entities: Mapping[str, Entity], *, seconds: float = SECONDS) -> None:
        self._target = target
        self._entities = entities
        self._seconds = seconds

    def answered(self) -> bool:
        """Whether PocketBase answers. What it then refuses to do is for others to find out."""
        entity = next(iter(self._entities.values()))
        try:
            with calling(Call(deadline=monotonic() + self._seconds)):
                self._target.read(entity, [(NOBODY,) * len(entity.key)])
        except UNREACHED:
            return False
        except DualwriteError:
            return True
        return True

    def try_for(self, breaker: Breaker) -> None:
        """Where its rest is over: an answer closes it. For a process without a relay, which has writes to try with."""
        if breaker.is_open and breaker.allows():
            if self.answered():
                breaker.succeeded()
            else:
                breaker.failed()
