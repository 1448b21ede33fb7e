"""Folders: each user's own tree. A folder of another user is a missing folder."""

from __future__ import annotations

from typing import Protocol

from dualwrite.contract import read, write
from repos.models.folder import FolderModel
from repos.models.form import Form


class IFoldersRepo(Protocol):
    """What Open WebUI's FolderTable does."""

    @write(refused=None)
    def insert_new_folder(
        self, user_id: str, form_data: Form, parent_id: str | None = None
    ) -> FolderModel | None:
        """The new folder; None if its id is taken. Fields of a folder set in the form win over `user_id`, but not
        over `parent_id` and the clocks. Whether the parent exists, or has a child of that name, is not asked.

        Raises:
            pydantic.ValidationError: the form's fields do not make a folder.
        """

    @read()
    def get_folder_by_id_and_user_id(self, id: str, user_id: str) -> FolderModel | None:
        """The folder, or None."""

    @read()
    def get_children_folders_by_id_and_user_id(self, id: str, user_id: str) -> list[FolderModel] | None:
        """Every folder below this one, children before their parent, siblings by id. None for a missing folder and
        where the tree runs in a circle."""

    @read()
    def get_folders_by_user_id(self, user_id: str) -> list[FolderModel]:
        """All folders of the user, by id."""

    @read()
    def get_folder_by_parent_id_and_user_id_and_name(
        self, parent_id: str | None, user_id: str, name: str
    ) -> FolderModel | None:
        """The first by id of the user's folders under that parent (None: at the top) whose name is like `name`.

        `%` and `_` in `name` are wildcards and case does not matter: to SQLite that of ASCII letters, to PostgreSQL
        that of all; to PostgreSQL a backslash takes the next character literally."""

    @read()
    def get_folders_by_parent_id_and_user_id(self, parent_id: str | None, user_id: str) -> list[FolderModel]:
        """The user's folders right under that parent (None: at the top), by id."""

    @write(refused=None)
    def update_folder_parent_id_by_id_and_user_id(
        self, id: str, user_id: str, parent_id: str
    ) -> FolderModel | None:
        """The folder as moved, or None if it is missing. Circles are not prevented."""

    @write(refused=None)
    def update_folder_by_id_and_user_id(self, id: str, user_id: str, form_data: Form) -> FolderModel | None:
        """The folder with the form's name, if it was set, and its `data` and `meta` merged over the old ones.

        None, and nothing changed, for a missing folder, where another one right beside it has exactly that name, and
        where a field was set to None."""

    @write(refused=None)
    def update_folder_is_expanded_by_id_and_user_id(
        self, id: str, user_id: str, is_expanded: bool
    ) -> FolderModel | None:
        """The folder as changed, or None if it is missing."""

    @write(refused=[])
    def delete_folder_by_id_and_user_id(self, id: str, user_id: str) -> list[str]:
        """The ids of the deleted folders: this one, then all below it, children before their parent.

        Empty, and nothing deleted, for a missing folder and where the tree runs in a circle."""

    @read()
    def normalize_folder_name(self, name: str) -> str:
        """The name in lower case, each run of blanks and underscores one blank, none at the ends. Asks no store."""

    @read()
    def search_folders_by_names(self, user_id: str, queries: list[str]) -> list[FolderModel]:
        """The user's folders with one of these names once both are normalised, each followed by all below it; every
        folder once, where it came up first. Empty for no queries and for no match.

        Raises:
            Invalid: the tree below a match runs in a circle.
        """

    @read()
    def search_folders_by_name_contains(self, user_id: str, query: str) -> list[FolderModel]:
        """The user's folders, by id, whose normalised name contains the normalised query."""
