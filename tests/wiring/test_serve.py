"""`serve` starts Open WebUI's own command, wired in every worker, and ends it without losing what is queued."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from dualwrite.phase import Phase
from dualwrite.ports import Store
from repos.entities import ENTITIES, FOLDER, USER
from tests.fixtures.faults import until
from tests.wiring.deployment import Deployment
from tests.wiring.served import START_SECONDS, Served, free_port, package, run, start


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts one, and ends it with the test."""
    with ExitStack() as stack:

        def begin(deployment: Deployment, *arguments: str, workers: int = 1, **settings: str) -> Served:
            served = start(
                tmp_path, deployment.url, {**deployment.environment, **settings}, *arguments, workers=workers
            )
            stack.callback(lambda: served.process.poll() is None and served.stop())
            return served

        yield begin


def metrics(port: int) -> dict[str, float]:
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30.0).text
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def names(store: Store) -> list[str]:
    return sorted(str(row["name"]) for row in store.scan(FOLDER, limit=1000))


def test_two_workers_through_every_phase_while_they_run(
    deploy: Callable[[], Deployment], serve: Callable[..., Served]
) -> None:
    """In `sql_only`, `dual` and `pb_only`, with the tables moved away in the end, and then without the wrapper."""
    deployment, port = deploy(), free_port()
    sql, pocketbase, journal = deployment.parts.sql_store, deployment.parts.pb_store, deployment.parts.journal
    served = serve(deployment, "--metrics-port", str(port), workers=2, DUALWRITE_RELAY="false")
    pids = served.pids(2)
    assert served.process.pid not in pids
    assert len(pids) == 2
    assert served.ask("/users/ann", "POST")["email"] == "ann@example.com"
    assert not journal.state(), "in sql_only nothing is owed"

    deployment.go(Phase.DUAL)
    for number in range(30):
        served.ask(f"/folders/f{number}", "POST")
    assert deployment.settled()
    assert names(pocketbase) == names(sql) == sorted(f"f{number}" for number in range(30))
    ours = 'dualwrite_call_seconds_count{backend="sql",method="insert_new_folder",repository="folders"}'
    # Of both workers, each of which writes its counts to the shared folder about once a second.
    until(lambda: metrics(port)[ours] == 30, 10.0)
    counted = metrics(port)
    assert counted["dualwrite_up"] == counted['dualwrite_phase{phase="dual"}'] == 1

    pocketbase.put(USER, sql.scan(USER, limit=10))
    deployment.go(Phase.PB_ONLY)
    served.ask("/folders/late", "POST")
    assert len(served.ask("/folders")) == 31
    assert len(names(sql)) == 30, "written to PocketBase alone"
    assert served.ask("/users/ann")["name"] == "ann", "whose password is in SQL, a neighbouring table"
    assert served.ask("/users/bob", "POST")["name"] == served.ask("/users/bob")["name"] == "bob"

    with deployment.parts.database.engine.begin() as connection:
        for entity in ENTITIES:
            connection.exec_driver_sql(f'ALTER TABLE "{entity.table}" RENAME TO "moved_{entity.table}"')
    assert served.ask("/folders/later", "POST")["name"] == "later"
    served.stop()
    assert served.process.returncode in (0, -signal.SIGTERM)
    assert "begins with 0" in served.output
    assert served.output.count("ends with 2") == 2, "each worker's own end can still ask"
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    served = serve(deployment, "--backend", "pocketbase")
    assert len(served.ask("/folders")) == 32
    assert served.ask("/users/ann")["name"] == "ann"
    threads = served.ask("/process")["threads"]
    assert not [name for name in threads if name.startswith("dualwrite")], "nothing works behind it"
    served.stop()
    assert "Traceback" not in served.output


def test_what_is_queued_is_drained_before_it_ends(
    deploy: Callable[[], Deployment], serve: Callable[..., Served]
) -> None:
    deployment = deploy()
    deployment.go(Phase.DUAL)
    served = serve(deployment, DUALWRITE_RELAY="false")
    served.ask("/folders/first", "POST")
    # Nobody else pays: what is not drained stays owed.
    for number in range(40):
        served.ask(f"/folders/f{number}", "POST")
    served.stop()
    assert not sum(state.open for state in deployment.parts.journal.state())
    assert len(names(deployment.parts.pb_store)) == 41


