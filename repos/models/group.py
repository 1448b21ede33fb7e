"""A group: users who share permissions."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class GroupModel(BaseModel):
    """`user_id` made it, `user_ids` are its members; both clocks are seconds since the epoch."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    user_id: str
    name: str
    description: str
    data: dict[str, Any] | None = None
    meta: dict[str, Any] | None = None
    permissions: dict[str, Any] | None = None
    user_ids: list[str] = []
    created_at: int
    updated_at: int


class GroupResponse(BaseModel):
    """A group as the API answers it."""

    id: str
    user_id: str
    name: str
    description: str
    permissions: dict[str, Any] | None = None
    data: dict[str, Any] | None = None
    meta: dict[str, Any] | None = None
    user_ids: list[str] = []
    created_at: int
    updated_at: int


class GroupForm(BaseModel):
    """A new group."""

    name: str
    description: str
    permissions: dict[str, Any] | None = None


class UserIdsForm(BaseModel):
    """Some users."""

    user_ids: list[str] | None = None


class GroupUpdateForm(GroupForm, UserIdsForm):
    """What a group shall be; a field that is None stays as it is."""
