"""A model of the workspace: a base model under a name of its own, with parameters."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from repos.models.user import UserResponse


class ModelParams(BaseModel):
    """Parameters of a request; any field is kept."""

    model_config = ConfigDict(extra="allow")


class ModelMeta(BaseModel):
    """What is shown of a model; further fields are kept."""

    model_config = ConfigDict(extra="allow")

    profile_image_url: str | None = "/static/favicon.png"
    description: str | None = None
    capabilities: dict[str, Any] | None = None


class ModelModel(BaseModel):
    """`base_model_id` is None for the override of a base model; `access_control` is None for everybody to read, else who
    may read and write; both clocks are seconds since the epoch."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    user_id: str
    base_model_id: str | None = None
    name: str
    params: ModelParams
    meta: ModelMeta
    access_control: dict[str, Any] | None = None
    is_active: bool
    updated_at: int
    created_at: int


class ModelUserResponse(ModelModel):
    """A model and its owner; None where that user is gone."""

    user: UserResponse | None = None


class ModelResponse(ModelModel):
    """A model as the API answers it."""


class ModelForm(BaseModel):
    """A new model, or all that may be changed of one."""

    id: str
    base_model_id: str | None = None
    name: str
    meta: ModelMeta
    params: ModelParams
    access_control: dict[str, Any] | None = None
    is_active: bool = True
