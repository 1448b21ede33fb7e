"""The application's side: starts the helper, hands work over, hears from it, and starts another where it has died."""

from __future__ import annotations

import json
import logging
import pickle
import socket
import struct
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from time import monotonic

from typing_extensions import override

from dualwrite.applier import Job
from dualwrite.backstage import Backstage
from dualwrite.errors import ConfigurationError
from dualwrite.helper.channel import Sender, pack, pair, received
from dualwrite.helper.messages import READ, WRITE, Drain, Drained, Failed, Line, Report, Setup, asked, written
from dualwrite.kept import Keeper
from dualwrite.metrics.catalogue import SHADOW
from dualwrite.parts import Parts
from dualwrite.payments import PAY_EVERY, Payments
from dualwrite.periodic import Periodic
from dualwrite.sampler import Sampler
from dualwrite.shadow import Question
from dualwrite.trail import trail

log = logging.getLogger(__name__)

READY_WITHIN = 30.0
"""Seconds that a helper may take to start."""
SILENT = 2.0
"""Seconds without a report after which nothing is handed over any more."""
HUNG = 30
"""And after which it is killed, and another started."""
PUBLISH_EVERY = 1.0
"""Seconds."""
REST = (1.0, 30.0)
"""Seconds before another is started: the first time, and at most."""

MOST_QUESTIONS = 500
"""Reads that wait to be handed over."""

