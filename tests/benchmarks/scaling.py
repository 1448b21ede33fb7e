"""Time a row as rows grow, and memory: of backfill, verify, the methods that list, and the relay.

    python -m tests.benchmarks.scaling [--quick]

Each job of each size runs in a process that does nothing else, once. SQLite on both sides.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from sqlalchemy import text

from dualwrite import Settings
from dualwrite.backfill import Backfill
from dualwrite.parts import Parts
from repos.entities import CHAT
from repos.interfaces import IChatsRepo
from repos.migration import pocketbase
from tests.benchmarks.figures import Effort, Values
from tests.benchmarks.ranges import Field, bench, field

OWED = 100_000
"""Open obligations at most."""
USERS = 60
"""So many users' lists are asked for."""

Job = Callable[[Parts, int], Callable[[], int]]
"""Prepares what is to be measured; it returns how many rows it was about."""


def backfill(parts: Parts, rows: int) -> Callable[[], int]:
    """All rows."""

    def copy() -> int:
        job = Backfill(parts.sql_store, parts.pb_store, parts.journal, parts.control, owner="alone")
        (copied,) = job.run([CHAT], restart=True)
        return copied.rows

    return copy


def verify(parts: Parts, rows: int) -> Callable[[], int]:
    """All rows, which are equal."""

    def compare() -> int:
        (verified,) = parts.verify().run([CHAT])
        assert verified.clean
        return verified.rows

    return compare


def lists(parts: Parts, rows: int) -> Callable[[], int]:
    """What a page of Open WebUI shows of a user's hundred chats, for users drawn from all of them."""
    chats: IChatsRepo = pocketbase(parts.pocketbase, "sqlite")["chats"]
    draw = Random(1)

    def listed() -> int:
        found = 0
        for _ in range(USERS):
            number = draw.randrange(rows // 100)
            user = f"user-{number}"
            pages: list[Sequence[object]] = [
                chats.get_chat_title_id_list_by_user_id(user, skip=0, limit=60),
                chats.get_chat_list_by_user_id(user),
                chats.get_chats_by_user_id(user),
                chats.get_pinned_chats_by_user_id(user),
                chats.get_archived_chat_list_by_user_id(user),
                chats.get_chats_by_folder_id_and_user_id(f"folder-{number}", user),
                chats.get_chat_list_by_user_id_and_tag_name(user, "one"),
                chats.get_chats_by_user_id_and_search_text(user, "word1"),
            ]
            found += sum(len(page) for page in pages)
        return found

    listed()  # a server that has answered nothing yet has nothing in memory
    return listed


def relay(parts: Parts, rows: int) -> Callable[[], int]:
    """Obligations that nobody holds: those of rows changed by another program."""
    with parts.database.write() as connection:
        some = f"SELECT id FROM chat ORDER BY id LIMIT {OWED}"
        connection.execute(text(f"UPDATE chat SET title = title || '!' WHERE id IN ({some})"))

    def owed() -> int:
        return sum(state.open for state in parts.journal.state())

    def settle() -> int:
        before, relay = owed(), parts.relay()
        while relay.once():
            pass
        assert before == min(rows, OWED)
        assert owed() == 0
        return before

    return settle


JOBS: Mapping[str, Job] = {"backfill": backfill, "verify": verify, "lists": lists, "relay": relay}
SIZES = {"short": (10_000, 100_000, 1_000_000), "chats": (1_000, 10_000)}
NAMED = {"short": "", "chats": ", 30 KB"}
OF_KIND = {"short": tuple(JOBS), "chats": ("backfill", "verify")}


def scale(effort: Effort) -> Values:
    """Time a row and peak of memory with the most rows, over those with the fewest."""
    values: dict[str, list[float]] = {}
    for kind, sizes in SIZES.items():
        found: dict[str, list[tuple[float, float]]] = {job: [] for job in OF_KIND[kind]}
        for count in [size // 10 for size in sizes[:2]] if effort.quick else sizes:
            with field(kind, count) as one:
                for job, measured in found.items():
                    took, peak = _alone(one, job)
                    measured.append((took, peak))
                    values[f"{job}{NAMED[kind]}: microseconds a row of {count}"] = [took * 1e6]
        for job, measured in found.items():
            values[f"{job}{NAMED[kind]}"] = [measured[-1][0] / measured[0][0]]
            if not effort.quick:  # what is hardly one chunk does not show what many take
                values[f"{job}{NAMED[kind]}: memory"] = [measured[-1][1] - measured[0][1]]
    return values


def _alone(one: Field, job: str) -> tuple[float, float]:
    """Seconds a row and peak MB of a job in a process that does nothing else."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(job, one.settings, one.rows, theirs))
    process.start()
    theirs.close()  # else nobody would notice that it has died
    found: tuple[float, float] = ours.recv()
    process.join()
    return found


def _run(job: str, settings: Settings, rows: int, end: Any) -> None:
    with closing(Parts.open(bench, settings)) as parts:
        work = JOBS[job](parts, rows)
        begun = time.perf_counter()
        count = work()
        took = time.perf_counter() - begun
    end.send((took / count, _peak()))


def _peak() -> float:
    """In MB. `ru_maxrss` would be that of whoever started this process, where it was the larger."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    for what, values in scale(Effort(parser.parse_args().quick)).items():
        print(f"{what}: {median(values):.4g}", flush=True)


if __name__ == "__main__":
    main()
