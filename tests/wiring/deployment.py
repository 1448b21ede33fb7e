"""A deployment of Open WebUI that migrates: its database, its PocketBase, and processes of the application."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dualwrite.parts import Parts
from dualwrite.phase import Phase, Reads, reads_of
from dualwrite.pocketbase import EmbeddedPocketBase
from dualwrite.stamp import Stamp
from dualwrite.timing import PHASE_TTL
from tests.conformance.equality import DRAWN, TABLES
from tests.conformance.subjects import Answer, Subject, ask
from tests.conformance.vocabulary import Call
from tests.fixtures.openwebui import Oracle


@dataclass
class Deployment:
    """`parts` are its stores, as a colleague's process sees them."""

    server: EmbeddedPocketBase
    parts: Parts
    data_dir: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a wired application needs to know beside Open WebUI's own settings."""
        return {
            "DUALWRITE_PB_URL": self.server.url,
            "DUALWRITE_PB_IDENTITY": self.server.identity,
            "DUALWRITE_PB_PASSWORD": self.server.password,
        }

    @property
    def url(self) -> str:
        """Of the database."""
        return self.parts.settings.need_sql_url()

    def go(self, *phases: Phase) -> None:
        """Through these phases, at once: a test has no reader that could see too much. When it returns, no process acts on an
        earlier one any more; what one wrote to SQL alone meanwhile would be a relay's to carry over."""
        for phase in phases:
            now = self.parts.control.read().phase
            if phase is Phase.PB_ONLY:
                self._change(now, Phase.FROZEN, Reads.SQL)
                now = self._change(Phase.FROZEN, Phase.FROZEN, Reads.POCKETBASE)
            self._change(now, phase, reads_of(phase))
        time.sleep(PHASE_TTL)

    def application(self, wired: str = "last", settings: Mapping[str, str] | None = None) -> Oracle:
        """Open WebUI's wired classes in a process of their own."""
        return Oracle(self.url, self.data_dir, wired=wired, settings={**self.environment, **(settings or {})})

    def settled(self, seconds: float = 60.0) -> bool:
        """Whether nothing is owed any more, within this time: what a process left when it was closed, a relay of ours carries over."""
        return self.parts.relay().drain(seconds=seconds)

    def _change(self, expect: Phase, to: Phase, reads: Reads) -> Phase:
        self.parts.control.change(expect=expect, to=to, reads=reads, actor="test", why="test")
        return to


class WiredSubject(Subject):
    """Wired classes, asked as an adapter of ours is."""

    def __init__(self, name: str, deployment: Deployment, application: Oracle) -> None:
        parts = deployment.parts
        store = parts.pb_store if name == Phase.PB_ONLY else parts.sql_store
        super().__init__(name, parts.database.dialect, {}, store)
        self.application = application

    def call(self, repository: str, call: Call, stamp: Stamp) -> Answer:
        """As the oracle answers."""
        table, entity = TABLES[repository]
        answer = ask(self.application, table, call, stamp, DRAWN.get(call.method, entity).name)
        return {name: value for name, value in answer.items() if name != "classes"}
