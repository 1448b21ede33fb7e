"""Tags: a user's own words, told apart by their normalised form (blanks to underscores, lower case)."""

from __future__ import annotations

from typing import Protocol

from dualwrite.contract import read, write
from repos.models.tag import TagModel


class ITagsRepo(Protocol):
    """What Open WebUI's TagTable does."""

    @write(refused=None)
    def insert_new_tag(self, name: str, user_id: str) -> TagModel | None:
        """The new tag; None if the user has one of the same normalised name.

        Raises:
            pydantic.ValidationError: an argument is not text.
        """

    @read()
    def get_tag_by_name_and_user_id(self, name: str, user_id: str) -> TagModel | None:
        """The user's tag of that normalised name, or None."""

    @read()
    def get_tags_by_user_id(self, user_id: str) -> list[TagModel]:
        """All tags of the user, by id; an empty list if there are none."""

    @read()
    def get_tags_by_ids_and_user_id(self, ids: list[str], user_id: str) -> list[TagModel]:
        """Those of the user's tags whose id is among `ids`, by id and each once. Unknown ids are left out."""

    @write(refused=False)
    def delete_tag_by_name_and_user_id(self, name: str, user_id: str) -> bool:
        """True, whether or not there was such a tag."""
