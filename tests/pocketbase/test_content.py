"""Bytes beside records: stored whole or not at all, untouched by what is written to the row, gone with the row."""

from __future__ import annotations

import base64
import io
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from dualwrite.content import CHUNK, Source
from dualwrite.entity import Content
from dualwrite.errors import ConfigurationError, Damaged, Missing, TooLarge, Unsteady
from dualwrite.pocketbase import (
    Create,
    Delete,
    PocketBase,
    PocketBaseContent,
    PocketBaseStore,
    Put,
    Update,
    apply_schema,
    check_schema,
)
from dualwrite.pocketbase.collections import FILE_TOKEN_SECONDS
from dualwrite.pocketbase.names import content_name
from dualwrite.pocketbase.session import Request
from tests.fixtures.pocketbase import PLAIN
from tests.pocketbase.notes import ENTITIES, NOTE, PAPER, paper
from tests.pocketbase.papers import BODY, KEY, Disk, fingerprint, held, source


def record(pb: PocketBase, method: str = "GET", **body: Any) -> dict[str, Any]:
    """The record that holds the row's bytes, by hand."""
    path = f"/api/collections/{content_name(pb.prefix, PAPER)}/records/{PAPER.record_id(KEY)}"
    sent = json.dumps(body).encode() if body else None
    answer = pb.session.send(Request(method, path, "test", content=sent, writes=method != "GET"))
    return json.loads(answer) if answer else {}


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 3])
def test_what_was_uploaded_is_given_out_byte_for_byte(
    content: PocketBaseContent, size: int, tmp_path: Path
) -> None:
    data = (BODY * (size // len(BODY) + 1))[:size]
    assert content.upload(PAPER, KEY, source(data)) == fingerprint(data)
    assert held(content) == data
    assert content.save(PAPER, KEY, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data
    found = content.get(PAPER, KEY)
    assert found is not None
    assert found.vouched
    assert found.fingerprint == fingerprint(data)
    assert content.length(PAPER, KEY, found.name) == size
    assert content.fingerprint(PAPER, KEY, found.name) == fingerprint(data)


def test_a_source_begins_where_it_stands(content: PocketBaseContent) -> None:
    file = io.BytesIO(b"head" + BODY)
    file.seek(4)
    content.upload(PAPER, KEY, Source(file))
    assert held(content) == BODY


def test_a_row_that_is_not_there_is_a_miss(content: PocketBaseContent, disk: Disk, tmp_path: Path) -> None:
    nobody = ("nobody",)
    assert content.upload(PAPER, nobody, source()) is None
    assert content.get(PAPER, nobody) is None
    assert content.read(PAPER, nobody) is None
    assert content.url(PAPER, nobody) is None
    assert not content.save(PAPER, nobody, tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []
    assert disk.files() == []


def test_a_row_without_bytes_is_a_miss(content: PocketBaseContent, tmp_path: Path) -> None:
    found = content.get(PAPER, KEY)
    assert found is not None
    assert (found.name, found.fingerprint, found.vouched) == ("", None, False)
    assert held(content) is None
    assert content.url(PAPER, KEY) is None
    assert not content.save(PAPER, KEY, tmp_path / "copy")


def test_an_entity_that_declares_no_content_has_none(content: PocketBaseContent) -> None:
    with pytest.raises(ConfigurationError, match="note declares no content"):
        content.upload(NOTE, ("n", "u"), source())


def test_nothing_that_is_written_to_the_row_touches_its_bytes(
    pb: PocketBase, content: PocketBaseContent
) -> None:
    content.upload(PAPER, KEY, source())
    before = content.get(PAPER, KEY)
    store, rows = PocketBaseStore(pb), pb.records(PAPER)
    for write in (
        lambda: store.put(PAPER, [paper(title="settled")]),
        lambda: store.put(PAPER, [paper(title="one of many"), paper("other"), paper("third")]),
        lambda: store.put(PAPER, [paper(meta='{"large":"' + "x" * 1_100_000 + '"}'), paper("other")]),
        lambda: rows.put(paper(title="put")),
        lambda: rows.update(KEY, {"title": "updated"}),
        lambda: pb.apply([Put(PAPER, paper(title="applied")), Update(PAPER, KEY, {"title": "twice"})]),
    ):
        write()
        assert content.get(PAPER, KEY) == before
        assert held(content) == BODY


def test_bytes_are_no_part_of_a_row(pb: PocketBase, content: PocketBaseContent) -> None:
    row = paper(title="t", path="/p", meta="{}")
    store = PocketBaseStore(pb)
    store.put(PAPER, [row])
    content.upload(PAPER, KEY, source())
    assert store.read(PAPER, [KEY]) == {KEY: row}
    assert store.scan(PAPER) == [row]
    assert pb.records(PAPER).find() == [row]


def test_deleting_the_row_deletes_its_bytes(pb: PocketBase, content: PocketBaseContent, disk: Disk) -> None:
    store = PocketBaseStore(pb)
    for delete in (
        lambda: store.delete(PAPER, [KEY]),
        lambda: store.delete(PAPER, [("other",), KEY]),
        lambda: pb.records(PAPER).delete(KEY),
        lambda: pb.apply([Delete(PAPER, KEY)]),
        lambda: pb.apply([Delete(PAPER, KEY), Create(PAPER, paper("another")), Delete(PAPER, ("another",))]),
    ):
        store.put(PAPER, [paper(), paper("other")])
        content.upload(PAPER, KEY, source())
        assert len(disk.files()) == 1
        delete()
        disk.await_files(0)
        with pytest.raises(Missing):
            record(pb)


def test_a_deletion_that_is_rolled_back_leaves_the_bytes(pb: PocketBase, content: PocketBaseContent) -> None:
    content.upload(PAPER, KEY, source())
    with pytest.raises(Missing):
        pb.apply([Delete(PAPER, KEY), Update(PAPER, ("nobody",), {"title": "t"})])
    time.sleep(0.2)  # PocketBase removes files behind its answer
    assert held(content) == BODY


def test_a_second_upload_takes_the_place_of_the_first(content: PocketBaseContent, disk: Disk) -> None:
    content.upload(PAPER, KEY, source(b"first"))
    assert content.upload(PAPER, KEY, source()) == fingerprint()
    assert held(content) == BODY
    disk.await_files(1)


def test_what_somebody_else_put_there_is_not_given_out(
    pb: PocketBase, content: PocketBaseContent, tmp_path: Path
) -> None:
    content.upload(PAPER, KEY, source())
    path = (
        f"{pb.session.where}/api/collections/{content_name(pb.prefix, PAPER)}/records/{PAPER.record_id(KEY)}"
    )
    httpx.patch(
        path,
        files={"content": ("content", BODY)},
        headers={"Authorization": pb.session.login.token().get_secret_value()},
        trust_env=False,
    ).raise_for_status()
    found = content.get(PAPER, KEY)
    assert found is not None
    assert found.name
    assert not found.vouched
    assert content.read(PAPER, KEY) is None
    content.vouch(PAPER, KEY, found.name, fingerprint())
    assert held(content) == BODY


def test_bytes_that_the_server_lost_are_damaged(
    content: PocketBaseContent, disk: Disk, tmp_path: Path
) -> None:
    content.upload(PAPER, KEY, source())
    found = content.get(PAPER, KEY)
    assert found is not None
    (file,) = disk.files()
    with file.open("r+b") as opened:
        opened.truncate(100)
    assert content.length(PAPER, KEY, found.name) == 100
    with pytest.raises(Damaged):
        held(content)
    with pytest.raises(Damaged):
        content.save(PAPER, KEY, tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []
    file.unlink()
    assert content.length(PAPER, KEY, found.name) is None
    assert content.fingerprint(PAPER, KEY, found.name) is None


def test_a_url_opens_the_bytes_for_as_long_as_its_token_lives(
    pb: PocketBase, content: PocketBaseContent
) -> None:
    content.upload(PAPER, KEY, source())
    url = content.url(PAPER, KEY)
    assert url is not None
    assert httpx.get(url, trust_env=False).content == BODY
    bare = url.partition("?")[0]
    for closed in (bare, f"{bare}?token=", f"{bare}?token={pb.session.login.token().get_secret_value()}"):
        assert httpx.get(closed, trust_env=False).status_code == 404
    (token,) = parse_qs(urlsplit(url).query)["token"]
    said = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert 0 < said["exp"] - time.time() <= FILE_TOKEN_SECONDS


def test_a_url_holds_nothing_of_the_row_and_no_password(pb: PocketBase, content: PocketBaseContent) -> None:
    pb.records(PAPER).update(KEY, {"path": "/uploads/divorce.pdf", "title": "divorce"})
    content.upload(PAPER, KEY, source())
    assert "divorce" not in (content.url(PAPER, KEY) or "divorce")
    with PocketBase.connect("http://ann:secret@proxy:1/pb", token="t", entities=[PAPER]) as other:
        assert other.session.url("/api/x", {"token": "t"}) == "http://proxy:1/pb/api/x?token=t"


def test_file_tokens_that_live_longer_are_named_and_shortened(plain: PocketBase) -> None:
    def superusers(seconds: int) -> None:
        body = json.dumps({"fileToken": {"duration": seconds}}).encode()
        path = "/api/collections/_superusers"
        plain.session.send(Request("PATCH", path, "test", content=body, writes=True))

    superusers(180)
    try:
        named = ["_superusers: file tokens live for 180 s instead of 120 s or less"]
        assert check_schema(plain, [NOTE]) == []
        assert check_schema(plain, [NOTE, PAPER]) == named
        assert apply_schema(plain, [NOTE, PAPER]) == named
        assert apply_schema(plain, [NOTE, PAPER]) == []
        superusers(30)
        assert apply_schema(plain, [NOTE, PAPER]) == []
    finally:
        superusers(FILE_TOKEN_SECONDS)


def test_the_collection_of_bytes_is_checked_and_mended(plain: PocketBase) -> None:
    path = f"/api/collections/{content_name(PLAIN, PAPER)}"
    found = json.loads(plain.session.send(Request("GET", path, "test")))
    fields = [
        field | ({"protected": False, "maxSize": 10} if field["name"] == "content" else {})
        for field in found["fields"]
        if field["name"] != "sha256"
    ]
    body = json.dumps({"fields": fields, "viewRule": ""}).encode()
    plain.session.send(Request("PATCH", path, "test", content=body, writes=True))
    problems = [
        "plain_papers_content: field content has another maxSize",
        "plain_papers_content: field content has another protected",
        "plain_papers_content: field sha256 is missing",
        "plain_papers_content: viewRule lets others than superusers in",
    ]
    assert check_schema(plain, ENTITIES) == problems
    assert apply_schema(plain, ENTITIES) == problems
    assert check_schema(plain, ENTITIES) == []


def test_a_file_over_the_limit_is_refused_before_it_is_sent(content: PocketBaseContent) -> None:
    small = replace(PAPER, content=Content(path="path", largest=10))
    sent: list[int] = []
    with pytest.raises(TooLarge):
        content.upload(small, KEY, source(b"12345678901"), sent.append)
    assert sent == []
    assert content.upload(small, KEY, source(b"1234567890")) is not None


def test_a_file_over_the_servers_limit_is_too_large(pb: PocketBase, content: PocketBaseContent) -> None:
    path = f"/api/collections/{content_name(pb.prefix, PAPER)}"
    found = json.loads(pb.session.send(Request("GET", path, "test")))
    fields = [field | ({"maxSize": 10} if field["name"] == "content" else {}) for field in found["fields"]]
    body = json.dumps({"fields": fields}).encode()
    pb.session.send(Request("PATCH", path, "test", content=body, writes=True))
    try:
        with pytest.raises(TooLarge):
            content.upload(PAPER, KEY, source())
        assert held(content) is None
    finally:
        apply_schema(pb, ENTITIES)


@pytest.mark.parametrize("by", [-100, 1])
def test_a_file_that_changes_while_it_is_read_is_not_stored(
    content: PocketBaseContent, disk: Disk, tmp_path: Path, by: int
) -> None:
    path = tmp_path / "growing"
    path.write_bytes(bytes(3 * CHUNK))

    def change(_: int) -> None:
        with path.open("r+b") as other:
            other.truncate(3 * CHUNK + by)

    with path.open("rb", buffering=0) as file, pytest.raises(Unsteady):
        content.upload(PAPER, KEY, Source(file), change)
    assert held(content) is None
    assert disk.files() == []


def test_a_row_that_goes_while_its_bytes_are_sent_is_a_miss(
    pb: PocketBase, content: PocketBaseContent, disk: Disk
) -> None:
    def delete(_: int) -> None:
        PocketBaseStore(pb).delete(PAPER, [KEY])

    assert content.upload(PAPER, KEY, source(), delete) is None
    disk.await_files(0)


def test_a_row_that_goes_while_its_bytes_are_read_back_is_a_miss(
    pb: PocketBase, content: PocketBaseContent, disk: Disk
) -> None:
    passed = 0

    def delete(count: int) -> None:
        nonlocal passed
        passed += count
        if passed > len(BODY):
            PocketBaseStore(pb).delete(PAPER, [KEY])

    assert content.upload(PAPER, KEY, source(), delete) is None
    disk.await_files(0)
    with pytest.raises(Missing):
        record(pb)


def test_what_a_dead_process_left_of_a_row_that_is_gone_is_removed(
    pb: PocketBase, content: PocketBaseContent, disk: Disk
) -> None:
    rows = [paper(f"p{number}") for number in range(5)]
    PocketBaseStore(pb).put(PAPER, rows)
    for row in rows:
        content.upload(PAPER, PAPER.key_of(row), source(str(row["id"]).encode()))
    for row in rows[:3]:
        key = PAPER.key_of(row)
        path = f"/api/collections/{content_name(pb.prefix, PAPER)}/records/{PAPER.record_id(key)}"
        body = json.dumps({"row": ""}).encode()
        pb.session.send(Request("PATCH", path, "test", content=body, writes=True))
        PocketBaseStore(pb).delete(PAPER, [key]) if pb.hooks() is None else pb.records(PAPER).delete(key)
    assert len(disk.files()) == 5
    removed, after = 0, ""
    pages = 0
    while True:
        found, end = content.strays(PAPER, after=after, limit=2)
        removed, pages = removed + found, pages + 1
        if end is None:
            break
        after = end
    assert (removed, pages) == (3, 3)
    disk.await_files(2)
    assert [each.key for each in content.scan(PAPER, limit=9) if each.vouched] == sorted(
        [("p3",), ("p4",)], key=PAPER.record_id
    )


def test_rows_are_listed_with_what_is_held_for_each(pb: PocketBase, content: PocketBaseContent) -> None:
    rows = [paper(f"p{number}", path=f"/{number}" if number else None) for number in range(7)]
    PocketBaseStore(pb).put(PAPER, rows)
    content.upload(PAPER, ("p3",), source(b"three"))
    found, after = [], ""
    while page := content.scan(PAPER, after=after, limit=3):
        found += page
        after = page[-1].record_id
    assert [each.record_id for each in found] == sorted(each.record_id for each in found)
    assert {each.key: each.path for each in found} == {("p",): None} | {
        PAPER.key_of(row): row["path"] for row in rows
    }
    assert {each.key: each.fingerprint for each in found if each.vouched} == {("p3",): fingerprint(b"three")}
