"""A PostgreSQL schema of Open WebUI's own choice: it is told twice, in its URL for its migrations and as DATABASE_SCHEMA."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from dualwrite.parts import Parts
from dualwrite.phase import Phase
from dualwrite.pocketbase import EmbeddedPocketBase
from dualwrite.settings import Settings
from dualwrite.setup import initialise
from repos.entities import ENTITIES, FOLDER, PREFIX
from repos.migration import openwebui
from tests.conformance.vocabulary import form
from tests.fixtures.openwebui import create_schema
from tests.wiring.deployment import Deployment

SCHEMA = "chat_app"


def test_all_there_is_lies_in_that_schema(postgres_database: Callable[[], str], tmp_path: Path) -> None:
    import psycopg

    plain = postgres_database()
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
    url = f"{plain}&options=-csearch_path%3D{SCHEMA}"
    create_schema(url, tmp_path)
    with EmbeddedPocketBase(hooks=(ENTITIES, PREFIX)) as server:
        settings = Settings.load(
            sql_url=plain,
            sql_schema=SCHEMA,
            pb_url=server.url,
            pb_identity=server.identity,
            pb_password=server.password,
        )
        with closing(Parts.open(openwebui, settings)) as parts:
            list(initialise(parts))
            deployment = Deployment(server, parts, tmp_path)
            deployment.go(Phase.DUAL)
            with closing(
                deployment.application(settings={"DATABASE_URL": url, "DATABASE_SCHEMA": SCHEMA})
            ) as application:
                made = application.call("Folders", "insert_new_folder", "u", form("FolderForm", name="Work"))
                assert made["value"]["name"] == "Work"
                assert deployment.settled()
            assert [row["name"] for row in parts.pb_store.scan(FOLDER, limit=10)] == ["Work"]
    with psycopg.connect(plain) as connection:
        outside = connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_name LIKE 'dualwrite%%' AND table_schema <> %s",
            (SCHEMA,),
        ).fetchone()
    assert outside == (0,)
