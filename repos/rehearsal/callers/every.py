"""Every call there is, by repository, and the methods that are not called, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping

from repos.rehearsal.callers import chats, files, folders, groups, messages, models, tags, users
from repos.rehearsal.callers.calls import Calls

CALLS: Mapping[str, Calls] = {
    "chats": chats.CALLS,
    "messages": messages.CALLS,
    "users": users.CALLS,
    "files": files.CALLS,
    "models": models.CALLS,
    "folders": folders.CALLS,
    "groups": groups.CALLS,
    "tags": tags.CALLS,
}

_WHOLE_TABLE = (
    "takes away the rows of all workers and those that were there before: no worker would know what is right any "
    "more, and nothing would be left to prove"
)
UNCALLED: Mapping[str, str] = {
    "files.delete_all_files": _WHOLE_TABLE,
    "groups.delete_all_groups": _WHOLE_TABLE,
    "models.delete_all_models": _WHOLE_TABLE,
    "models.sync_models": _WHOLE_TABLE,
}
