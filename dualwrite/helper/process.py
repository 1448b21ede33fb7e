"""The helper's side: the same threads as in an application, fed from a socket."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from typing_extensions import override

from dualwrite.backstage import Threads
from dualwrite.errors import DualwriteError
from dualwrite.helper.channel import Sender, pack, received
from dualwrite.helper.figures import Collected
from dualwrite.helper.messages import WRITE, Drain, Drained, Failed, Line, Report, Setup, job_of, question_of
from dualwrite.parts import Parts
from dualwrite.periodic import Periodic

REPORT_EVERY = 0.2
"""Seconds."""
NICE = 10
"""What callers wait for goes first: on a machine with no processor to spare the work behind them is done when they pause."""


def run(descriptor: int) -> int:
    """Work until the other end closes, or its process is gone. Returns the exit status."""
    # Ctrl-C reaches a whole terminal, and a service's stop a whole group: the end that counts is that of the application.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(NICE)
    with socket.socket(fileno=descriptor) as end:
        messages = received(end)
        sender = Sender(end)
        try:
            setup: Setup = next(messages)
            helper = Process(setup, sender, end)
        except StopIteration:
            return 1  # nobody is there any more
        except (DualwriteError, ImportError, AttributeError, pickle.UnpicklingError) as error:
            why = str(error) if isinstance(error, DualwriteError) else f"{type(error).__name__}: {error}"
            sender.send(pack(Failed(why)))
            sender.close(1.0)
            return 1
        with closing(helper):
            helper.work(messages)
    return 0


class Process:
    """The parts, the threads, and what goes back."""

    def __init__(self, setup: Setup, sender: Sender, end: socket.socket) -> None:
        self._sender = sender
        self._end = end
        self._parent = os.getppid()
        self._contracts = setup.migration.contracts
        self._figures = Collected()
        self._known: dict[tuple[str, str], int] = {}
        logging.basicConfig(level=setup.level, handlers=[_Lines(sender)])
        self._parts = Parts.open(
            setup.migration,
            setup.settings,
            metrics=self._figures,
            timing=setup.timing,
            looks=setup.looks,
        )
        try:
            self._threads = Threads(self._parts, *self._parts.adapters())
            self._threads.start()
        except BaseException:
            self._parts.close()
            raise
        self._reports = Periodic("report", self._report, every=REPORT_EVERY)
        self._reports.turn()
        self._reports.start()

    def work(self, messages: Iterator[Any]) -> None:
        """Until there are no more."""
        for message in messages:
            match message:
                case tuple() if message[0] == WRITE:
                    self._threads.apply(job_of(message, self._contracts))
                case tuple():
                    self._threads.ask(question_of(message, self._contracts))
                case Drain():
                    threading.Thread(target=self._drain, args=(message,), daemon=True).start()
                case _:
                    raise TypeError(f"a helper is not asked for {type(message).__name__}")

    def _drain(self, asked: Drain) -> None:
        nothing_left = self._threads.drain(asked.seconds)
        self._reports.turn()
        self._sender.send(pack(Drained(asked.number, nothing_left)))

    def _report(self) -> None:
        counts = {
            (one["repository"], one["method"]): self._parts.comparisons.count(
                one["repository"], one["method"]
            )
            for one in self._parts.comparisons.summary()
        }
        changed = {place: count for place, count in counts.items() if self._known.get(place) != count}
        self._known = counts
        self._sender.send(
            pack(
                Report(
                    self._threads.is_down(),
                    not self._threads.sampler.paused,
                    self._threads.pressure,
                    changed,
                    self._figures.take(),
                )
            )
        )
        if os.getppid() != self._parent:
            # It is gone, and a child of its own may still hold the other end open.
            self._end.shutdown(socket.SHUT_RD)

    def close(self) -> None:
        """Finish what is queued, within the drain limit, and say what it came to."""
        self._threads.close()
        self._reports.close()
        self._reports.turn()
        self._parts.close()
        self._sender.close(1.0)


class _Lines(logging.Handler):
    """Sends log lines to where the application's own go."""

    def __init__(self, sender: Sender) -> None:
        super().__init__()
        self._sender = sender

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self._sender.send(pack(Line(record.name, record.levelno, record.getMessage())))
