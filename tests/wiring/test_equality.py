"""Wired, Open WebUI's own classes answer and leave behind what they did untouched: in each phase, on both databases."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from dualwrite.phase import Phase
from repos.entities import ENTITIES
from tests.conformance.calls import CALLS
from tests.conformance.equality import World, machine
from tests.conformance.test_equality import QUIET, STEPS
from tests.fixtures.openwebui import Oracle
from tests.wiring.deployment import Deployment, WiredSubject

PLAYS = 3


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """What is refused here is refused by hundreds."""
    caplog.set_level(logging.ERROR)


@pytest.fixture(scope="module", params=[Phase.SQL_ONLY, Phase.DUAL])
def before(
    request: pytest.FixtureRequest, deploy: Callable[[], Deployment]
) -> Iterator[tuple[Deployment, WiredSubject]]:
    """A deployment whose SQL answers."""
    deployment = deploy()
    if request.param is Phase.DUAL:
        deployment.go(Phase.DUAL)
    with closing(deployment.application("last")) as application:
        yield deployment, WiredSubject(request.param, deployment, application)


@pytest.fixture(scope="module")
def after(deploy: Callable[[], Deployment]) -> Iterator[WiredSubject]:
    """A deployment whose PocketBase is the only store."""
    deployment = deploy()
    deployment.go(Phase.DUAL, Phase.PB_ONLY)
    with closing(deployment.application("first")) as application:
        yield WiredSubject(Phase.PB_ONLY, deployment, application)


def test_the_wired_classes_are_equal_in_every_phase(
    oracle: Oracle, before: tuple[Deployment, WiredSubject], after: WiredSubject
) -> None:
    deployment, sql = before
    world = World(oracle, sql, after)
    fixed = settings(QUIET, derandomize=True, max_examples=PLAYS)
    run_state_machine_as_test(machine(world, list(CALLS)), settings=fixed)
    assert world.calls > PLAYS * STEPS * 0.8, "most calls are defined, so most are made"
    if sql.name != Phase.DUAL:
        return
    sql.application.close_repositories()
    assert deployment.settled(), "what was written behind the callers is settled"
    for entity in ENTITIES:
        assert deployment.parts.pb_store.scan(entity, limit=100_000) == sql.rows(entity), entity.name
