"""No status and no error of httpx goes untranslated, and no message holds a value."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from dualwrite.errors import (
    AnswerLost,
    ConfigurationError,
    Conflict,
    DualwriteError,
    Invalid,
    Missing,
    StoreError,
    TooLarge,
    Unauthorised,
    Unavailable,
)
from dualwrite.pocketbase import PocketBase, eq
from dualwrite.pocketbase.failures import check, of_status, retry_after, translate, translated
from tests.pocketbase.notes import NOTE, key, note

SECRET = "s3cr3t-value"


def subclasses(kind: type) -> Iterator[type]:
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)


def code(field: str, name: str) -> dict[str, object]:
    return {
        "status": 400,
        "message": "Failed to create record.",
        "data": {field: {"code": name, "message": SECRET}},
    }


HTTPX_ERRORS = sorted(
    {each for each in subclasses(httpx.HTTPError) if each is not httpx.HTTPStatusError} | {httpx.InvalidURL},
    key=lambda each: each.__name__,
)
NEVER_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError"}
WRONG_URL = {"UnsupportedProtocol", "InvalidURL"}


@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize("kind", HTTPX_ERRORS)
def test_every_error_of_httpx_is_translated(kind: type[Exception], writes: bool) -> None:
    with pytest.raises(DualwriteError) as raised, translated("route", writes=writes):
        raise kind(SECRET)
    expected = (
        ConfigurationError
        if kind.__name__ in WRONG_URL
        else Unavailable
        if kind.__name__ in NEVER_SENT or not writes
        else AnswerLost
    )
    assert type(raised.value) is expected
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize("status", [100, *range(300, 600)])
def test_every_status_that_is_no_success_is_translated(status: int, writes: bool) -> None:
    error = of_status(status, {}, "route", writes=writes)
    assert isinstance(error, StoreError | ConfigurationError)
    if isinstance(error, StoreError):
        assert error.status == status
        assert str(error) == f"route: status {status}"


@pytest.mark.parametrize(
    ("status", "body", "read", "write"),
    [
        (400, code("id", "validation_not_unique"), Conflict, Conflict),
        (400, code("id", "validation_pk_invalid"), Conflict, Conflict),
        (400, code("doc", "validation_json_size_limit"), TooLarge, TooLarge),
        (400, code("doc", "validation_max_text_constraint"), TooLarge, TooLarge),
        (400, code("doc", "validation_invalid_json"), Invalid, Invalid),
        (400, {"message": "Failed to create record.", "data": {}}, Invalid, Unavailable),
        (400, {"message": "Something went wrong.", "data": {}}, Invalid, Invalid),
        (
            400,
            {"data": {"requests": {"1": {"response": code("s", "validation_not_unique")}}}},
            Conflict,
            Conflict,
        ),
        (400, {"data": {"requests": {"1": {"response": {"status": 404, "data": {}}}}}}, Missing, Missing),
        (401, {}, Unauthorised, Unauthorised),
        (403, {}, Unauthorised, Unauthorised),
        (404, {}, Missing, Missing),
        (404, {"message": "Missing collection context."}, ConfigurationError, ConfigurationError),
        (413, {}, TooLarge, TooLarge),
        (429, {}, Unavailable, Unavailable),
        (500, {}, Unavailable, AnswerLost),
        (500, code("transaction", "dualwrite_rolled_back"), Unavailable, Unavailable),
        (502, {}, Unavailable, AnswerLost),
        (503, {}, Unavailable, AnswerLost),
        (504, {}, Unavailable, AnswerLost),
        (301, {}, ConfigurationError, ConfigurationError),
        (418, {}, Invalid, Invalid),
    ],
)
def test_what_a_status_means(status: int, body: dict[str, object], read: type, write: type) -> None:
    for writes, expected in ((False, read), (True, write)):
        error = of_status(status, body, "route", writes=writes)
        assert type(error) is expected
        assert SECRET not in str(error)


def test_what_could_be_a_value_is_left_out_of_the_message() -> None:
    body = {
        "data": {
            "a b": {"code": "fine"},
            "doc": {"code": "Not A Code"},
            "body": {"code": "validation_x"},
            "n": 1,
        }
    }
    assert str(of_status(400, body, "route", writes=True)) == "route: status 400 (body: validation_x)"


def test_an_answer_that_is_no_json_is_translated_by_its_status() -> None:
    request = httpx.Request("GET", f"http://x/?v0={SECRET}")
    response = httpx.Response(503, text="<html>", headers={"Retry-After": "7"}, request=request)
    with pytest.raises(httpx.HTTPStatusError) as raised:
        check(response)
    assert SECRET not in str(raised.value)
    error = translate(raised.value, "route", writes=False)
    assert isinstance(error, Unavailable)
    assert error.retry_after == 7.0


def test_retry_after_is_seconds_or_a_date() -> None:
    assert retry_after(None) is None
    assert retry_after("soon") is None
    assert retry_after("1.5") == 1.5
    assert retry_after("-1") == 0.0
    later = retry_after(format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True))
    assert later is not None
    assert 50 < later <= 60


def test_what_the_server_refuses_holds_no_value(pb: PocketBase) -> None:
    records = pb.records(NOTE)
    records.create(note(SECRET, slug=SECRET, body=SECRET))
    with pytest.raises(Conflict) as raised:
        records.create(note("other", slug=SECRET))
    error: BaseException | None = raised.value
    while error is not None:
        assert SECRET not in str(error)
        error = error.__cause__ or error.__context__


def test_a_route_that_is_gone_is_done_without(hooked: PocketBase) -> None:
    """As when the hooks are removed and the server restarted under a running process."""
    hooked.records(NOTE).create(note())
    assert hooked.exact
    wire = hooked.hooks()
    assert wire is not None
    wire.base = "/api/dualwrite/removed"
    assert hooked.records(NOTE).find(eq("id", "n")) == [note()]
    assert hooked.records(NOTE).get(key()) == note()
