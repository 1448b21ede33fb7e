"""Users in PocketBase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from dualwrite.adapter import report
from dualwrite.call import current_stamp
from dualwrite.dialect import Dialect
from dualwrite.entity import Row, Value
from dualwrite.errors import Refused
from dualwrite.pocketbase import Create, Delete, PocketBase, Update, any_of, eq, in_, like
from repos.entities import CHAT, USER
from repos.interfaces.users import IUsersRepo
from repos.models.user import UserModel
from repos.pocketbase.base import PocketBaseAdapter
from repos.pocketbase.groups import GroupsPocketBase
from repos.rules.dialect import require_row, require_text, require_texts
from repos.rules.like import matcher, sqlite_pattern
from repos.rules.rows import none_if_refused
from repos.rules.throttle import Throttle
from repos.rules.users import (
    Listing,
    changes_of,
    listing,
    new_user,
    owner_of_copies,
    settings_merged,
    user,
    webhook_url,
)


class UsersPocketBase(PocketBaseAdapter, IUsersRepo, contract=IUsersRepo):
    """Users in PocketBase."""

    entity = USER

    def __init__(self, pocketbase: PocketBase, *, dialect: Dialect = "sqlite") -> None:
        super().__init__(pocketbase, dialect=dialect)
        self._active = Throttle.from_environment()
        self._chats = pocketbase.records(CHAT)
        self._groups = GroupsPocketBase(pocketbase, dialect=dialect)

    @override
    def insert_new_user(
        self,
        id: str,
        name: str,
        email: str,
        profile_image_url: str = "/user.png",
        role: str = "pending",
        oauth_sub: str | None = None,
    ) -> UserModel | None:
        return self.insert(
            new_user(id, name, email, profile_image_url, role, oauth_sub, current_stamp().time)
        )

    @override
    @none_if_refused
    def get_user_by_id(self, id: str) -> UserModel | None:
        require_text(self.dialect, id)
        row = self.get(id)
        return None if row is None else user(row)

    @override
    def get_user_by_api_key(self, api_key: str) -> UserModel | None:
        return self._by("api_key", api_key)

    @override
    def get_user_by_email(self, email: str) -> UserModel | None:
        return self._by("email", email)

    @override
    def get_user_by_oauth_sub(self, sub: str) -> UserModel | None:
        return self._by("oauth_sub", sub)

    @override
    def get_users(
        self, filter: dict[str, Any] | None = None, skip: int | None = None, limit: int | None = None
    ) -> dict[str, Any]:
        asked = listing(self.dialect, filter, skip, limit)
        return {"users": [user(row) for row in self._page(asked)], "total": self.records.count()}

    @override
    def get_users_by_user_ids(self, user_ids: list[str]) -> list[UserModel]:
        return [user(row) for row in self.get_many(require_texts(self.dialect, user_ids))]

    @override
    def get_num_users(self) -> int | None:
        return self.records.count()

    @override
    def has_users(self) -> bool:
        return bool(self.records.find(limit=1))

    @override
    @none_if_refused
    def get_first_user(self) -> UserModel | None:
        return next((user(row) for row in self.records.find(sort=("created_at",), limit=1)), None)

    @override
    @none_if_refused
    def get_user_webhook_url_by_id(self, id: str) -> str | None:
        require_text(self.dialect, id)
        row = self.get(id)
        return None if row is None else webhook_url(row)

    @override
    def update_user_role_by_id(self, id: str, role: str) -> UserModel | None:
        return self._set(id, {"role": role})

    @override
    def update_user_profile_image_url_by_id(self, id: str, profile_image_url: str) -> UserModel | None:
        return self._set(id, {"profile_image_url": profile_image_url})

    @override
    def update_user_last_active_by_id(self, id: str) -> UserModel | None:
        stamp = current_stamp()
        if not self._active.passes(id, stamp.time_ns / 1e9):
            return None
        return self._set(id, {"last_active_at": stamp.time})

    @override
    def update_user_oauth_sub_by_id(self, id: str, oauth_sub: str) -> UserModel | None:
        return self._set(id, {"oauth_sub": oauth_sub})

    @override
    def update_user_by_id(self, id: str, updated: Mapping[str, Any]) -> UserModel | None:
        changes = changes_of(self.dialect, updated)
        if changes.get("id", id) != id:
            self._move(id, changes)
            return None
        return self._set(id, changes)

    @override
    def update_user_settings_by_id(self, id: str, updated: Mapping[str, Any]) -> UserModel | None:
        require_text(self.dialect, id)
        row = self.get(id)
        return None if row is None else self._set(id, settings_merged(row, updated))

    @override
    def delete_user_by_id(self, id: str) -> bool:
        require_text(self.dialect, id)
        own = self._chats.find(eq("user_id", id))
        copies = (
            self._chats.find(in_("user_id", [owner_of_copies(chat["id"]) for chat in own])) if own else []
        )
        self.apply(
            [
                *self._left_groups(id),
                *(Delete(CHAT, key) for key in dict.fromkeys(CHAT.key_of(chat) for chat in (*copies, *own))),
                *self.deletion(id),
            ]
        )
        return True

    @override
    def update_user_api_key_by_id(self, id: str, api_key: str) -> bool:
        require_text(self.dialect, id)
        return self.update((id,), {"api_key": api_key}) is not None

    @override
    @none_if_refused
    def get_user_api_key_by_id(self, id: str) -> str | None:
        require_text(self.dialect, id)
        row = self.get(id)
        return None if row is None or row["api_key"] is None else str(row["api_key"])

    @override
    def get_valid_user_ids(self, user_ids: list[str]) -> list[str]:
        return [str(row["id"]) for row in self.get_many(require_texts(self.dialect, user_ids))]

    @override
    def get_super_admin_user(self) -> UserModel | None:
        row = self.records.first(eq("role", "admin"))
        return None if row is None else user(row)

    @none_if_refused
    def _by(self, column: str, value: str) -> UserModel | None:
        require_text(self.dialect, value)
        row = self.records.first(eq(column, value))
        return None if row is None else user(row)

    def _page(self, asked: Listing) -> Sequence[Row]:
        sort = () if asked.sort is None else ("-" * asked.sort[1] + asked.sort[0],)
        if asked.pattern is None:
            return self.records.find(sort=sort, limit=asked.limit, offset=asked.offset)
        pattern = sqlite_pattern(self.dialect, asked.pattern)
        where = any_of(like("name", pattern), like("email", pattern))
        if self.dialect == "sqlite":
            return self.records.find(where, sort=sort, limit=asked.limit, offset=asked.offset)
        # PocketBase folds less than PostgreSQL: it is asked for what may match, and the page is cut here.
        is_like = matcher(self.dialect, asked.pattern, ignore_case=True)
        found = self.records.find(where, sort=sort)
        return asked.page([row for row in found if is_like(str(row["name"])) or is_like(str(row["email"]))])

    def _left_groups(self, id: str) -> list[Update]:
        try:
            return self._groups.removals(id)
        except Refused as refusal:
            report(refusal)  # a deleted user stays in their groups
            return []

    def _set(self, id: str, changes: Mapping[str, Value]) -> UserModel | None:
        """Whether the record makes a user is judged afterwards: it stays written."""
        require_text(self.dialect, id)
        row = self.update((id,), changes)
        return None if row is None else user(row)

    def _move(self, id: str, changes: Row) -> None:
        """A record's key cannot change: another one takes its place."""
        require_text(self.dialect, id)
        require_row(self.dialect, USER, changes)
        row = self.get(id)
        if row is not None:
            self.apply([Delete(USER, (id,)), Create(USER, row | changes)])
