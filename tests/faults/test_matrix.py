"""The cells of the fault matrix as tests. `make faults` plays them all and writes the table of docs/faults.md; a few quick
ones run with the ordinary tests, all of them with `-m faults`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest

from tests.faults import clock
from tests.faults.cell import Cell, superuser
from tests.faults.faults import FAULTS, Fault, done, met
from tests.faults.matrix import BEGIN, DIALECTS, END, PAGE, Servers, play
from tests.fixtures.faults import until

QUICK = {
    ("requests sent twice", "sqlite"),
    ("429 with Retry-After", "postgresql"),
    ("PocketBase: tokens revoked", "sqlite"),
}
CELLS = [
    pytest.param(name, dialect, marks=[] if (name, dialect) in QUICK else [pytest.mark.faults])
    for name in FAULTS
    for dialect in DIALECTS
]
SEED = 2


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """What all cells share."""
    with Servers() as servers:
        yield servers


@pytest.mark.parametrize(("name", "dialect"), CELLS)
def test_a_fault_leaves_both_stores_equal_and_no_caller_notices(
    name: str, dialect: str, servers: Servers
) -> None:
    if "clock" in name and not clock.can_be_moved():
        pytest.skip("a process's clock is moved on x86-64 Linux only")
    played = play(servers, FAULTS[name], dialect, SEED)
    print(f"seed {SEED}: {played}")
    assert played.found == []
    assert played.writes > 0


@contextmanager
def rows_lost(cell: Cell) -> Iterator[None]:
    """PocketBase forgets every row, when no backfill is left to bring them back."""
    cell.post.calm.touch()
    cell.crew["backfill"].join(30)
    with superuser(cell.server) as client:
        client.delete(f"/api/collections/{cell.collection}/truncate").raise_for_status()
    cell.struck += 1
    seen = cell.count("verify", "done")
    until(lambda: cell.count("verify", "done") > seen + 1, 30)
    yield


@pytest.mark.faults
def test_a_cell_that_ends_unequal_says_so(servers: Servers) -> None:
    played = play(servers, Fault(rows_lost, done, seconds=0.0), "sqlite", SEED)
    assert any(line.startswith("the stores differ") for line in played.found)
    assert any("verifies saw a difference" in line for line in played.found)


@pytest.mark.faults
def test_a_fault_that_strikes_nothing_fails_its_cell(servers: Servers) -> None:
    played = play(servers, Fault(lambda cell: nullcontext(), met, seconds=0.2), "sqlite", SEED)
    assert played.found == ["the fault struck nothing"]


def test_the_page_shows_every_fault_on_both_databases() -> None:
    shown = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    rows = [line.strip("| ").split(" | ") for line in shown.strip().splitlines()[2:]]
    assert [row[0] for row in rows] == list(FAULTS)
    for name, person, *cells in rows:
        assert person.strip() == FAULTS[name].person
        assert len(cells) == len(DIALECTS)
        assert all(int(cell.split(", ")[1]) > 0 for cell in cells)
