"""Models of the workspace: base models under names of their own, with parameters and owners.

A model without `base_model_id` overrides the base model of its own id.
"""

from __future__ import annotations

from typing import Protocol

from dualwrite.contract import read, write
from repos.models.form import Form
from repos.models.model import ModelModel, ModelUserResponse


class IModelsRepo(Protocol):
    """What Open WebUI's ModelsTable does."""

    @write(refused=None)
    def insert_new_model(self, form_data: Form, user_id: str) -> ModelModel | None:
        """The new model; None if its id is taken.

        Raises:
            pydantic.ValidationError: the form's fields do not make a model.
        """

    @read()
    def get_all_models(self) -> list[ModelModel]:
        """All models, by id."""

    @read()
    def get_models(self) -> list[ModelUserResponse]:
        """The models that have a base model, by id, each with its owner.

        Raises:
            Invalid: also where an owner's row does not make a user.
        """

    @read()
    def get_base_models(self) -> list[ModelModel]:
        """The models that override a base model, by id."""

    @read()
    def get_models_by_user_id(self, user_id: str, permission: str = "write") -> list[ModelUserResponse]:
        """Those of `get_models` that this user owns, or has the permission for, alone or through a group (see
        `IGroupsRepo.get_groups_by_member_id`). A model without `access_control` may be read by all, written by its owner.

        Raises:
            Invalid: also where the access control of a model is not what it should be.
        """

    @read()
    def get_model_by_id(self, id: str) -> ModelModel | None:
        """The model, or None."""

    @write(refused=None)
    def toggle_model_by_id(self, id: str) -> ModelModel | None:
        """The model, active if it was not and the other way round; None if missing."""

    @write(refused=None)
    def update_model_by_id(self, id: str, model: Form) -> ModelModel | None:
        """The model with all of the form's fields but `id`, those left at their defaults included. `updated_at` is not
        touched. None for a missing model, and for a form with a field that models do not have."""

    @write(refused=False)
    def delete_model_by_id(self, id: str) -> bool:
        """True, whether or not there was such a model."""

    @write(refused=False)
    def delete_all_models(self) -> bool:
        """True."""

    @write(refused=[])
    def sync_models(self, user_id: str, models: list[ModelModel]) -> list[ModelModel]:
        """All models, by id, once they are exactly these, changed now and owned by `user_id`; of several with the id of
        a stored model the last one counts.

        Empty, and nothing changed, where one of them is refused or a new one comes twice; empty, and all of it done,
        where a stored row does not make a model."""
