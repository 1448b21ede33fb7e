"""Fills a database with Open WebUI's own model classes, in Open WebUI's own environment. Imports nothing of this project."""

import sys

import open_webui.config  # noqa: F401 - runs the migrations
from open_webui.models import chats, files, folders, groups, messages, models, tags, users

TEXTS = (
    "plain",
    "",
    "quotes \" ' \\ and 100%_",
    "İstanbul straße \U0001f600",
    "line\nbreak\ttab",
    "null",
    "123",
    "{}",
)


def chat_of(number: int) -> dict:
    """A chat as the web page sends it, awkward values included."""
    text = TEXTS[number % len(TEXTS)]
    history = {
        f"m{turn}": {
            "id": f"m{turn}",
            "parentId": f"m{turn - 1}" if turn else None,
            "childrenIds": [f"m{turn + 1}"],
            "role": ("user", "assistant")[turn % 2],
            "content": f"{text} {turn} \u0000 tail" if turn == 2 else f"{text} {turn}",
            "temperature": 1.0,
            "big": 1763856000123456789,
        }
        for turn in range(number % 12 + 1)
    }
    return {
        "title": f"Chat {number} {text}",
        "models": ["llama3.2:latest"],
        "history": {"messages": history},
        "tags": [],
    }


def main(count: int) -> None:
    """Rows of all nine kinds."""
    for number in range(5):
        users.Users.insert_new_user(
            f"user-{number}", f"Name {TEXTS[number]}", f"u{number}@example.com", "/user.png", "user"
        )
    users.Users.update_user_settings_by_id("user-1", {"ui": {"models": [], "scale": 1.0}})
    made = []
    for number in range(count):
        owner = f"user-{number % 5}"
        made.append(chats.Chats.insert_new_chat(owner, chats.ChatForm(chat=chat_of(number))))
    chats.Chats.toggle_chat_pinned_by_id(made[0].id)
    chats.Chats.toggle_chat_archive_by_id(made[1].id)
    chats.Chats.insert_shared_chat_by_chat_id(made[2].id)
    for number, name in enumerate(("Work Items", "İstanbul", "straße", "a/b:c", 'quo"te')):
        tags.Tags.insert_new_tag(name, "user-0")
        chats.Chats.add_chat_tag_by_id_and_user_id_and_tag_name(made[number].id, made[number].user_id, name)
    parent = None
    for number in range(6):
        form = folders.FolderForm(
            name=f"Folder {number} {TEXTS[number]}", data={"files": []} if number % 2 else None
        )
        folder = folders.Folders.insert_new_folder("user-0", form, parent)
        parent = folder.id if number % 2 else None
    chats.Chats.update_chat_folder_id_by_id_and_user_id(made[5].id, made[5].user_id, folder.id)
    for number in range(3):
        group = groups.Groups.insert_new_group(
            "user-0", groups.GroupForm(name=f"Group {number}", description=TEXTS[number])
        )
        groups.Groups.add_users_to_group(group.id, ["user-1", "user-2"])
    for name in ("llama3.2:latest", "org/model", "plain"):
        form = models.ModelForm(
            id=name,
            name=name,
            meta=models.ModelMeta(description="d"),
            params=models.ModelParams(temperature=0.5),
        )
        models.Models.insert_new_model(form, "user-0")
    for number in range(4):
        form = files.FileForm(
            id=f"file-{number}",
            filename=TEXTS[number],
            path=f"/tmp/{number}",
            data={"content": TEXTS[number]},
        )
        files.Files.insert_new_file("user-1", form)
    first = None
    for number in range(8):
        form = messages.MessageForm(
            content=TEXTS[number % len(TEXTS)], parent_id=first if number % 3 == 1 else None
        )
        message = messages.Messages.insert_new_message(form, "channel-1", f"user-{number % 5}")
        first = first or message.id
        messages.Messages.add_reaction_to_message(message.id, "user-2", "thumbs_up")


main(int(sys.argv[1]))
