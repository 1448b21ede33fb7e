"""Whatever Open WebUI's own classes answer and leave behind, our adapters answer and leave behind, on both stores.

CI plays a fixed budget, the same every time. `make equality CALLS=20000 SEED=7` plays that many calls from there on.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from dualwrite.pocketbase import PocketBaseStore
from dualwrite.sql import Database, SqlStore
from repos.migration import openwebui, pocketbase
from repos.rehearsal.schema import create
from tests.conformance.calls import CALLS
from tests.conformance.equality import World, machine
from tests.conformance.subjects import Subject
from tests.fixtures.openwebui import Oracle, openwebui_connection

STEPS = 50
PLAYS = 5  # of every repository by itself
MIXED_PLAYS = 20
QUIET = settings(
    stateful_step_count=STEPS,
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """A script says it all: what is refused here is refused by thousands."""
    caplog.set_level(logging.ERROR)


@pytest.fixture(scope="module")
def equality_world(
    request: pytest.FixtureRequest,
    oracle: Oracle,
    openwebui_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    """Open WebUI's classes, and our adapters on a database of the same dialect and on PocketBase."""
    sqlite = openwebui_url.startswith("sqlite")
    url = (
        f"sqlite:///{tmp_path_factory.mktemp('ours') / 'ours.db'}"
        if sqlite
        else request.getfixturevalue("postgres_database")()
    )
    create(url)
    database = Database.open(url, owned=sqlite)
    with openwebui_connection(request.getfixturevalue("openwebui_server")) as server:
        dialect = database.dialect
        yield World(
            oracle,
            Subject("sql", dialect, openwebui.sql(database), SqlStore(database)),
            Subject("pocketbase", dialect, pocketbase(server, dialect=dialect), PocketBaseStore(server)),
        )
    database.close()


@pytest.mark.parametrize("repository", CALLS)
def test_each_repository_is_equal(repository: str, equality_world: World) -> None:
    fixed = settings(QUIET, derandomize=True, max_examples=PLAYS)
    run_state_machine_as_test(machine(equality_world, [repository]), settings=fixed)


def test_all_together_are_equal(equality_world: World) -> None:
    before = equality_world.calls
    fixed = settings(QUIET, derandomize=True, max_examples=MIXED_PLAYS)
    run_state_machine_as_test(machine(equality_world, list(CALLS)), settings=fixed)
    assert equality_world.calls - before > MIXED_PLAYS * STEPS * 0.8, (
        "most calls are defined, so most are made"
    )


@pytest.mark.slow
def test_they_stay_equal(equality_world: World) -> None:
    wanted = int(os.environ.get("DUALWRITE_EQUALITY_CALLS", "1000"))
    first = int(os.environ.get("DUALWRITE_EQUALITY_SEED", "1"))
    begun = equality_world.calls
    for number in range(wanted):
        if equality_world.calls - begun >= wanted:
            break
        print(f"seed {first + number}, {equality_world.calls - begun} calls on {equality_world.sql.dialect}")
        random = seed(first + number)(machine(equality_world, list(CALLS)))
        run_state_machine_as_test(random, settings=settings(QUIET, max_examples=20))
    print(f"{equality_world.calls - begun} calls on {equality_world.sql.dialect}, no difference")
