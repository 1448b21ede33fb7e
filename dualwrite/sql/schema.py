"""The control tables: what `install` puts beside the migrated tables, and `uninstall` takes away."""

from __future__ import annotations

from dualwrite.sql.names import now, qualified

TABLES = (
    "dualwrite_control",
    "dualwrite_history",
    "dualwrite_value",
    "dualwrite_lease",
    "dualwrite_obligation",
    "dualwrite_tally",
    "dualwrite_folded",
)


def create_tables(dialect: str, schema: str | None) -> list[str]:
    """Statements that create what is not there yet."""
    real = "REAL" if dialect == "sqlite" else "double precision"
    integer = "INTEGER" if dialect == "sqlite" else "bigint"
    # A seq is never used twice: a settler deletes by number what it owns, maybe after somebody else did and a new debt
    # was written. PostgreSQL's identity promises that. SQLite's AUTOINCREMENT does too, for a second page written by every
    # commit (1.07 of a plain insert instead of 1.03); so the plain rule, one more than the greatest there is, has to do,
    # and `SqlJournal` never deletes the greatest: it is kept as `paid` until a greater one is there.
    growing = (
        "INTEGER PRIMARY KEY" if dialect == "sqlite" else "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    )
    # First of all columns: so a transaction has its id before it draws a seq, on which `Tally` relies.
    tx = "" if dialect == "sqlite" else "tx xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(), "
    # No transaction but the one that set it ever sees `passes` = 1: it is taken back before the commit.
    passes = ", passes INTEGER NOT NULL DEFAULT 0" if dialect == "sqlite" else ""

    def table(name: str, body: str) -> str:
        return f"CREATE TABLE IF NOT EXISTS {qualified(schema, name)} ({body})"

    def partial_index(flag: str) -> str:
        return (
            f"CREATE INDEX IF NOT EXISTS dualwrite_obligation_{flag} "
            f"ON {qualified(schema, 'dualwrite_obligation')} (seq) WHERE {flag} = 1"
        )

    return [
        table(
            "dualwrite_control",
            f"singleton {integer} PRIMARY KEY CHECK (singleton = 1), migration TEXT NOT NULL, phase TEXT NOT NULL, "
            f"reads TEXT NOT NULL, epoch {integer} NOT NULL, since {real} NOT NULL{passes}",
        ),
        table(
            "dualwrite_history",
            f"seq {growing}, at {real} NOT NULL, actor TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL, "
            "reads TEXT NOT NULL, why TEXT NOT NULL",
        ),
        table("dualwrite_value", "name TEXT PRIMARY KEY, json TEXT NOT NULL"),
        table("dualwrite_lease", f"name TEXT PRIMARY KEY, owner TEXT NOT NULL, until {real} NOT NULL"),
        # No index over all rows but the key's: every one would be paid for by every write of the application.
        table(
            "dualwrite_obligation",
            f"{tx}seq {growing}, entity TEXT NOT NULL, key TEXT NOT NULL, "
            f"created {real} NOT NULL DEFAULT ({now(dialect)}), not_before {real}, owner TEXT, lease_until {real}, "
            f"attempts {integer} NOT NULL DEFAULT 0, error TEXT, stuck {integer} NOT NULL DEFAULT 0, "
            f"paid {integer} NOT NULL DEFAULT 0, paid_at {real}",
        ),
        # What these hold is seldom: no insert of a trigger touches them.
        partial_index("paid"),
        partial_index("stuck"),
        table(
            "dualwrite_tally",
            f"entity TEXT PRIMARY KEY, open {integer} NOT NULL, since {integer} NOT NULL",
        ),
        table(
            "dualwrite_folded",
            f"singleton {integer} PRIMARY KEY CHECK (singleton = 1), seq {integer} NOT NULL, "
            f"upto {integer} NOT NULL, horizon {integer if dialect == 'sqlite' else 'xid8'}",
        ),
        f"INSERT INTO {qualified(schema, 'dualwrite_folded')} (singleton, seq, upto) VALUES (1, 0, 0) "
        "ON CONFLICT (singleton) DO NOTHING",
    ]


def first_row(dialect: str, schema: str | None) -> str:
    """The statement that gives a new control table its one row; parameter: migration."""
    return (
        f"INSERT INTO {qualified(schema, 'dualwrite_control')} (singleton, migration, phase, reads, epoch, since) "
        f"VALUES (1, :migration, 'sql_only', 'sql', 1, {now(dialect)}) ON CONFLICT (singleton) DO NOTHING"
    )
