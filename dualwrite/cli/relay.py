"""`relay`: a process that does nothing but pay obligations."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from dualwrite.cli.options import Name, Pb, Sql, need_pocketbase, opened
from dualwrite.cli.output import err, out
from dualwrite.errors import ConfigurationError
from dualwrite.periodic import Periodic
from dualwrite.switch import end_overdue


def relay(
    sql: Sql = None,
    pb: Pb = None,
    migration: Name = None,
    drain: Annotated[
        bool,
        typer.Option("--drain", help="stop once nothing is open; exit status 1 where stuck keys are left"),
    ] = False,
    seconds: Annotated[float, typer.Option(help="how long --drain may take")] = 600.0,
) -> None:
    """Pay the obligations of dead processes and of writers that know nothing of PocketBase, and end the pause of a switch that
    died. Runs until it is stopped."""
    with opened(sql, pb, migration) as parts:
        parts.control.read()
        worker = parts.relay()
        if drain:
            need_pocketbase(parts)
            if not worker.drain(seconds=seconds):
                left = sum(state.open for state in parts.journal.state())
                raise ConfigurationError(
                    f"{left} obligations are still open; `dualwrite status` names the stuck keys"
                )
            out.print("no obligation is open")
            return
        signal.signal(signal.SIGTERM, lambda *_: worker.stop())
        err.print("relay: at work; stop with Ctrl-C")
        diary = parts.diary()

        def keep_house() -> None:
            end_overdue(parts.control, parts.owner)
            diary.keep()

        watch = Periodic("housekeeping", keep_house, every=parts.timing.house_every)
        watch.start()
        worker.run()
        watch.close()
