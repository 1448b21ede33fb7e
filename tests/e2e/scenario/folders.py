"""Folders in folders, and chats in them."""

from __future__ import annotations

from typing import Any

from tests.e2e.scenario.chats import CHAT, made
from tests.e2e.scenario.words import get, post
from tests.e2e.step import Step

FOLDER = "/api/v1/folders"


def _folder(name: str, title: str, **more: Any) -> Step:
    return post(
        f"bob makes a folder, {title}",
        "bob",
        f"{FOLDER}/",
        {"name": title, **more},
        keeps={name: "id"},
    )


def _into(name: str, parent: str | None) -> Step:
    where = parent or "the top"
    body = {"parent_id": f"{{{parent}}}" if parent else None}
    return post(f"{name} goes into {where}", "bob", f"{FOLDER}/{{{name}}}/update/parent", body)


FOLDERS: tuple[Step, ...] = (
    get("no folders yet", "bob", f"{FOLDER}/", any_order=""),
    _folder("birds", "Birds"),
    _folder("parrots", "Parrots", data={"system_prompt": "Be green.", "files": []}, meta={"icon": "🦜"}),
    _folder("keas", "Keas"),
    post("the name is taken", "bob", f"{FOLDER}/", {"name": "birds"}),
    _into("parrots", "birds"),
    _into("keas", "parrots"),
    get("bob's folders", "bob", f"{FOLDER}/", any_order=""),
    get("one of them", "bob", f"{FOLDER}/{{parrots}}"),
    get("not for cid", "cid", f"{FOLDER}/{{parrots}}"),
    post("it is opened", "bob", f"{FOLDER}/{{birds}}/update/expanded", {"is_expanded": True}),
    post(
        "another name and other data",
        "bob",
        f"{FOLDER}/{{parrots}}/update",
        {"name": "Parrots, 100%", "data": {"system_prompt": "Be red."}, "meta": None},
    ),
    post("no such folder", "bob", f"{FOLDER}/none/update", {"name": "x"}),
    post(
        "a chat goes into one",
        "bob",
        f"{CHAT}/{{second}}/folder",
        {"folder_id": "{parrots}"},
        new_second=True,
    ),
    post("another goes deeper", "bob", f"{CHAT}/{{third}}/folder", {"folder_id": "{keas}"}, new_second=True),
    made("filed", "Made in a folder", "where am I?", n=4, folder_id="{birds}"),
    get("chats outside folders", "bob", f"{CHAT}/?page=1"),
    get("all chats", "bob", f"{CHAT}/?include_folders=true"),
    get("chats of a folder and those in it", "bob", f"{CHAT}/folder/{{birds}}"),
    get("chats of the inner one", "bob", f"{CHAT}/folder/{{keas}}"),
    get("the list of a folder", "bob", f"{CHAT}/folder/{{birds}}/list"),
    get("the second page of it", "bob", f"{CHAT}/folder/{{birds}}/list?page=2"),
    get("found by folder", "bob", f"{CHAT}/search?text=folder:birds"),
    _into("keas", None),
    post("out of the folder", "bob", f"{CHAT}/{{third}}/folder", {"folder_id": None}, new_second=True),
    get("bob's folders now", "bob", f"{FOLDER}/", any_order=""),
    get("bob's chats now", "bob", f"{CHAT}/?page=1"),
)
