"""`backfill --content`: the files of a whole database, found, uploaded, looked at again, and named where they are not right."""

from __future__ import annotations

import itertools
import json
import random
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from dualwrite.pocketbase import EmbeddedPocketBase, PocketBaseContent
from dualwrite.pocketbase.names import content_name
from dualwrite.pocketbase.session import Request
from repos import connect
from repos.entities import ENTITIES, FILE, PREFIX
from repos.models import FileForm
from tests.cli.command import ROOT, Ended, Here, assert_refused, command, environment
from tests.cli.conftest import Place, connection, digest, execute
from tests.faults.proxy import HOLD, Proxy
from tests.fixtures.faults import until
from tests.fixtures.pocketbase import VERSIONS, pocketbase_binary


@dataclass
class Uploads:
    """A database in `dual`, whose files lie in a folder under names that say what they are about."""

    place: Place
    folder: Path
    here: Here
    ids: list[str]

    @property
    def settings(self) -> dict[str, str]:
        return self.place.settings

    def run(self, *words: str | Path) -> Ended:
        return self.here.run("backfill", "--content", *words, settings=self.settings)

    def uploaded(self, *words: str | Path, status: int = 0) -> dict:
        """What came of the files."""
        ended = self.run("--content-dir", self.folder, "--json", *words)
        assert ended.status == status, ended
        assert "divorce" not in ended.out + ended.err
        (content,) = [each["content"] for each in ended.document if "content" in each]
        return content

    def path(self, id: str) -> Path:
        return self.folder / f"{id}_divorce.pdf"

    def held(self, ids: Sequence[str] | None = None) -> list[bytes | None]:
        """What is given out for these rows, by default for those of the beginning."""
        with connection(self.place.server) as pb:
            content = PocketBaseContent(pb)
            found = [content.read(FILE, (each,)) for each in (self.ids if ids is None else ids)]
            return [None if chunks is None else b"".join(chunks) for chunks in found]


def uploads(place: Place, folder: Path, here: Here, *init: str) -> Uploads:
    """Every row of the database gets a file of its own."""
    folder.mkdir()
    with closing(sqlite3.connect(place.database)) as driver:
        ids = [each for (each,) in driver.execute("SELECT id FROM file ORDER BY id")]
    found = Uploads(place, folder, here, ids)
    for each in ids:
        found.path(each).write_bytes(each.encode() * 1000)
    execute(place.database, "UPDATE file SET path = id || '_divorce.pdf', filename = 'divorce.pdf'")
    for words in (["init", *init], ["phase", "dual"]):
        ended = here.run(*words, settings=place.settings)
        assert ended.status == 0, ended
    return found


@pytest.fixture
def full(hooked: Place, tmp_path: Path, here: Here) -> Uploads:
    return uploads(hooked, tmp_path / "uploads", here)


def test_the_files_of_a_database(full: Uploads) -> None:
    count = len(full.ids)
    first = full.uploaded()
    assert (first["uploaded"], first["problems"]) == (count, [])
    assert first["bytes"] == sum(len(each) * 1000 for each in full.ids)
    assert full.held() == [each.encode() * 1000 for each in full.ids]
    second = full.uploaded()
    assert (second["uploaded"], second["present"], second["bytes"]) == (0, count, 0)
    assert full.here.run("verify", settings=full.settings).status == 0, "bytes are no difference of rows"
    assert full.here.run("doctor", settings=full.settings).status == 0


def test_what_is_wrong_is_named_by_row_and_by_nothing_else(full: Uploads) -> None:
    missing, changed, altered, elsewhere = full.ids[:4]
    full.uploaded()
    full.path(missing).unlink()
    full.path(changed).write_bytes(b"another")
    with connection(full.place.server) as pb:
        path = f"/api/collections/{content_name(PREFIX, FILE)}/records/{FILE.record_id((altered,))}"
        body = json.dumps({"content": ""}).encode()
        pb.session.send(Request("PATCH", path, "test", content=body, writes=True))
    execute(full.place.database, f"UPDATE file SET path = 's3://divorce/x' WHERE id = '{elsewhere}'")
    execute(full.place.database, "UPDATE dualwrite_obligation SET created = created - 60")
    assert full.here.run("relay", "--drain", settings=full.settings).status == 0
    found = full.uploaded(status=1)
    assert {(*each["key"], each["fate"]) for each in found["problems"]} == {
        (missing, "missing"),
        (changed, "changed"),
        (altered, "altered"),
    }
    assert (found["elsewhere"], found["present"]) == (1, len(full.ids) - 4)
    shown = full.run("--content-dir", full.folder)
    assert shown.status == 1
    lines = [line for line in shown.out.splitlines() if line.startswith("✗")]
    assert sorted(line.partition(":")[0] for line in lines) == sorted(
        f"✗ file ['{each}']" for each in (missing, changed, altered)
    )
    assert "divorce" not in shown.out + shown.err
    assert str(full.folder) not in shown.out + shown.err
    full.path(missing).write_bytes(missing.encode() * 1000)
    assert full.uploaded("--restart", "--entity", "file")["problems"] == []
    assert full.held([changed, altered]) == [b"another", altered.encode() * 1000]


