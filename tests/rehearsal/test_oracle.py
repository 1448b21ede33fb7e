"""Open WebUI's own classes take the generated database for one of theirs."""

import json
import subprocess
from pathlib import Path

import pytest

from dualwrite.rehearse.material import Size
from repos.rehearsal.material import OpenWebUIRehearsal
from tests.fixtures.dialects import on_both
from tests.fixtures.openwebui import create_schema, environment, interpreter

# Reads every row through its own model, and asks the queries that take JSON apart in SQL.
PROGRAM = """
import json, os, sys
out = os.fdopen(os.dup(1), "w"); os.dup2(2, 1)
from open_webui.internal.db import get_db
from open_webui.models import chats, files, folders, groups, messages, models, tags, users
with get_db() as db:
    listed = {
        name: [model.model_validate(row) for row in db.query(table).all()]
        for name, table, model in (
            ("user", users.User, users.UserModel), ("chat", chats.Chat, chats.ChatModel),
            ("message", messages.Message, messages.MessageModel),
            ("message_reaction", messages.MessageReaction, messages.MessageReactionModel),
            ("tag", tags.Tag, tags.TagModel), ("file", files.File, files.FileModel),
            ("group", groups.Group, groups.GroupModel), ("folder", folders.Folder, folders.FolderModel),
            ("model", models.Model, models.ModelModel),
        )
    }
answers = {name: len(rows) for name, rows in listed.items()}
everybody = [user.id for user in listed["user"]]
assert users.Users.get_users()["total"] == len(everybody)
for user in everybody:
    chats.Chats.get_chat_list_by_user_id(user, include_archived=True)
    chats.Chats.get_chats_by_user_id_and_search_text(user, "index", include_archived=True)
    folders.Folders.get_folders_by_user_id(user)
    groups.Groups.get_groups_by_member_id(user)
    for tag in tags.Tags.get_tags_by_user_id(user):
        answers["tagged"] = answers.get("tagged", 0) + chats.Chats.count_chats_by_tag_name_and_user_id(tag.name, user)
for message in listed["message"][:200]:
    assert messages.Messages.get_message_by_id(message.id).id == message.id
for file in listed["file"]:
    # Open WebUI's own metadata class refuses a file without this clock; its list of files does not.
    assert bool(files.Files.get_file_metadata_by_id(file.id)) == (file.updated_at is not None)
shared = [chat for chat in listed["chat"] if chat.share_id]
for chat in shared:
    assert chats.Chats.get_chat_by_share_id(chat.share_id).chat == chat.chat
models.Models.get_models(); models.Models.get_base_models()
json.dump(answers, out)
"""


@on_both("dialect")
def test_open_webui_reads_every_row(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    python = interpreter()
    url = f"sqlite:///{tmp_path}/webui.db"
    if dialect == "postgresql":
        url = request.getfixturevalue("postgres_url")
    create_schema(
        url, tmp_path / "data"
    )  # Open WebUI will not start where its own history of migrations is missing
    counts = OpenWebUIRehearsal().create(url, Size(users=20, rows=200, row_bytes=3000))
    done = subprocess.run(
        [python, "-W", "ignore", "-c", PROGRAM],
        env=environment(url, tmp_path / "data"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answers = json.loads(done.stdout)
    assert answers.pop("tagged") > 20
    assert answers == counts
