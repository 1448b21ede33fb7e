"""`dualwrite metrics`: a small server for Prometheus and for people."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer

from dualwrite.cli.options import Name, Pb, Sql, opened
from dualwrite.periodic import Periodic
from reports.serve.beside import beside
from reports.serve.http import is_loopback

PORT = 9470


def metrics(
    sql: Sql = None,
    pb: Pb = None,
    migration: Name = None,
    host: Annotated[
        str, typer.Option(help="address to listen on; only this machine can reach the default")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any that is free")] = PORT,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host", metavar="NAME", help="another name it may be asked for under; may be repeated"
        ),
    ] = None,
) -> None:
    """Serve /metrics for Prometheus, /healthz, and at / the report as it stands, which renews itself. Runs until it is stopped.

    Whoever reaches it can read it: names of methods and keys of rows, no value of any. It is for this machine unless --host
    says otherwise.
    """
    with opened(sql, pb, migration) as parts:
        parts.control.read()
        diary = parts.diary()
        keeping = Periodic("diary", diary.keep, every=parts.timing.house_every)
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        signal.signal(signal.SIGINT, lambda *_: stop.set())
        with beside(parts, None, host, port, allowed=allow_host or ()) as url:
            keeping.start()
            typer.echo(f"{url} (also /metrics and /healthz); stop with Ctrl-C", err=True)
            if not is_loopback(host):
                typer.echo("dualwrite: others can reach this page; it names methods and keys", err=True)
            stop.wait()
            keeping.close()
