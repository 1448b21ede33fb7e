"""Every fault of the matrix, as data: what is done to a cell, for how long, how often, and how it is seen to have struck."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from dualwrite.pocketbase import install_hooks
from dualwrite.pocketbase.names import route_base
from dualwrite.timing import Timing
from tests.faults import clock, proxy
from tests.faults.cell import SLOW, TIMING, UNAWARE, Cell, superuser
from tests.faults.cells import CELL, PREFIX
from tests.faults.proxy import Kind, Seen, answer, delay, reorder, throttle

Evidence = Callable[[Cell, float, float], int]
DAY = 86_400
NEW_PASSWORD = "another-password-altogether"


# ---- how a fault is seen to have struck, between two moments


def met(cell: Cell, begin: float, end: float) -> int:
    """Requests that the proxy did something to."""
    return sum(seen.met is not Kind.PASS for seen in cell.requests(begin, end))


def unanswered(cell: Cell, begin: float, end: float) -> int:
    """Requests that the server did not answer, or slowly."""
    return sum(seen.status is None or seen.seconds > SLOW for seen in cell.requests(begin, end))


def refused(*statuses: int) -> Evidence:
    """Requests that the server answered with one of these."""
    return lambda cell, begin, end: sum(seen.status in statuses for seen in cell.requests(begin, end))


def hookless(cell: Cell, begin: float, end: float) -> int:
    """Requests to a hook route that is not there, or cannot work."""

    def hit(seen: Seen) -> bool:
        return seen.status == 404 and seen.path.startswith(route_base(PREFIX))

    return sum(map(hit, cell.requests(begin, end)))


def calls(cell: Cell, begin: float, end: float) -> int:
    """Calls to SQL, with us or without, that failed or had to wait."""
    found = 0
    for name in cell.writers():
        asked = 0.0
        for at, what, *_ in cell.calls(name):
            if what == "begun":
                asked = at
            elif begin <= at and asked <= end:
                found += what in ("failed", "lost") or at - asked > SLOW
    return found


def done(cell: Cell, begin: float, end: float) -> int:
    """What the fault itself counted: connections closed, processes ended or stopped."""
    return cell.struck


@dataclass(frozen=True)
class Fault:
    """`strike` begins on entry and is over on exit; it lasts `seconds`, and comes `times` times with pauses between.

    `person` is what a person does at its end, where it needs one. `sql` says that SQL itself fails, so that callers see what
    SQL gives. `shows` says that it makes the stores differ for real, so that whoever compares must say so.
    """

    strike: Callable[[Cell], AbstractContextManager[Any]]
    evidence: Evidence
    seconds: float = 1.2
    times: int = 1
    pause: float = 0.3
    person: str = ""
    sql: bool = False
    shows: bool = False
    timing: Timing = TIMING


# ---- between client and server


def requests(kind: proxy.Fault) -> Callable[[Cell], AbstractContextManager[None]]:
    """Every request meets this."""

    @contextmanager
    def strike(cell: Cell) -> Iterator[None]:
        cell.proxy.mode(kind)
        try:
            yield
        finally:
            cell.proxy.release()

    return strike


@contextmanager
def port_closed(cell: Cell) -> Iterator[None]:
    """Connections are closed and new ones refused."""
    before = cell.proxy.hung_up
    cell.proxy.refuse()
    cell.struck += cell.proxy.hung_up - before
    try:
        yield
    finally:
        cell.proxy.accept()


# ---- PocketBase


@contextmanager
def killed(cell: Cell) -> Iterator[None]:
    """SIGKILL; started again with the same data."""
    cell.server.kill()
    try:
        yield
    finally:
        cell.server.start()


@contextmanager
def restarted(cell: Cell) -> Iterator[None]:
    """Stopped as by an administrator, and started again."""
    cell.server.stop()
    try:
        yield
    finally:
        cell.server.start()


@contextmanager
def frozen(cell: Cell) -> Iterator[None]:
    """SIGSTOP: the process is there, its port accepts, nothing comes."""
    os.kill(_pid(cell), signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(_pid(cell), signal.SIGCONT)


@contextmanager
def disk_full(cell: Cell) -> Iterator[None]:
    """Every write of the server's to any file fails: what a process may write ends at byte 0."""
    pid = _pid(cell)
    _, hard = before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def password_changed(cell: Cell) -> Iterator[None]:
    """The tokens in use and every login are refused."""
    _set_password(cell, cell.server.password, NEW_PASSWORD)
    try:
        yield
    finally:
        _set_password(cell, NEW_PASSWORD, cell.server.password)


