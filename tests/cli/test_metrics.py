"""`metrics` and `report` on a live migration, as processes that a person starts and stops."""

from __future__ import annotations

import json
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from dualwrite.evidence import Evidence, EvidenceKind
from repos.entities import ENTITIES
from tests.cli.command import ROOT, SECRET, Here, assert_refused, command, environment, run
from tests.cli.conftest import Place, execute

STARTS_WITHIN = 60.0


@pytest.fixture
def dual(hooked: Place, here: Here) -> Place:
    """Copied, verified, in `dual`."""
    for words in (["init"], ["phase", "dual"], ["backfill"], ["verify"]):
        assert here.run(*words, settings=hooked.settings).status == 0
    return hooked


@contextmanager
def started(settings: dict[str, str], *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and the address it says; ended at the end of the block, whatever happened."""
    process = subprocess.Popen(
        command("metrics", "--port", "0", *words),
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert process.stderr is not None
        ready, _, _ = select.select([process.stderr], [], [], STARTS_WITHIN)
        assert ready
        line = process.stderr.readline()
        (url,) = re.findall(r"http://\S+/", line)
        yield process, url
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=30)


def get(url: str) -> tuple[int, str]:
    try:
        with urlopen(Request(url), timeout=30) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serves_until_it_is_told_to_stop(dual: Place, number: signal.Signals) -> None:
    with started(dual.settings) as (process, url):
        assert url.startswith("http://127.0.0.1:")
        status, page = get(url)
        assert status == 200
        assert "Not ready to switch" in page
        assert dual.server.password not in page
        assert dual.server.identity not in page
        assert json.loads(get(f"{url}healthz")[1]) == {"database": "answers", "phase": "dual"}
        assert "dualwrite_up 1.0" in get(f"{url}metrics")[1]
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err


def test_a_database_that_is_gone_is_unhealthy_and_the_server_lives_on(dual: Place) -> None:
    with started(dual.settings) as (process, url):
        assert get(f"{url}healthz")[0] == 200
        execute(dual.database, "ALTER TABLE dualwrite_control RENAME TO elsewhere")
        time.sleep(1.5)
        assert get(f"{url}healthz") == (503, '{"database": "does not answer", "phase": null}\n')
        assert "dualwrite_up 0.0" in get(f"{url}metrics")[1]
        time.sleep(2.0)
        assert get(url)[0] == 503
        execute(dual.database, "ALTER TABLE elsewhere RENAME TO dualwrite_control")
        time.sleep(2.5)
        assert get(f"{url}healthz")[0] == 200
        assert get(url)[0] == 200
        assert process.poll() is None


def test_a_port_in_use_is_one_line(dual: Place) -> None:
    with started(dual.settings) as (_, url):
        port = url.rpartition(":")[2].strip("/")
        ended = run("metrics", "--port", port, settings=dual.settings)
    assert_refused(ended, f"cannot listen on 127.0.0.1 port {port}", "--port")


def test_a_host_that_others_can_reach_is_taken_only_where_it_is_given_and_is_said_to_be(dual: Place) -> None:
    with started(dual.settings, "--host", "0.0.0.0") as (process, url):
        port = url.rpartition(":")[2].strip("/")
        assert get(f"http://127.0.0.1:{port}/healthz")[0] == 200
        evil = Request(f"http://127.0.0.1:{port}/", headers={"Host": "evil.example"})
        with pytest.raises(HTTPError, match="421"):
            urlopen(evil, timeout=30)
        assert process.stderr is not None
        assert "others can reach this page" in process.stderr.readline()


def test_nothing_is_served_before_there_are_control_tables(hooked: Place) -> None:
    assert_refused(
        run("metrics", "--port", "0", settings=hooked.settings), "no control tables", "dualwrite init"
    )


def test_a_report_without_a_file_is_on_the_migration_as_it_stands(
    dual: Place, tmp_path: Path, here: Here
) -> None:
    ended = here.run("report", "--format", "json", settings=dual.settings)
    assert (ended.status, ended.err) == (0, "")
    evidence = Evidence.from_json(ended.out)
    assert evidence.kind is EvidenceKind.LIVE
    assert [entity.name for entity in evidence.entities] == [entity.name for entity in ENTITIES]
    assert all(entity.clean and entity.sql_rows == entity.backfill_rows for entity in evidence.entities)
    assert len(evidence.methods) > 100, "every method, the ones that nobody has compared too"
    for name in ("page.html", "page.md", "page.xml"):
        assert here.run("report", "--out", tmp_path / name, settings=dual.settings).status == 0
        assert "Open WebUI" in (tmp_path / name).read_text(encoding="utf-8")
    assert (tmp_path / "page.html").stat().st_size < 1_000_000


def test_a_pipeline_sees_that_it_is_not_ready(dual: Place, here: Here) -> None:
    ended = here.run("report", "--fail-if-not-ready", settings=dual.settings)
    assert ended.status == 1
    assert ended.err.startswith("not ready: The gate refuses: ")
    assert ended.err.count("\n") == 1
    assert ended.out.startswith("# Not ready to switch\n")


def test_a_report_that_cannot_be_made_is_told_from_one_that_is_not_ready(
    hooked: Place, here: Here, tmp_path: Path
) -> None:
    no_tables = here.run("report", "--fail-if-not-ready", settings=hooked.settings)
    nowhere = here.run(
        "report",
        "--sql",
        f"sqlite:///{tmp_path}/none.db",
        settings={**hooked.settings, "DUALWRITE_PB_PASSWORD": SECRET},
    )
    both = here.run(
        "report", tmp_path / "report.json", "--pb", "http://127.0.0.1:1", settings=hooked.settings
    )
    for ended, words in ((no_tables, "dualwrite init"), (nowhere, "none.db"), (both, "leave out --sql")):
        assert (ended.status, ended.out) == (2, "")
        assert ended.err.count("\n") == 1
        assert words in ended.err
        assert SECRET not in ended.err


def test_after_the_switch_the_report_says_so_and_a_pipeline_goes_on(dual: Place, here: Here) -> None:
    waive = ("--waive", "comparisons", "--reason", "a test calls few methods")
    assert here.run("cutover", *waive, settings=dual.settings).status == 0
    ended = here.run("report", "--fail-if-not-ready", settings=dual.settings)
    assert ended.status == 0
    assert ended.out.startswith("# Switched to PocketBase\n")
    assert "a test calls few methods" in ended.out
    assert "- Writes paused for the switch: " in ended.out
