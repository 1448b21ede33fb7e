"""What a `get` by id costs PocketBase's client in processor time."""

from __future__ import annotations

import http.client
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from dualwrite.pocketbase.record_api import RecordApi
from tests.benchmarks.figures import Effort, Values, alternated, ratios
from tests.faults.cells import CELL, PREFIX
from tests.fixtures.faults import World, create_table, embedded


def pb_client(effort: Effort) -> Values:
    """Our wrapper over bare `http.client` on a connection that is kept, both with the answer's JSON read."""
    with tempfile.TemporaryDirectory() as folder, embedded() as server:
        url = f"sqlite:///{Path(folder) / 'cells.db'}"
        create_table(url)
        world = World(url, server)
        try:
            pocketbase = world.prepare().pocketbase
            records = pocketbase.records(CELL)
            records.put({"id": "one", "text": "x" * 200})
            host = urlsplit(server.url)
            connection = http.client.HTTPConnection(host.hostname or "", host.port)
            path = RecordApi(pocketbase.session, PREFIX).path(CELL, ("one",))
            token = pocketbase.session.login.token()
            assert token is not None
            headers = {"Authorization": token.get_secret_value()}

            def bare() -> object:
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                body = answer.read()
                assert answer.status == 200
                return orjson.loads(body)

            sides = {"ours": lambda: records.get(("one",)), "bare": bare}
            taken = alternated(
                sides, repeats=effort.of(11, 3), rounds=8, calls=effort.of(300, 100), clock=time.thread_time
            )
            connection.close()
        finally:
            world.close()
    return {"client CPU": ratios(taken["ours"], taken["bare"])}
