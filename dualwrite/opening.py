"""PocketBase as the settings name it, for whoever works without SQL too: imports neither store's other side."""

from __future__ import annotations

from dualwrite.metrics import Metrics
from dualwrite.metrics.catalogue import REQUESTS, RETRIES
from dualwrite.migration import Migration
from dualwrite.pocketbase import OnRequest, PocketBase, unmeasured
from dualwrite.settings import Settings


def open_pocketbase(migration: Migration, settings: Settings, metrics: Metrics | None = None) -> PocketBase:
    """PocketBase as the settings say. No request is made before the first use."""
    return PocketBase.connect(
        settings.need_pb_url(),
        identity=settings.pb_identity,
        password=settings.pb_password,
        token=settings.pb_token,
        prefix=settings.prefix or migration.prefix,
        entities=migration.entities,
        timeout=settings.pb_timeout,
        on_request=_measured(metrics) if metrics else unmeasured,
    )


def _measured(metrics: Metrics) -> OnRequest:
    def on_request(method: str, route: str, status: int, seconds: float, retries: int) -> None:
        metrics.observe(REQUESTS, route, str(status), value=seconds)
        if retries > 0:
            metrics.add(RETRIES, route, amount=retries)

    return on_request
