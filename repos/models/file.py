"""A file: what is known of an upload. Its bytes lie elsewhere, at `path`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class FileModel(BaseModel):
    """`data` holds what was read out of the file, `meta` what it was uploaded with; both clocks are seconds since the
    epoch, and files older than `updated_at` have none."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    user_id: str
    hash: str | None = None
    filename: str
    path: str | None = None
    data: dict[str, Any] | None = None
    meta: dict[str, Any] | None = None
    access_control: dict[str, Any] | None = None
    created_at: int | None
    updated_at: int | None


class FileMeta(BaseModel):
    """What a file was uploaded with; `size` is in bytes."""

    model_config = ConfigDict(extra="allow")

    name: str | None = None
    content_type: str | None = None
    size: int | None = None


class FileModelResponse(BaseModel):
    """A file as the API answers it."""

    model_config = ConfigDict(extra="allow")

    id: str
    user_id: str
    hash: str | None = None
    filename: str
    data: dict[str, Any] | None = None
    meta: FileMeta
    created_at: int
    updated_at: int


class FileMetadataResponse(BaseModel):
    """A file without what was read out of it."""

    id: str
    hash: str | None = None
    meta: dict[str, Any]
    created_at: int
    updated_at: int


class FileContent(BaseModel):
    """The bytes of a file, as PocketBase holds them: how many, and their SHA-256 in hex."""

    model_config = ConfigDict(from_attributes=True)

    size: int
    sha256: str


class FileForm(BaseModel):
    """A new file, under an id of the caller's."""

    id: str
    hash: str | None = None
    filename: str
    path: str
    data: dict[str, Any] = {}
    meta: dict[str, Any] = {}
    access_control: dict[str, Any] | None = None
