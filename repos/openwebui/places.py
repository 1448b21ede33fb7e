"""Where Open WebUI keeps what the eight repositories stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

RELEASES = ("0.6.33", "0.6.34", "0.6.35", "0.6.36")
"""The releases that are known: their eight repositories have the same methods and join no table outside themselves."""

PACKAGE = "open_webui"
DISTRIBUTION = "open-webui"


@dataclass(frozen=True, slots=True)
class Place:
    """A repository in Open WebUI: the module, and the name of its one instance there, which everybody imports."""

    module: str
    singleton: str


PLACES: Mapping[str, Place] = {
    "users": Place("models.users", "Users"),
    "chats": Place("models.chats", "Chats"),
    "messages": Place("models.messages", "Messages"),
    "tags": Place("models.tags", "Tags"),
    "files": Place("models.files", "Files"),
    "groups": Place("models.groups", "Groups"),
    "folders": Place("models.folders", "Folders"),
    "models": Place("models.models", "Models"),
}
"""By the name of the contract."""
