"""Bytes beside records, where the wire or somebody else is in the way."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from dualwrite.errors import AnswerLost, Damaged
from dualwrite.pocketbase import (
    EmbeddedPocketBase,
    PocketBase,
    PocketBaseContent,
    apply_schema,
)
from tests.fixtures.pocketbase import VERSIONS, connected, connected_anew, empty, pocketbase_binary
from tests.pocketbase.notes import ENTITIES, PAPER, paper
from tests.pocketbase.papers import BODY, KEY, Disk, fingerprint, held, source
from tests.pocketbase.proxy import Proxy


@pytest.fixture
def proxied(
    pb: PocketBase, content: PocketBaseContent, pocketbase_server: EmbeddedPocketBase
) -> Iterator[tuple[Proxy, PocketBaseContent]]:
    """The same row through a proxy, behind which the connection has logged in."""
    with (
        Proxy(pocketbase_server.url) as proxy,
        connected(pocketbase_server, pb.prefix, url=proxy.url) as other,
    ):
        behind = PocketBaseContent(other)
        behind.get(PAPER, KEY)
        yield proxy, behind


def test_bytes_that_change_on_their_way_are_taken_away_again(
    proxied: tuple[Proxy, PocketBaseContent], content: PocketBaseContent, disk: Disk
) -> None:
    proxy, behind = proxied
    proxy.spoil = lambda data: data.replace(b"honest", b"wicked")
    with pytest.raises(Damaged):
        behind.upload(PAPER, KEY, source())
    assert held(content) is None
    disk.await_files(0)
    proxy.spoil = lambda data: data
    assert behind.upload(PAPER, KEY, source()) == fingerprint()
    assert held(content) == BODY


def test_an_upload_that_is_cut_short_stores_nothing(
    proxied: tuple[Proxy, PocketBaseContent], content: PocketBaseContent, disk: Disk
) -> None:
    proxy, behind = proxied
    proxy.cut_after = 300_000
    with pytest.raises(AnswerLost):
        behind.upload(PAPER, KEY, source(BODY * 100))
    proxy.cut_after = None
    time.sleep(0.2)
    assert held(content) is None
    assert disk.files() == []


def test_an_upload_whose_answer_was_lost_is_sent_again(
    proxied: tuple[Proxy, PocketBaseContent], content: PocketBaseContent, disk: Disk
) -> None:
    proxy, behind = proxied
    struck = False

    def strike(_: int) -> None:
        nonlocal struck
        if not struck:
            struck, proxy.lose_answers = True, 1

    assert behind.upload(PAPER, KEY, source(), strike) == fingerprint()
    assert struck
    assert held(content) == BODY
    disk.await_files(1)


def test_an_upload_with_an_expired_token_logs_in_again(
    pb: PocketBase, pocketbase_server: EmbeddedPocketBase, content: PocketBaseContent
) -> None:
    with connected_anew(pocketbase_server, pb.prefix, token="expired") as other:
        assert PocketBaseContent(other).upload(PAPER, KEY, source()) == fingerprint()
    assert held(content) == BODY


MEDDLER = """
// Somebody is faster than the update that is under way: its record has been read and its file stored.
onRecordUpdateExecute((e) => {
  if (e.record.getString("title") === "slow")
    $app.db().newQuery("UPDATE m_papers SET title='meanwhile' WHERE id={:id}").bind({ id: e.record.id }).execute();
  e.next();
}, "m_papers");
onRecordUpdateExecute((e) => {
  const found = new DynamicModel({ title: "" });
  $app.db().newQuery("SELECT title FROM m_papers WHERE id={:id}").bind({ id: e.record.id }).one(found);
  if (found.title === "doomed") {
    $app.db().newQuery("DELETE FROM m_papers WHERE id={:id}").bind({ id: e.record.id }).execute();
    $app.db().newQuery("DELETE FROM m_papers_content WHERE id={:id}").bind({ id: e.record.id }).execute();
  }
  e.next();
}, "m_papers_content");
"""


@pytest.fixture(scope="module", params=VERSIONS)
def meddled(request: pytest.FixtureRequest) -> Iterator[tuple[EmbeddedPocketBase, PocketBase]]:
    """A server on which the row is changed, or deleted, in the middle of an update."""
    server = EmbeddedPocketBase(binary=pocketbase_binary(request.param), hooks=(ENTITIES, "m_"))
    server.hooks_dir.mkdir(parents=True)
    (server.hooks_dir / "meddler.pb.js").write_text(MEDDLER)
    with server, connected(server, "m_") as pb:
        apply_schema(pb, ENTITIES)
        yield server, pb


def test_pocketbase_writes_a_whole_record_back_which_is_why_bytes_have_one_of_their_own(
    meddled: tuple[EmbeddedPocketBase, PocketBase],
) -> None:
    _, pb = meddled
    empty(pb)
    pb.records(PAPER).create(paper(title="slow"))
    pb.record_api.update(PAPER, KEY, {"path": "/p"})
    assert pb.records(PAPER).get(KEY) == paper(title="slow", path="/p"), "`meanwhile` is undone"


def test_a_row_that_goes_while_its_bytes_are_replaced_leaves_none_behind(
    meddled: tuple[EmbeddedPocketBase, PocketBase],
) -> None:
    server, pb = meddled
    empty(pb)
    disk, content = Disk(server, pb), PocketBaseContent(pb)
    pb.records(PAPER).create(paper())
    content.upload(PAPER, KEY, source())
    pb.records(PAPER).update(KEY, {"title": "doomed"})
    assert content.upload(PAPER, KEY, source(b"other")) is None
    disk.await_files(0)
