"""One fixture per port, each running over every implementation that has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dualwrite.ports import Control, Journal, Reader, Writer
from tests.ports.implementations import IMPLEMENTATIONS, Stores


@pytest.fixture(params=IMPLEMENTATIONS.values(), ids=IMPLEMENTATIONS.keys())
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    with request.param() as opened:
        yield opened


@pytest.fixture
def reader(stores: Stores) -> Reader:
    if stores.reader is None:
        pytest.skip("not a Reader")
    return stores.reader


@pytest.fixture
def writer(stores: Stores) -> Writer:
    if stores.writer is None:
        pytest.skip("not a Writer")
    return stores.writer


@pytest.fixture
def journal(stores: Stores) -> Journal:
    if stores.journal is None:
        pytest.skip("not a Journal")
    return stores.journal


@pytest.fixture
def control(stores: Stores) -> Control:
    if stores.control is None:
        pytest.skip("not a Control")
    return stores.control
