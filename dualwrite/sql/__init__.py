"""SQL's side of a migration: the database, its rows, the triggers, the journal and the control table."""

from dualwrite.sql.backup import copy_sqlite
from dualwrite.sql.control import SqlControl
from dualwrite.sql.database import Database
from dualwrite.sql.declared import check_tables
from dualwrite.sql.engine import has_password
from dualwrite.sql.fence import passing_fence
from dualwrite.sql.install import check, install, uninstall
from dualwrite.sql.journal import SqlJournal
from dualwrite.sql.store import SqlStore
from dualwrite.sql.translate import translating

__all__ = [
    "Database",
    "SqlControl",
    "SqlJournal",
    "SqlStore",
    "check",
    "check_tables",
    "copy_sqlite",
    "has_password",
    "install",
    "passing_fence",
    "translating",
    "uninstall",
]
