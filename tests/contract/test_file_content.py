"""What `IFileContent` promises: the bytes of files in PocketBase, with hooks and without."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dualwrite.contract import methods_of
from dualwrite.errors import Unsteady
from dualwrite.pocketbase import EmbeddedPocketBase, PocketBase, PocketBaseStore
from repos import Repositories, connect
from repos.entities import FILE, PREFIX
from repos.interfaces import IFileContent, IFilesRepo
from repos.migration import pocketbase
from repos.models import FileContent, FileForm
from repos.rehearsal.schema import create
from tests.fixtures.openwebui import PLAIN_PREFIX, openwebui_connection

BODY = bytes(range(256)) * 4000
FOUND = FileContent(size=len(BODY), sha256=hashlib.sha256(BODY).hexdigest())
HOSTILE = ("../x", "a/b:c*d", "'||id!='", "\0", "\ud800", "", None, 7)


class Files(IFilesRepo, IFileContent):
    """Both, for whoever checks types."""


@pytest.fixture(params=[PREFIX, PLAIN_PREFIX], ids=["hooks", "api"])
def server(request: pytest.FixtureRequest, openwebui_server: EmbeddedPocketBase) -> Iterator[PocketBase]:
    with openwebui_connection(openwebui_server, request.param) as connection:
        store = PocketBaseStore(connection)
        store.delete(FILE, [FILE.key_of(row) for row in store.scan(FILE, limit=10_000)])
        yield connection


@pytest.fixture
def files(server: PocketBase) -> Files:
    """The repository of files, in which there is one."""
    found = Repositories(pocketbase(server)).files
    assert isinstance(found, IFileContent)
    found.insert_new_file("ann", FileForm(id="f", filename="a.pdf", path="/uploads/a.pdf"))
    return found  # type: ignore[return-value]


def test_bytes_from_a_path_and_from_an_open_file(files: Files, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(BODY)
    assert files.upload_content("f", path) == FOUND
    assert files.get_content("f") == FOUND
    assert files.upload_content("f", io.BytesIO(b"other")) is not None
    with path.open("rb") as file:
        assert files.upload_content("f", file) == FOUND
    assert b"".join(files.read_content("f") or ()) == BODY
    assert files.download_content("f", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == BODY
    assert httpx.get(files.download_url("f") or "", trust_env=False).content == BODY


def test_bytes_come_in_pieces_and_the_rest_need_not_be_read(files: Files) -> None:
    files.upload_content("f", io.BytesIO(BODY))
    for _ in range(40):  # more than there are connections
        chunks = files.read_content("f")
        assert chunks is not None
        assert BODY.startswith(next(chunks))
        chunks.close()  # type: ignore[attr-defined]


def test_a_file_without_bytes_and_no_file_at_all(files: Files, tmp_path: Path) -> None:
    for name in ("f", "nobody", *HOSTILE):
        assert files.get_content(name) is None  # type: ignore[arg-type]
        assert files.read_content(name) is None  # type: ignore[arg-type]
        assert files.download_url(name) is None  # type: ignore[arg-type]
        assert files.download_content(name, tmp_path / "copy") is False  # type: ignore[arg-type]
    for name in ("nobody", *HOSTILE):
        assert files.upload_content(name, io.BytesIO(BODY)) is None  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_an_id_may_be_anything_that_a_file_is_called(files: Files) -> None:
    for name in ("a/b:c*d", "'||id!='", "é ", "x" * 500):
        files.insert_new_file("ann", FileForm(id=name, filename="f", path=""))
        assert files.upload_content(name, io.BytesIO(name.encode())) is not None
        assert b"".join(files.read_content(name) or ()) == name.encode()


def test_a_source_that_is_not_there_stores_nothing(files: Files, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        files.upload_content("f", tmp_path / "nowhere")
    shrinking = io.BytesIO(BODY)
    shrinking.read = lambda *_: b""  # type: ignore[method-assign]
    with pytest.raises(Unsteady):
        files.upload_content("f", shrinking)
    assert files.get_content("f") is None


def test_every_write_to_the_file_leaves_its_bytes_alone(files: Files) -> None:
    files.upload_content("f", io.BytesIO(BODY))
    assert files.update_file_hash_by_id("f", "h") is not None
    assert files.update_file_data_by_id("f", {"content": "text"}) is not None
    assert files.update_file_metadata_by_id("f", {"size": 1}) is not None
    assert files.insert_new_file("bob", FileForm(id="f", filename="b", path="")) is None
    assert b"".join(files.read_content("f") or ()) == BODY
    row = files.get_file_by_id("f")
    assert row is not None
    assert (row.filename, row.hash, row.data, row.meta) == ("a.pdf", "h", {"content": "text"}, {"size": 1})


def test_bytes_go_with_their_file(files: Files) -> None:
    form = FileForm(id="f", filename="a.pdf", path="")
    for delete in (lambda: files.delete_file_by_id("f"), files.delete_all_files):
        files.upload_content("f", io.BytesIO(BODY))
        assert delete() is True
        assert files.get_content("f") is None
        files.insert_new_file("ann", form)
        assert files.get_content("f") is None, "a new file of that id begins without"


def test_they_are_no_part_of_open_webuis_interface(tmp_path: Path) -> None:
    assert not {name for name in methods_of(IFilesRepo) if "content" in name or "download" in name}
    url = f"sqlite:///{tmp_path / 'webui.db'}"
    create(url)
    with connect("sql", sql_url=url) as repos:
        assert not isinstance(repos.files, IFileContent)
