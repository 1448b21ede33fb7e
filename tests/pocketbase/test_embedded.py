"""A PocketBase of one's own starts, is found again with its data, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from dualwrite.errors import ConfigurationError
from dualwrite.pocketbase import EmbeddedPocketBase, apply_schema, is_healthy
from tests.fixtures.pocketbase import HOOKED, NEWEST, connected, pocketbase_binary
from tests.pocketbase.notes import ENTITIES, NOTE, note


def test_the_data_of_a_folder_outlives_the_server(tmp_path: Path) -> None:
    binary = pocketbase_binary(NEWEST)
    with (
        EmbeddedPocketBase(tmp_path, binary=binary, hooks=(ENTITIES, HOOKED)) as server,
        connected(server, HOOKED) as pb,
    ):
        assert server.version == NEWEST
        apply_schema(pb, ENTITIES)
        pb.records(NOTE).create(note())
        url = server.url
    assert not is_healthy(url)
    with (
        EmbeddedPocketBase(tmp_path, binary=binary, hooks=(ENTITIES, HOOKED)) as server,
        connected(server, HOOKED) as pb,
    ):
        assert pb.records(NOTE).find() == [note()]


def test_a_folder_of_its_own_is_removed() -> None:
    with EmbeddedPocketBase(binary=pocketbase_binary(NEWEST)) as server:
        folder = server.folder
        assert server.pid is not None
        assert is_healthy(server.url)
    assert server.pid is None
    assert not folder.exists()


def test_a_binary_that_does_not_work_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"pocketbase\.log"):
        EmbeddedPocketBase(tmp_path, binary=Path("/bin/false")).start()
