"""What all workers of one `serve` count, added up and answered on a port of its own, by the process that started them.

`prometheus_client` decides when it is imported whether a process counts for itself or in a folder that several share. So the
folder is named first, and nothing here imports it before that.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dualwrite.errors import ConfigurationError
from dualwrite.settings import Settings
from repos.openwebui.database import database_url, open_database
from repos.openwebui.settings import WiringSettings

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from dualwrite.metrics import Metrics

SHARED = "PROMETHEUS_MULTIPROC_DIR"
_OWN = "dualwrite-metrics-"


def counting() -> Metrics | None:
    """What this process counts with, where a folder is shared; else nothing counts. Raises `ConfigurationError` where that folder
    cannot be used."""
    if not os.environ.get(SHARED):
        return None
    from prometheus_client import CollectorRegistry

    from dualwrite.metrics.multiprocess import check_folder
    from dualwrite.metrics.prometheus import PrometheusMetrics

    check_folder(Path(os.environ[SHARED]))
    return PrometheusMetrics(CollectorRegistry())


def name_folder() -> None:
    """Name the folder that this process and its workers share: the one that the environment names, else a new one. What a
    killed predecessor left of its own is removed."""
    if os.environ.get(SHARED):
        return
    for left in Path(tempfile.gettempdir()).glob(f"{_OWN}*"):
        pid = left.name.removeprefix(_OWN).partition("-")[0]
        if pid.isdigit() and left.owner() == Path.home().owner() and not _lives(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    os.environ[SHARED] = tempfile.mkdtemp(prefix=f"{_OWN}{os.getpid()}-")


@contextmanager
def answered(wiring: WiringSettings) -> Iterator[str]:
    """Answers at the URL it gives, in a thread, while the block runs.

    Raises:
        ConfigurationError: the port is taken, or the folder cannot be used.
    """
    from prometheus_client import start_http_server

    from dualwrite.metrics.multiprocess import check_folder

    check_folder(Path(os.environ[SHARED]))
    host, port = wiring.metrics_host, wiring.metrics_port or 0
    with _registry(wiring) as registry:
        try:
            server, thread = start_http_server(port, host, registry)
        except OSError as error:
            raise ConfigurationError(
                f"setting metrics_port: {host}:{port} cannot be had ({error.strerror}): give another as DUALWRITE_METRICS_PORT"
            ) from error
        try:
            yield f"http://{host}:{server.server_port}/metrics"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@contextmanager
def _registry(wiring: WiringSettings) -> Iterator[CollectorRegistry]:
    from prometheus_client import CollectorRegistry

    from dualwrite.metrics.exposition import Counted, exposition
    from dualwrite.metrics.multiprocess import Shared
    from dualwrite.parts import Parts
    from repos.migration import openwebui

    if wiring.backend != "dual":
        registry = CollectorRegistry()
        registry.register(Counted(Shared(Path(os.environ[SHARED]))))
        yield registry
        return
    settings = Settings.load(sql_url=database_url())
    with contextlib.closing(Parts.open(openwebui, settings, database=open_database())) as parts:
        yield exposition(parts)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
