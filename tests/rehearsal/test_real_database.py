"""`dualwrite rehearse` on a database that Open WebUI's own code has written."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dualwrite.entity import Entity, Kind
from dualwrite.parts import Parts
from dualwrite.pocketbase import EmbeddedPocketBase
from dualwrite.pocketbase.names import collection_name
from dualwrite.settings import Settings
from dualwrite.verify import Verify
from repos.entities import ENTITIES, PREFIX
from repos.migration import openwebui
from tests.fixtures.openwebui import environment, interpreter

WRITER = Path(__file__).parents[1] / "conformance" / "oracle_writer.py"
CHATS = 60


@pytest.fixture(scope="module")
def webui(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `webui.db` as Open WebUI leaves it."""
    folder = tmp_path_factory.mktemp("webui")
    done = subprocess.run(
        [interpreter(), "-W", "ignore", WRITER, str(CHATS)],
        env=environment(f"sqlite:///{folder}/webui.db", folder / "data"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "webui.db"


@pytest.fixture(scope="module")
def rehearsed(webui: Path) -> Path:
    """The folder of a rehearsal on it, which ended well."""
    before = hashlib.sha256(webui.read_bytes()).hexdigest()
    work = webui.parent / "work"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "dualwrite",
            "rehearse",
            "--sql",
            f"sqlite:///{webui}",
            "--work",
            str(work),
            "--seconds",
            "2",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert hashlib.sha256(webui.read_bytes()).hexdigest() == before, "the source is opened read-only"
    return work


def test_all_nine_tables_end_equal_with_every_row_of_the_source(rehearsed: Path, webui: Path) -> None:
    report = json.loads((rehearsed / "report" / "report.json").read_text())
    assert report["verdict"] == {"ready": True, "reasons": []}
    found = {entity["name"]: entity for entity in report["entities"]}
    assert set(found) == {entity.name for entity in ENTITIES}
    with sqlite3.connect(webui) as source:
        for entity in ENTITIES:
            rows = source.execute(f'SELECT count(*) FROM "{entity.table}"').fetchone()[0]
            assert rows > 0, f"the writer made no {entity.name}"
            assert found[entity.name]["differing"] == found[entity.name]["lagging"] == 0
            assert found[entity.name]["sql_rows"] == found[entity.name]["pocketbase_rows"]
    source.close()


@pytest.fixture(scope="module")
def verify(rehearsed: Path) -> Iterator[tuple[Verify, Path]]:
    """A verify between the rehearsal's two stores, and PocketBase's own file."""
    with EmbeddedPocketBase(rehearsed / "pocketbase", hooks=(ENTITIES, PREFIX)) as server:
        settings = Settings.load(
            sql_url=f"sqlite:///{rehearsed}/sql/copy.db",
            pb_url=server.url,
            pb_identity=server.identity,
            pb_password=server.password,
        )
        parts = Parts.open(openwebui, settings)
        yield (
            Verify(parts.sql_store, parts.pb_store, parts.journal, parts.control, looks=2, pause=0.0),
            rehearsed / "pocketbase" / "pb_data" / "data.db",
        )
        parts.close()


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_one_byte_changed_behind_its_back_is_named_by_entity_key_and_path(
    entity: Entity, verify: tuple[Verify, Path]
) -> None:
    check, file = verify
    collection = collection_name(PREFIX, entity)
    plain = [column for column in entity.columns if column.name not in entity.key]
    with sqlite3.connect(file, timeout=10) as pocketbase:
        for column in plain:
            record, value = pocketbase.execute(
                f'SELECT id, "{column.field}" FROM "{collection}" ORDER BY length("{column.field}") DESC, id LIMIT 1'
            ).fetchone()
            key = tuple(
                pocketbase.execute(
                    f'SELECT {", ".join(entity.column(name).field for name in entity.key)} FROM "{collection}" WHERE id = ?',
                    (record,),
                ).fetchone()
            )
            pocketbase.execute(
                f'UPDATE "{collection}" SET "{column.field}" = ? WHERE id = ?', (_one_byte_off(value), record)
            )
            pocketbase.commit()
            (result,) = check.run([entity])
            named = [(found.entity, found.key, found.path) for found in result.named]
            pocketbase.execute(
                f'UPDATE "{collection}" SET "{column.field}" = ? WHERE id = ?', (value, record)
            )
            pocketbase.commit()
            assert {(kind, row) for kind, row, _ in named} == {(entity.name, key)}, column.name
            for path in {path for _, _, path in named}:
                inside = column.kind is Kind.JSON and path.startswith((f"{column.name}.", f"{column.name}["))
                assert path == column.name or inside, (column.name, path)
    pocketbase.close()
    assert check.run([entity])[0].clean


def _one_byte_off(value: object) -> object:
    if isinstance(value, int):
        return value ^ 1
    if isinstance(value, float):
        return value + 1
    text = str(value)
    if not text:
        return "~"
    letters = [place for place, letter in enumerate(text) if letter.isalnum()]
    place = letters[len(letters) // 2] if letters else len(text) - 1
    return text[:place] + ("8" if text[place] == "7" else "7") + text[place + 1 :]
