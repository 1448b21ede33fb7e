"""Backfill and verify: rows a second, beside the ways that others go, and as rows and loaders grow.

    python -m tests.benchmarks.ranges [--only NAME] [--quick]

Every ratio is of medians of alternating repeats, of the same rows on the same servers. *Small* rows are Open WebUI's users (16
columns, 400 bytes), *chats* have 30 KB of JSON. SQLite on both sides.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import select

from dualwrite import Migration, Settings
from dualwrite.backfill import Backfill
from dualwrite.codec import to_record, to_values
from dualwrite.entity import Entity, Row
from dualwrite.executors import hands_of
from dualwrite.helper.messages import Setup
from dualwrite.parts import Parts
from dualwrite.phase import Phase, Reads
from dualwrite.pocketbase import EmbeddedPocketBase, find_binary, json_io
from dualwrite.pocketbase.collections import wanted
from dualwrite.pocketbase.names import collection_name
from dualwrite.pocketbase.session import Request
from dualwrite.setup import initialise
from dualwrite.sql import Database
from dualwrite.timing import Timing
from dualwrite.turn import LEASE
from repos.entities import CHAT, ENTITIES, USER
from tests.benchmarks.figures import Effort, Values, alternated, ratios

PREFIX = "bench_"
KINDS = {"small": USER, "chats": CHAT, "short": CHAT}
ROWS = {"small": 50_000, "chats": 3_000}
LOADED = {"small": 60_000, "chats": 6_000}
REPEATS = 3
CHUNK = 5_000


def _none(*_: object) -> dict[str, Any]:
    return {}


def _fits(database: Database) -> None:
    return


bench = Migration("bench", {}, ENTITIES, sql=_none, pocketbase=_none, prefix=PREFIX, check=_fits)


def small(number: int, draw: random.Random) -> Row:
    """A user."""
    key = str(UUID(int=draw.getrandbits(128), version=4))
    return {
        "id": key,
        "name": f"User {number}",
        "email": f"user{number}@example.org",
        "role": "user",
        "profile_image_url": "/user.png",
        "api_key": f"sk-{key}",
        "created_at": 1_700_000_000 + number,
        "updated_at": 1_700_000_000 + number,
        "last_active_at": 1_760_000_000 + number,
        "settings": '{"ui": {"models": ["llama3.2:latest"], "theme": "dark"}}',
        "info": None,
        "oauth_sub": None,
        "username": f"user{number}",
        "bio": "",
        "gender": None,
        "date_of_birth": "1990-02-28",
    }


def chat(number: int, draw: random.Random) -> Row:
    """A chat of 30 KB."""
    words = " ".join(f"word{draw.randrange(10_000)}" for _ in range(330))
    said = [{"id": str(n), "role": "user", "content": f"{words} é"} for n in range(10)]
    return chat_of(number, draw, {"title": f"Chat {number}", "messages": said})


def chat_of(number: int, draw: random.Random, said: object) -> Row:
    """A chat in which this is said."""
    return {
        "id": str(UUID(int=draw.getrandbits(128), version=4)),
        "user_id": f"user-{number % 1000}",
        "title": f"Chat {number}",
        "share_id": None,
        "archived": False,
        "created_at": 1_700_000_000 + number,
        "updated_at": 1_700_000_000 + number,
        "chat": json.dumps(said, ensure_ascii=False),
        "pinned": None,
        "meta": '{"tags": ["one"]}',
        "folder_id": None,
    }


def short(number: int, draw: random.Random) -> Row:
    """A chat of 200 bytes; a user has a hundred of them, of which a tenth each is archived, pinned and in a folder."""
    user, nth = divmod(number, 100)
    said = [{"id": "1", "role": "user", "content": f"word{draw.randrange(10_000)}"}]
    return {
        **chat_of(number, draw, {"title": f"Chat {number}", "messages": said}),
        "user_id": f"user-{user}",
        "archived": nth % 10 == 1,
        "pinned": nth % 10 == 2,
        "folder_id": f"folder-{user}" if nth % 10 == 3 else None,
    }


MAKERS: dict[str, Callable[[int, random.Random], Row]] = {"small": small, "chats": chat, "short": short}


@dataclass
class Field:
    """Both stores, with so many rows of a kind in SQL."""

    kind: str
    rows: int
    server: EmbeddedPocketBase
    settings: Settings
    parts: Parts

    @property
    def entity(self) -> Entity:
        return KINDS[self.kind]

    @property
    def setup(self) -> Setup:
        return Setup(bench, self.settings, Timing(), True, 30)

    def empty(self, entity: Entity | None = None) -> None:
        """Nothing is copied yet."""
        path = f"/api/collections/{collection_name(PREFIX, entity or self.entity)}/truncate"
        self.parts.pocketbase.session.send(Request("DELETE", path, "truncate", writes=True))
        self.parts.control.unlock(LEASE, self.parts.owner)

    def backfill(self, executor: str | None = None) -> None:
        parts = self.parts
        with closing(hands_of(executor, self.setup)) as hands:
            job = Backfill(
                parts.sql_store, parts.pb_store, parts.journal, parts.control, owner=parts.owner, hands=hands
            )
            (copied,) = job.run([self.entity], restart=True)
        assert copied.rows == self.rows

    def verify(self, executor: str | None = None) -> None:
        with closing(hands_of(executor, self.setup)) as hands:
            (verified,) = self.parts.verify(hands).run([self.entity])
        assert (verified.sql_rows, verified.pocketbase_rows, verified.differing) == (self.rows, self.rows, 0)

    def all_rows(self) -> list[Row]:
        return self.parts.sql_store.scan(self.entity, limit=self.rows)


@contextmanager
def field(kind: str, rows: int) -> Iterator[Field]:
    """Both stores with so many rows in SQL and none in PocketBase."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/sql.db"
        database = Database.open(url, owned=True)
        for entity in ENTITIES:
            database.table(entity).create(database.engine)
        draw, make = random.Random(1), MAKERS[kind]
        insert = database.table(KINDS[kind]).insert()
        for start in range(0, rows, 1000):
            with database.write() as connection:
                connection.execute(insert, [make(n, draw) for n in range(start, min(rows, start + 1000))])
        database.close()
        with EmbeddedPocketBase(binary=find_binary(), hooks=(bench.entities, PREFIX)) as server:
            settings = Settings.load(
                sql_url=url,
                pb_url=server.url,
                pb_identity=server.identity,
                pb_password=server.password,
                pb_timeout=60.0,
            )
            with closing(Parts.open(bench, settings)) as parts:
                list(initialise(parts))
                parts.control.change(
                    expect=Phase.SQL_ONLY,
                    to=Phase.DUAL,
                    reads=Reads.SQL,
                    actor="bench",
                    why="both are written",
                )
                yield Field(kind, rows, server, settings, parts)