@contextmanager
def tokens_revoked(cell: Cell) -> Iterator[None]:
    """The tokens in use are refused; a login gives another."""
    _set_password(cell, cell.server.password, cell.server.password)
    yield


@contextmanager
def clock_off(cell: Cell) -> Iterator[None]:
    """The server's clock jumps days ahead, back, and further ahead: every token has expired, and some come from the future."""
    for days in (3, -3, 30):
        with clock.moved(_pid(cell), days * DAY):
            time.sleep(0.4)
    yield


@contextmanager
def field_dropped(cell: Cell) -> Iterator[None]:
    """Somebody removes a field from the collection, and with it every value; `init` and a backfill bring both back."""
    with superuser(cell.server) as client:
        path = f"/api/collections/{cell.collection}"
        found = client.get(path).raise_for_status().json()
        fields = [field for field in found["fields"] if field["name"] != "text"]
        client.patch(path, json={"fields": fields}).raise_for_status()
    try:
        yield
    finally:
        _mend(cell)


@contextmanager
def collection_deleted(cell: Cell) -> Iterator[None]:
    """Somebody deletes the collection; the same brings it back."""
    with superuser(cell.server) as client:
        client.delete(f"/api/collections/{cell.collection}").raise_for_status()
    try:
        yield
    finally:
        _mend(cell)


def _mend(cell: Cell) -> None:
    cell.initialise()
    cell.post.calm.touch()
    cell.copy_all()


@contextmanager
def hooks_gone(cell: Cell) -> Iterator[None]:
    """The hook files are taken away under a server that is started anew, and come back the same way."""
    for file in cell.server.hooks_dir.iterdir():
        file.unlink()
    cell.server.restart()
    try:
        yield
    finally:
        install_hooks(cell.server.hooks_dir, (CELL,), PREFIX)
        cell.server.restart()


def _pid(cell: Cell) -> int:
    pid = cell.server.pid
    assert pid is not None
    return pid


def _set_password(cell: Cell, old: str, new: str) -> None:
    with superuser(cell.server, old) as client:
        (found,) = client.get("/api/collections/_superusers/records").raise_for_status().json()["items"]
        body = {"password": new, "passwordConfirm": new}
        client.patch(f"/api/collections/_superusers/records/{found['id']}", json=body).raise_for_status()


# ---- SQL


def sql_locked(cell: Cell) -> AbstractContextManager[None]:
    """See `SqlSide`."""
    return cell.sql.locked()


def sql_restarted(cell: Cell) -> AbstractContextManager[None]:
    """See `SqlSide`."""
    return cell.sql.restarted()


def sql_disconnected(cell: Cell) -> AbstractContextManager[None]:
    """See `SqlSide`."""
    return cell.sql.disconnected()


def sql_exhausted(cell: Cell) -> AbstractContextManager[None]:
    """See `SqlSide`."""
    return cell.sql.exhausted([cell.pid(name) for name in cell.writers() if name in cell.crew])


# ---- the crew


def killed_crew(role: str) -> Callable[[Cell], AbstractContextManager[None]]:
    """SIGKILL; another takes its place."""

    @contextmanager
    def strike(cell: Cell) -> Iterator[None]:
        name = next(name for name in cell.crew if name.startswith(role))
        cell.kill(name)
        cell.launch(role)
        yield

    return strike


