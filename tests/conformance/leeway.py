"""Every difference between Open WebUI's own classes and ours that is accepted, declared here with its reason and nowhere else.

Our two adapters get no leeway: they answer alike, order included (`Ours`). Between Open WebUI and our SQL adapter:

* `UNDEFINED`: calls whose outcome Open WebUI does not define; they are not made.
* `ACCEPTED`: answers that may differ, and how.

Everywhere else answers are equal as `equal` says: a list's order is that of the column Open WebUI sorts by, and among rows
that tie there, or where it does not sort, the order is open. Two texts are also left in any order, since Open WebUI writes
`list(set(…))`: a group's members and a chat's tags.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dualwrite.errors import Invalid
from dualwrite.stamp import Stamp
from repos.entities import CHAT, FOLDER, GROUP, MESSAGE, USER
from repos.rules.like import matcher
from repos.rules.users import SORTABLE, user
from tests.conformance.subjects import Answer, Subject
from tests.conformance.vocabulary import Call


@dataclass(frozen=True)
class Asked:
    """One call, and what both said to it."""

    subject: Subject
    call: Call
    theirs: Answer
    ours: Answer


@dataclass(frozen=True)
class Undefined:
    """Calls that are not made."""

    methods: frozenset[str]
    reason: str
    concerns: Callable[[Subject, Call], bool]


@dataclass(frozen=True)
class Accepted:
    """Answers that may differ."""

    methods: frozenset[str]
    reason: str
    accepts: Callable[[Asked], bool]


def is_undefined(subject: Subject, call: Call) -> bool:
    """Whether Open WebUI does not define what comes of this call now."""
    return any(call.method in each.methods and each.concerns(subject, call) for each in UNDEFINED)


def agree(asked: Asked) -> bool:
    """Whether both say the same, or what is accepted as the same."""
    return equal(asked.theirs, asked.ours, asked.call) or any(
        asked.call.method in each.methods and each.accepts(asked) for each in ACCEPTED
    )


def equal(theirs: Answer, ours: Answer, call: Call) -> bool:
    """Equal but for what SQL leaves open about order. Every error is one: which class is raised depends on the driver."""
    if "error" in theirs or "error" in ours:
        return "error" in theirs and "error" in ours
    left, right = theirs["value"], ours["value"]
    if not isinstance(left, list) or not isinstance(right, list):
        return as_text(left) == as_text(right)
    column = _sorted_by(call)
    if column and [each[column] for each in left] != [each[column] for each in right]:
        return False
    tied = bool(column) and len({as_text(each[column]) for each in left}) < len(left)
    if tied and _is_cut(call):
        # Which of the rows that tie at a page's border are on the page is open.
        edges = (left[0][column], left[-1][column])
        left, right = ([each for each in some if each[column] not in edges] for some in (left, right))
    return sorted(map(as_text, left)) == sorted(map(as_text, right))


def as_text(value: Any) -> str:
    """A value as text, sets in order."""
    return json.dumps(_sets_sorted(value), sort_keys=True, default=str)


def _sets_sorted(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    found = dict(value)
    if isinstance(found.get("user_ids"), list):
        found["user_ids"] = sorted(found["user_ids"], key=repr)
    if isinstance(found.get("reactions"), list):
        found["reactions"] = sorted(map(_sets_sorted, found["reactions"]), key=repr)
    meta = found.get("meta")
    if isinstance(meta, dict) and isinstance(meta.get("tags"), list):
        found["meta"] = {**meta, "tags": sorted(meta["tags"], key=repr)}
    return found


SORTED_BY = {
    "get_files_by_ids": "updated_at",
    "get_file_metadatas_by_ids": "updated_at",
    "get_messages_by_channel_id": "created_at",
    "get_messages_by_parent_id": "created_at",
    "get_thread_replies_by_message_id": "created_at",
    "get_groups": "updated_at",
    "get_groups_by_member_id": "updated_at",
}
"""By what Open WebUI sorts a list; chats in `_sorted_by`, users in `_same_page`."""

CHATS_UNSORTED = {"get_chat_list_by_user_id_and_tag_name", "import_chat", "get_chat_tags_by_id_and_user_id"}


def _sorted_by(call: Call) -> str | None:
    if "chat" not in call.method or call.method in CHATS_UNSORTED:
        return SORTED_BY.get(call.method)
    if not call.method.startswith("get_"):
        return None
    given = next((each for each in call.args if isinstance(each, dict) and each), None)
    if given is None:
        return "updated_at"
    return given.get("order_by") if given.get("order_by") and given.get("direction") else None


def _is_cut(call: Call) -> bool:
    names = {name for name, value in call.kwargs if value is not None}
    return bool(names & {"skip", "limit"}) or any(type(each) is int for each in call.args)


# --- users: which of several that match comes first, and the order within what is equal ---------------------------------

FIRST = {
    "get_user_by_api_key": "api_key",
    "get_user_by_email": "email",
    "get_user_by_oauth_sub": "oauth_sub",
    "get_super_admin_user": "role",
    "get_first_user": "created_at",
}
"""Methods that answer with one of several, and the column these have in common."""


def _some_make_no_user(subject: Subject, call: Call) -> bool:
    chosen = call.method in FIRST or bool(call.args[1:])
    return chosen and not all(map(_is_user, subject.rows(USER)))


def _is_user(row: Any) -> bool:
    try:
        return bool(user(row))
    except Invalid:
        return False


def _same_first(asked: Asked) -> bool:
    left, right, column = asked.theirs.get("value"), asked.ours.get("value"), FIRST[asked.call.method]
    return bool(left and right) and left[column] == right[column] and right["id"] < left["id"]


def _same_page(asked: Asked) -> bool:
    if "error" in asked.theirs or "error" in asked.ours:
        return False
    args = asked.call.args
    theirs, ours = asked.theirs["value"], asked.ours["value"]
    left, right = theirs["users"], ours["users"]
    column = (args[0].get("order_by") if args[0] else "created_at") if args else "created_at"
    same_order = column not in SORTABLE or [each[column] for each in left] == [each[column] for each in right]
    same_users = any(args[1:]) or sorted(map(as_text, left)) == sorted(map(as_text, right))
    return theirs["total"] == ours["total"] and len(left) == len(right) and same_order and same_users


# --- the others ----------------------------------------------------------------------------------------------------------


def _has_namesakes(subject: Subject, call: Call) -> bool:
    folder, user_id, form = call.args
    rows = [row for row in subject.rows(FOLDER) if row["user_id"] == user_id]
    own = next((row for row in rows if row["id"] == folder), None)
    name = form["fields"].get("name")
    return (
        own is not None
        and own["name"] == name
        and sum(row["name"] == name and row["parent_id"] == own["parent_id"] for row in rows) > 1
    )


def _has_copies(subject: Subject, call: Call) -> bool:
    return sum(row["user_id"] == f"shared-{call.args[0]}" for row in subject.rows(CHAT)) > 1


def _groups_would_fail(subject: Subject, call: Call) -> bool:
    answer = subject.call("groups", Call("get_groups_by_member_id", call.args), Stamp())
    groups = answer.get("value") or []
    return len(groups) > 1 and any(call.args[0] not in group["user_ids"] for group in groups)


def _set_decides_the_text(subject: Subject, call: Call) -> bool:
    r"""A list as another program wrote it (`\u0075ser-2`) that stays the same: Open WebUI writes `list(set(…))`, which SQLAlchemy takes
    for a change only where the set's order is another one. Then the text is a new one, and LIKE finds other members in it."""
    group, *given = call.args
    row = next((row for row in subject.rows(GROUP) if row["id"] == group), None)
    text = row["user_ids"] if row is not None else None
    members = json.loads(str(text)) if text is not None else None
    if not isinstance(members, list) or len(members) < 2 or text == json.dumps(members):
        return False
    named = given[0] if given and isinstance(given[0], list) else None
    if named is None or len(set(map(repr, members))) < len(members):
        return False
    there = [name in members for name in named]
    return all(there) if call.method == "add_users_to_group" else not any(there)


