"""Calls of the tags repository."""

from __future__ import annotations

from random import Random

from repos.interfaces import ITagsRepo
from repos.rehearsal.callers.action import Action, writing
from repos.rehearsal.ledger import Ledger
from repos.rehearsal.names import tag_id
from repos.rehearsal.words import TAGS

_MOST = 200  # different words of one user


class TagCalls:
    """One worker's calls; `users` are its own, `others` are only read."""

    def __init__(
        self, repo: ITagsRepo, rng: Random, ledger: Ledger, users: list[str], others: list[str]
    ) -> None:
        self._repo = repo
        self._rng = rng
        self._ledger = ledger
        self._users = users
        self._others = others

    def actions(self) -> list[Action]:
        """Tags are listed with every chat, and seldom made."""
        return [
            Action(60, "tags.get_tags_by_user_id", False, self._list),
            Action(30, "tags.get_tags_by_ids_and_user_id", False, self._some),
            Action(20, "tags.get_tag_by_name_and_user_id", False, self._one),
            Action(5, "tags.insert_new_tag", True, self._insert),
            Action(3, "tags.delete_tag_by_name_and_user_id", True, self._delete),
        ]

    def _list(self) -> None:
        self._repo.get_tags_by_user_id(self._rng.choice(self._others))

    def _some(self) -> None:
        ids = [tag_id(name) for name in self._rng.sample(TAGS, 5)]
        self._repo.get_tags_by_ids_and_user_id(ids, self._rng.choice(self._others))

    def _one(self) -> None:
        self._repo.get_tag_by_name_and_user_id(self._rng.choice(TAGS), self._rng.choice(self._others))

    def _insert(self) -> None:
        user, name = self._rng.choice(self._users), self._name()
        with writing(self._ledger, "tag", (tag_id(name), user)):
            tag = self._repo.insert_new_tag(name, user)
            if tag is not None:  # None: there was one, as it was
                self._ledger.put("tag", tag.model_dump())

    def _delete(self) -> None:
        user, name = self._rng.choice(self._users), self._name()
        with writing(self._ledger, "tag", (tag_id(name), user)):
            if self._repo.delete_tag_by_name_and_user_id(name, user):
                self._ledger.deleted("tag", (tag_id(name), user))

    def _name(self) -> str:
        number = self._rng.randrange(_MOST)
        return TAGS[number] if number < len(TAGS) else f"{TAGS[number % len(TAGS)]} {number}"
