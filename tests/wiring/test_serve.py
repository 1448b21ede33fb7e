"""`serve` starts Open WebUI's own command, wired in every worker, and ends it without losing what is queued."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from dualwrite.phase import Phase
from tests.fixtures.openwebui import create_schema
from tests.wiring.deployment import Deployment
from tests.wiring.served import Served, free_port, start


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts one, and ends it with the test."""
    with ExitStack() as stack:

        def run(deployment: Deployment, *arguments: str, workers: int = 1, **settings: str) -> Served:
            served = start(
                tmp_path, deployment.url, {**deployment.environment, **settings}, *arguments, workers=workers
            )
            stack.callback(lambda: served.process.poll() is None and served.stop())
            return served

        yield run


def metrics(port: int) -> dict[str, float]:
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30.0).text
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_through_every_phase_while_it_runs(
    deploy: Callable[[], Deployment], serve: Callable[..., Served]
) -> None:
    deployment = deploy()
    served = serve(deployment)
    assert served.ask("/users/ann", "POST")["email"] == "ann@example.com"
    assert not deployment.parts.journal.state(), "in sql_only nothing is owed"
    deployment.go(Phase.DUAL)
    served.ask("/folders/Work", "POST")
    assert deployment.settled()
    folder = deployment.parts.migration.entity("folder")
    assert [row["name"] for row in deployment.parts.pb_store.scan(folder, limit=10)] == ["Work"]
    user = deployment.parts.migration.entity("user")
    deployment.parts.pb_store.put(user, deployment.parts.sql_store.scan(user, limit=10))
    deployment.go(Phase.PB_ONLY)
    served.ask("/folders/Home", "POST")
    assert sorted(served.ask("/folders")) == ["Home", "Work"]
    assert len(deployment.parts.sql_store.scan(folder, limit=10)) == 1, "written to PocketBase alone"
    assert served.ask("/users/ann")["name"] == "ann", "whose password is in SQL, a neighbouring table"
    assert served.ask("/users/bob", "POST")["name"] == "bob"
    assert served.ask("/users/bob")["name"] == "bob"
    served.stop()
    assert "begins with 0" in served.output
    assert "ends with 2" in served.output, "its own end can still ask"


def test_every_worker_is_wired_and_they_count_together(
    deploy: Callable[[], Deployment], serve: Callable[..., Served]
) -> None:
    deployment, port = deploy(), free_port()
    deployment.go(Phase.DUAL)
    served = serve(deployment, "--metrics-port", str(port), workers=2)
    pids = served.pids(2)
    assert len(pids) == 2
    assert served.process.pid not in pids
    for number in range(30):
        served.ask(f"/folders/f{number}", "POST")
    assert deployment.settled()
    count = metrics(port)
    ours = 'dualwrite_call_seconds_count{backend="sql",method="insert_new_folder",repository="folders"}'
    assert count[ours] == 30, "of both workers"
    assert count["dualwrite_up"] == 1
    assert count['dualwrite_phase{phase="dual"}'] == 1
    served.stop()
    assert served.process.returncode in (0, -15)
    folder = deployment.parts.migration.entity("folder")
    assert len(deployment.parts.pb_store.scan(folder, limit=100)) == 30
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_the_background_work_begins_in_the_worker_and_with_the_application(
    deploy: Callable[[], Deployment], serve: Callable[..., Served]
) -> None:
    served = serve(deploy())
    threads = served.ask("/process")["threads"]
    assert {"dualwrite-phase", "dualwrite-housekeeping", "dualwrite-write", "dualwrite-relay"} <= set(threads)


