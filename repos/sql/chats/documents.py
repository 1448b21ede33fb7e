"""What only SQL text can ask of a chat's JSON: each dialect has its own functions for it.

JSON that is not what it must be (and, on SQLite, a document with NaN, which its JSON functions do not read) holds
nothing; Open WebUI's own queries fail there for all chats of the user. CASE, and not AND, decides what is evaluated.
"""

from __future__ import annotations

from sqlalchemy import TextClause, bindparam, text

from dualwrite.dialect import Dialect
from repos.rules.chats.search import HIDDEN_CONTENT

_TAGS = {
    "sqlite": """
        json_each(
            CASE WHEN NOT json_valid(chat.meta) THEN '[]' WHEN json_type(chat.meta, '$.tags') = 'array' THEN chat.meta
            ELSE '[]' END, '$.tags'
        ) AS tag""",
    "postgresql": """
        json_array_elements_text(
            CASE json_typeof(chat.meta -> 'tags') WHEN 'array' THEN chat.meta -> 'tags' ELSE '[]' END
        ) AS tag(value)""",
}
_CONTENT = {
    "sqlite": """
        EXISTS (
            SELECT 1 FROM json_each(
                CASE WHEN NOT json_valid(chat.chat) THEN '[]'
                WHEN json_type(chat.chat, '$.messages') IN ('array', 'object') THEN chat.chat ELSE '[]' END, '$.messages'
            ) AS message
            WHERE CASE message.type WHEN 'object'
            THEN lower(json_extract(message.value, '$.content')) LIKE :pattern ELSE 0 END
        )""",
    "postgresql": f"""
        EXISTS (
            SELECT 1 FROM json_array_elements(
                CASE json_typeof(chat.chat -> 'messages') WHEN 'array' THEN chat.chat -> 'messages' ELSE '[]' END
            ) AS message(value)
            WHERE CASE WHEN (message.value -> 'content')::text LIKE '%{HIDDEN_CONTENT}%' THEN false
            ELSE lower(message.value ->> 'content') LIKE :pattern END
        )""",
}


def has_tag(dialect: Dialect, tag_id: str) -> TextClause:
    """The chat names this tag."""
    clause = text(f"EXISTS (SELECT 1 FROM {_TAGS[dialect]} WHERE tag.value = :tag)")
    return clause.bindparams(bindparam("tag", tag_id, unique=True))


def untagged(dialect: Dialect) -> TextClause:
    """The chat names no tag at all."""
    return text(f"NOT EXISTS (SELECT 1 FROM {_TAGS[dialect]})")


def says(dialect: Dialect, pattern: str) -> TextClause:
    """A message of the document has a content that is, in lower case, LIKE the pattern."""
    return text(_CONTENT[dialect]).bindparams(bindparam("pattern", pattern, unique=True))
