"""One suite per repository, run over every backend."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.backends import BACKENDS, Backend


@pytest.fixture(scope="session", params=BACKENDS)
def _running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    with BACKENDS[request.param](request, tmp_path_factory) as backend:
        yield backend


@pytest.fixture
def backend(_running: Backend) -> Iterator[Backend]:
    """A backend with no rows; in `dual`, both stores must be equal afterwards."""
    _running.clear()
    yield _running
    _running.prove()
