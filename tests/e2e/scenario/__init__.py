"""What people do with Open WebUI, over its own HTTP API, as data: chapter by chapter, in this order."""

from __future__ import annotations

from collections.abc import Mapping

from tests.e2e.scenario.channels import CHANNELS
from tests.e2e.scenario.chats import CHATS, TALK
from tests.e2e.scenario.deletions import DELETIONS
from tests.e2e.scenario.files import FILES
from tests.e2e.scenario.folders import FOLDERS
from tests.e2e.scenario.groups import GROUPS
from tests.e2e.scenario.models import MODELS
from tests.e2e.scenario.people import PEOPLE
from tests.e2e.scenario.sharing import SHARING
from tests.e2e.scenario.tags import TAGS
from tests.e2e.step import Step

CHAPTERS: Mapping[str, tuple[Step, ...]] = {
    "people": PEOPLE,
    "groups": GROUPS,
    "models": MODELS,
    "chats": CHATS,
    "talk": TALK,
    "files": FILES,
    "channels": CHANNELS,
    "tags": TAGS,
    "folders": FOLDERS,
    "sharing": SHARING,
    "deletions": DELETIONS,
}
