"""`/metrics` over HTTP, beside a run."""

from __future__ import annotations

import socket
from importlib.metadata import entry_points
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry

from dualwrite.errors import ConfigurationError
from dualwrite.metrics.serving import GROUP, metrics_alone, serving
from tests.metrics.stage import Stage


def fetched(url: str) -> str:
    with urlopen(url, timeout=10) as answer:
        assert answer.status == 200
        text: str = answer.read().decode()
        return text


def test_metrics_are_served_while_the_block_runs_and_no_longer(after_a_run: tuple[Stage, str]) -> None:
    with metrics_alone(after_a_run[0].registry, "127.0.0.1", 0) as url:
        assert "dualwrite_up 1.0" in fetched(f"{url}metrics").splitlines()
    with pytest.raises(OSError):
        fetched(f"{url}metrics")


def test_a_place_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(ConfigurationError, match=rf"cannot be served at 127\.0\.0\.1:{port} \("),
            metrics_alone(CollectorRegistry(), "127.0.0.1", port),
        ):
            pass


def test_whoever_is_registered_serves_it_and_what_else_there_is(after_a_run: tuple[Stage, str]) -> None:
    assert [entry.name for entry in entry_points(group=GROUP)] == ["page"]
    stage = after_a_run[0]
    with serving(stage.parts, stage.registry, "127.0.0.1", 0) as url:
        assert "dualwrite_up 1.0" in fetched(f"{url}metrics").splitlines()
        assert "Migration of notes" in fetched(url)
        assert '"dual"' in fetched(f"{url}healthz")
