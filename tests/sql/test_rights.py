"""The triggers run with the rights of whoever installed them; no writer can borrow these."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from dualwrite.sql import Database, check
from tests.sql.notes import ENTITIES, Writer

ROLE = "dualwrite_test_mallory"


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def mallory(dual: Database, writer: Writer, postgres_url: str) -> Iterator[psycopg.Connection]:
    """A role that may insert notes, and make things in a schema of its own."""
    for statement in (
        "CREATE TABLE vault (secret TEXT)",
        f"DROP ROLE IF EXISTS {ROLE}",
        f"CREATE ROLE {ROLE}",
        f"GRANT INSERT ON note TO {ROLE}",
        f"CREATE SCHEMA evil AUTHORIZATION {ROLE}",
    ):
        writer(statement)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"SET ROLE {ROLE}")
        yield connection
    writer(f"DROP OWNED BY {ROLE} CASCADE")
    writer(f"DROP ROLE {ROLE}")


def test_what_a_writer_puts_in_front_of_the_systems_own_is_not_run_with_our_rights(
    mallory: psycopg.Connection, dual: Database, writer: Writer
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        mallory.execute("INSERT INTO public.vault VALUES ('mine')")
    mallory.execute(
        "CREATE FUNCTION evil.same(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO public.vault VALUES ('stolen rights'); RETURN $1 OPERATOR(pg_catalog.=) $2; END $$"
    )
    mallory.execute("CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.same)")
    mallory.execute("SET search_path = evil, pg_catalog")
    mallory.execute("INSERT INTO public.note (id, title, stars) VALUES ('a', 't', 0)")
    assert writer("SELECT * FROM vault").fetchall() == []
    assert writer.owed() == [("note", ("a",))]


def test_a_function_without_its_own_search_path_is_not_as_installed(dual: Database, writer: Writer) -> None:
    assert check(dual, ENTITIES) == []
    writer("ALTER FUNCTION dualwrite_note() RESET search_path")
    assert any("note is not as installed" in problem for problem in check(dual, ENTITIES))
