"""Values that have broken somebody's migration: each has a name, and every sample holds each of them.

PostgreSQL's `json` keeps `\\u0000` and lone surrogates as they were written, but any `->` on such a document fails
(measured on 18), so Open WebUI's own search would fail for that user. There they stand only in columns that no
query of Open WebUI opens; SQLite has them everywhere.
"""

from __future__ import annotations

from repos.rehearsal.connection import Dialect

NUL = "nul"
LONE_SURROGATE = "lone surrogate"

# For any text column and, as a JSON string, for any JSON column.
TEXTS: dict[str, str] = {
    "emoji": "\U0001f469\U0001f3fd\u200d\U0001f4bb 🇺🇳 ✨ 👨\u200d👩\u200d👧 ☎\ufe0f",
    "quotes": """He said "it's 'fine'", `so` “they” say; '' \"\" """.strip(),
    "backslashes": "C:\\new\\table \\\\server\\share \\u0041 \\' trailing\\",
    "only quotes": '""',
    "blanks at the ends": "  padded\t\n ",
    "line separators": "one\u2028two\u2029three\x85four\r\nfive",
    "composed and not": "Å A\u030a é e\u0301",
    "right to left": "\u202eevil\u202c שלום עולם",
    "wildcards": "100% of a_b [x] * ? \\%",
    "looks like SQL": "'; DROP TABLE chat; -- {:payload} @request.query.v",
    "looks like JSON": '{"a": null}',
    "looks like another type": "true",
    "case folding": "İstanbul \u017ftraße STRASSE ǅ Σίσυφος",
    "last character": "\U0010ffff\uffff\ufffd",
}

# For columns with a JSON object.
OBJECTS: dict[str, dict[str, object]] = {
    "whole floats": {"temperature": 1.0, "top_p": 0.0, "minus": -0.0, "tiny": 1e-07, "huge": 1e21},
    "big integers": {"time_ns": 1763856000123456789, "beyond 64 bits": 2**64 + 1, "least": -(2**63)},
    "non-ASCII keys": {"ключ": 1, "键": {"值": 2}, "clé": 3, "🔑": 4},
    "keys by case": {"Name": 1, "name": 2, "NAME": 3},
    "keys out of order": {"z": 1, "a": 2, "10": 3, "9": 4},
    "hidden keys": {"__private__": {"__x": 1}, "": "no name", "$ref": "#/a", "a.b": 1},
    "looks like a box": {"$sql": '{"a": 1}'},
    "empties": {"null": None, "text": "", "list": [], "object": {}, "zero": 0, "false": False},
    "numbers as text": {"count": "123", "flag": "true", "nothing": "null"},
    "deep": {"a": {"b": {"c": {"d": {"e": [[[[[{"f": []}]]]]]}}}}},
    NUL: {"content": "before\x00after", "key\x00": 1},
    LONE_SURROGATE: {"content": "cut in two: \ud83d", "other": "\ude00 first"},
}
_UNSEARCHED_ONLY = (NUL, LONE_SURROGATE)
_EVERY = 17
_TEXTS = tuple(TEXTS.values())


def text_at(index: int, usual: str) -> str:
    """The text of row number `index`: each awkward one once at first, then one in seventeen rows; else the usual."""
    number = _number(index, len(_TEXTS))
    return usual if number is None else _TEXTS[number]


def object_at(index: int, dialect: Dialect, *, searched: bool = False) -> dict[str, object] | None:
    """The awkward object of row number `index`, if it is one's turn. `searched` columns are opened by queries."""
    names = objects(dialect, searched=searched)
    number = _number(index, len(names))
    return None if number is None else OBJECTS[names[number]]


def objects(dialect: Dialect, *, searched: bool) -> tuple[str, ...]:
    """The names of the objects that such a column can hold."""
    if searched and dialect is Dialect.POSTGRESQL:
        return tuple(name for name in OBJECTS if name not in _UNSEARCHED_ONLY)
    return tuple(OBJECTS)


def _number(index: int, count: int) -> int | None:
    if index < count:
        return index
    return (index // _EVERY) % count if index % _EVERY == 0 else None