_START = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])  # first of all: what is imported is what the application would import
from dualwrite.helper.process import run
sys.exit(run(int(sys.argv[2])))
"""


class Helper(Backstage):
    """Does it in a process of its own, for these parts."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._pressure = 0.0
        self.sampler = Sampler(
            parts.settings.sample_rate, self._count, metrics=parts.metrics, pressure=lambda: self._pressure
        )
        self.sampler.paused = True
        self.keeper = Keeper(parts.migration.foreign)
        self._payments = Payments(parts.journal)
        self._questions: deque[Question] = deque()
        self._handing = Periodic("handing over", self._hand_over, every=PAY_EVERY)
        self._compared: dict[tuple[str, str], int] = {}
        self._down = True
        self._heard = 0.0
        self._ready = threading.Event()
        self._ending = threading.Event()
        self._why: str | None = None
        self._sender: Sender | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._drains: dict[int, tuple[threading.Event, list[bool]]] = {}
        self._asked = 0
        self._published = 0.0
        self._thread = threading.Thread(target=self._run, name="dualwrite-helper", daemon=True)

    @property
    def pid(self) -> int | None:
        """The helper's process id; None before there is one."""
        return self._process.pid if self._process else None

    @override
    def start(self) -> None:
        self._handing.start()
        self._thread.start()
        if not self._ready.wait(READY_WITHIN) or self._why is not None:
            why = self._why or f"nothing was heard of it for {READY_WITHIN:.0f} s"
            self.close()
            raise ConfigurationError(f"the helper process does not start: {why}")

    @override
    def is_down(self) -> bool:
        return self._down or monotonic() - self._heard > SILENT

    @override
    def apply(self, job: Job) -> None:
        message = self._packed(WRITE, written(job))
        if message is None or not self._send(WRITE, message, 1):
            self._payments.leave([obligation.seq for obligation in job.obligations])

    @override
    def ask(self, question: Question) -> None:
        # With others: to wake the helper for each would cost the caller's processor what it has at hand.
        self._questions.append(question)
        if len(self._questions) > MOST_QUESTIONS:
            self._ask_all()

    def _ask_all(self) -> None:
        packed: list[bytes] = []
        with suppress(IndexError):  # where there is none left, perhaps since another thread was faster
            while len(packed) < MOST_QUESTIONS:
                if (message := self._packed(READ, asked(self._questions.popleft()))) is not None:
                    packed.append(message)
        if packed:
            self._send(READ, b"".join(packed), len(packed))

    def _hand_over(self) -> None:
        self._ask_all()
        self._payments.flush()

    def _packed(self, kind: str, message: object) -> bytes | None:
        try:
            return pack(message)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            log.warning("a %s cannot be handed to the helper process: %s", kind, trail(error))
            self._parts.metrics.add(SHADOW, kind, "uncopied")
            return None

    def _send(self, kind: str, messages: bytes, number: int) -> bool:
        sender = self._sender
        if sender is not None and sender.send(messages):
            return True
        self._parts.metrics.add(SHADOW, kind, "shed", amount=number)
        return False

    def _count(self, repository: str, method: str) -> int:
        return self._compared.get((repository, method), 0)

    @override
    def drain(self, seconds: float) -> bool:
        self._handing.turn()
        self._asked += 1
        number, done, said = self._asked, threading.Event(), list[bool]()
        self._drains[number] = (done, said)
        sender = self._sender
        try:
            if sender is None or not sender.send(pack(Drain(number, seconds))):
                return False
            done.wait(seconds + SILENT)
        finally:
            del self._drains[number]
        return bool(said and said[0])

    @override
    def close(self) -> None:
        deadline = monotonic() + self._parts.settings.drain_seconds + SILENT
        self._ask_all()
        self._ending.set()
        sender, process = self._sender, self._process
        if sender is not None:
            sender.close(max(0.0, deadline - monotonic()))
        self._thread.join(max(0.0, deadline - monotonic()))
        if process is not None and process.poll() is None:
            process.kill()  # what it had in hand is owed, and held for longer than its request may last
        self._thread.join()
        self._handing.close()
        self._handing.turn()
        self._parts.metrics.publish()

    def _run(self) -> None:
        first, most = REST
        rest = first
        while not self._ending.is_set():
            begun = monotonic()
            try:
                why = self._serve()
            except OSError as error:  # no process, or no socket, can be had
                why = trail(error)
            self._down, self.sampler.paused, self._sender = True, True, None
            if self._ending.is_set() or not self._ready.is_set():
                self._why = why
                self._ready.set()
                return
            rest = first if monotonic() - begun > most else min(most, rest * 2)
            log.warning("the helper process ended (%s); another follows in %.0f s", why, rest)
            self._ending.wait(rest)

    def _serve(self) -> str:
        """One helper, from its start to its end; returns why it ended."""
        why = ""
        ours, theirs = pair()
        with ours:
            with theirs:
                self._process = process = subprocess.Popen(  # noqa: S603 - this interpreter, its path, and a number
                    [sys.executable, "-c", _START, json.dumps(sys.path), str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                )
            sender = Sender(ours)
            parts = self._parts
            level = logging.getLogger("dualwrite").getEffectiveLevel()
            try:
                setup = Setup(parts.migration, parts.settings, parts.timing, parts.looks, level)
                sender.send(pack(setup))
            except (pickle.PicklingError, TypeError, AttributeError) as error:
                why = f"the migration cannot be handed to it ({error}): define it in a module"
            else:
                self._sender = sender
                # Not `settimeout`: that would make sending wait, too.
                ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", HUNG, 0))
                why = self._hear(ours)
            if self._sender is None or not self._ending.is_set():
                process.kill()
        status = process.wait()
        return why or f"exit status {status}"

    def _hear(self, end: socket.socket) -> str:
        """Until it says no more; returns why, where it says that too."""
        for message in received(end):
            self._heard = monotonic()
            match message:
                case Report():
                    self._take(message)
                case Drained():
                    if waiting := self._drains.get(message.number):
                        waiting[1].append(message.nothing_left)
                        waiting[0].set()
                case Line():
                    logging.getLogger(message.logger).log(message.level, "%s", message.text)
                case Failed():
                    return message.why
                case _:
                    raise TypeError(f"a helper does not say {type(message).__name__}")
        return ""

    def _take(self, report: Report) -> None:
        self._compared.update(report.counts)
        report.figures.tell(self._parts.metrics)
        self._down, self.sampler.paused, self._pressure = report.down, not report.copied, report.pressure
        self._ready.set()
        if self._heard - self._published > PUBLISH_EVERY:
            self._published = self._heard
            self._parts.metrics.publish()
