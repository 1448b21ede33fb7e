"""One SQL database: connections, units of work, and the tables of entities."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr
from sqlalchemy import Connection, Engine, Table, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import SQLAlchemyError

from dualwrite.call import current_call
from dualwrite.dialect import Dialect
from dualwrite.entity import Entity
from dualwrite.errors import AnswerLost, ConfigurationError
from dualwrite.secret import hidden
from dualwrite.sql.engine import BEGIN_OPTION, MEND, build_engine, derived_engine, describe
from dualwrite.sql.own import OwnObligations
from dualwrite.sql.tables import table_for
from dualwrite.sql.translate import refuse_unsendable, translating


class Database:
    """One engine, shared by threads. `schema` is where the tables are (PostgreSQL; None on SQLite), `where` is its address,
    for messages.

    `binary_order` tells whether PostgreSQL sorts text bytewise when it is not told to.
    """

    def __init__(self, engine: Engine, *, owns_engine: bool = True) -> None:
        """Use `open` or `sharing`."""
        self.engine = engine
        self._owns_engine = owns_engine
        self.dialect: Dialect = "sqlite" if engine.dialect.name == "sqlite" else "postgresql"
        self.where = describe(engine)
        self.schema: str | None = None
        self.binary_order = True
        self._tables: dict[tuple[str, str], Table] = {}
        self._unit = threading.local()
        self._own = OwnObligations(self.dialect, None)
        event.listen(engine, "handle_error", self._refuse_unsendable)

    @classmethod
    def open(
        cls, url: SecretStr | str, *, read_only: bool = False, owned: bool = False, schema: str | None = None
    ) -> Database:
        """Connect once, to be sure that it works.

        `owned` says that the SQLite file is ours alone: it is created where it is missing, and kept in WAL mode. The
        journal mode of any other file is left as it is. `postgresql://` and `postgres://` take whichever of psycopg and
        psycopg2 is installed. `schema` is PostgreSQL's; left out, the connection's current one.

        Raises:
            ConfigurationError: the file, the server, the login or the schema is not there; without the password.
        """
        url = hidden(url)
        database = cls(build_engine(url, read_only=read_only, owned=owned))
        database._connect_once(schema, wal=owned and not read_only)
        return database

    @classmethod
    def sharing(cls, engine: Engine, *, schema: str | None = None) -> Database:
        """On the connections of an application that runs in this process: its pool's limits hold for both. `close` leaves
        them alone. Connects once, as `open` does.

        Raises:
            ConfigurationError: as `open`; or the driver is not one of ours.
        """
        database = cls(derived_engine(engine), owns_engine=False)
        database._connect_once(schema, wal=False)
        return database

    def _connect_once(self, schema: str | None, *, wal: bool) -> None:
        try:
            if self.dialect == "sqlite":
                self._open_sqlite(wal=wal)
            else:
                self._open_postgresql(schema)
        except SQLAlchemyError as error:
            self.close()
            # No statement has had a row's value yet, so the driver's own words can be shown.
            reason = _one_line(error, self.engine.url.password)
            raise ConfigurationError(f"cannot open {self.where}: {reason.rstrip('.')}: {MEND}") from None
        except ConfigurationError:
            self.close()
            raise

    def _open_sqlite(self, *, wal: bool) -> None:
        with self.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA schema_version")
        if wal:
            # Outside any transaction: the mode cannot change inside one.
            driver = self.engine.raw_connection()
            try:
                driver.cursor().execute("PRAGMA journal_mode = WAL").fetchone()
            finally:
                driver.close()

    def _open_postgresql(self, schema: str | None) -> None:
        with self.engine.connect() as connection:
            current, locale, encoding = connection.execute(_FACTS).one()
            known = schema is None or connection.scalar(_SCHEMA_EXISTS, {"schema": schema})
        if encoding != "UTF8":
            raise ConfigurationError(
                f"cannot open {describe(self.engine)}: its encoding is {encoding}, not UTF8"
            )
        if not known or (schema or current) is None:
            raise ConfigurationError(
                f"cannot open {describe(self.engine)}: there is no schema {schema or ''}".rstrip()
            )
        self.schema = schema or current
        self.binary_order = locale
        self._own = OwnObligations(self.dialect, self.schema)

    @property
    def version(self) -> str:
        """The server's, or SQLite's."""
        return ".".join(map(str, getattr(self.engine.dialect, "server_version_info", None) or ()))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One read transaction; inside `write` (or another `read`) of this thread, the same connection."""
        joined: Connection | None = getattr(self._unit, "connection", None)
        with translating(self.where):
            if joined is not None:
                yield joined
                return
            with self.engine.connect() as connection:
                self._unit.connection, self._unit.writes = connection, False
                try:
                    yield connection
                finally:
                    self._unit.connection = None
                    # Whatever was read needs no commit; a lost connection has nothing to end.
                    if not connection.invalidated:
                        connection.rollback()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One unit of work: commits at the end, rolls back on an error.

        Nested in another of the same thread it joins that one, as a savepoint: an error undoes the inner part and goes
        on to the outer, which decides. SQLite takes its write lock at the start, so nothing read inside can be stale.
        The obligations that this transaction's triggers wrote are appended to the current call, if it wants them.

        Raises:
            AnswerLost: the connection was lost while committing.
            RuntimeError: begun inside `read` of the same thread, which on SQLite would wait for itself.
        """
        joined: Connection | None = getattr(self._unit, "connection", None)
        if joined is not None:
            if not self._unit.writes:
                raise RuntimeError("a unit of work cannot begin inside a read of the same thread")
            with translating(self.where), joined.begin_nested():
                yield joined
            return
        with translating(self.where), self.engine.connect() as plain:
            connection = plain.execution_options(**{BEGIN_OPTION: "BEGIN IMMEDIATE"})
            connection.begin()
            self._unit.connection, self._unit.writes = connection, True
            try:
                yield from self._work(connection)
            except BaseException:
                _undo(connection)
                raise
            finally:
                self._unit.connection = None

    def _work(self, connection: Connection) -> Iterator[Connection]:
        call = current_call()
        if call is None or call.hold is None:
            yield connection
            with translating(self.where, committing=True):
                connection.commit()
            return
        mark = self._own.mark(connection)
        yield connection
        own = self._own.hold(connection, mark, call.hold)
        # Kept only if they may be on disk: on SQLite the numbers of a rolled-back transaction are used again.
        try:
            with translating(self.where, committing=True):
                connection.commit()
        except AnswerLost:
            call.obligations += own
            raise
        call.obligations += own

    def table(self, entity: Entity) -> Table:
        """The entity's table: its columns select and bind row values as `dualwrite.entity` defines them."""
        key = (entity.name, entity.table)
        if key not in self._tables:
            self._tables[key] = table_for(entity, self.dialect, self.schema)
        return self._tables[key]

    def close(self) -> None:
        """Close every connection that is not in use, where they are ours."""
        if self._owns_engine:
            self.engine.dispose()
        elif event.contains(self.engine, "handle_error", self._refuse_unsendable):
            event.remove(self.engine, "handle_error", self._refuse_unsendable)

    def _refuse_unsendable(self, context: ExceptionContext) -> None:
        # SQLAlchemy keeps this listener at the dialect, which a derived engine shares with the one it comes from.
        if context.engine is self.engine:
            refuse_unsendable(context)


def _undo(connection: Connection) -> None:
    """Roll back without hiding the error that led here: a connection that cannot is thrown away."""
    try:
        connection.rollback()
    except SQLAlchemyError:
        connection.invalidate()


def _one_line(error: SQLAlchemyError, password: object) -> str:
    text_of = str(getattr(error, "orig", None) or error)
    line = " ".join(text_of.split())
    return line.replace(str(password), "…") if password else line


_FACTS = text(
    """
    SELECT current_schema(),
           CASE coalesce(to_jsonb(d) ->> 'datlocprovider', 'c')
               WHEN 'c' THEN datcollate IN ('C', 'POSIX')
               WHEN 'b' THEN true
               ELSE false
           END,
           pg_encoding_to_char(encoding)
    FROM pg_database d WHERE datname = current_database()
    """
)
_SCHEMA_EXISTS = text("SELECT true FROM pg_namespace WHERE nspname = :schema")
