"""A user: who they are, how they sign in, and their settings."""

from __future__ import annotations

import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class UserSettings(BaseModel):
    """What the user interface keeps; fields beside `ui` are kept too."""

    model_config = ConfigDict(extra="allow")

    ui: dict[str, Any] | None = {}


class UserModel(BaseModel):
    """All clocks are seconds since the epoch."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    email: str
    username: str | None = None
    role: str = "pending"
    profile_image_url: str
    bio: str | None = None
    gender: str | None = None
    date_of_birth: datetime.date | None = None
    info: dict[str, Any] | None = None
    settings: UserSettings | None = None
    api_key: str | None = None
    oauth_sub: str | None = None
    last_active_at: int
    updated_at: int
    created_at: int


class UpdateProfileForm(BaseModel):
    """What users change of themselves."""

    profile_image_url: str
    name: str
    bio: str | None = None
    gender: str | None = None
    date_of_birth: datetime.date | None = None


class UserRoleUpdateForm(BaseModel):
    """A user's new role."""

    id: str
    role: str


class UserUpdateForm(BaseModel):
    """What administrators change of a user."""

    role: str
    name: str
    email: str
    profile_image_url: str
    password: str | None = None


class UserIdNameResponse(BaseModel):
    """A user by name alone."""

    id: str
    name: str


class UserNameResponse(UserIdNameResponse):
    """A user as others see them."""

    role: str
    profile_image_url: str


class UserInfoResponse(BaseModel):
    """A user as lists for everybody show them."""

    id: str
    name: str
    email: str
    role: str


class UserResponse(UserInfoResponse):
    """A user as the owner of something."""

    profile_image_url: str


class UserListResponse(BaseModel):
    """One page of users; `total` counts all there are."""

    users: list[UserModel]
    total: int


class UserInfoListResponse(BaseModel):
    """One page of users for everybody."""

    users: list[UserInfoResponse]
    total: int


class UserIdNameListResponse(BaseModel):
    """One page of names."""

    users: list[UserIdNameResponse]
    total: int
