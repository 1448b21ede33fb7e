"""Lists of chats, and the search: the sidebar is drawn on every page."""

from __future__ import annotations

from repos.rehearsal.callers.calls import Args, Calls, Read
from repos.rehearsal.callers.estate import Estate
from repos.rehearsal.chat_questions import FILTERS, SEARCHES

_PAGES = ((0, 60), (0, 10), (5, 20))


def _someone(estate: Estate) -> Args:
    return (estate.someone(),)


def _titles(estate: Estate) -> Args:
    include = [estate.rng.random() < 0.3 for _ in range(3)]
    return estate.someone(), *include, *estate.rng.choice(_PAGES)


def _filtered(estate: Estate) -> Args:
    return estate.someone(), estate.rng.choice(FILTERS), *estate.rng.choice(_PAGES)


def _listed(estate: Estate) -> Args:
    user, *rest = _filtered(estate)
    return user, estate.rng.random() < 0.3, *rest


def _searched(estate: Estate) -> Args:
    page = estate.rng.choice(_PAGES)
    return estate.someone(), estate.rng.choice(SEARCHES), estate.rng.random() < 0.3, *page


def _several(estate: Estate) -> Args:
    return ([estate.seen("chat")["id"] for _ in range(5)],)


CALLS: Calls = (
    Read(40, "get_chat_title_id_list_by_user_id", _titles),
    Read(14, "get_pinned_chats_by_user_id", _someone),
    Read(10, "get_chat_list_by_user_id", _listed),
    Read(2, "get_archived_chat_list_by_user_id", _filtered),
    Read(1, "get_archived_chats_by_user_id", _someone),
    Read(2, "get_chats_by_user_id", _someone),
    Read(3, "get_chat_list_by_chat_ids", _several),
    Read(12, "get_chats_by_user_id_and_search_text", _searched),
    Read(0, "get_chats"),
)
