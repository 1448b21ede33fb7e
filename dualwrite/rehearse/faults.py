"""The faults of a rehearsal: PocketBase gone, and PocketBase there but silent."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from dualwrite.evidence import Fault
from dualwrite.pocketbase import EmbeddedPocketBase


def stopped(server: EmbeddedPocketBase, seconds: float) -> None:
    """The process ends as in a crash, and comes back."""
    server.kill()
    time.sleep(seconds)
    server.start()


def hanging(server: EmbeddedPocketBase, seconds: float) -> None:
    """The process accepts connections and answers nothing."""
    pid = server.pid
    if pid is None:
        return
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        os.kill(pid, signal.SIGCONT)


class Injector:
    """Injects one fault after another beside whatever else goes on, and writes down what was seen."""

    def __init__(self, server: EmbeddedPocketBase, look: Callable[[], str], seen: list[Fault]) -> None:
        self._server = server
        self._look = look
        self._seen = seen

    def inject(self, name: str, fault: Callable[[EmbeddedPocketBase, float], None], seconds: float) -> Fault:
        """Inject it now and wait until it is over."""
        at = datetime.now(UTC)
        fault(self._server, seconds)
        one = Fault(name=name, at=at, seconds=seconds, seen=self._look())
        self._seen.append(one)
        return one

    def beside(
        self, name: str, fault: Callable[[EmbeddedPocketBase, float], None], seconds: float, *, after: float
    ) -> threading.Thread:
        """Inject it in a thread of its own, so many seconds from now; join the thread."""

        def run() -> None:
            time.sleep(after)
            self.inject(name, fault, seconds)

        thread = threading.Thread(target=run, name=f"fault-{name}")
        thread.start()
        return thread
