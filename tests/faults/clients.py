"""Clients whose calls are judged afterwards, each in a process of its own: they write and read keys that all of them share."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from random import Random

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from dualwrite import open_dual
from dualwrite.errors import StoreError
from tests.faults.cells import cells
from tests.faults.crew import Diary, Post, until_told
from tests.faults.history import Outcome, Recorder

KEYS = tuple(f"shared-{number}" for number in range(6))
FENCE = "dualwrite: the phase forbids writes"


def use(post: Post, name: str, pace: float = 0.004, *, writes: bool = True) -> None:
    """One thread writes, one reads, both on the transitional repository. Stays until told, so that its relay works.

    Who only reads is kept up to date by no write that waits. What the process takes for the phase is noted as it changes.
    """
    diary = Diary(post, name)
    with (
        open_dual(cells, post.settings(name), timing=post.place.timing) as runtime,
        until_told(post) as leave,
    ):
        recorder = Recorder(runtime.repositories["cells"], diary.add)
        loops = [_reading(recorder, Random(f"{post.seed}/{name}/reads"))]
        loops += [_writing(recorder, name, Random(f"{post.seed}/{name}"))] * writes
        with _each_on_its_thread(post, pace, loops):
            known = None
            while not post.quiet.exists():
                with suppress(StoreError):  # SQL may be away
                    if (phase := runtime.watch.current().phase) is not known:
                        diary.add("phase", known := phase)
                time.sleep(0.01)
        diary.add("quiet")
        leave.wait()
        if not runtime.drain(10.0):
            sys.exit("the queues did not empty")


def only_read(post: Post, name: str, pace: float = 0.002) -> None:
    """See `use`."""
    use(post, name, pace, writes=False)


def write_unwired(post: Post, name: str, pace: float = 0.05) -> None:
    """An old worker: SQL statements on an engine of its own; it has never heard of us.

    It does not read: SQL answers it whoever answers the others. Nor does it remove: SQLite has no trigger for a statement that
    finds no row, so such a one is answered and not refused, as a read is.
    """
    diary = Diary(post, name)
    with closing(Unwired(post.place.load().need_sql_url())) as table:
        recorder = Recorder(table, diary.add, said_by_a_driver)
        with _each_on_its_thread(
            post, pace, [_writing(recorder, name, Random(f"{post.seed}/{name}"), removes=0.0)]
        ):
            while not post.quiet.exists():
                time.sleep(0.01)
        diary.add("quiet")


class Unwired:
    """The table, as a program without this library writes it."""

    def __init__(self, url: str) -> None:
        self._engine = _plain_engine(url)

    def put(self, id: str, text: str | None) -> bool:
        """Insert or change."""
        statement = "INSERT INTO cell VALUES (:id, :text) ON CONFLICT (id) DO UPDATE SET text = excluded.text"
        with self._engine.begin() as connection:
            connection.execute(sa.text(statement), {"id": id, "text": text})
        return True

    def remove(self, id: str) -> bool:
        """Delete."""
        with self._engine.begin() as connection:
            return connection.execute(sa.text("DELETE FROM cell WHERE id = :id"), {"id": id}).rowcount == 1

    def get(self, id: str) -> str | None:
        """What SQL holds, whoever answers by now."""
        with self._engine.begin() as connection:
            return connection.scalar(sa.text("SELECT text FROM cell WHERE id = :id"), {"id": id})

    def close(self) -> None:
        """Close its connections."""
        self._engine.dispose()


def _plain_engine(url: str) -> sa.Engine:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return sa.create_engine(parsed, connect_args={"timeout": 15})
    return sa.create_engine(parsed.set(drivername="postgresql+psycopg"))


def said_by_a_driver(error: Exception) -> Outcome | None:
    """What an error of a driver says about the write; of any but the fence's own it is not known."""
    if not isinstance(error, DBAPIError):
        return None
    return Outcome.REFUSED if FENCE in str(error.orig) else Outcome.UNKNOWN


def _writing(recorder: Recorder, name: str, random: Random, *, removes: float = 0.08) -> Callable[[], None]:
    numbers = iter(range(1, sys.maxsize))

    def write() -> None:
        value = f"{name}/{next(numbers)}"
        recorder.write(random.choice(KEYS), value if random.random() >= removes else None)

    return write


def _reading(recorder: Recorder, random: Random) -> Callable[[], None]:
    return lambda: recorder.read(random.choice(KEYS))


@contextmanager
def _each_on_its_thread(post: Post, pace: float, calls: list[Callable[[], None]]) -> Iterator[None]:
    """Call each again and again until it is quiet. A thread that ends before that ends the process, and says so in the diary."""

    def run(call: Callable[[], None]) -> None:
        while not post.quiet.exists():
            call()
            time.sleep(pace)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()
