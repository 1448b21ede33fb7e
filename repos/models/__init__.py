"""What the repositories take and give: Open WebUI's names and fields, in this library's own classes."""

from repos.models.file import FileForm, FileMeta, FileMetadataResponse, FileModel, FileModelResponse
from repos.models.folder import (
    FolderForm,
    FolderMetadataResponse,
    FolderModel,
    FolderNameIdResponse,
    FolderUpdateForm,
)
from repos.models.group import GroupForm, GroupModel, GroupResponse, GroupUpdateForm, UserIdsForm
from repos.models.message import (
    MessageForm,
    MessageModel,
    MessageReactionModel,
    MessageReplyToResponse,
    MessageResponse,
    MessageUserResponse,
    Reactions,
)
from repos.models.tag import TagChatIdForm, TagModel
from repos.models.user import UserModel, UserNameResponse, UserSettings

__all__ = [
    "FileForm",
    "FileMeta",
    "FileMetadataResponse",
    "FileModel",
    "FileModelResponse",
    "FolderForm",
    "FolderMetadataResponse",
    "FolderModel",
    "FolderNameIdResponse",
    "FolderUpdateForm",
    "GroupForm",
    "GroupModel",
    "GroupResponse",
    "GroupUpdateForm",
    "MessageForm",
    "MessageModel",
    "MessageReactionModel",
    "MessageReplyToResponse",
    "MessageResponse",
    "MessageUserResponse",
    "Reactions",
    "TagChatIdForm",
    "TagModel",
    "UserIdsForm",
    "UserModel",
    "UserNameResponse",
    "UserSettings",
]
