"""A folder: a user's chats, and other folders, under a name."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class FolderModel(BaseModel):
    """`parent_id` is None at the top; both clocks are seconds since the epoch."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    parent_id: str | None = None
    user_id: str
    name: str
    items: dict[str, Any] | None = None
    meta: dict[str, Any] | None = None
    data: dict[str, Any] | None = None
    is_expanded: bool = False
    created_at: int
    updated_at: int


class FolderMetadataResponse(BaseModel):
    """What a list of folders shows of their `meta`."""

    icon: str | None = None


class FolderNameIdResponse(BaseModel):
    """A folder as lists show it."""

    id: str
    name: str
    meta: FolderMetadataResponse | None = None
    parent_id: str | None = None
    is_expanded: bool = False
    created_at: int
    updated_at: int


class FolderForm(BaseModel):
    """A new folder. Further fields are kept, and those that a folder has are used."""

    model_config = ConfigDict(extra="allow")

    name: str
    data: dict[str, Any] | None = None
    meta: dict[str, Any] | None = None


class FolderUpdateForm(BaseModel):
    """What to change of a folder: only the fields that were set."""

    model_config = ConfigDict(extra="allow")

    name: str | None = None
    data: dict[str, Any] | None = None
    meta: dict[str, Any] | None = None
