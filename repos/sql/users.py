"""Users in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, delete, literal, or_, select
from typing_extensions import override

from dualwrite.call import current_stamp
from dualwrite.entity import Row, Value
from dualwrite.sql import Database
from repos.entities import CHAT, USER
from repos.interfaces.users import IUsersRepo
from repos.models.user import UserModel
from repos.rules.chats.sharing import PREFIX
from repos.rules.dialect import require_text, require_texts
from repos.rules.rows import none_if_refused
from repos.rules.throttle import Throttle
from repos.rules.users import (
    Listing,
    changes_of,
    listing,
    new_user,
    settings_merged,
    user,
    webhook_url,
)
from repos.sql.base import SQLAdapter
from repos.sql.groups import GroupsSQL


class UsersSQL(SQLAdapter, IUsersRepo, contract=IUsersRepo):
    """Users in SQL."""

    entity = USER

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._active = Throttle.from_environment()
        self._chats = database.table(CHAT)
        self._groups = GroupsSQL(database)

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
        new = new_user(id, name, email, profile_image_url, role, oauth_sub, current_stamp().time)
        with self.database.write() as unit:
            return self.insert(unit, new)

    @override
    def get_user_by_id(self, id: str) -> UserModel | None:
        return self._by("id", id)

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
        with self.database.read():
            rows = self.find(
                *self._matching(asked),
                order=() if asked.sort is None else (self.ordered(*asked.sort),),
                limit=asked.page.limit,
                offset=asked.page.offset,
            )
            total = self.count()
        return {"users": [user(row) for row in rows], "total": total}

    @override
    def get_users_by_user_ids(self, user_ids: list[str]) -> list[UserModel]:
        return [user(row) for row in self.with_ids(require_texts(self.dialect, user_ids))]

    @override
    def get_num_users(self) -> int | None:
        return self.count()

    @override
    def has_users(self) -> bool:
        return self.one() is not None

    @override
    @none_if_refused
    def get_first_user(self) -> UserModel | None:
        return next((user(row) for row in self.find(order=(self.columns.created_at,), limit=1)), None)

    @override
    @none_if_refused
    def get_user_webhook_url_by_id(self, id: str) -> str | None:
        require_text(self.dialect, id)
        row = self.one(self.columns.id == id)
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
        return self._set(id, changes_of(self.dialect, updated))

    @override
    def update_user_settings_by_id(self, id: str, updated: Mapping[str, Any]) -> UserModel | None:
        require_text(self.dialect, id)
        with self.database.write() as unit:
            row = self.one(self.columns.id == id, lock=True)
            if row is None:
                return None
            changes = settings_merged(row, updated)
            self.update(unit, (id,), changes)
        return user(row | changes)

    @override
    def delete_user_by_id(self, id: str) -> bool:
        require_text(self.dialect, id)
        chats = self._chats.c
        own = select(literal(PREFIX).concat(chats.id)).where(chats.user_id == id)
        with self.database.write() as unit:
            # A unit within this one: where it is refused, the groups stay as they are and the rest goes on.
            self._groups.remove_user_from_all_groups(id)
            unit.execute(delete(self._chats).where(chats.user_id.in_(own)))
            unit.execute(delete(self._chats).where(chats.user_id == id))
            self.delete(unit, self.columns.id == id)
        return True

    @override
    def update_user_api_key_by_id(self, id: str, api_key: str) -> bool:
        return self._write(id, {"api_key": api_key}) is not None

    @override
    @none_if_refused
    def get_user_api_key_by_id(self, id: str) -> str | None:
        require_text(self.dialect, id)
        row = self.one(self.columns.id == id)
        return None if row is None or row["api_key"] is None else str(row["api_key"])

    @override
    def get_valid_user_ids(self, user_ids: list[str]) -> list[str]:
        return [
            str(row["id"]) for row in self.with_ids(require_texts(self.dialect, user_ids), columns=("id",))
        ]

    @override
    def get_super_admin_user(self) -> UserModel | None:
        row = self.one(self.columns.role == "admin")
        return None if row is None else user(row)

    @none_if_refused
    def _by(self, column: str, value: str) -> UserModel | None:
        require_text(self.dialect, value)
        row = self.one(self.columns[column] == value)
        return None if row is None else user(row)

    def _matching(self, asked: Listing) -> tuple[ColumnElement[bool], ...]:
        if asked.pattern is None:
            return ()
        return (or_(self.columns.name.ilike(asked.pattern), self.columns.email.ilike(asked.pattern)),)

    def _set(self, id: str, changes: dict[str, Value]) -> UserModel | None:
        row = self._write(id, changes)
        return None if row is None else user(row)

    def _write(self, id: str, changes: dict[str, Value]) -> Row | None:
        """The row afterwards. Whether it makes a user is judged later: it stays written."""
        require_text(self.dialect, id)
        with self.database.write() as unit:
            self.update(unit, (id,), changes)
            return self.one(self.columns.id == id)
