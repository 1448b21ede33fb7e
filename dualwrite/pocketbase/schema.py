"""Collections on the server: made from the entities, mended where something is missing, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dualwrite.entity import Entity
from dualwrite.errors import ConfigurationError, Missing
from dualwrite.pocketbase import json_io
from dualwrite.pocketbase.collections import FILE_TOKEN_SECONDS, Wanted, index_names, read_indexes, wanted
from dualwrite.pocketbase.names import collection_name
from dualwrite.pocketbase.server import PocketBase
from dualwrite.pocketbase.session import Request, Session
from dualwrite.pocketbase.views import views

_PATH = "/api/collections"
_PAGE = 500
_SUPERUSERS = "_superusers"
_INDEX_SECONDS = 1800.0


def apply_schema(pb: PocketBase, entities: Sequence[Entity], *, enable_batch: bool = False) -> list[str]:
    """Create what is missing, mend what is ours and differs; one line for each change made, none the second time.

    Fields and indexes that somebody added to a collection of ours stay; a view is made anew. `enable_batch` switches the batch API on, which
    is a setting of the whole server: where no hooks can be installed, it makes bulk writes and transactions possible. So is
    the life of superusers' file tokens, which is shortened where an entity has content.

    Raises:
        ConfigurationError: a collection of that name exists and is not ours, or a field has another type.
    """
    done: list[str] = []
    present = refuse_foreign(pb, entities)  # every collection is looked at before the first is written
    for each in _all_wanted(pb, entities):
        found = present.get(each.name.lower())
        if found is None:
            present[each.name.lower()] = _write(pb.session, "POST", _PATH, each.created(_ids(present)))
            done.append(f"collection {each.name} created")
            continue
        problems = list(each.differences(found, _ids(present)))
        if problems:
            _write(pb.session, "PATCH", f"{_PATH}/{each.name}", each.mended(found, _ids(present)))
            done += problems
    tokens = _token_problem(entities, present)
    if tokens is not None:
        _write(pb.session, "PATCH", f"{_PATH}/{_SUPERUSERS}", {"fileToken": {"duration": FILE_TOKEN_SECONDS}})
        done.append(tokens)
    if enable_batch and not pb.batch.limits().enabled:
        pb.batch.switch(on=True)
        done.append("batch API switched on")
    return done


def change_indexes(pb: PocketBase, entity: Entity, *, there: bool) -> None:
    """Add the indexes that only reads need to an entity's collection, or remove them. What is there, or gone, already is left alone.

    PocketBase makes every index of a collection anew whenever one is added, in one transaction: 15 s for a million rows.

    Raises:
        ConfigurationError: there is no such collection.
        AnswerLost: it takes longer than half an hour; it may be done yet.
    """
    name = collection_name(pb.prefix, entity)
    try:
        found = json_io.loads(pb.session.send(Request("GET", f"{_PATH}/{name}", "collections")))
    except Missing:
        raise ConfigurationError(f"collection {name} is missing: run dualwrite init") from None
    held, ours = index_names(found), read_indexes(pb.prefix, entity)
    asked = held | ours if there else {index: sql for index, sql in held.items() if index not in ours}
    if asked.keys() != held.keys():
        _write(
            pb.session, "PATCH", f"{_PATH}/{name}", {"indexes": list(asked.values())}, within=_INDEX_SECONDS
        )


def refuse_foreign(pb: PocketBase, entities: Sequence[Entity]) -> dict[str, dict[str, Any]]:
    """Every collection on the server by its name in lower case.

    Raises:
        ConfigurationError: one has an entity's name and is not ours.
    """
    present = _collections(pb.session)
    for each in _all_wanted(pb, entities):
        found = present.get(each.name.lower())
        if found is not None and not each.is_ours(found):
            raise ConfigurationError(
                f"collection {found['name']} exists and was not made by dualwrite: rename it, or choose another prefix with "
                "DUALWRITE_PREFIX"
            )
    return present


def check_schema(pb: PocketBase, entities: Sequence[Entity]) -> list[str]:
    """What differs between the server's collections and the entities, one line each; empty where nothing does."""
    problems: list[str] = []
    present = _collections(pb.session)
    for each in _all_wanted(pb, entities):
        found = present.get(each.name.lower())
        if found is None:
            problems.append(f"collection {each.name} is missing")
        elif not each.is_ours(found):
            problems.append(f"collection {each.name} exists and was not made by dualwrite")
        else:
            problems += each.differences(found, _ids(present))
    tokens = _token_problem(entities, present)
    if tokens is not None:
        problems.append(tokens)
    return problems


def _collections(session: Session) -> dict[str, dict[str, Any]]:
    """Every collection by its name in lower case: SQLite's table names fold case."""
    found: dict[str, dict[str, Any]] = {}
    page = 1
    while True:
        params = {"perPage": str(_PAGE), "page": str(page), "sort": "id", "skipTotal": "1"}
        items = json_io.loads(session.send(Request("GET", _PATH, "collections", params=params)))["items"]
        found |= {str(item["name"]).lower(): item for item in items}
        if len(items) < _PAGE:
            return found
        page += 1


def _all_wanted(pb: PocketBase, entities: Sequence[Entity]) -> list[Wanted]:
    """Views behind all they show."""
    return [
        *(each for entity in entities for each in wanted(pb.prefix, entity)),
        *(each for entity in entities for each in views(pb.prefix, entity)),
    ]


def _ids(present: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {found["name"]: found["id"] for found in present.values()}


def _token_problem(entities: Sequence[Entity], present: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The URL of a file opens it for as long as the token in it lives, and that is a setting of the whole server."""
    seconds = present[_SUPERUSERS]["fileToken"]["duration"]
    if seconds <= FILE_TOKEN_SECONDS or all(entity.content is None for entity in entities):
        return None
    return f"{_SUPERUSERS}: file tokens live for {seconds} s instead of {FILE_TOKEN_SECONDS} s or less"


def _write(
    session: Session, method: str, path: str, body: dict[str, Any], *, within: float = 0.0
) -> dict[str, Any]:
    # Not repeatable: creating twice says that the name is taken.
    request = Request(
        method,
        path,
        "collections",
        content=json_io.dumps(body),
        writes=True,
        repeatable=method == "PATCH",
        works_for=within,
    )
    written: dict[str, Any] = json_io.loads(session.send(request))
    return written
