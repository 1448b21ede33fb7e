"""What a `get` by id costs PocketBase's client in processor time."""

from __future__ import annotations

import http.client
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from dualwrite.pocketbase.record_api import RecordApi
from tests.benchmarks.figures import Effort, Values, alternated, ratios
from tests.benchmarks.servers import Databases, prepared
from tests.faults.cells import CELL, PREFIX
from tests.fixtures.faults import embedded


def pb_client(effort: Effort) -> Values:
    """Our wrapper over bare `http.client` on a connection that is kept, both with the answer's JSON read."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        databases = stack.enter_context(Databases("sqlite", folder))
        server = stack.enter_context(embedded())
        _, parts = stack.enter_context(prepared(databases.make(), server))
        session, records = parts.pocketbase.session, parts.pocketbase.records(CELL)
        records.put({"id": "one", "text": "x" * 200})
        host = urlsplit(server.url)
        connection = http.client.HTTPConnection(host.hostname or "", host.port)
        stack.callback(connection.close)
        path = RecordApi(session, PREFIX).path(CELL, ("one",))
        token = session.login.token()
        assert token is not None
        headers = {"Authorization": token.get_secret_value()}

        def bare() -> object:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200
            return orjson.loads(body)

        sides = {"ours": lambda: records.get(("one",)), "bare": bare}
        calls = effort.of(300, 100)
        taken = alternated(sides, repeats=effort.of(11, 3), rounds=8, calls=calls, clock=time.thread_time)
    return {"client CPU": ratios(taken["ours"], taken["bare"])}
