"""`install`: the eight model singletons of this process's Open WebUI ask these repositories from now on."""

from __future__ import annotations

import importlib.util
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dualwrite.errors import ConfigurationError
from dualwrite.metrics import Metrics
from dualwrite.settings import Settings
from dualwrite.sql import Database
from repos.connect import repositories
from repos.openwebui.database import database_dialect, database_url, open_database
from repos.openwebui.delegation import delegate
from repos.openwebui.fit import misfits
from repos.openwebui.lifespan import live_with
from repos.openwebui.live import Live
from repos.openwebui.metrics import counting
from repos.openwebui.places import DISTRIBUTION, PACKAGE, RELEASES
from repos.openwebui.preflight import preflight
from repos.openwebui.settings import Backend, WiringSettings
from repos.openwebui.source import Source

log = logging.getLogger(__name__)
_lock = threading.Lock()
_installed: Live | None = None


def install(app: Any = None, *, backend: str | None = None, metrics: Metrics | None = None) -> Live:
    """Wire this process, once; whatever was imported before is served too. With `app`, Open WebUI's FastAPI application,
    the background work begins when it starts and is drained when it shuts down; without, it begins with the first call and
    ends with the process.

    `backend` is `dual`, which follows the stored phase, or one store alone; left out, DUALWRITE_BACKEND says it, else `dual`.

    Raises:
        ConfigurationError: Open WebUI is not installed, another release, or has methods, results or tables that are not known
            here (all are named); its database is none of ours. Nothing has been replaced then.
    """
    global _installed
    with _lock:
        if _installed is None:
            settings = WiringSettings.load(backend=backend)
            source = check_installed()
            database_url()
            counted = metrics or counting()
            live = Live(lambda: _opening(settings.backend, counted))
            delegate(source, live.repositories)
            _installed = live
    if app is not None:
        live_with(app, _installed)
    return _installed


def check_installed() -> Source:
    """The source of the Open WebUI that this process would import; nothing of it is imported for that.

    Raises:
        ConfigurationError: there is none, or it does not fit; with every reason.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ConfigurationError(
            f"Open WebUI is not installed here: pip install {DISTRIBUTION}=={RELEASES[-1]}"
        )
    source = Source(Path(spec.origin).parent)
    found = misfits(source, source.version())
    if found:
        raise ConfigurationError(
            f"this Open WebUI does not fit and was left as it is ({len(found)}): {'; '.join(found)}"
        )
    return source


def prepare(backend: Backend) -> None:
    """Look whether this process's Open WebUI could be wired to its database, and leave both as they are, but for Open WebUI's own
    migrations.

    Raises:
        ConfigurationError: as `install`; or the database is not as it must be.
    """
    check_installed()
    settings = Settings.load(sql_url=database_url())
    database = None if backend == "pocketbase" else open_database()
    try:
        preflight(backend, settings, database)
    finally:
        if database is not None:
            database.close()


def _helped(settings: Settings) -> Settings:
    """Who answers a browser has a helper, unless its settings say no."""
    said = settings.model_fields_set & {"helper", "apply"}
    return settings if said else settings.model_copy(update={"helper": True})


@contextmanager
def _opening(backend: Backend, metrics: Metrics | None) -> Iterator[Mapping[str, Any]]:
    settings = _helped(Settings.load(sql_url=database_url()))

    def opened() -> Database:
        database = open_database()
        try:
            preflight(backend, settings, database)
        except BaseException:
            database.close()
            raise
        return database

    with repositories(
        backend, settings, database=opened, dialect=database_dialect(), metrics=metrics
    ) as by_name:
        log.info("Open WebUI's repositories are wired, backend %s", backend)
        yield by_name
