"""A running PocketBase's clock is moved, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest

from dualwrite.pocketbase import EmbeddedPocketBase
from tests.faults import clock

DAYS = 3


@pytest.mark.skipif(not clock.can_be_moved(), reason="a process's clock is moved on x86-64 Linux only")
def test_a_servers_clock_jumps_ahead_and_back(cells_server: EmbeddedPocketBase) -> None:
    pid = cells_server.pid
    assert pid is not None

    def days_ahead() -> float:
        answer = httpx.get(f"{cells_server.url}/api/health", trust_env=False)
        return (parsedate_to_datetime(answer.headers["date"]) - datetime.now(UTC)).total_seconds() / 86_400

    assert days_ahead() == pytest.approx(0, abs=0.01)
    with clock.moved(pid, DAYS * 86_400):
        assert days_ahead() == pytest.approx(DAYS, abs=0.01)
    assert days_ahead() == pytest.approx(0, abs=0.01)
