"""A user: what others see of them, and all there is."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict


class UserSettings(BaseModel):
    """What a user set in the interface. Further members are kept."""

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
    date_of_birth: date | None = None
    info: dict[str, Any] | None = None
    settings: UserSettings | None = None
    api_key: str | None = None
    oauth_sub: str | None = None
    last_active_at: int
    updated_at: int
    created_at: int


class UserNameResponse(BaseModel):
    """A user as others see them."""

    id: str
    name: str
    role: str
    profile_image_url: str
