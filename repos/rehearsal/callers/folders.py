"""Calls of the folders repository."""

from __future__ import annotations

from random import Random

from repos.interfaces import IFoldersRepo
from repos.models.folder import FolderForm, FolderModel, FolderUpdateForm
from repos.rehearsal.awkward import OBJECTS, TEXTS
from repos.rehearsal.callers.action import Action, writing
from repos.rehearsal.ledger import Ledger
from repos.rehearsal.words import title

_MOST = 60  # folders of one worker; then one is deleted for each that is made
_DATA = tuple(OBJECTS.values())
_NAMES = tuple(TEXTS.values())


class FolderCalls:
    """One worker's calls; `users` are its own, `others` are only read."""

    def __init__(
        self, repo: IFoldersRepo, rng: Random, ledger: Ledger, users: list[str], others: list[str]
    ) -> None:
        self._repo = repo
        self._rng = rng
        self._ledger = ledger
        self._users = users
        self._others = others
        self._folders: dict[str, str] = {}  # id to user

    def actions(self) -> list[Action]:
        """The sidebar lists them on every page; opening and closing one is a write."""
        return [
            Action(70, "folders.get_folders_by_user_id", False, self._list),
            Action(25, "folders.get_folder_by_id_and_user_id", False, self._one),
            Action(15, "folders.get_children_folders_by_id_and_user_id", False, self._children),
            Action(15, "folders.get_folders_by_parent_id_and_user_id", False, self._top),
            Action(10, "folders.search_folders_by_name_contains", False, self._search),
            Action(10, "folders.get_folder_by_parent_id_and_user_id_and_name", False, self._named),
            Action(4, "folders.insert_new_folder", True, self._insert),
            Action(4, "folders.update_folder_by_id_and_user_id", True, self._update),
            Action(6, "folders.update_folder_is_expanded_by_id_and_user_id", True, self._expand),
            Action(2, "folders.update_folder_parent_id_by_id_and_user_id", True, self._move),
            Action(2, "folders.delete_folder_by_id_and_user_id", True, self._delete),
        ]

    def _list(self) -> None:
        self._repo.get_folders_by_user_id(self._rng.choice(self._others))

    def _one(self) -> None:
        self._repo.get_folder_by_id_and_user_id(*self._pick())

    def _children(self) -> None:
        self._repo.get_children_folders_by_id_and_user_id(*self._pick())

    def _top(self) -> None:
        self._repo.get_folders_by_parent_id_and_user_id(None, self._rng.choice(self._others))

    def _search(self) -> None:
        self._repo.search_folders_by_name_contains(self._rng.choice(self._others), "plan")

    def _named(self) -> None:
        self._repo.get_folder_by_parent_id_and_user_id_and_name(
            None, self._rng.choice(self._others), title(self._rng)
        )

    def _insert(self) -> None:
        if len(self._folders) >= _MOST:
            return self._delete()
        parent, user = self._pick() if self._rng.random() < 0.5 else (None, self._rng.choice(self._users))
        form = FolderForm(name=self._name(), data=self._rng.choice(_DATA))
        self._keep(self._repo.insert_new_folder(user, form, parent))
        return None

    def _update(self) -> None:
        identity, user = self._pick()
        form = FolderUpdateForm(name=self._name(), meta={"icon": "📁", "weight": 1.0})
        with writing(self._ledger, "folder", (identity, user)):
            self._keep(self._repo.update_folder_by_id_and_user_id(identity, user, form))

    def _expand(self) -> None:
        identity, user = self._pick()
        wanted = self._rng.random() < 0.5
        with writing(self._ledger, "folder", (identity, user)):
            self._keep(self._repo.update_folder_is_expanded_by_id_and_user_id(identity, user, wanted))

    def _move(self) -> None:
        identity, user = self._pick()
        # To nowhere in particular: a move among its own could close a circle, which no delete would open again.
        with writing(self._ledger, "folder", (identity, user)):
            self._keep(self._repo.update_folder_parent_id_by_id_and_user_id(identity, user, "elsewhere"))

    def _delete(self) -> None:
        identity, user = self._pick()
        # What lies below is known to the store alone; without an answer all of this user's folders are in doubt.
        below = [(folder, owner) for folder, owner in self._folders.items() if owner == user]
        with writing(self._ledger, "folder", *below):
            for folder in self._repo.delete_folder_by_id_and_user_id(identity, user):
                self._folders.pop(folder, None)
                self._ledger.deleted("folder", (folder, user))

    def _keep(self, folder: FolderModel | None) -> None:
        if folder is not None:
            self._folders[folder.id] = folder.user_id
            self._ledger.put("folder", folder.model_dump())

    def _pick(self) -> tuple[str, str]:
        if not self._folders:
            return "missing", self._rng.choice(self._users)
        return self._rng.choice(list(self._folders.items()))

    def _name(self) -> str:
        return self._rng.choice(_NAMES) if self._rng.random() < 0.1 else title(self._rng)