def _same_match(asked: Asked) -> bool:
    left, right = asked.theirs.get("value"), asked.ours.get("value")
    if not left or not right:
        return False
    dialect = "sqlite" if asked.subject.dialect == "sqlite" else "postgresql"
    is_like = matcher(dialect, asked.call.args[2], ignore_case=True)
    same = asked.subject.repositories["folders"].get_folder_by_id_and_user_id(left["id"], left["user_id"])
    return (
        same is not None
        and same.model_dump() == left
        and is_like(left["name"])
        and is_like(right["name"])
        and right["id"] < left["id"]
    )


def _message_is_missing(asked: Asked) -> bool:
    there = {row["id"] for row in asked.subject.rows(MESSAGE)}
    return (asked.theirs, asked.ours) == ({"error": "AttributeError"}, {"value": None}) and (
        asked.call.args[0] not in there
    )


MILDER: dict[str, Any] = {"insert_shared_chat_by_chat_id": None, "get_chat_tags_by_id_and_user_id": []}


def _chat_is_missing(asked: Asked) -> bool:
    there = {row["id"] for row in asked.subject.rows(CHAT)}
    return (
        "error" in asked.theirs
        and asked.ours == {"value": MILDER[asked.call.method]}
        and asked.call.args[0] not in there
    )


UNDEFINED = (
    Undefined(
        frozenset({*FIRST, "get_users"}),
        "a row that makes no user (settings that are a list) may be the one that comes first, or on the page",
        _some_make_no_user,
    ),
    Undefined(
        frozenset({"update_folder_by_id_and_user_id"}),
        "several namesakes, one of them the folder itself: whichever row comes first decides",
        _has_namesakes,
    ),
    Undefined(
        frozenset({"update_shared_chat_by_chat_id"}),
        "several copies of one chat: whichever row comes first is brought up to date; ours is the first by id",
        _has_copies,
    ),
    Undefined(
        frozenset({"remove_user_from_all_groups", "delete_user_by_id"}),
        "it commits group by group, so where one fails those before it stay changed; ours is one transaction",
        _groups_would_fail,
    ),
    Undefined(
        frozenset({"add_users_to_group", "remove_users_from_group"}),
        "the same members as before, in a text that another program wrote: a set's order decides whether it is written anew",
        _set_decides_the_text,
    ),
)

ACCEPTED = (
    Accepted(
        frozenset(FIRST),
        "several users match and SQL says nothing about which comes first; ours is the first by id",
        _same_first,
    ),
    Accepted(
        frozenset({"get_users"}),
        "users that tie on the sort column come in any order, and which of them are on a page is open",
        _same_page,
    ),
    Accepted(
        frozenset({"get_folder_by_parent_id_and_user_id_and_name"}),
        "several folders match and SQL says nothing about which comes first; ours is the first by id",
        _same_match,
    ),
    Accepted(
        frozenset({"update_message_by_id"}),
        "a message that is not there raises AttributeError; ours is None, as for every missing record",
        _message_is_missing,
    ),
    Accepted(
        frozenset(MILDER),
        "a chat that is not there raises AttributeError; ours is None or [], as for every missing record",
        _chat_is_missing,
    ),
)
