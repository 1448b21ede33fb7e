"""Installing, checking and removing."""

from __future__ import annotations

import pytest

from dualwrite.entity import Column, Entity
from dualwrite.errors import ConfigurationError
from dualwrite.phase import Phase
from dualwrite.sql import Database, SqlControl, check, install, uninstall
from tests.sql.notes import ENTITIES, GROUP, NOTE, Writer, create_tables, go

SQLITE_OBJECTS = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
POSTGRESQL_OBJECTS = """
    SELECT 'class', relname, relkind::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION SELECT 'function', proname, '' FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION SELECT 'trigger', tgname, '' FROM pg_trigger WHERE NOT tgisinternal
    ORDER BY 1, 2
"""


def objects(writer: Writer) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = writer(SQLITE_OBJECTS if writer.sqlite else POSTGRESQL_OBJECTS).fetchall()
    return found


def test_it_can_be_repeated_in_any_phase(installed: Database, writer: Writer) -> None:
    before = objects(writer)
    install(installed, ENTITIES, "notes")
    assert objects(writer) == before
    go(installed, Phase.DUAL, Phase.FROZEN)
    install(installed, ENTITIES, "notes")
    assert SqlControl(installed).read().phase is Phase.FROZEN
    assert check(installed, ENTITIES) == []


def test_uninstall_leaves_nothing_behind(database: Database, writer: Writer) -> None:
    create_tables(database)
    before = objects(writer)
    for _ in range(2):
        install(database, ENTITIES, "notes")
        assert objects(writer) != before
        uninstall(database)
        assert objects(writer) == before
    uninstall(database)
    writer.note("a")


def test_an_aborted_installation_leaves_nothing_behind(database: Database, writer: Writer) -> None:
    create_tables(database)
    before = objects(writer)
    absent = Entity("absent", "absent", "absent", ("id",), (Column("id"),))
    with pytest.raises(ConfigurationError, match="the table absent is not there"):
        install(database, (*ENTITIES, absent), "notes")
    assert objects(writer) == before


def test_another_migration_is_refused(installed: Database) -> None:
    with pytest.raises(ConfigurationError, match="belongs to the migration 'notes'"):
        install(installed, ENTITIES, "other")


def test_check_before_and_after(database: Database) -> None:
    create_tables(database)
    assert "the table dualwrite_control is missing" in check(database, ENTITIES)
    install(database, ENTITIES, "notes")
    assert check(database, ENTITIES) == []


def test_check_finds_a_dropped_trigger(installed: Database, writer: Writer) -> None:
    writer("DROP TRIGGER dualwrite_note_delete" if writer.sqlite else "DROP TRIGGER dualwrite_delete ON note")
    (problem,) = check(installed, ENTITIES)
    assert "delete" in problem
    assert "missing" in problem
    install(installed, ENTITIES, "notes")
    assert check(installed, ENTITIES) == []


def test_check_finds_an_altered_trigger(installed: Database, writer: Writer) -> None:
    if writer.sqlite:
        writer("DROP TRIGGER dualwrite_note_delete")
        writer("CREATE TRIGGER dualwrite_note_delete AFTER DELETE ON note BEGIN SELECT 1; END")
    else:
        writer(
            "CREATE OR REPLACE FUNCTION dualwrite_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
            "AS 'BEGIN RETURN NULL; END'"
        )
    assert all("not as installed" in problem for problem in check(installed, ENTITIES))
    assert check(installed, ENTITIES) != []
    install(installed, ENTITIES, "notes")
    assert check(installed, ENTITIES) == []


def test_check_finds_a_disabled_trigger(installed: Database, writer: Writer) -> None:
    if writer.sqlite:
        pytest.skip("SQLite cannot disable a trigger")
    writer("ALTER TABLE note DISABLE TRIGGER ALL")
    assert len(check(installed, ENTITIES)) == 5
    install(installed, ENTITIES, "notes")
    assert check(installed, ENTITIES) == []


def test_check_finds_a_table_that_was_made_anew(installed: Database, writer: Writer) -> None:
    # As migration tools do on SQLite, which cannot alter a column: the triggers go with the old table.
    writer("CREATE TABLE note2 AS SELECT * FROM note")
    writer("DROP TABLE note" if writer.sqlite else "DROP TABLE note CASCADE")
    writer("ALTER TABLE note2 RENAME TO note")
    assert any("missing" in problem for problem in check(installed, ENTITIES))


def test_an_entity_that_is_no_longer_declared(installed: Database, writer: Writer) -> None:
    install(installed, (NOTE,), "notes")
    go(installed, Phase.DUAL)
    writer("""INSERT INTO "group" (id, user_id) VALUES ('g', 'u')""")
    assert writer.owed() == []
    assert check(installed, (NOTE,)) == []
    assert check(installed, (NOTE, GROUP)) != []


def test_a_new_unique_index_is_noticed(installed: Database, writer: Writer) -> None:
    if not writer.sqlite:
        pytest.skip("only on SQLite can a row be replaced through another unique column")
    writer("CREATE UNIQUE INDEX note_title ON note (title)")
    assert len(check(installed, ENTITIES)) == 2
    install(installed, ENTITIES, "notes")
    assert check(installed, ENTITIES) == []
    writer("DROP INDEX note_title")
    assert len(check(installed, ENTITIES)) == 2


def test_two_schemas_have_their_own(postgres: Database, postgres_url: str) -> None:
    with postgres.write() as connection:
        connection.exec_driver_sql("CREATE SCHEMA second")
        connection.exec_driver_sql("SET LOCAL search_path = second")
    second = Database.open(f"{postgres_url}&options=-csearch_path%3Dsecond")
    for database in (postgres, second):
        create_tables(database)
        install(database, ENTITIES, "notes")
    go(second, Phase.DUAL, Phase.FROZEN)
    writer = Writer(postgres_url)
    writer.note("a")
    assert check(postgres, ENTITIES) == check(second, ENTITIES) == []
    uninstall(second)
    assert check(postgres, ENTITIES) == []
    writer.close()
    second.close()


def test_tables_that_were_moved_away_and_back_are_as_before(installed: Database, writer: Writer) -> None:
    """In `pb_only` nobody needs them; a rollback does."""
    go(installed, Phase.DUAL, Phase.FROZEN)
    for source, target in (("{}", "moved_{}"), ("moved_{}", "{}")):
        for entity in ENTITIES:
            moved, to = source.format(entity.table), target.format(entity.table)
            writer(f'ALTER TABLE "{moved}" RENAME TO "{to}"')
        if source == "{}":
            assert check(installed, ENTITIES) != []
    assert check(installed, ENTITIES) == []
    uninstall(installed)
    writer.note("a")
