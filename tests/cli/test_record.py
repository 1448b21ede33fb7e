"""What is recorded of a migration and who may move it: who, when, from, to, why; and nothing half done by the wrong user."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from dualwrite.errors import ConfigurationError
from dualwrite.gate import CONDITIONS
from dualwrite.rehearse.material import Size
from dualwrite.sql import Database, SqlControl, install
from dualwrite.switch import CUTOVER, Switch
from dualwrite.waivers import Waiver, save_waiver
from repos.entities import ENTITIES
from repos.rehearsal.material import OpenWebUIRehearsal
from tests.cli.command import Here, assert_refused
from tests.cli.conftest import Place
from tests.pocketbase.people import sign_up

WAIVE = ("--waive", "comparisons", "--reason", "nobody writes here")


@pytest.fixture
def sql_only(webui: Path) -> dict[str, str]:
    """Settings that name a database with control tables, and no PocketBase."""
    database = Database.open(f"sqlite:///{webui}")
    install(database, ENTITIES, "openwebui")
    database.close()
    return {"DUALWRITE_SQL_URL": f"sqlite:///{webui}"}


def test_status_phase_and_retire_need_no_pocketbase(sql_only: dict[str, str], here: Here) -> None:
    assert here.run("status", settings=sql_only).status == 0
    ended = here.run("phase", "dual", "--why", "we begin", settings=sql_only)
    assert (ended.status, ended.out) == (0, "sql_only → dual\n")
    (change,) = here.run("status", "--json", settings=sql_only).document["history"]
    assert (change["from"], change["to"], change["why"]) == ("sql_only", "dual", "we begin")
    assert change["actor"].startswith(f"{getpass.getuser()}@")
    assert (datetime.now(UTC) - datetime.fromisoformat(change["at"])).total_seconds() < 60
    assert here.run("phase", "sql_only", settings=sql_only).status == 0
    assert here.run("retire", "--yes", settings=sql_only).status == 0


def test_what_retire_removes_it_prints_with_who_removed_it_and_why(
    sql_only: dict[str, str], here: Here
) -> None:
    for phase in ("dual", "sql_only"):
        assert here.run("phase", phase, "--why", "a try", settings=sql_only).status == 0
    document = here.run("retire", "--yes", "--why", "we stay", "--json", settings=sql_only).document
    retired = document["retired"]
    assert (retired["from"], retired["to"], retired["why"]) == ("sql_only", "retired", "we stay")
    assert retired["actor"].startswith(f"{getpass.getuser()}@")
    assert retired["at"]
    assert [(change["to"], change["why"]) for change in document["history"]] == [
        ("sql_only", "a try"),
        ("dual", "a try"),
    ]
    assert_refused(here.run("status", settings=sql_only), "dualwrite init")


def test_a_waiver_that_is_withdrawn_stays_on_record(
    sql_only: dict[str, str], place: Place, here: Here
) -> None:
    settings = place.settings | sql_only
    here.run("phase", "dual", settings=settings)
    assert here.run("cutover", *WAIVE, settings=settings).status == 1, "the backfill has not run"
    assert (
        here.run(
            "cutover", "--withdraw", "comparisons", "--reason", "they do write", settings=settings
        ).status
        == 1
    )
    found = here.run("status", "--json", settings=settings).document
    assert found["waivers"] == []
    assert [(each["what"], each["why"]) for each in found["decisions"]] == [
        ("withdrew the waiver of comparisons", "they do write"),
        ("waived comparisons", "nobody writes here"),
    ]
    assert all(each["who"].startswith(f"{getpass.getuser()}@") and each["at"] for each in found["decisions"])
    assert "they do write" in here.run("status", settings=settings).out


def test_a_switch_that_was_called_off_is_on_record_with_who_and_why(
    sql_only: dict[str, str], here: Here
) -> None:
    here.run("phase", "dual", settings=sql_only)

    class Failing:
        course = CUTOVER

        def prepare(self, epoch: int) -> None: ...

        def finish(self, pause: object, epoch: int) -> int:
            raise ConfigurationError("3 obligations are still open")

    database = Database.open(sql_only["DUALWRITE_SQL_URL"])
    with pytest.raises(ConfigurationError, match="still open"):
        Switch(SqlControl(database), owner="o", actor="ada@here:1").run(Failing())  # type: ignore[arg-type]
    database.close()
    newest, before, _ = here.run("status", "--json", settings=sql_only).document["history"]
    assert (before["to"], before["actor"], before["why"]) == ("frozen", "ada@here:1", "cutover: writes pause")
    assert (newest["from"], newest["to"], newest["actor"]) == ("frozen", "dual", "ada@here:1")
    assert newest["why"] == "cutover called off: ConfigurationError: 3 obligations are still open"


def test_a_dry_run_shows_every_condition_with_its_figure(
    sql_only: dict[str, str], place: Place, here: Here
) -> None:
    document = here.run("cutover", "--dry-run", "--json", settings=place.settings | sql_only).document
    assert [condition["name"] for condition in document["conditions"]] == list(CONDITIONS)
    assert all(condition["figure"] and condition["asks"] for condition in document["conditions"])
    assert (document["ready"], document["switched"]) == (False, None)


class Ready:
    """A migration on PostgreSQL whose gate is open, and its owner's and a reader's settings."""

    def __init__(self, place: Place, url: str) -> None:
        self.owner = place.settings | {"DUALWRITE_SQL_URL": url}
        self.reader = self.owner | {"DUALWRITE_SQL_URL": url.replace("postgres:@", "dualwrite_test_reader:@")}


@pytest.fixture
def ready(hooked: Place, here: Here, postgres_url: str) -> Iterator[Ready]:
    OpenWebUIRehearsal().create(postgres_url, Size(users=2, rows=5, row_bytes=500))
    ready = Ready(hooked, postgres_url)
    for words in (["init"], ["phase", "dual"], ["backfill"], ["verify"]):
        ended = here.run(*words, settings=ready.owner)
        assert ended.status == 0, ended
    database = Database.open(postgres_url)
    save_waiver(SqlControl(database), Waiver.now("comparisons", who="ada", reason="a test"))
    database.close()
    assert here.run("cutover", "--dry-run", settings=ready.owner).status == 0
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS dualwrite_test_reader")
        admin.execute("CREATE ROLE dualwrite_test_reader LOGIN")
        admin.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO dualwrite_test_reader")
        yield ready
        admin.execute("DROP OWNED BY dualwrite_test_reader")
        admin.execute("DROP ROLE dualwrite_test_reader")


def test_a_switch_by_the_wrong_user_is_refused_in_one_line_and_nothing_is_half_done(
    ready: Ready, hooked: Place, here: Here
) -> None:
    before = here.run("status", "--json", settings=ready.owner).document
    person = sign_up(hooked.server)
    by_password = {"DUALWRITE_PB_IDENTITY": person.identity, "DUALWRITE_PB_PASSWORD": person.password}
    by_token = {"DUALWRITE_PB_TOKEN": person.token, "DUALWRITE_PB_IDENTITY": "", "DUALWRITE_PB_PASSWORD": ""}

    ended = here.run("cutover", settings=ready.reader)
    assert (ended.status, "✗" in ended.out, ended.err.count("\n")) == (1, False, 1), ended
    assert "42501" in ended.err, "PostgreSQL's code for: not allowed"
    ended = here.run("cutover", *WAIVE, settings=ready.reader)
    assert (ended.status, ended.out, ended.err.count("\n")) == (1, "", 1), ended
    for identity in (by_password, by_token):
        ended = here.run("cutover", settings=ready.owner | identity)
        assert (ended.status, ended.err) == (1, ""), ended
        (wrong,) = [line for line in ended.out.splitlines() if line.startswith("✗")]
        assert "superuser" in wrong or "refused the token" in wrong, wrong
        assert person.password not in ended.out
        assert person.token not in ended.out
    for words in (["phase", "sql_only"], ["retire", "--yes"]):
        assert here.run(*words, settings=ready.reader).status == 1

    assert here.run("status", "--json", settings=ready.owner).document == before
    ended = here.run("cutover", settings=ready.owner)
    assert ended.status == 0, "nobody holds the turn"
