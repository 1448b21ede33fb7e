"""One fixture per port, each running over every implementation that has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from dualwrite.pocketbase import EmbeddedPocketBase, PocketBaseStore
from dualwrite.ports import Control, Journal, Mirror, Origin, Reader, Writer
from dualwrite.sql import SqlStore
from tests.domain import NOTES
from tests.fakes import FakeStore
from tests.fixtures.pocketbase import NEWEST, pocketbase_binary
from tests.ports import real
from tests.ports.implementations import Stores, fakes

IMPLEMENTATIONS: dict[str, Callable[[pytest.FixtureRequest], AbstractContextManager[Stores]]] = {
    "fakes": fakes,
    "sqlite": real.sqlite,
    "postgresql": real.postgresql,
    "pocketbase": real.pocketbase,
    "pocketbase-without-hooks": real.pocketbase_without_hooks,
}
"""To add a store, add an entry whose function yields a `Stores`; the suites need nothing else."""


@pytest.fixture(scope="session")
def notes_server() -> Iterator[EmbeddedPocketBase]:
    """A PocketBase with the hooks of one prefix."""
    with EmbeddedPocketBase(binary=pocketbase_binary(NEWEST), hooks=([NOTES], "ports_")) as server:
        yield server


ON_SQL = {"fakes", "sqlite", "postgresql"}
PORTS = {"journal": ON_SQL, "control": ON_SQL, "origin": ON_SQL, "mirror": {"fakes", "pocketbase"}}
"""Who has them; the others are everybody's."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test runs over every implementation of the ports that it asks for."""
    if "stores" in metafunc.fixturenames:
        asked = [having for port, having in PORTS.items() if port in metafunc.fixturenames]
        names = [name for name in IMPLEMENTATIONS if all(name in having for having in asked)]
        metafunc.parametrize("stores", [IMPLEMENTATIONS[name] for name in names], ids=names, indirect=True)


@pytest.fixture
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    with request.param(request) as opened:
        yield opened


@pytest.fixture
def reader(stores: Stores) -> Reader:
    assert stores.reader is not None
    return stores.reader


@pytest.fixture
def writer(stores: Stores) -> Writer:
    assert stores.writer is not None
    return stores.writer


@pytest.fixture
def origin(stores: Stores) -> Origin:
    assert isinstance(stores.reader, FakeStore | SqlStore)
    return stores.reader


@pytest.fixture
def mirror(stores: Stores) -> Mirror:
    assert isinstance(stores.reader, FakeStore | PocketBaseStore)
    if isinstance(stores.reader, FakeStore):
        stores.reader.vouches = True
    return stores.reader


@pytest.fixture
def journal(stores: Stores) -> Journal:
    assert stores.journal is not None
    return stores.journal


@pytest.fixture
def control(stores: Stores) -> Control:
    assert stores.control is not None
    return stores.control
