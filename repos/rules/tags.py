"""What makes two tags the same."""

from __future__ import annotations


def tag_id(name: str) -> str:
    """A tag's id: its name with blanks (and no other white space) as underscores, in Python's lower case."""
    return name.replace(" ", "_").lower()
