"""Files: uploaded, read by Open WebUI, found, changed, downloaded."""

from __future__ import annotations

from tests.e2e.scenario.words import delete, get, post
from tests.e2e.step import Step

FILE = "/api/v1/files"
TEXT = "Keas open bins.\nGrößer als ein Fink. 🦜\n".encode()


def _uploaded(name: str, filename: str, kind: str, data: bytes, *, query: str = "", who: str = "bob") -> Step:
    path = f"{FILE}/{query}"
    keeps, file = {name: "id"}, (filename, kind, data)
    settles = "" if query else f"{FILE}/{{{name}}}/process/status"
    return post(f"{who} uploads {filename}", who, path, file=file, keeps=keeps, settles=settles)


FILES: tuple[Step, ...] = (
    get("no files yet", "bob", f"{FILE}/", any_order=""),
    _uploaded("text", "keas.txt", "text/plain", TEXT),
    _uploaded("bytes", "100%_a'b.bin", "application/octet-stream", bytes(range(256)), query="?process=false"),
    _uploaded("anns", "Keas too.md", "text/markdown", b"# Keas\n\ntoo\n", who="ann"),
    get("it has been read", "bob", f"{FILE}/{{text}}/process/status"),
    get("the file", "bob", f"{FILE}/{{text}}"),
    get("not for cid", "cid", f"{FILE}/{{text}}"),
    get("not there", "bob", f"{FILE}/no-such-file"),
    get("its content", "bob", f"{FILE}/{{text}}/content"),
    get("the content of the other", "bob", f"{FILE}/{{bytes}}/content"),
    get("the text that was read", "bob", f"{FILE}/{{text}}/data/content"),
    post("another text", "bob", f"{FILE}/{{text}}/data/content/update", {"content": "Keas fly."}),
    get("the other text", "bob", f"{FILE}/{{text}}/data/content"),
    get("bob's files", "bob", f"{FILE}/", any_order=""),
    get("bob's files without their text", "bob", f"{FILE}/?content=false", any_order=""),
    get("all files", "ann", f"{FILE}/?content=false", any_order=""),
    get("found by pattern", "bob", f"{FILE}/search?filename=*eas*&content=false", any_order=""),
    get("found by name", "bob", f"{FILE}/search?filename=100%25_*&content=false", any_order=""),
    get("not found", "bob", f"{FILE}/search?filename=zebra", any_order=""),
    delete("not by cid", "cid", f"{FILE}/{{text}}"),
    delete("deleted", "bob", f"{FILE}/{{bytes}}"),
    get("gone", "bob", f"{FILE}/{{bytes}}"),
)
