"""Open WebUI's own classes, wired: processes of their own, on databases and a PocketBase that were prepared for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from dualwrite.parts import Parts
from dualwrite.pocketbase import EmbeddedPocketBase
from dualwrite.settings import Settings
from dualwrite.setup import initialise
from repos.entities import ENTITIES, PREFIX
from repos.migration import openwebui
from tests.fixtures.openwebui import create_schema
from tests.wiring.deployment import Deployment


@pytest.fixture(scope="module")
def new_url(
    request: pytest.FixtureRequest, openwebui_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], str]:
    """Makes a database of the same dialect that Open WebUI's own migrations made."""

    def make() -> str:
        folder = tmp_path_factory.mktemp("wired")
        if openwebui_url.startswith("sqlite"):
            url = f"sqlite:///{folder / 'webui.db'}"
        else:
            url = request.getfixturevalue("postgres_database")()
        create_schema(url, folder)
        return url

    return make


@pytest.fixture(scope="module")
def deploy(
    new_url: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Deployment]]:
    """Makes a database and a PocketBase on which `dualwrite init` has run."""
    with ExitStack() as stack:

        def make() -> Deployment:
            server = stack.enter_context(EmbeddedPocketBase(hooks=(ENTITIES, PREFIX)))
            settings = Settings.load(
                sql_url=new_url(),
                pb_url=server.url,
                pb_identity=server.identity,
                pb_password=server.password,
            )
            parts = Parts.open(openwebui, settings)
            stack.callback(parts.close)
            list(initialise(parts))
            return Deployment(server, parts, tmp_path_factory.mktemp("data"))

        yield make
