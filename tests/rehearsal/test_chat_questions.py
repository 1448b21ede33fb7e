"""What the rehearsal asks about chats is answered alike by both stores, and every read method is asked."""

from __future__ import annotations

from pathlib import Path

from dualwrite.contract import Access, methods_of
from dualwrite.pocketbase import EmbeddedPocketBase, PocketBaseStore
from dualwrite.rehearse.material import Size
from dualwrite.sql import Database, SqlStore
from repos.entities import CHAT, FOLDER, TAG
from repos.interfaces import IChatsRepo
from repos.migration import openwebui, pocketbase
from repos.rehearsal.material import OpenWebUIRehearsal
from repos.rehearsal.questions import questions
from tests.fixtures.openwebui import openwebui_connection


def test_both_stores_answer_alike(openwebui_server: EmbeddedPocketBase, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'webui.db'}"
    OpenWebUIRehearsal().create(url, Size(users=4, rows=40, row_bytes=1000))
    database = Database.open(url)
    with openwebui_connection(openwebui_server) as server:
        theirs, ours = SqlStore(database), PocketBaseStore(server)
        for entity in (CHAT, FOLDER, TAG):
            ours.delete(entity, [entity.key_of(row) for row in ours.scan(entity, limit=10_000)])
            ours.put(entity, theirs.scan(entity, limit=10_000))
        sql, moved = openwebui.sql(database)["chats"], pocketbase(server)["chats"]
        asked = set()
        for repository, method, arguments in questions(theirs, seed=1):
            if repository == "chats":
                assert getattr(moved, method)(*arguments) == getattr(sql, method)(*arguments), (
                    method,
                    arguments,
                )
                asked.add(method)
    database.close()
    assert asked == {name for name, method in methods_of(IChatsRepo).items() if method.access is Access.READ}