def backfill(kind: str, effort: Effort) -> Values:
    """Rows a second, over `/api/batch` alone, and over the bare hook route, both with requests that are encoded already.

    The batch goes to a collection of its own as one would make it, without our index on ids in any case of their letters: with it the
    batch would be twice as fast.
    """
    rows = ROWS[kind]
    with field(kind, rows) as one:
        session = one.parts.pocketbase.session
        limits = {"enabled": True, "maxRequests": 1000, "timeout": 60, "maxBodySize": 128 * 1024 * 1024}
        session.send(
            Request(
                "PATCH", "/api/settings", "settings", content=json_io.dumps({"batch": limits}), writes=True
            )
        )
        alone = replace(one.entity, name="alone", collection="alone")
        (collection,) = wanted(PREFIX, alone)
        asked = collection.created({})
        asked["indexes"] = [sql for sql in asked["indexes"] if "NOCASE" not in sql]
        session.send(
            Request("POST", "/api/collections", "collections", content=json_io.dumps(asked), writes=True)
        )
        kept = one.all_rows()
        few = kept[: rows // 5]
        wire = one.parts.pocketbase.hooks()
        assert wire is not None
        bodies, batches = bare_bodies(one.entity, kept), batch_bodies(alone, few)

        def bare() -> None:
            for body in bodies:
                wire._send("put", body, one.entity, writes=True)

        def batch() -> None:
            for body in batches:
                session.send(Request("POST", "/api/batch", "batch", content=body, writes=True))

        works: dict[str, Callable[[], object]] = {"backfill": one.backfill, "bare": bare, "batch": batch}

        def empty() -> None:
            one.empty()
            one.empty(alone)

        took = _took(works, effort.of(REPEATS, 1), before=empty)
    return compared({"backfill": rows, "bare": rows, "batch": len(few)}, took)


def _took(
    works: Mapping[str, Callable[[], object]], repeats: int, before: Callable[[], object] = lambda: None
) -> dict[str, list[float]]:
    return alternated(works, repeats=repeats, rounds=1, calls=1, warm=0, before=before)


def compared(rows: Mapping[str, int], took: Mapping[str, Sequence[float]]) -> Values:
    """Rows a second of each, and the first over each of the others, in every repeat."""
    rates = {name: [count / seconds for seconds in took[name]] for name, count in rows.items()}
    first, *others = rates
    return {
        **{f"{name}: rows a second": rate for name, rate in rates.items()},
        **{f"over {name}": ratios(rates[first], rates[name]) for name in others},
    }


def batch_bodies(entity: Entity, rows: Sequence[Row]) -> list[bytes]:
    """Requests of `/api/batch`, of 1,000 creates or 8 MB."""
    url = f"/api/collections/{collection_name(PREFIX, entity)}/records"
    parts = (json_io.dumps({"method": "POST", "url": url, "body": to_record(entity, row)}) for row in rows)
    batches = json_io.batches(parts, size=8 * 1024 * 1024, count=1000)
    return [b'{"requests":' + body + b"}" for body in batches]


def bare_bodies(entity: Entity, rows: Sequence[Row]) -> list[bytes]:
    """Requests of the hook route."""
    parts = map(json_io.dumps, to_values(entity, rows))
    return list(json_io.batches(parts, size=8 * 1024 * 1024, count=CHUNK))


def verify(kind: str, _effort: Effort) -> Values:
    """Rows a second, over a full read through the list API, and over reading the same rows with SQLAlchemy Core alone."""
    rows = ROWS[kind]
    with field(kind, rows) as one:
        one.backfill()
        session = one.parts.pocketbase.session
        path = f"/api/collections/{collection_name(PREFIX, one.entity)}/records"
        size = 1000 if kind == "small" else 250
        table, engine = one.parts.database.table(one.entity), one.parts.database.engine

        def listed() -> None:
            after, found = "", 0
            while True:
                params = {"perPage": str(size), "sort": "id", "skipTotal": "1", "filter": f"id>'{after}'"}
                page = json_io.loads_fast(session.send(Request("GET", path, "list", params=params)))["items"]
                found += len(page)
                if len(page) < size:
                    break
                after = page[-1]["id"]
            assert found == rows

        def core() -> None:
            with engine.connect() as connection:
                found = connection.execute(select(table).order_by(*table.primary_key))
                assert sum(1 for _ in found.mappings()) == rows

        works: dict[str, Callable[[], object]] = {"verify": one.verify, "list": listed, "core": core}
        took = _took(works, REPEATS)
    return compared(dict.fromkeys(works, rows), took)


def loaders(kind: str, effort: Effort) -> Values:
    """Rows a second of a backfill by 1, 2, 4 and 8 threads and processes; processes are started anew for each."""
    rows = effort.of(LOADED[kind], LOADED[kind] // 10)
    with field(kind, rows) as one:
        works: dict[str, Callable[[], object]] = {"none": one.backfill}
        for pool in ("threads", "processes"):
            for count in (1, 2, 4, 8):
                works[f"{pool}:{count}"] = partial(one.backfill, f"{pool}:{count}")
        took = _took(works, effort.of(REPEATS, 1), before=one.empty)
    return compared(dict.fromkeys(works, rows), took)


JOBS: Mapping[str, Callable[[Effort], Values]] = {
    **{f"backfill_{kind}": partial(backfill, kind) for kind in ROWS},
    **{f"verify_{kind}": partial(verify, kind) for kind in ROWS},
    **{f"loaders_{kind}": partial(loaders, kind) for kind in ROWS},
}


def main() -> None:
    """Measure, and print medians."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=JOBS, action="append")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    for name in asked.only or JOBS:
        for what, values in JOBS[name](Effort(asked.quick)).items():
            print(f"{name}  {what}: {median(values):.4g}", flush=True)


if __name__ == "__main__":
    main()
