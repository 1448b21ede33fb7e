"""What must hold before an application is wired to its database: said at the start, in one line."""

from __future__ import annotations

from dualwrite.phase import Phase
from dualwrite.settings import Settings
from dualwrite.sql import Database, SqlControl
from repos.migration import check
from repos.openwebui.settings import Backend


def preflight(backend: Backend, settings: Settings, database: Database | None) -> None:
    """Raises `ConfigurationError` where `backend` cannot work as these settings and this database are. Neither server of
    PocketBase is asked: an application starts without it in `dual`, and waits for it in `pb_only`."""
    if backend != "sql":
        settings.need_pb_url()
    if database is None:
        return
    # Once PocketBase is the only store, the tables may be elsewhere, or gone.
    if backend == "sql" or SqlControl(database).read().phase is not Phase.PB_ONLY:
        check(database)
