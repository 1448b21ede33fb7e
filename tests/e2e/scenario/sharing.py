"""Pins, archive, shares and clones."""

from __future__ import annotations

from tests.e2e.scenario.chats import CHAT, chat
from tests.e2e.scenario.words import delete, get, post
from tests.e2e.step import Step

SHARING: tuple[Step, ...] = (
    get("not pinned", "bob", f"{CHAT}/{{first}}/pinned"),
    post("bob pins one", "bob", f"{CHAT}/{{first}}/pin", new_second=True),
    post("and another", "bob", f"{CHAT}/{{third}}/pin", new_second=True),
    get("pinned", "bob", f"{CHAT}/{{first}}/pinned"),
    get("the pinned ones", "bob", f"{CHAT}/pinned"),
    get("the others", "bob", f"{CHAT}/?page=1"),
    get("both", "bob", f"{CHAT}/?page=1&include_pinned=true&include_folders=true"),
    get("found by pin", "bob", f"{CHAT}/search?text=pinned:true"),
    post("unpinned", "bob", f"{CHAT}/{{third}}/pin", new_second=True),
    post("archived", "bob", f"{CHAT}/{{second}}/archive", new_second=True),
    get("the archive", "bob", f"{CHAT}/archived"),
    get("the archive by title", "bob", f"{CHAT}/archived?query=seeds&order_by=title&direction=desc"),
    get("the archive, whole", "bob", f"{CHAT}/all/archived"),
    get("its tags are gone", "bob", f"{CHAT}/all/tags", any_order=""),
    get("found in the archive", "bob", f"{CHAT}/search?text=archived:true"),
    post("out of the archive", "bob", f"{CHAT}/{{second}}/archive", new_second=True),
    get("its tags are back", "bob", f"{CHAT}/all/tags", any_order=""),
    post("all archived", "bob", f"{CHAT}/archive/all"),
    get("none left", "bob", f"{CHAT}/?page=1"),
    post("none archived", "bob", f"{CHAT}/unarchive/all"),
    get("all there", "bob", f"{CHAT}/?page=1&include_pinned=true&include_folders=true"),
    post("bob shares one", "bob", f"{CHAT}/{{first}}/share", keeps={"shared": "id"}, new_second=True),
    get("cid reads it", "cid", f"{CHAT}/share/{{shared}}"),
    get("ann reads it", "ann", f"{CHAT}/share/{{shared}}"),
    get("cid may not read another", "cid", f"{CHAT}/share/{{second}}"),
    get("found by share", "bob", f"{CHAT}/search?text=shared:true"),
    post("bob renames it", "bob", f"{CHAT}/{{first}}", {"chat": {"title": "Seen by all"}}, new_second=True),
    post("and shares it again", "bob", f"{CHAT}/{{first}}/share", new_second=True),
    get("cid reads the new title", "cid", f"{CHAT}/share/{{shared}}"),
    post(
        "cid clones it", "cid", f"{CHAT}/{{shared}}/clone/shared", keeps={"cids copy": "id"}, new_second=True
    ),
    get("it is cid's", "cid", f"{CHAT}/?page=1"),
    post("bob clones one", "bob", f"{CHAT}/{{second}}/clone", {}, keeps={"copy": "id"}, new_second=True),
    post(
        "bob clones one under another name",
        "bob",
        f"{CHAT}/{{third}}/clone",
        {"title": "Käfig, zweimal"},
        keeps={"twice": "id"},
        new_second=True,
    ),
    get("the copy", "bob", f"{CHAT}/{{copy}}"),
    post(
        "bob imports one",
        "bob",
        f"{CHAT}/import",
        {
            "chat": chat("Imported", "from elsewhere", n=5),
            "meta": {"tags": ["imported_things"], "n": 1.0},
            "pinned": True,
            "created_at": 1600000000,
            "updated_at": 1600000001,
        },
        keeps={"imported": "id"},
        new_second=True,
    ),
    get("its tag is bob's", "bob", f"{CHAT}/all/tags", any_order=""),
    get("bob's chats", "bob", f"{CHAT}/?page=1&include_pinned=true&include_folders=true"),
    delete("no longer shared", "bob", f"{CHAT}/{{first}}/share"),
    delete("it was not", "bob", f"{CHAT}/{{second}}/share"),
    get("cid cannot read it", "cid", f"{CHAT}/share/{{shared}}"),
)
