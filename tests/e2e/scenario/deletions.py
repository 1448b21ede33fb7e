"""What is deleted, and what goes with it."""

from __future__ import annotations

from tests.e2e.scenario.channels import CHANNEL
from tests.e2e.scenario.chats import CHAT
from tests.e2e.scenario.files import FILE
from tests.e2e.scenario.folders import FOLDER
from tests.e2e.scenario.groups import GROUP
from tests.e2e.scenario.models import MODEL
from tests.e2e.scenario.people import AUTHS, USERS
from tests.e2e.scenario.words import delete, get, post
from tests.e2e.step import NOBODY, Step

DELETIONS: tuple[Step, ...] = (
    delete("a chat", "bob", f"{CHAT}/{{copy}}"),
    get("it is gone", "bob", f"{CHAT}/{{copy}}"),
    delete("all tags of a chat", "bob", f"{CHAT}/{{first}}/tags/all"),
    get("the tags that are left", "bob", f"{CHAT}/all/tags", any_order=""),
    delete("a folder that holds others and chats", "bob", f"{FOLDER}/{{birds}}"),
    get("the folders that are left", "bob", f"{FOLDER}/", any_order=""),
    get("the chats that are left", "bob", f"{CHAT}/?include_folders=true&include_pinned=true"),
    delete("no such folder", "bob", f"{FOLDER}/none"),
    delete("a model, by who may not", "cid", f"{MODEL}/model/delete?id=bobs"),
    delete("a model", "bob", f"{MODEL}/model/delete?id=bobs"),
    get("the models that are left", "ann", f"{MODEL}/export", any_order=""),
    delete("a group", "ann", f"{GROUP}/id/{{writers}}/delete"),
    delete("no such group", "ann", f"{GROUP}/id/none/delete"),
    get("the groups that are left", "ann", f"{GROUP}/"),
    delete("a channel", "ann", f"{CHANNEL}/{{library}}/delete"),
    get("the channels that are left", "ann", f"{CHANNEL}/"),
    delete("a person, with all chats", "ann", f"{USERS}/{{cid}}"),
    delete("not the first one", "ann", f"{USERS}/{{ann}}"),
    get("cid is gone", "cid", f"{AUTHS}/"),
    get("who is left", "ann", f"{USERS}/all"),
    get("the group without cid", "ann", f"{GROUP}/id/{{readers}}"),
    get("every chat there is", "ann", f"{CHAT}/all/db"),
    delete("all of bob's chats", "bob", f"{CHAT}/"),
    get("none is left", "bob", f"{CHAT}/list"),
    delete("all files", "ann", f"{FILE}/all"),
    get("no file is left", "ann", f"{FILE}/", any_order=""),
    delete("all models", "ann", f"{MODEL}/delete/all"),
    get("no model is left", "ann", f"{MODEL}/export", any_order=""),
    get("bob signs out", "bob", f"{AUTHS}/signout"),
    post(
        "a last word", NOBODY, f"{AUTHS}/signin", {"email": "dee@example.com", "password": "dee's pässword"}
    ),
)
