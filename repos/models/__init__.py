"""What the repositories take and give: Open WebUI's names and fields, in this library's own classes."""

from repos.models.chat import (
    ChatForm,
    ChatImportForm,
    ChatModel,
    ChatResponse,
    ChatTitleForm,
    ChatTitleIdResponse,
    ChatTitleMessagesForm,
)
from repos.models.folder import (
    FolderForm,
    FolderMetadataResponse,
    FolderModel,
    FolderNameIdResponse,
    FolderUpdateForm,
)
from repos.models.group import GroupForm, GroupModel, GroupResponse, GroupUpdateForm, UserIdsForm
from repos.models.tag import TagChatIdForm, TagModel

__all__ = [
    "ChatForm",
    "ChatImportForm",
    "ChatModel",
    "ChatResponse",
    "ChatTitleForm",
    "ChatTitleIdResponse",
    "ChatTitleMessagesForm",
    "FolderForm",
    "FolderMetadataResponse",
    "FolderModel",
    "FolderNameIdResponse",
    "FolderUpdateForm",
    "GroupForm",
    "GroupModel",
    "GroupResponse",
    "GroupUpdateForm",
    "TagChatIdForm",
    "TagModel",
    "UserIdsForm",
]
