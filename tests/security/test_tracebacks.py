"""Tracebacks that show every local variable, as `rich` can and error collectors do, hold no secret of ours.

Rows may be in them: whoever handles a row has it in a variable. See docs/security.md.
"""

from __future__ import annotations

import io
import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx
import pytest
from pydantic import SecretStr
from rich.console import Console
from rich.traceback import Traceback

from dualwrite import Settings, open_dual
from dualwrite.errors import DualwriteError
from dualwrite.parts import open_pocketbase
from dualwrite.pocketbase import EmbeddedPocketBase, PocketBase
from dualwrite.sql import Database
from dualwrite.worker import Worker
from repos import connect
from tests.domain import note
from tests.fakes import FakeMetrics
from tests.faults.cells import CELL, cells
from tests.fixtures.faults import World
from tests.pocketbase.people import superuser_token

SECRET = "correct-horse-battery"


def shown(error: BaseException) -> str:
    """Everything that a traceback with local variables can show, whichever way it is printed."""
    plain = traceback.TracebackException.from_exception(error, capture_locals=True).format()
    console = Console(file=io.StringIO(), width=400)
    console.print(
        Traceback.from_exception(
            type(error),
            error,
            error.__traceback__,
            show_locals=True,
            locals_max_string=None,
            locals_max_length=None,
        )
    )
    assert isinstance(console.file, io.StringIO)
    return "".join(plain) + console.file.getvalue()


def raised(work: Callable[[], object]) -> BaseException:
    """What that raises, from the first frame that is not the test's own."""
    try:
        work()
    except DualwriteError as error:
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
            frames = frames.tb_next
        return error.with_traceback(frames)
    raise AssertionError("nothing was raised")


