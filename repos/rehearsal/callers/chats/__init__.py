"""Calls of the chats repository, in the parts that its interface has."""

from repos.rehearsal.callers.chats import folders, history, lists, records, sharing, tags

CALLS = (
    *records.CALLS,
    *history.CALLS,
    *lists.CALLS,
    *folders.CALLS,
    *sharing.CALLS,
    *tags.CALLS,
)
