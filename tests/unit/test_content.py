"""Bytes on their way: measured, read as often as asked, found where a row says they are."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualwrite.content import CHUNK, Absence, Fingerprint, Meter, Source, locate, measured
from dualwrite.entity import Column, Content, Entity, Kind
from dualwrite.errors import Unsteady
from dualwrite.pocketbase.multipart import FileForm


@given(st.lists(st.binary()))
def test_a_meter_measures_what_passes_and_changes_nothing(chunks: list[bytes]) -> None:
    seen: list[int] = []
    meter = Meter(seen.append)
    assert list(meter.through(chunks)) == chunks
    data = b"".join(chunks)
    assert meter.fingerprint == Fingerprint(len(data), hashlib.sha256(data).hexdigest()) == measured(chunks)
    assert sum(seen) == len(data)


@pytest.mark.parametrize("size", [0, 1, CHUNK, 2 * CHUNK + 1])
def test_a_source_gives_the_same_each_time_in_pieces(size: int) -> None:
    data = os.urandom(size)
    source = Source(io.BytesIO(data))
    for _ in range(2):
        chunks = list(source.chunks())
        assert b"".join(chunks) == data
        assert all(len(chunk) <= CHUNK for chunk in chunks)


@pytest.mark.parametrize("data", [b"12345", b"1234567"])
def test_a_source_of_another_length_than_it_had_is_unsteady(data: bytes) -> None:
    file = io.BytesIO(b"123456")
    source = Source(file)
    file.seek(0)
    file.truncate()
    file.write(data)
    with pytest.raises(Unsteady):
        list(source.chunks())


def test_a_source_must_be_able_to_seek() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe, pytest.raises(OSError, match="seek"):
        Source(pipe)


@given(st.binary(max_size=3000))
def test_a_form_is_as_long_as_it_says_and_can_be_sent_again(data: bytes) -> None:
    form = FileForm({"id": "x"}, "content", Source(io.BytesIO(data)), lambda _: None)
    assert form.sent is None
    first = b"".join(form)
    assert len(first) == len(form)
    assert form.sent == measured([data])
    assert b"".join(form) == first
    boundary = form.content_type.partition("boundary=")[2].encode()
    parts = first.split(b"--" + boundary)
    assert parts[0] == b""
    assert parts[1].endswith(b'name="id"\r\n\r\nx\r\n')
    assert first.endswith(b"\r\n\r\n" + data + b"\r\n--" + boundary + b"--\r\n")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (None, Absence.PATHLESS),
        ("", Absence.PATHLESS),
        ("s3://bucket/a.pdf", Absence.ELSEWHERE),
        ("gs://bucket/a.pdf", Absence.ELSEWHERE),
        ("https://account.blob.core.windows.net/a.pdf", Absence.ELSEWHERE),
        ("a.pdf", "files/a.pdf"),
        ("sub/../a.pdf", "files/a.pdf"),
        ("./a.pdf", "files/a.pdf"),
        ("../beside", Absence.OUTSIDE),
        ("sub/../../beside", Absence.OUTSIDE),
        ("..", Absence.OUTSIDE),
        ("../files2/a.pdf", Absence.OUTSIDE),
        ("none.pdf", Absence.MISSING),
        ("sub", Absence.MISSING),
        ("a\0.pdf", Absence.MISSING),
        ("a" * 5000, Absence.MISSING),
        (r"C:\uploads\a.pdf", Absence.MISSING),
    ],
)
def test_a_path_leads_to_a_file_or_there_is_a_reason(
    path: str | None, found: Absence | str, tmp_path: Path
) -> None:
    for name in ("files/a.pdf", "files2/a.pdf", "beside"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "files" / "sub").mkdir()
    wanted = found if isinstance(found, Absence) else tmp_path / found
    assert locate(path, tmp_path / "files") == wanted


def test_an_absolute_path_and_a_link_are_followed_and_a_pipe_is_no_file(tmp_path: Path) -> None:
    file, link, pipe = tmp_path / "file", tmp_path / "files" / "link", tmp_path / "pipe"
    link.parent.mkdir()
    file.write_bytes(b"x")
    link.symlink_to(file)
    os.mkfifo(pipe)
    assert locate(str(file), Path("/nowhere")) == file
    assert locate("link", tmp_path / "files") == link
    assert locate(str(pipe), tmp_path) is Absence.MISSING


def test_content_is_where_a_text_column_says() -> None:
    columns = (Column("id"), Column("path", nullable=True), Column("size", Kind.INTEGER))
    Entity("file", "file", "files", ("id",), columns, content=Content(path="path"))
    with pytest.raises(ValueError, match="path size must be TEXT"):
        Entity("file", "file", "files", ("id",), columns, content=Content(path="size"))
    with pytest.raises(KeyError):
        Entity("file", "file", "files", ("id",), columns, content=Content(path="other"))