def stopped_crew(role: str, *, replaced: bool = False) -> Callable[[Cell], AbstractContextManager[None]]:
    """SIGSTOP for longer than what it holds is its own."""

    @contextmanager
    def strike(cell: Cell) -> Iterator[None]:
        name = next(name for name in cell.crew if name.startswith(role))
        with cell.stopped(name):
            if replaced:
                cell.launch(role)
            yield

    return strike


_HELD = TIMING.hold + 0.6
_LEASED = TIMING.lease + 0.6

FAULTS: dict[str, Fault] = {
    "requests delayed": Fault(requests(delay(0.2)), met),
    "requests that arrive after the client's timeout": Fault(requests(delay(1.5)), met),
    "requests dropped": Fault(requests(proxy.DROP), met),
    "requests left hanging": Fault(requests(proxy.HANG), met),
    "requests held, all let go at the end": Fault(requests(proxy.HOLD), met),
    "requests sent twice": Fault(requests(proxy.DUPLICATE), met),
    "writes overtaken by the next request": Fault(requests(reorder(0.2)), met),
    "answers lost": Fault(requests(proxy.DROP_ANSWER), met),
    "answers cut in the middle": Fault(requests(proxy.CUT), met),
    "answers held": Fault(requests(proxy.HOLD_ANSWER), met),
    "20 KB a second": Fault(requests(throttle(20_000)), met),
    "429 with Retry-After": Fault(requests(answer(429, Retry_After="1")), met),
    "500": Fault(requests(answer(500)), met),
    "503 with Retry-After": Fault(requests(answer(503, Retry_After="1")), met),
    "port closed": Fault(port_closed, done),
    "PocketBase: SIGKILL": Fault(killed, unanswered, seconds=0.6),
    "PocketBase: restarted": Fault(restarted, unanswered, seconds=0.6),
    "PocketBase: SIGSTOP": Fault(frozen, unanswered),
    "PocketBase: disk full": Fault(disk_full, refused(400, 500)),
    "PocketBase: password changed": Fault(
        password_changed, refused(400, 401, 403), person="gives the password back"
    ),
    "PocketBase: tokens revoked": Fault(tokens_revoked, refused(401, 403), seconds=0.1, times=4),
    "PocketBase: clock off by days": Fault(clock_off, refused(401, 403), seconds=0.0),
    "PocketBase: a field dropped by hand": Fault(
        field_dropped, hookless, person="`init`, then `backfill --restart`", shows=True
    ),
    "PocketBase: the collection deleted by hand": Fault(
        collection_deleted, hookless, seconds=2.0, person="`init`, then `backfill --restart`", shows=True
    ),
    "PocketBase: hook files gone": Fault(hooks_gone, hookless, person="puts them back"),
    "SQL locked": Fault(sql_locked, calls),
    "SQL restarted": Fault(sql_restarted, calls, seconds=0.4, times=2, sql=True),
    "SQL out of connections": Fault(sql_exhausted, calls, sql=True),
    "a writer: SIGKILL": Fault(killed_crew("writer-1"), done, seconds=0.5, times=3),
    "a writer: SIGSTOP": Fault(stopped_crew("writer-1"), done, seconds=_HELD),
    "an unaware writer: SIGKILL": Fault(killed_crew(UNAWARE), done, seconds=0.5, times=3),
    "a relay: SIGKILL": Fault(killed_crew("relay"), done, seconds=0.5, times=3),
    "a relay: SIGSTOP": Fault(stopped_crew("relay"), done, seconds=_LEASED),
    "a backfill: SIGKILL": Fault(killed_crew("backfill"), done, seconds=0.5, times=3),
    "a backfill: SIGSTOP": Fault(stopped_crew("backfill", replaced=True), done, seconds=_LEASED),
    "a verify: SIGKILL": Fault(killed_crew("verify"), done, seconds=0.5, times=3),
    "a verify: SIGSTOP": Fault(stopped_crew("verify"), done),
}