def test_a_row_deleted_in_sql_takes_its_bytes_along(full: Uploads) -> None:
    full.uploaded()
    gone = full.ids[0]
    execute(full.place.database, f"DELETE FROM file WHERE id = '{gone}'")
    full.path(gone).unlink()  # as Open WebUI does
    assert full.uploaded()["gone"] == 1, "PocketBase has not heard of it yet"
    execute(full.place.database, "UPDATE dualwrite_obligation SET created = created - 60")
    assert full.here.run("relay", "--drain", settings=full.settings).status == 0
    assert full.held([gone]) == [None]
    assert full.uploaded()["present"] == len(full.ids) - 1


def test_after_the_switch_new_files_still_find_their_way(full: Uploads) -> None:
    full.uploaded("--entity", "file")
    waive = ("--waive", "comparisons", "--reason", "nobody writes here")
    for words in (["backfill"], ["verify"], ["cutover", *waive]):
        assert full.here.run(*words, settings=full.settings).status == 0
    new = full.ids[0]
    with connection(full.place.server) as pb:
        path = f"/api/collections/{content_name(PREFIX, FILE)}/records/{FILE.record_id((new,))}"
        pb.session.send(Request("DELETE", path, "test", writes=True))
    found = full.uploaded()
    assert (found["uploaded"], found["present"]) == (1, len(full.ids) - 1)
    assert_refused(full.here.run("backfill", settings=full.settings), "pb_only")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("hooks", [True, False], ids=["hooks", "api"])
def test_on_every_version_with_hooks_and_without(
    version: str, hooks: bool, webui: Path, tmp_path: Path, here: Here
) -> None:
    server = EmbeddedPocketBase(
        binary=pocketbase_binary(version), hooks=(ENTITIES, PREFIX) if hooks else None
    )
    with server:
        place = Place(webui, server, digest(webui))
        full = uploads(place, tmp_path / "uploads", here, *([] if hooks else ["--without-hooks"]))
        assert full.uploaded()["uploaded"] == len(full.ids)
        execute(webui, "UPDATE file SET filename = 'renamed'", f"DELETE FROM file WHERE id = '{full.ids[0]}'")
        execute(webui, "UPDATE dualwrite_obligation SET created = created - 60")
        assert here.run("relay", "--drain", settings=full.settings).status == 0
        found = full.uploaded()
        assert (found["present"], found["problems"]) == (len(full.ids) - 1, [])
        assert full.held() == [
            None,
            *(each.encode() * 1000 for each in full.ids[1:]),
        ]


