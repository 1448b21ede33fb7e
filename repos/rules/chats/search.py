"""The words of a search text."""

from __future__ import annotations

from dataclasses import dataclass

from repos.rules.tags import tag_id

UNTAGGED = "none"
HIDDEN_TITLE = "x00"  # what Open WebUI takes for NUL in a title, and in the JSON of a content, on PostgreSQL
HIDDEN_CONTENT = "u0000"
_SELECTING = ("tag:", "folder:", "pinned:", "archived:", "shared:")


@dataclass(frozen=True, slots=True)
class SearchWords:
    """What a search text asks for. `text` is what is left of it, and may be empty."""

    text: str
    tag_ids: tuple[str, ...] = ()
    folder_names: tuple[str, ...] = ()
    pinned: bool | None = None
    archived: bool | None = None
    shared: bool | None = None

    @property
    def pattern(self) -> str:
        """The LIKE pattern for titles and contents."""
        return f"%{self.text}%"

    @classmethod
    def of(cls, text: str) -> SearchWords | None:
        """None for a text that says nothing at all."""
        text = text.replace("\0", "").lower().strip()
        if not text:
            return None
        words = text.split(" ")
        return cls(
            text=" ".join(word for word in words if not word.startswith(_SELECTING)),
            tag_ids=tuple(tag_id(word.replace("tag:", "")) for word in words if word.startswith("tag:")),
            folder_names=tuple(word.replace("folder:", "") for word in words if word.startswith("folder:")),
            pinned=_flag("pinned", words),
            archived=_flag("archived", words),
            shared=_flag("shared", words),
        )


def _flag(name: str, words: list[str]) -> bool | None:
    """`true` wins over `false`."""
    return True if f"{name}:true" in words else False if f"{name}:false" in words else None
