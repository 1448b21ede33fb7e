"""Open WebUI's own classes, in a process that knows nothing of this library, leave obligations and meet the fence."""

from __future__ import annotations

import os
import subprocess
import textwrap
from pathlib import Path

import pytest

from dualwrite.entity import Column, Entity, Key
from dualwrite.phase import Phase
from dualwrite.sql import Database, install
from tests.fixtures.absent import absent
from tests.sql.notes import Writer, go

CHECKOUT = Path(__file__).parents[2]
USER = Entity("user", "user", "users", ("id",), (Column("id"),))
CHAT = Entity("chat", "chat", "chats", ("id",), (Column("id"),))
TAG = Entity("tag", "tag", "tags", ("id", "user_id"), (Column("id"), Column("user_id")))

SCRIPT = """
    from open_webui.models.users import Users
    from open_webui.models.chats import Chats, ChatForm
    from open_webui.models.tags import Tags

    Users.insert_new_user("u1", "Ann", "ann@example.org")
    Users.update_user_by_id("u1", {"name": "Anna"})
    chat = Chats.insert_new_chat("u1", ChatForm(chat={"title": "t", "history": {}}))
    Chats.add_chat_tag_by_id_and_user_id_and_tag_name(chat.id, "u1", "A Tag")
    Chats.update_chat_title_by_id(chat.id, "new")
    Chats.insert_shared_chat_by_chat_id(chat.id)
    Chats.archive_all_chats_by_user_id("u1")
    Tags.delete_tag_by_name_and_user_id("A Tag", "u1")
    Chats.delete_chats_by_user_id("u1")
    Users.delete_user_by_id("u1")
    print("chat", chat.id)
"""
FENCED = """
    from open_webui.models.users import Users
    try:
        Users.insert_new_user("u1", "Ann", "ann@example.org")
    except Exception as error:
        print("dualwrite: the phase forbids writes" in str(error))
    print(Users.get_num_users())
"""


class OpenWebUI:
    """An installed Open WebUI on one database."""

    def __init__(self, python: Path, url: str, folder: Path) -> None:
        self._python = python
        self._environment = {
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(folder),
            "DATABASE_URL": url,
            "WEBUI_SECRET_KEY": "x",
        }

    def run(self, script: str) -> list[str]:
        """The last lines that the script printed."""
        done = subprocess.run(
            [self._python, "-W", "ignore", "-c", textwrap.dedent(script)],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.splitlines()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    (tmp_path / "webui.db").touch()
    return f"sqlite:///{tmp_path / 'webui.db'}"


@pytest.fixture
def open_webui(database_url: str, tmp_path: Path) -> OpenWebUI:
    default = CHECKOUT / "build" / "openwebui" / "bin" / "python"
    python = Path(os.environ.get("DUALWRITE_OPENWEBUI_PYTHON", default))
    if not python.exists():
        absent("Open WebUI", "set DUALWRITE_OPENWEBUI_PYTHON to an interpreter that has open-webui==0.6.36")
    application = OpenWebUI(python, database_url, tmp_path)
    application.run("import open_webui.models.users, open_webui.config")  # its own migrations make its tables
    return application


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_its_own_classes(open_webui: OpenWebUI, database: Database, writer: Writer) -> None:
    install(database, (USER, CHAT, TAG), "openwebui")
    go(database, Phase.DUAL)
    chat = open_webui.run(SCRIPT)[-1].split()[1]
    owed: set[tuple[str, Key]] = set(writer.owed())
    shared = {key for entity, key in owed if entity == "chat"} - {(chat,)}
    assert len(shared) == 1  # the shared copy that it made under an id of its own
    assert {item for item in owed if item[1] not in shared} == {
        ("user", ("u1",)),
        ("chat", (chat,)),
        ("tag", ("a_tag", "u1")),
    }
    go(database, Phase.FROZEN)
    assert open_webui.run(FENCED)[-2:] == ["True", "0"]
    assert writer.owed() == []
