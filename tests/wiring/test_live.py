"""The repositories of a process: opened with the first question, closed at the end, never shared with a fork."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from dualwrite.errors import ConfigurationError
from repos.openwebui.lifespan import live_with
from repos.openwebui.live import Live


class Opening:
    """What a process would open, noted."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.fails = False

    @contextmanager
    def __call__(self) -> Iterator[Mapping[str, Any]]:
        if self.fails:
            raise ConfigurationError("not today")
        self.events.append("open")
        yield {"users": self}
        self.events.append("closed")


def test_it_opens_with_the_first_question_and_once_for_all_threads() -> None:
    opening = Opening()
    live = Live(opening)
    assert opening.events == []
    start = threading.Barrier(8)
    seen: list[Mapping[str, Any]] = []

    def ask() -> None:
        start.wait()
        seen.append(live.repositories())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opening.events == ["open"]
    assert len({id(each) for each in seen}) == 1


def test_closed_it_opens_again_for_whoever_asks() -> None:
    opening = Opening()
    live = Live(opening)
    live.repositories()
    live.close()
    live.close()
    live.repositories()
    assert opening.events == ["open", "closed", "open"]


def test_what_could_not_be_opened_is_tried_again() -> None:
    opening = Opening()
    live = Live(opening)
    opening.fails = True
    with pytest.raises(ConfigurationError):
        live.repositories()
    opening.fails = False
    assert live.repositories()["users"] is opening


FORK = """
import os, sys
from contextlib import contextmanager
from repos.openwebui.live import Live

@contextmanager
def opening():
    yield {"pid": os.getpid()}
    print("closed by", "parent" if os.getpid() == parent else "child", flush=True)

parent = os.getpid()
live = Live(opening)
assert live.repositories()["pid"] == parent
if os.fork() == 0:
    assert live.repositories()["pid"] == os.getpid(), "the parent's connections are not the child's"
    live.close()
    os._exit(0)
assert os.wait()[1] == 0
assert live.repositories()["pid"] == parent
"""


def test_a_fork_opens_its_own_and_closes_only_that() -> None:
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["closed by child", "closed by parent"], (
        "the latter at the process's end"
    )


def application(events: list[str], live: Live) -> Any:
    """As much of a FastAPI application as has a beginning and an end; both ask."""

    @asynccontextmanager
    async def theirs(_: Any) -> AsyncIterator[None]:
        live.repositories()
        events.append("theirs begins")
        yield
        live.repositories()
        events.append("theirs ends")

    return SimpleNamespace(router=SimpleNamespace(lifespan_context=theirs), state=SimpleNamespace())


def test_ours_begins_before_the_application_and_ends_after_it() -> None:
    opening = Opening()
    live = Live(opening)
    app = application(opening.events, live)
    live_with(app, live)
    live_with(app, live)

    async def run() -> None:
        async with app.router.lifespan_context(app):
            opening.events.append("serving")

    asyncio.run(run())
    assert opening.events == ["open", "theirs begins", "serving", "theirs ends", "closed"]


def test_an_application_that_fails_closes_what_was_opened() -> None:
    opening = Opening()
    live = Live(opening)
    app = application(opening.events, live)
    live_with(app, live)

    async def run() -> None:
        async with app.router.lifespan_context(app):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(run())
    assert opening.events[-1] == "closed"
