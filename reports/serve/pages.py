"""What is served: the report, the metrics, and whether the database answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from prometheus_client import CollectorRegistry

from dualwrite.evidence import Evidence
from dualwrite.live import live_evidence
from dualwrite.metrics.exposition import CONTENT_TYPE, exposition, text
from dualwrite.metrics.glance import Glance
from dualwrite.metrics.latency import latencies
from dualwrite.parts import Parts
from dualwrite.phase import ControlState
from reports.render import LivePage, render_live
from reports.serve.http import HTML, JSON, Answer, Route, plain

UNREAD = "The database does not answer just now: see the log of dualwrite metrics, and load this page again."


class Pages:
    """Each look at the stores is made in a thread of its own, once however many ask, and nobody waits for it without end."""

    def __init__(self, parts: Parts, registry: CollectorRegistry | None = None) -> None:
        self._parts = parts
        self._registry = registry or exposition(parts)
        self._page = Glance("page", self._render, fresh=2.0, budget=20.0, kept=60.0)
        self._state = Glance("state", self._read, fresh=1.0, budget=2.0, kept=5.0)

    def routes(self) -> Mapping[str, Route]:
        """By path."""
        return {"/": self.page, "/metrics": self.metrics, "/healthz": self.health}

    def page(self) -> Answer:
        """The report as it stands, at most a few seconds old."""
        page = self._page.take()
        if page is None:
            return plain(HTTPStatus.SERVICE_UNAVAILABLE, UNREAD)
        return Answer(HTTPStatus.OK, HTML, page.html.encode(), {"Content-Security-Policy": page.policy})

    def metrics(self) -> Answer:
        """For Prometheus. There is always an answer: what cannot be read is absent in it, and `dualwrite_up` says so."""
        return Answer(HTTPStatus.OK, CONTENT_TYPE, text(self._registry).encode())

    def health(self) -> Answer:
        """Whether the database answers; what PocketBase does is in the metrics."""
        state = self._state.take()
        said = {
            "database": "answers" if state else "does not answer",
            "phase": state.phase.value if state else None,
        }
        status = HTTPStatus.OK if state else HTTPStatus.SERVICE_UNAVAILABLE
        return Answer(status, JSON, f"{json.dumps(said)}\n".encode())

    def _read(self) -> ControlState:
        return self._parts.control.read()

    def _render(self) -> LivePage:
        return render_live(self.evidence())

    def evidence(self) -> Evidence:
        """Read now."""
        return live_evidence(self._parts, latencies=latencies(self._registry.collect()))
