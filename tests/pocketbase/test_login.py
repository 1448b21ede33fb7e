"""One token for all threads, fetched on first use and renewed once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr

from dualwrite.errors import ConfigurationError, Unauthorised, Unavailable
from dualwrite.pocketbase import EmbeddedPocketBase, PocketBase
from dualwrite.pocketbase.login import Login
from tests.fixtures.pocketbase import HOOKED, PLAIN, connected, connected_anew
from tests.pocketbase.notes import ENTITIES, NOTE, key, note

THREADS = 16


class Requests:
    """Counts finished requests by route, and keeps their statuses."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []

    def __call__(self, method: str, route: str, status: int, seconds: float, retries: int) -> None:
        self.seen.append((route, status))


def test_connecting_makes_no_request() -> None:
    PocketBase.connect("http://127.0.0.1:1", identity="a@b.cd", password="x", entities=ENTITIES).close()


@pytest.mark.parametrize("prefix", [HOOKED, PLAIN])
def test_sixteen_threads_with_a_refused_token_log_in_once(
    pocketbase_server: EmbeddedPocketBase, prefix: str
) -> None:
    with connected(pocketbase_server, prefix) as pb:
        pb.records(NOTE).put(note())
        assert pb.records(NOTE).get(key()) is not None
        logins = []
        fetch = pb.session.login.fetch
        pb.session.login.fetch = lambda: logins.append(1) or fetch()  # type: ignore[misc, func-returns-value]
        pb.session.login.forget(SecretStr("refused.by.server"))
        start = threading.Barrier(THREADS)

        def read(_: int) -> object:
            start.wait()
            return pb.records(NOTE).get(key())

        with ThreadPoolExecutor(THREADS) as pool:
            assert list(pool.map(read, range(THREADS))) == [note()] * THREADS
        assert len(logins) == 1


@pytest.mark.parametrize("prefix", [HOOKED, PLAIN])
def test_a_wrong_password_is_one_clear_line(pocketbase_server: EmbeddedPocketBase, prefix: str) -> None:
    with (
        connected_anew(pocketbase_server, prefix, password="secret-wrong") as pb,
        pytest.raises(Unauthorised) as refused,
    ):
        pb.records(NOTE).get(key())
    assert str(refused.value) == "PocketBase refused the identity or password; it must be a superuser's"


def test_a_token_alone_works_until_it_is_refused(pocketbase_server: EmbeddedPocketBase) -> None:
    with connected(pocketbase_server, HOOKED) as pb:
        token = pb.session.login.token().get_secret_value()
    with connected(pocketbase_server, HOOKED, identity=None, password=None, token=token) as pb:
        pb.records(NOTE).count()
    with (
        connected(pocketbase_server, HOOKED, identity=None, password=None, token=token + "x") as pb,
        pytest.raises(Unauthorised, match="refused the token") as refused,
    ):
        pb.records(NOTE).count()
    assert token not in str(refused.value)


def test_a_refused_login_is_shared_by_those_who_come_just_after() -> None:
    attempts: list[int] = []

    def fetch() -> SecretStr:
        attempts.append(1)
        raise Unauthorised("no")

    login = Login(fetch)
    for _ in range(3):
        with pytest.raises(Unauthorised, match="no"):
            login.token()
    assert len(attempts) == 1


def test_those_who_queue_for_a_login_share_its_failure() -> None:
    attempts: list[int] = []
    started = threading.Event()
    go = threading.Event()

    def fetch() -> SecretStr:
        attempts.append(1)
        started.set()
        go.wait(5)
        raise Unavailable("away")

    login = Login(fetch)

    def ask(_: int) -> bool:
        with pytest.raises(Unavailable, match="away"):
            login.token()
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        results = [pool.submit(ask, at) for at in range(THREADS)]
        started.wait(5)
        time.sleep(0.1)  # the others reach the lock
        go.set()
        assert all(each.result(5) for each in results)
    assert len(attempts) == 1


def test_a_server_that_was_away_is_asked_again() -> None:
    answers = iter([Unavailable("away"), SecretStr("token")])

    def fetch() -> SecretStr:
        answer = next(answers)
        if isinstance(answer, Unavailable):
            raise answer
        return answer

    login = Login(fetch)
    with pytest.raises(Unavailable):
        login.token()
    assert login.token().get_secret_value() == "token"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": "localhost:8090"}, "must begin with http"),
        ({"password": None}, "an identity and a password, or a token"),
        ({"prefix": "A b"}, "prefix"),
    ],
)
def test_what_cannot_connect_says_so_at_once(options: dict[str, object], words: str) -> None:
    given = {
        "url": "http://127.0.0.1:1",
        "identity": "a@b.cd",
        "password": "x",
        "entities": ENTITIES,
    } | options
    with pytest.raises(ConfigurationError, match=words):
        PocketBase.connect(**given)  # type: ignore[arg-type]


def test_every_request_is_measured_by_a_bounded_name(pocketbase_server: EmbeddedPocketBase) -> None:
    requests = Requests()
    with connected(pocketbase_server, HOOKED, on_request=requests) as pb:
        pb.records(NOTE).put(note())
        pb.records(NOTE).get(key())
        pb.records(NOTE).update(key("nobody"), {"rank": 1})
    assert requests.seen == [
        ("hook_version", 200),
        ("hook_apply", 200),
        ("hook_read", 200),
        ("record_update", 404),
    ]
