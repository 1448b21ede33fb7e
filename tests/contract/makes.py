"""One call of every method that inserts, with values nobody could mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from repos import Repositories
from repos.models import MessageForm
from tests.contract.every_call import FORMS
from tests.contract.told import text

MAKES: Mapping[tuple[str, str], Callable[[Repositories], object]] = {
    ("chats", "insert_new_chat"): lambda r: r.chats.insert_new_chat(
        text("user"), FORMS["chats"](text("chat"))
    ),
    ("chats", "import_chat"): lambda r: r.chats.import_chat(text("user"), FORMS["chats"](text("chat"))),
    ("tags", "insert_new_tag"): lambda r: r.tags.insert_new_tag(text("tag"), text("user")),
    ("files", "insert_new_file"): lambda r: r.files.insert_new_file(
        text("user"), FORMS["files"](text("file"))
    ),
    ("folders", "insert_new_folder"): lambda r: r.folders.insert_new_folder(
        text("user"), FORMS["folders"](text("folder"))
    ),
    ("groups", "insert_new_group"): lambda r: r.groups.insert_new_group(
        text("user"), FORMS["groups"](text("group"))
    ),
    ("models", "insert_new_model"): lambda r: r.models.insert_new_model(
        FORMS["models"](text("model")), text("user")
    ),
    ("users", "insert_new_user"): lambda r: r.users.insert_new_user(text("user"), text("name"), text("mail")),
    ("messages", "insert_new_message"): lambda r: r.messages.insert_new_message(
        MessageForm(content=text("content")), text("channel"), text("user")
    ),
    ("messages", "add_reaction_to_message"): lambda r: r.messages.add_reaction_to_message(
        text("message"), text("user"), text("name")
    ),
}
