"""What the repositories take and give: Open WebUI's names and fields, in this library's own classes."""

from repos.models.folder import (
    FolderForm,
    FolderMetadataResponse,
    FolderModel,
    FolderNameIdResponse,
    FolderUpdateForm,
)
from repos.models.group import GroupForm, GroupModel, GroupResponse, GroupUpdateForm, UserIdsForm
from repos.models.model import (
    ModelForm,
    ModelMeta,
    ModelModel,
    ModelParams,
    ModelResponse,
    ModelUserResponse,
)
from repos.models.tag import TagChatIdForm, TagModel
from repos.models.user import (
    UpdateProfileForm,
    UserIdNameListResponse,
    UserIdNameResponse,
    UserInfoListResponse,
    UserInfoResponse,
    UserListResponse,
    UserModel,
    UserNameResponse,
    UserResponse,
    UserRoleUpdateForm,
    UserSettings,
    UserUpdateForm,
)

__all__ = [
    "FolderForm",
    "FolderMetadataResponse",
    "FolderModel",
    "FolderNameIdResponse",
    "FolderUpdateForm",
    "GroupForm",
    "GroupModel",
    "GroupResponse",
    "GroupUpdateForm",
    "ModelForm",
    "ModelMeta",
    "ModelModel",
    "ModelParams",
    "ModelResponse",
    "ModelUserResponse",
    "TagChatIdForm",
    "TagModel",
    "UpdateProfileForm",
    "UserIdNameListResponse",
    "UserIdNameResponse",
    "UserIdsForm",
    "UserInfoListResponse",
    "UserInfoResponse",
    "UserListResponse",
    "UserModel",
    "UserNameResponse",
    "UserResponse",
    "UserRoleUpdateForm",
    "UserSettings",
    "UserUpdateForm",
]
