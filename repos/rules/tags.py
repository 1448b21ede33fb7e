"""What makes two tags the same."""

from __future__ import annotations

from dualwrite.errors import Invalid


def tag_id(name: str) -> str:
    """A tag's id: its name with blanks (and no other white space) as underscores, in Python's lower case."""
    return name.replace(" ", "_").lower()


def wanted_tag_id(name: object) -> str:
    """The id of a tag that is looked for or deleted. Raises `Invalid` for a name that is no text, which no tag has."""
    if not isinstance(name, str):
        raise Invalid("tag: a name is no text")
    return tag_id(name)