def test_a_pocketbase_that_hangs_delays_the_end_by_the_drain_limit_at_most(
    deploy: Callable[[], Deployment], serve: Callable[..., Served]
) -> None:
    deployment = deploy()
    deployment.go(Phase.DUAL)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        served = serve(
            deployment,
            DUALWRITE_PB_URL=f"http://127.0.0.1:{silent.getsockname()[1]}",
            DUALWRITE_DRAIN_SECONDS="2",
        )
        for number in range(5):
            served.ask(f"/folders/f{number}", "POST")
        seconds = served.stop()
    # Unbounded it would be half a minute: a request's ten seconds for each of the queues, and the relay's.
    assert seconds < 10, "the limit, and what the application itself takes"
    assert sum(state.open for state in deployment.parts.journal.state()) == 5, "the journal has them"


def test_any_server_can_start_it_by_its_factory(deploy: Callable[[], Deployment], tmp_path: Path) -> None:
    deployment = deploy()
    command = ("-m", "uvicorn", "--factory", "repos.openwebui.application:application", "--workers", "2")
    served = run(tmp_path, deployment.url, deployment.environment, *command)
    try:
        assert len(served.pids(2)) == 2, "both are up before they are asked to end"
        served.ask("/folders/Work", "POST")
        assert "dualwrite-helper" in served.ask("/process")["threads"]
    finally:
        served.stop()
    assert served.process.returncode == 0, served.output[-2000:]
    assert served.output.count("ends with 0") == 2


REFUSALS = {
    "no control tables": ({}, "has no control tables: run `dualwrite init`"),
    "no PocketBase": ({"DUALWRITE_PB_URL": ""}, "no PocketBase is given: set DUALWRITE_PB_URL"),
    "no such backend": (
        {"DUALWRITE_BACKEND": "both"},
        "setting backend: Input should be 'sql', 'dual' or 'pocketbase'",
    ),
    "an encrypted database": (
        {"DATABASE_URL": "sqlite+sqlcipher:///x.db"},
        "an encrypted database (sqlite+sqlcipher) is not supported",
    ),
    "no such port": ({"DUALWRITE_METRICS_PORT": "70000"}, "setting metrics_port"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_amiss_is_said_in_one_line_before_it_starts(name: str, tmp_path: Path) -> None:
    settings, said = REFUSALS[name]
    url = f"sqlite:///{tmp_path / 'webui.db'}"
    login = {
        "DUALWRITE_PB_URL": "http://127.0.0.1:1",
        "DUALWRITE_PB_IDENTITY": "x@example.com",
        "DUALWRITE_PB_PASSWORD": "never shown",
    }
    served = start(tmp_path, url, login | settings)
    try:
        assert served.process.wait(timeout=START_SECONDS) == 1
    finally:
        served.process.kill()
    lines = [line for line in served.output.splitlines() if line.startswith("dualwrite: ")]
    assert len(lines) == 1, served.output
    assert said in lines[0]
    assert "Traceback" not in served.output
    assert "never shown" not in served.output


def test_a_metrics_port_that_is_taken_is_named(
    deploy: Callable[[], Deployment], serve: Callable[..., Served]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        served = serve(deploy(), "--metrics-port", str(port))
        assert served.process.wait(timeout=START_SECONDS) == 1
    assert f"setting metrics_port: 127.0.0.1:{port} cannot be had" in served.output


def test_one_that_does_not_fit_is_left_alone_and_every_reason_is_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'webui.db'}"
    package(tmp_path / "source")
    models = tmp_path / "source" / "open_webui" / "models"
    real = models.resolve()
    models.unlink()
    models.mkdir()
    for each in real.glob("*.py"):
        (models / each.name).write_text(each.read_text())
    tags = (models / "tags.py").read_text()
    (models / "tags.py").write_text(
        tags.replace("def get_tags_by_user_id(", "def tags_of(").replace(
            "def insert_new_tag(", "def _insert("
        )
    )
    served = start(tmp_path, url, {})
    assert served.process.wait(timeout=START_SECONDS) == 1
    (line,) = [line for line in served.output.splitlines() if line.startswith("dualwrite: ")]
    for reason in (
        "Tags.tags_of is unknown",
        "Tags.insert_new_tag is missing",
        "Tags.get_tags_by_user_id is missing",
    ):
        assert reason in line
    assert not (tmp_path / "webui.db").exists(), "not even its database was made"
