"""Users: who they are, how they sign in, and their settings.

A value for a column is of the column's own type: what a database would have converted (a number for a name) is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from dualwrite.contract import read, write
from repos.models.user import UserModel


class IUsersRepo(Protocol):
    """What Open WebUI's UsersTable does."""

    @write()
    def insert_new_user(
        self,
        id: str,
        name: str,
        email: str,
        profile_image_url: str = "/user.png",
        role: str = "pending",
        oauth_sub: str | None = None,
    ) -> UserModel | None:
        """The new user. An email may be taken already.

        Raises:
            Refused: the id or `oauth_sub` is taken, or the database would not hold a value.
            pydantic.ValidationError: an argument is not text.
        """

    @read()
    def get_user_by_id(self, id: str) -> UserModel | None:
        """The user, or None."""

    @read()
    def get_user_by_api_key(self, api_key: str) -> UserModel | None:
        """The user, or None. For None: the first by id of the users that have no key."""

    @read()
    def get_user_by_email(self, email: str) -> UserModel | None:
        """The first by id of the users with exactly this email, or None."""

    @read()
    def get_user_by_oauth_sub(self, sub: str) -> UserModel | None:
        """The user, or None. For None: the first by id of the users that have none."""

    @read()
    def get_users(
        self, filter: dict[str, Any] | None = None, skip: int | None = None, limit: int | None = None
    ) -> dict[str, Any]:
        """`users`: one page of them; `total`: how many there are at all, whatever the filter.

        `filter` may have `query` (part of the name or the email; case and wildcards as in
        `get_folder_by_parent_id_and_user_id_and_name`), `order_by` (`name`, `email`, `created_at`, `last_active_at`,
        `updated_at` or `role`; text by its bytes) and `direction` (`asc`; anything else is descending). Sorted by id
        where `order_by` is none of these and within what is equal; without any filter the newest come first.

        `skip` and `limit` of 0 or None, and to SQLite negative ones, do nothing.

        Raises:
            Invalid: a user found is none, or `query`, `skip` or `limit` is not what the database takes.
            AttributeError: `filter` is not empty and no dict.
        """

    @read()
    def get_users_by_user_ids(self, user_ids: list[str]) -> list[UserModel]:
        """Those users there are, by id and each once."""

    @read()
    def get_num_users(self) -> int | None:
        """How many users there are."""

    @read()
    def has_users(self) -> bool:
        """Whether there is any."""

    @read()
    def get_first_user(self) -> UserModel | None:
        """The oldest, by id within one second; None if there is none."""

    @read()
    def get_user_webhook_url_by_id(self, id: str) -> str | None:
        """What their settings hold at `ui.notifications.webhook_url`; None for a missing user and for nothing there."""

    @write(refused=None)
    def update_user_role_by_id(self, id: str, role: str) -> UserModel | None:
        """The user as changed, or None if missing."""

    @write(refused=None)
    def update_user_profile_image_url_by_id(self, id: str, profile_image_url: str) -> UserModel | None:
        """The user as changed, or None if missing."""

    @write(refused=None)
    def update_user_last_active_by_id(self, id: str) -> UserModel | None:
        """The user, active now; None if missing.

        None, and nothing changed, within `DATABASE_USER_ACTIVE_STATUS_UPDATE_INTERVAL` seconds (if that is set) of the
        last call for this id in this process."""

    @write(refused=None)
    def update_user_oauth_sub_by_id(self, id: str, oauth_sub: str) -> UserModel | None:
        """The user as changed; None if missing, and if another user has this one."""

    @write(refused=None)
    def update_user_by_id(self, id: str, updated: Mapping[str, Any]) -> UserModel | None:
        """The user with these columns written. `updated_at` is not touched.

        None, and nothing changed, for a missing user, for no columns and for unknown ones, and where a value is refused
        or taken. None, and the user moved, where `id` is among the columns and another one. A date is a
        `datetime.date`; to PostgreSQL also ISO text."""

    @write(refused=None)
    def update_user_settings_by_id(self, id: str, updated: Mapping[str, Any]) -> UserModel | None:
        """The user with `updated` over the top level of their settings. None, and nothing changed, for a missing user
        and where the settings are no object."""

    @write(refused=False)
    def delete_user_by_id(self, id: str) -> bool:
        """True once the user is gone, whether or not there was one, and with them their chats and the shared copies of
        these. They are out of all groups then, unless that fails as in `remove_user_from_all_groups`: the groups then
        stay as they are."""

    @write(refused=False)
    def update_user_api_key_by_id(self, id: str, api_key: str) -> bool:
        """True; False for a missing user, and if another user has this key. None takes the key away."""

    @read()
    def get_user_api_key_by_id(self, id: str) -> str | None:
        """The key; None for a missing user and for one without."""

    @read()
    def get_valid_user_ids(self, user_ids: list[str]) -> list[str]:
        """Those of the ids that are users', sorted and each once."""

    @read()
    def get_super_admin_user(self) -> UserModel | None:
        """The first by id of the users with the role `admin`, or None.

        Raises:
            Invalid: the row does not make a user.
        """
