"""What the code relies on in PocketBase itself, asked of every version."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from dualwrite.pocketbase import EmbeddedPocketBase, PocketBase, PocketBaseStore
from tests.fixtures.pocketbase import PLAIN
from tests.pocketbase.notes import NOTE, USER, key, note
from tests.pocketbase.strategies import HOSTILE

RECORDS = f"/api/collections/{PLAIN}notes/records"
Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(plain: PocketBase, pocketbase_server: EmbeddedPocketBase) -> Iterator[Ask]:
    """A request with nothing of ours in between."""
    headers = {"Authorization": plain.session.login.token().get_secret_value()}

    with httpx.Client(base_url=pocketbase_server.url, headers=headers, trust_env=False, timeout=30) as client:
        yield client.request


def stored(ask: Ask, **fields: object) -> dict[str, Any]:
    """The record after these fields were sent as they are."""
    record_id = NOTE.record_id(key())
    ask("DELETE", f"{RECORDS}/{record_id}")
    answer = ask(
        "POST", RECORDS, json={"id": record_id, "key": "n", "user_id": "u", "at": "0", "doc": "{}"} | fields
    )
    assert answer.status_code == 200, answer.text
    return dict(ask("GET", f"{RECORDS}/{record_id}").json())


def test_null_is_lost_outside_json(ask: Ask) -> None:
    record = stored(ask, title=None, rank=None, done=None, meta=None)
    assert [record[name] for name in ("title", "rank", "done", "meta")] == ["", 0, False, None]


def test_a_number_is_a_float64(ask: Ask) -> None:
    assert stored(ask, rank=1763856000123456789)["rank"] == 1763856000123456800
    assert stored(ask, rank=2**53)["rank"] == 2**53


def test_json_sent_as_text_is_kept_byte_for_byte_but_a_bare_number_is_not(ask: Ask) -> None:
    text = '{"z":1,"a":1.0,"big":1763856000123456789}'
    stored(ask, doc=text)
    assert text in ask("GET", f"{RECORDS}/{NOTE.record_id(key())}").text
    stored(ask, doc="1.0")
    assert '"doc":1,' in ask("GET", f"{RECORDS}/{NOTE.record_id(key())}").text.replace(": ", ":")


def test_json_text_that_begins_with_a_blank_becomes_a_string(ask: Ask) -> None:
    assert stored(ask, doc=' {"a":1}')["doc"] == ' {"a":1}'


def test_a_query_parameter_never_enters_the_filter(plain: PocketBase, ask: Ask) -> None:
    PocketBaseStore(plain).put(NOTE, [note(f"{at}", body=value) for at, value in enumerate(HOSTILE)])
    for value in HOSTILE:
        params = {"filter": "body=@request.query.v0", "v0": value, "v1": "other"}
        assert [each["body"] for each in ask("GET", RECORDS, params=params).json()["items"]] == [value]


def test_a_parameter_is_text_and_numbers_compare_with_it_but_booleans_do_not(ask: Ask) -> None:
    stored(ask, rank=3, done=True)

    def count(text: str, **params: str) -> int:
        return int(ask("GET", RECORDS, params={"filter": text} | params).json()["totalItems"])

    assert count("rank=@request.query.v0", v0="3") == 1
    assert count("done=@request.query.v0", v0="true") == 0
    assert count("done=true") == count("done!=false") == count("rank=3") == count("rank>-4") == 1


def test_a_filter_has_its_limits(ask: Ask) -> None:
    def status(expressions: int, field: str) -> int:
        text = "||".join(f"{field}=1" for _ in range(expressions))
        return ask("GET", RECORDS, params={"filter": text}).status_code

    assert status(200, "rank") == 200
    assert status(201, "rank") == 400
    assert status(180, "user_id = @request") == 400  # over 3,500 characters


def test_like_wraps_a_value_without_a_percent_and_takes_one_with_it_as_a_pattern(ask: Ask) -> None:
    stored(ask, body="The Plan")

    def found(value: str) -> bool:
        return bool(
            ask("GET", RECORDS, params={"filter": "body~@request.query.v0", "v0": value}).json()["totalItems"]
        )

    assert found("plan")
    assert found("the%")
    assert not found("plan%")
    assert not found("the_plan")


def test_a_bad_token_is_403_on_a_collection(ask: Ask) -> None:
    assert ask("GET", RECORDS, headers={"Authorization": "bad"}).status_code == 403
    assert ask("GET", "/api/settings", headers={"Authorization": "bad"}).status_code == 401


def test_the_batch_api_is_off_by_default(
    pocketbase_server: EmbeddedPocketBase, plain: PocketBase, ask: Ask
) -> None:
    plain.batch.switch(on=False)
    try:
        assert ask("POST", "/api/batch", json={"requests": []}).status_code == 403
        assert not plain.batch.limits().enabled
    finally:
        plain.batch.switch(on=True)


def test_an_id_keeps_its_length_and_pattern(ask: Ask) -> None:
    for record_id in ("short", "A" * 36, "x" * 37):
        answer = ask("POST", RECORDS, json={"id": record_id, "key": "n", "user_id": "u", "doc": "{}"})
        assert answer.status_code == 400
        assert "id" in answer.json()["data"]


def test_ids_of_uuids_are_the_uuids(plain: PocketBase, ask: Ask) -> None:
    uuid = "0b5e3c1e-8f1c-4a52-9c37-0f6d7a1b2c3d"
    plain.records(USER).create({"id": uuid, "email": "e"})
    assert ask("GET", f"/api/collections/{PLAIN}people/records/{uuid}").json()["key"] == uuid
    assert json.loads(ask("GET", f"/api/collections/{PLAIN}people/records").text)["totalItems"] == 1