@pytest.fixture
def cut() -> Iterator[str]:
    """A server that hangs up on whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connection.recv(65536)
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def asking(url: str, **identity: object) -> Callable[[], object]:
    """The first request of a connection."""

    def ask() -> object:
        with PocketBase.connect(url, entities=[CELL], timeout=1.0, **identity) as pb:  # type: ignore[arg-type]
            return pb.records(CELL).create({"id": "a", "text": "x"})

    return ask


PASSWORD = {"identity": "a@example.com", "password": SECRET}
TOKEN = {"token": SECRET}


@pytest.mark.parametrize("identity", [PASSWORD, TOKEN], ids=["password", "token"])
def test_nothing_of_an_identity_that_is_refused(
    cells_server: EmbeddedPocketBase, identity: dict[str, object]
) -> None:
    assert SECRET not in shown(raised(asking(cells_server.url, **identity)))


@pytest.mark.parametrize("identity", [PASSWORD, TOKEN], ids=["password", "token"])
def test_nothing_of_an_identity_where_the_connection_breaks(cut: str, identity: dict[str, object]) -> None:
    assert SECRET not in shown(raised(asking(cut, **identity)))


@pytest.mark.parametrize("identity", [PASSWORD, TOKEN], ids=["password", "token"])
def test_nothing_of_an_identity_where_nobody_listens(identity: dict[str, object]) -> None:
    assert SECRET not in shown(raised(asking("http://127.0.0.1:9", **identity)))


def test_the_frames_of_the_http_library_are_cut_off(cut: str) -> None:
    """They hold headers and bodies as they are sent."""

    def ask() -> object:
        with PocketBase.connect(cut, entities=[CELL], timeout=1.0, token=SECRET) as pb:
            return pb.records(CELL).count()

    cause: BaseException | None = raised(ask)
    while isinstance(cause, DualwriteError):
        cause = cause.__cause__
    assert isinstance(cause, httpx.HTTPError)
    assert (cause.__traceback__, cause.__cause__, cause.__context__) == (None, None, None)


def test_nothing_of_the_token_that_a_login_gave(cells_server: EmbeddedPocketBase, world: World) -> None:
    """A request that fails after the login."""
    token = superuser_token(cells_server)

    def ask() -> object:
        with PocketBase.connect(
            cells_server.url, entities=[CELL], prefix="nowhere_", token=token, timeout=5.0
        ) as pb:
            return pb.records(CELL).count()

    assert token not in shown(raised(ask))


URLS = [
    f"postgresql://me:{SECRET}@127.0.0.1:9/webui",
    f"postgresql://me@127.0.0.1:9/webui?password={SECRET}",
    f"postgresql://me@127.0.0.1:9/webui?sslpassword={SECRET}&host=127.0.0.1",
    f"mysql://me:{SECRET}@localhost/x",
    f"nonsense {SECRET}",
]


@pytest.mark.parametrize("url", URLS)
def test_nothing_of_a_sql_url(url: str) -> None:
    error = raised(lambda: Database.open(url))
    assert SECRET not in str(error)
    assert SECRET not in shown(error)


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("backend", ["sql", "dual"])
def test_nothing_of_what_connect_was_given(url: str, backend: str) -> None:
    def work() -> None:
        with connect(
            backend,  # type: ignore[arg-type]
            sql_url=url,
            pb_url="http://127.0.0.1:9",
            pb_identity="a@example.com",
            pb_password=SECRET,
            pb_token=SECRET,
        ):
            pass

    assert SECRET not in shown(raised(work))


@pytest.mark.parametrize(
    "wrong", [{"pb_timeout": SECRET}, {"prefix": f"{SECRET}!"}, {"pb_url": f"ftp://{SECRET}"}]
)
def test_nothing_of_settings_that_are_wrong(wrong: dict[str, object]) -> None:
    given = {"sql_url": f"postgresql://me:{SECRET}@h/d", "pb_password": SECRET, "pb_token": SECRET} | wrong
    error = raised(lambda: Settings.load(**given))
    assert SECRET not in shown(error)


@pytest.mark.parametrize("url", [f"http://me:{SECRET}@127.0.0.1:9", f"https://{SECRET}@127.0.0.1:9"])
def test_a_pocketbase_url_may_hold_no_user_and_no_password(url: str) -> None:
    error = raised(lambda: Settings.load(pb_url=url))
    assert "DUALWRITE_PB_PASSWORD" in str(error)
    assert SECRET not in shown(error)


def test_settings_parts_and_connections_show_no_secret(world: World) -> None:
    settings = Settings.load(
        sql_url=f"postgresql://me:{SECRET}@h/d", pb_url="http://h", pb_identity="a", pb_password=SECRET
    )
    with open_pocketbase(cells, settings) as pb:
        assert SECRET not in repr(settings) + repr(pb) + repr(vars(pb)) + repr(vars(pb.session))
    parts = world.parts()
    assert world.server.password not in repr(parts) + repr(vars(parts))


def test_a_request_shows_neither_its_body_nor_what_it_asks_for() -> None:
    from dualwrite.pocketbase.session import Request

    request = Request("POST", "/x", "x", params={"v": SECRET}, content=SECRET.encode())
    assert SECRET not in repr(request)


def test_no_log_quotes_an_error_that_is_not_ours(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Its text may be of somebody's row: such an error is named by its kind and the places it passed."""

    class Uncopiable:
        def __reduce__(self) -> str:
            raise ValueError(f"cannot copy {SECRET}")

        def __deepcopy__(self, memo: object) -> object:
            raise ValueError(f"cannot copy {SECRET}")

    def broken(item: int) -> None:
        raise KeyError(SECRET)

    Worker[int]("write", broken, size=1, metrics=FakeMetrics()).now(1)
    assert "KeyError at worker.py:" in caplog.text
    parts = world.parts()
    parts.control.change(
        expect=parts.control.read().phase,
        to="dual",
        reads="sql",
        actor="test",
        why="test",  # type: ignore[arg-type]
    )
    # SQL refuses such a value, and is asked first.
    with open_dual(cells, world.settings()) as runtime, suppress(DualwriteError):
        runtime.repositories["cells"].put("a", Uncopiable())
    assert "cannot be copied to be compared: ValueError at" in caplog.text
    formatted = logging.Formatter()
    assert SECRET not in "".join(formatted.format(record) for record in caplog.records)


def test_differences_show_no_value_in_their_text() -> None:
    from dualwrite.compare import differences

    (found,) = differences(note("a", SECRET), note("a", "x"))
    assert SECRET not in repr(found) + str(found)
    assert SECRET not in str(SecretStr(SECRET))
