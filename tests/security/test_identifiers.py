"""Names of tables and columns with everything in them that SQL gives a meaning to: they stay names."""

from __future__ import annotations

from sqlalchemy import text

from dualwrite.entity import Column, Entity
from dualwrite.phase import Phase
from dualwrite.sql import Database, SqlJournal, SqlStore, check, install, uninstall
from dualwrite.sql.names import quoted
from tests.sql.notes import go

NAME = "o'dd\"; DROP TABLE x; -- $$"
KEY, TEXT = "i'd\"", "te\"x't; --"
ODD = Entity("odd", NAME, "odd", (KEY,), (Column(KEY), Column(TEXT)))


def test_names_stay_names(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("CREATE TABLE x (id TEXT)"))
        connection.exec_driver_sql(
            f"CREATE TABLE {quoted(NAME)} ({quoted(KEY)} TEXT PRIMARY KEY, {quoted(TEXT)} TEXT)"
        )
    install(database, [ODD], "odd")
    assert check(database, [ODD]) == []
    go(database, Phase.DUAL)
    store = SqlStore(database)
    row = {KEY: "'; DROP TABLE x; --", TEXT: '"'}
    store.put(ODD, [row])
    assert store.scan(ODD) == [row]
    assert [owed.key for owed in SqlJournal(database).claim("me", limit=9, lease_seconds=1)] == [
        ODD.key_of(row)
    ]
    store.delete(ODD, [ODD.key_of(row)])
    assert store.count(ODD) == 0
    go(database, Phase.SQL_ONLY)
    uninstall(database)
    with database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM x")) == 0
