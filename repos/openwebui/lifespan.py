"""The background work begins and ends with the application: inside each worker, after a server has forked it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from repos.openwebui.live import Live

_MARK = "dualwrite_live"


def live_with(app: Any, live: Live) -> None:
    """Put our start before the application's own start, which may ask us, and our end after its own end, which may too."""
    if getattr(app.state, _MARK, None) is live:
        return
    theirs = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[Any]:
        await asyncio.to_thread(live.repositories)
        try:
            async with theirs(app) as state:
                yield state
        finally:
            await asyncio.to_thread(live.close)

    app.router.lifespan_context = lifespan
    setattr(app.state, _MARK, live)
