"""A PocketBase that cannot be used gets one clear line with its address, and nothing is changed anywhere."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dualwrite.pocketbase import EmbeddedPocketBase
from dualwrite.pocketbase.session import Request
from repos.entities import ENTITIES, PREFIX
from tests.cli.command import SECRET, assert_refused, run
from tests.cli.conftest import Place, connection, digest
from tests.fixtures.pocketbase import pocketbase_binary


class Stranger(BaseHTTPRequestHandler):
    """A web server that is not PocketBase."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<h1>It works!</h1>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def stranger() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def silent() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_nothing_listens_there(place: Place) -> None:
    url = "http://127.0.0.1:9/"
    ended = run("init", "--pb", url, settings=place.settings)
    assert_refused(ended, "http://127.0.0.1:9 ", "refused", "start PocketBase", "DUALWRITE_PB_URL")
    place.assert_untouched()


def test_a_name_that_is_nobodys(place: Place) -> None:
    ended = run("init", "--pb", "http://nobody.invalid", settings=place.settings)
    assert_refused(ended, "no server answers at http://nobody.invalid ")


def test_another_web_server(place: Place, stranger: str) -> None:
    ended = run("init", "--pb", stranger, settings=place.settings)
    assert_refused(ended, stranger, "is not PocketBase", "DUALWRITE_PB_URL")
    place.assert_untouched()


def test_a_server_that_says_nothing(place: Place, silent: str) -> None:
    ended = run("init", "--pb", silent, settings=place.settings | {"DUALWRITE_PB_TIMEOUT": "0.5"})
    assert_refused(ended, silent, "no answer", "0.5 s")
    place.assert_untouched()


def test_wrong_credentials(place: Place) -> None:
    ended = run("init", settings=place.settings | {"DUALWRITE_PB_PASSWORD": SECRET})
    assert_refused(ended, place.server.url, "refused the identity or password", "DUALWRITE_PB_PASSWORD")
    settings = {name: value for name, value in place.settings.items() if "IDENTITY" not in name}
    assert_refused(run("init", settings=settings), "DUALWRITE_PB_IDENTITY")
    place.assert_untouched()


def test_a_token_that_is_none(place: Place) -> None:
    ended = run("init", settings=place.settings | {"DUALWRITE_PB_TOKEN": SECRET, "DUALWRITE_PB_IDENTITY": ""})
    assert_refused(ended, place.server.url, "refused the token", "DUALWRITE_PB_TOKEN")


@pytest.mark.parametrize(
    ("version", "words"), [("0.22.27", ("too old", "0.26")), ("0.25.9", ("older than 0.26", "update it"))]
)
def test_a_pocketbase_too_old(version: str, words: tuple[str, ...], webui: Path, tmp_path: Path) -> None:
    binary, before = pocketbase_binary(version), digest(webui)
    hooks = None if version.startswith("0.22.") else (ENTITIES, PREFIX)  # it would not start with them
    with OldPocketBase(tmp_path / "pb", binary=binary, hooks=hooks) as server:
        place = Place(webui, server, before)
        assert_refused(run("init", settings=place.settings), server.url, *words)
    assert digest(webui) == before


class OldPocketBase(EmbeddedPocketBase):
    """Starts releases that have administrators instead of superusers, too."""

    def _make_superuser(self) -> None:
        if not self.version.startswith("0.22."):
            super()._make_superuser()


def test_no_hooks_and_none_to_be_put_in_place(place: Place) -> None:
    ended = run("init", settings=place.settings)
    assert_refused(ended, place.server.url, "no hooks are installed", "--hooks-dir", "--without-hooks")
    place.assert_untouched()


def test_hooks_put_where_this_pocketbase_does_not_look(place: Place, tmp_path: Path) -> None:
    ended = run("init", "--hooks-dir", tmp_path / "nowhere", "--wait", "0.5", settings=place.settings)
    assert ended.status == 1
    assert ended.err.count("\n") == 1
    assert "restart it and run init again" in ended.err
    place.assert_untouched()


def test_hooks_of_another_version(webui: Path, tmp_path: Path) -> None:
    with EmbeddedPocketBase(tmp_path / "pb", hooks=(ENTITIES, PREFIX)) as server:
        for file in server.hooks_dir.iterdir():
            file.write_text(file.read_text().replace('HOOKS = "1"', 'HOOKS = "0"'))
        server._hooks = None
        server.restart()
        place = Place(webui, server, digest(webui))
        assert_refused(run("init", settings=place.settings), server.url, "of version 0, not 1", "--hooks-dir")
        place.assert_untouched()


def test_a_collection_of_the_same_name_that_is_not_ours(place: Place) -> None:
    name = f"{PREFIX}chats"
    with connection(place.server) as pb:
        body = f'{{"name": "{name}", "type": "base"}}'.encode()
        pb.session.send(Request("POST", "/api/collections", "collections", content=body, writes=True))
        try:
            ended = run("init", "--without-hooks", settings=place.settings)
        finally:
            pb.session.send(Request("DELETE", f"/api/collections/{name}", "collections", writes=True))
    assert_refused(ended, name, "not made by dualwrite", "DUALWRITE_PREFIX")
    place.assert_untouched()
