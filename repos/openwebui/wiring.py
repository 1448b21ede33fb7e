"""`install`: the eight model singletons of this process's Open WebUI ask these repositories from now on."""

from __future__ import annotations

import importlib.util
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dualwrite.dialect import Dialect
from dualwrite.errors import ConfigurationError
from dualwrite.metrics import Metrics
from dualwrite.settings import Settings
from repos.connect import repositories
from repos.openwebui.database import database_url, open_database
from repos.openwebui.delegation import delegate
from repos.openwebui.fit import misfits
from repos.openwebui.lifespan import live_with
from repos.openwebui.live import Live
from repos.openwebui.places import DISTRIBUTION, PACKAGE, RELEASES
from repos.openwebui.settings import WiringSettings
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
            live = Live(lambda: _opening(settings, metrics))
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


@contextmanager
def _opening(wiring: WiringSettings, metrics: Metrics | None) -> Iterator[Mapping[str, Any]]:
    settings = Settings.load(sql_url=database_url())
    dialect: Dialect = "sqlite" if database_url().startswith("sqlite") else "postgresql"
    with repositories(
        wiring.backend, settings, database=open_database, dialect=dialect, metrics=metrics
    ) as by_name:
        log.info("Open WebUI's repositories are wired, backend %s", wiring.backend)
        yield by_name
