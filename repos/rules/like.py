"""LIKE and ILIKE as each database means them, for rows that are already here.

| | SQLite | PostgreSQL |
|---|---|---|
| LIKE | ASCII letters match either case | case matters |
| ILIKE | the same as LIKE | letters match either case, one character at a time (`İ` is `i`, `ß` is not `ss`) |
| backslash | a character like any other | takes the next one literally; at the end, nothing matches |
| NUL | ends the pattern and the text | cannot occur |

PostgreSQL folds by the database's locale: this is C.UTF-8 and what agrees with it (all but Turkish and its like).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache

from dualwrite.dialect import Dialect
from dualwrite.errors import Invalid

SQLITE_PATTERN_BYTES = 50_000
_LAST_CAPITAL = 0x1E921  # the highest character that has a lower case


class Wild(Enum):
    """A wildcard."""

    ONE = "_"
    MANY = "%"


def require_pattern(dialect: Dialect, pattern: object) -> None:
    """Raises `Invalid` for what is no text, and for a pattern that SQLite calls too complex."""
    if not isinstance(pattern, str):
        raise Invalid("a LIKE pattern is no text")
    if dialect == "sqlite" and len(pattern.encode()) > SQLITE_PATTERN_BYTES:
        raise Invalid("a LIKE pattern is longer than SQLite allows")


def matcher(dialect: Dialect, pattern: str, *, ignore_case: bool) -> Callable[[str], bool]:
    """A function that says whether a text is like the pattern."""
    if dialect == "sqlite":
        tokens = _parse(_before_nul(pattern), ignore_case=True, fold=_ascii_lower, escape=None)
        return lambda text: _matches(tokens, _ascii_lower(_before_nul(text)))
    if ignore_case:
        tokens = _parse(pattern, ignore_case=True, fold=_lower, escape="\\")
        return lambda text: _matches(tokens, _lower(text))
    tokens = _parse(pattern, ignore_case=False, fold=_lower, escape="\\")
    return lambda text: _matches(tokens, text)


def folding(pattern: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """A pattern in lower case as PostgreSQL sees it, and what else must be replaced in a text so that a LIKE which folds
    ASCII letters alone, as SQLite's, finds what PostgreSQL's ILIKE does."""
    lower = _lower(pattern)
    capitals = _capitals()
    return lower, tuple(
        (capital, small) for small in sorted(set(lower)) for capital in capitals.get(small, "")
    )


@cache
def _capitals() -> Mapping[str, str]:
    """The characters beyond ASCII that each lower-case character stands for."""
    found: defaultdict[str, str] = defaultdict(str)
    for character in map(chr, range(128, _LAST_CAPITAL + 1)):
        small = character.lower()[0]
        if small != character:
            found[small] += character
    return dict(found)


def _parse(
    pattern: str, *, ignore_case: bool, fold: Callable[[str], str], escape: str | None
) -> list[str | Wild] | None:
    """The pattern as characters and wildcards; None for one that can match nothing."""
    tokens: list[str | Wild] = []
    characters = iter(fold(pattern) if ignore_case else pattern)
    for character in characters:
        if character == escape:
            literal = next(characters, None)
            if literal is None:
                return None
            tokens.append(literal)
        elif character == "%":
            tokens.append(Wild.MANY)
        elif character == "_":
            tokens.append(Wild.ONE)
        else:
            tokens.append(character)
    return tokens


def _matches(tokens: list[str | Wild] | None, text: str) -> bool:
    """Greedy with one step back to the last `%`: linear but for the product of both lengths at worst, unlike a regex."""
    if tokens is None:
        return False
    at = start = 0
    many = -1
    position = 0
    while position < len(text):
        token = tokens[at] if at < len(tokens) else None
        if token is Wild.MANY:
            many, start = at, position
            at += 1
        elif token is Wild.ONE or token == text[position]:
            at += 1
            position += 1
        elif many >= 0:
            start += 1
            at, position = many + 1, start
        else:
            return False
    return all(token is Wild.MANY for token in tokens[at:])


def _before_nul(text: str) -> str:
    return text.partition("\0")[0]


def _ascii_lower(text: str) -> str:
    return text.lower() if text.isascii() else "".join(c.lower() if c.isascii() else c for c in text)


def _lower(text: str) -> str:
    """Each character to its own lower case, never to two of them and without regard to its neighbours."""
    return text.lower() if text.isascii() else "".join(character.lower()[0] for character in text)