def test_beside_live_writes_and_deletions(full: Uploads) -> None:
    """Files come, change and go through repositories in `dual` while two runs are at work."""
    done = threading.Event()

    def live() -> None:
        rng = random.Random(1)
        with connect(
            "dual",
            sql_url=full.settings["DUALWRITE_SQL_URL"],
            pb_url=full.place.server.url,
            pb_identity=full.place.server.identity,
            pb_password=full.place.server.password,
        ) as repos:
            for number in itertools.count():
                if done.wait(0.02):
                    return
                new = f"live-{number}"
                full.path(new).write_bytes(new.encode() * 5000)
                form = FileForm(id=new, filename="divorce.pdf", path=str(full.path(new)))
                assert repos.files.insert_new_file("ann", form) is not None
                repos.files.update_file_hash_by_id(rng.choice(full.ids), new)
                if number % 3:
                    gone = f"live-{rng.randrange(number + 1)}"
                    repos.files.delete_file_by_id(gone)
                    full.path(gone).unlink(missing_ok=True)

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(live)
        try:
            for _ in range(2):
                assert full.uploaded()["problems"] == []
        finally:
            done.set()
        running.result(30)
    execute(full.place.database, "UPDATE dualwrite_obligation SET created = created - 60")
    assert full.here.run("relay", "--drain", settings=full.settings).status == 0
    assert full.uploaded()["problems"] == []
    assert full.here.run("verify", settings=full.settings).status == 0
    with closing(sqlite3.connect(full.place.database)) as driver:
        left = [each for (each,) in driver.execute("SELECT id FROM file")]
    assert set(full.ids) < set(left)
    assert full.held(left) == [full.path(each).read_bytes() for each in left]
    storage = full.place.server.folder / "pb_data" / "storage"
    until(lambda: len([path for path in storage.rglob("content_*") if path.suffix == ".txt"]) == len(left))


def test_a_killed_run_is_gone_on_with(full: Uploads) -> None:
    assert full.here.run("backfill", settings=full.settings).status == 0
    words = command("backfill", "--content", "--content-dir", full.folder, "--json")
    with Proxy(full.place.server.url) as proxy:
        proxy.nth(4, HOLD, where=lambda asked: asked.method == "POST" and "_content/records" in asked.path)
        running = subprocess.Popen(
            words,
            env=environment({**full.settings, "DUALWRITE_PB_URL": proxy.url, "DUALWRITE_PB_TIMEOUT": "30"}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )
        with running:
            until(lambda: proxy.held == 1, 30)
            running.send_signal(signal.SIGKILL)
            running.communicate(timeout=30)
    execute(full.place.database, "UPDATE dualwrite_lease SET until = 0")
    found = full.uploaded()
    # The fourth was under way when its sender died, and landed: it is read back instead of sent again.
    assert (found["present"], found["uploaded"]) == (4, len(full.ids) - 4)
    assert full.uploaded()["present"] == len(full.ids)


@pytest.fixture
def ready(hooked: Place, here: Here) -> Iterator[Place]:
    """A database in `dual`."""
    for words in (["init"], ["phase", "dual"]):
        assert here.run(*words, settings=hooked.settings).status == 0
    return hooked


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--content-dir", "."], ["--content-dir", "--content"]),
        (["--content", "--content-dir", "/nowhere"], ["/nowhere", "not a directory"]),
        (["--content", "--entity", "chat"], ["chat", "no content"]),
        (["--content", "--entity", "file", "--entity", "chat"], ["chat", "no content"]),
        (["--content", "--entity", "films"], ["films"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_what_cannot_be_meant(words: list[str], said: list[str], ready: Place, here: Here) -> None:
    assert_refused(here.run("backfill", *words, settings=ready.settings), *said)


def test_before_dual_writes_there_is_nothing_to_upload_to(hooked: Place, here: Here) -> None:
    assert here.run("init", settings=hooked.settings).status == 0
    assert_refused(here.run("backfill", "--content", settings=hooked.settings), "sql_only", "phase dual")


def test_a_pocketbase_whose_place_for_bytes_is_not_as_it_should_be(ready: Place, here: Here) -> None:
    name = content_name(PREFIX, FILE)
    with connection(ready.server) as pb:
        found = json.loads(pb.session.send(Request("GET", f"/api/collections/{name}", "test")))
        fields = [field for field in found["fields"] if field["name"] != "content"]
        body = json.dumps({"fields": fields}).encode()
        pb.session.send(Request("PATCH", f"/api/collections/{name}", "test", content=body, writes=True))
    assert_refused(
        here.run("backfill", "--content", settings=ready.settings),
        f"{name}: field content is missing",
        "dualwrite init",
    )
    doctor = here.run("doctor", settings=ready.settings)
    assert doctor.status == 1
    assert f"✗ {name}: field content is missing" in doctor.out
    assert here.run("init", settings=ready.settings).status == 0
    assert here.run("doctor", settings=ready.settings).status == 0


def test_a_pocketbase_that_is_not_there(ready: Place, here: Here) -> None:
    settings = ready.settings | {"DUALWRITE_PB_URL": "http://127.0.0.1:1"}
    assert_refused(here.run("backfill", "--content", settings=settings), "no server answers")
