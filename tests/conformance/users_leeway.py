"""What Open WebUI leaves open about users: which of several that match comes first, and the order within what is equal."""

from __future__ import annotations

from typing import Any

from dualwrite.errors import Invalid
from repos.entities import USER
from repos.rules.users import SORTABLE, user
from tests.conformance.subjects import Subject, comparable
from tests.conformance.vocabulary import Call

# Methods that answer with one of several, and the column these have in common.
FIRST = {
    "get_user_by_api_key": "api_key",
    "get_user_by_email": "email",
    "get_user_by_oauth_sub": "oauth_sub",
    "get_super_admin_user": "role",
    "get_first_user": "created_at",
}


def undefined(subject: Subject, call: Call) -> bool:
    """A row that does not make a user may be the one that comes first, or on the page."""
    chosen = call.method in FIRST or (call.method == "get_users" and bool(call.args[1:]))
    return chosen and not all(map(_is_user, subject.rows(USER)))


def same_first(call: Call, theirs: Any, ours: Any, where: str) -> None:
    """Ours is the same, or the one with the lesser id of two that match."""
    if comparable(theirs) != comparable(ours):
        column = FIRST[call.method]
        assert ours["value"][column] == theirs["value"][column], where
        assert ours["value"]["id"] < theirs["value"]["id"], where


def same_page(call: Call, theirs: Any, ours: Any, where: str) -> None:
    """The same users where all are asked for, as many where a page is; in the order asked for."""
    if "error" in theirs or "error" in ours:
        assert comparable(ours) == comparable(theirs), where
        return
    assert ours["value"]["total"] == theirs["value"]["total"], where
    left, right = ours["value"]["users"], theirs["value"]["users"]
    filter_ = call.args[0] if call.args else None
    column = filter_.get("order_by") if filter_ else "created_at"
    assert len(left) == len(right), where
    if column in SORTABLE:
        assert [each[column] for each in left] == [each[column] for each in right], where
    if not any(call.args[1:]):
        assert comparable({"value": left}) == comparable({"value": right}), where


def _is_user(row: Any) -> bool:
    try:
        return bool(user(row))
    except Invalid:
        return False
