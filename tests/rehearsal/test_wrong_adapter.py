"""A PocketBase adapter that writes otherwise than SQL's does not get past a rehearsal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from typing_extensions import override

from dualwrite.dialect import Dialect
from dualwrite.pocketbase import PocketBase
from dualwrite.progress import Quiet
from dualwrite.rehearse.material import Size
from dualwrite.rehearse.rehearsal import Rehearsal, Wishes
from dualwrite.rehearse.workspace import Workspace
from repos.migration import openwebui, pocketbase
from repos.models.chat import ChatModel
from repos.pocketbase.chats import ChatsPocketBase
from tests.fixtures.pocketbase import NEWEST, pocketbase_binary


class Misspelling(ChatsPocketBase):
    """Writes another title, and answers with the right one: only the rows can tell."""

    @override
    def update_chat_title_by_id(self, id: str, title: str) -> ChatModel | None:
        found = super().update_chat_title_by_id(id, title)
        if found is not None:
            self.update((id,), {"title": f"{title} "})
        return found


def wrong(server: PocketBase, dialect: Dialect = "sqlite") -> Mapping[str, Any]:
    """The adapters, one of them wrong."""
    return {**pocketbase(server, dialect), "chats": Misspelling(server, dialect=dialect)}


def test_a_write_that_differs_is_named_although_the_row_was_mended(tmp_path: Path) -> None:
    pocketbase_binary(NEWEST)
    said: list[str] = []
    small = Wishes(size=Size(users=4, rows=20, row_bytes=1000), seconds=0.2, outage=0.2, rate=40)
    migration = replace(openwebui, pocketbase=wrong)
    evidence = Rehearsal(migration, Workspace(tmp_path / "work"), small, say=said.append).run(Quiet())
    assert {entity.differing for entity in evidence.entities} == {0}, "settled by SQL's row"
    assert not evidence.verdict.ready
    assert [m.name for m in evidence.methods if m.confirmed] == ["chats.update_chat_title_by_id"]
    assert any(line.startswith("✗ writes one by one") for line in said)
