"""Who may do what with something that has an `access_control`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dualwrite.errors import Invalid


def has_access(
    user_id: str, permission: str, access_control: Mapping[str, Any] | None, group_ids: Collection[str]
) -> bool:
    """Whether the user, or a group of theirs, is listed under the permission. No access control: everybody may read.

    Raises:
        Invalid: what is listed is no object with lists.
    """
    if access_control is None:
        return permission == "read"
    try:
        permitted = access_control.get(permission, {})
        groups, users = permitted.get("group_ids", []), permitted.get("user_ids", [])
        return user_id in users or any(group_id in groups for group_id in group_ids)
    except (AttributeError, TypeError):
        raise Invalid("an access control is not as it should be") from None