def test_what_is_queued_is_drained_before_it_ends(
    deploy: Callable[[], Deployment], serve: Callable[..., Served]
) -> None:
    deployment = deploy()
    deployment.go(Phase.DUAL)
    served = serve(deployment, DUALWRITE_RELAY="false")
    for number in range(40):
        served.ask(f"/folders/f{number}", "POST")
    served.stop()
    assert not sum(state.open for state in deployment.parts.journal.state())
    folder = deployment.parts.migration.entity("folder")
    assert len(deployment.parts.pb_store.scan(folder, limit=100)) == 40


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
    assert seconds < 2 + 4, "the limit, and what the application itself takes"
    assert len(served.output) > 0
    assert sum(state.open for state in deployment.parts.journal.state()) == 5, "the journal has them"


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
        assert served.process.wait(timeout=60) == 1
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
        assert served.process.wait(timeout=60) == 1
    assert f"setting metrics_port: 127.0.0.1:{port} cannot be had" in served.output


def test_one_that_does_not_fit_is_left_alone_and_every_reason_is_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'webui.db'}"
    served = start(tmp_path, url, {})
    served.process.kill()
    served.process.wait()
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
    assert served.process.wait(timeout=60) == 1
    (line,) = [line for line in served.output.splitlines() if line.startswith("dualwrite: ")]
    for reason in (
        "Tags.tags_of is unknown",
        "Tags.insert_new_tag is missing",
        "Tags.get_tags_by_user_id is missing",
    ):
        assert reason in line
    assert not (tmp_path / "webui.db").exists(), "not even its database was made"


def test_with_one_store_alone_the_control_tables_are_not_needed(
    tmp_path: Path, deploy: Callable[[], Deployment], serve: Callable[..., Served], new_url: Callable[[], str]
) -> None:
    deployment = deploy()
    plain = new_url()
    served = serve(deployment, "--backend", "pocketbase", DATABASE_URL=plain)
    served.ask("/folders/Only", "POST")
    folder = deployment.parts.migration.entity("folder")
    assert [row["name"] for row in deployment.parts.pb_store.scan(folder, limit=10)] == ["Only"]
    served.stop()
    served = serve(deployment, "--backend", "sql", DATABASE_URL=plain, DUALWRITE_PB_URL="")
    assert served.ask("/folders") == [], "the other store"
    served.stop()


def test_once_pocketbase_is_the_only_store_the_tables_may_be_moved_away(
    deploy: Callable[[], Deployment], serve: Callable[..., Served]
) -> None:
    deployment = deploy()
    deployment.go(Phase.DUAL, Phase.PB_ONLY)
    with deployment.parts.database.engine.begin() as connection:
        for entity in deployment.parts.migration.entities:
            connection.exec_driver_sql(f'ALTER TABLE "{entity.table}" RENAME TO "moved_{entity.table}"')
    served = serve(deployment)
    served.ask("/folders/Work", "POST")
    assert served.ask("/folders") == ["Work"]
    assert served.ask("/users/ann", "POST")["name"] == "ann"
    assert served.ask("/users/ann")["name"] == "ann"
    served.stop()
    assert "Traceback" not in served.output


@pytest.mark.parametrize("workers", [2])
def test_any_server_can_start_it_by_its_factory(
    workers: int, tmp_path: Path, deploy: Callable[[], Deployment]
) -> None:
    import subprocess

    from tests.fixtures.openwebui import environment, wired_interpreter
    from tests.wiring.served import _ROOT, package

    deployment, port, log = deploy(), free_port(), tmp_path / "output"
    create_schema(deployment.url, tmp_path / "data")
    process = subprocess.Popen(
        [
            *(
                str(wired_interpreter()),
                "-m",
                "uvicorn",
                "--factory",
                "repos.openwebui.application:application",
            ),
            *("--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)),
        ],
        env=environment(deployment.url, tmp_path / "data")
        | deployment.environment
        | {"PYTHONPATH": f"{package(tmp_path / 'source')}:{_ROOT}"},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=log.open("w"),
        stderr=subprocess.STDOUT,
        text=True,
    )
    served = Served(process, port, log)
    try:
        served.ask("/folders/Work", "POST")
        assert "dualwrite-relay" in served.ask("/process")["threads"]
    finally:
        served.stop()
    assert process.returncode == 0, served.output[-2000:]
