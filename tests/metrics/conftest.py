"""One known run, which the tests of the text only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.metrics.stage import Stage, known_run, staged


@pytest.fixture(scope="session")
def after_a_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, str]]:
    """The stage after the known run, and the text of one scrape of it."""
    with staged(tmp_path_factory.mktemp("known-run")) as stage:
        known_run(stage)
        yield stage, stage.text
