"""`get_users`: search, order and pages, on every backend."""

from __future__ import annotations

from typing import Any

import pytest

from dualwrite.errors import Refused
from repos.entities import USER
from repos.interfaces import IUsersRepo
from tests.contract.backends import Backend
from tests.contract.test_users import row


@pytest.fixture
def users(backend: Backend) -> IUsersRepo:
    backend.put(
        USER,
        row("a", name="Kim", email="z@x.org", role="user", created_at=3, updated_at=9, last_active_at=1),
        row("b", name="kIM", email="Y@x.org", role="admin", created_at=1, updated_at=9, last_active_at=3),
        row("C", name="\u212aİm", email="é@x.org", role="user", created_at=3, updated_at=8, last_active_at=2),
        row("d", name="100%", email="a_b@x.org", role="user", created_at=2, updated_at=7, last_active_at=2),
        row(
            "é", name="back\\x", email="é@y.net", role="pending", created_at=3, updated_at=1, last_active_at=9
        ),
    )
    return backend.repos.users


def ids(found: dict[str, Any]) -> str:
    return "".join(each.id for each in found["users"])


def test_the_newest_come_first(users: IUsersRepo) -> None:
    for nothing in (None, {}):
        found = users.get_users(nothing)
        assert ids(found) == "Caédb"
        assert found["total"] == 5
        assert list(found) == ["users", "total"]


@pytest.mark.parametrize(
    ("column", "ascending", "descending"),
    [
        ("name", "daébC", "Cbéad"),
        ("email", "bdaCé", "éCadb"),
        ("created_at", "bdCaé", "Caédb"),
        ("last_active_at", "aCdbé", "ébCda"),
        ("updated_at", "édCab", "abCdé"),
        ("role", "béCad", "Cadéb"),
        ("bio", "Cabdé", "Cabdé"),
        (None, "Cabdé", "Cabdé"),
    ],
)
def test_sorted_by_bytes_and_then_by_id(
    column: str | None, ascending: str, descending: str, users: IUsersRepo
) -> None:
    assert ids(users.get_users({"order_by": column, "direction": "asc"})) == ascending
    for direction in ("desc", "ASC", None):
        assert ids(users.get_users({"order_by": column, "direction": direction})) == descending


@pytest.mark.parametrize(
    ("query", "sqlite", "postgresql"),
    [
        ("kim", "ab", "Cab"),
        ("X.ORG", "Cabd", "Cabd"),
        ("É@", "", "Cé"),
        ("a_b", "d", "d"),
        ("0%", "d", "d"),
        ("k_m", "ab", "Cab"),
        ("\\", "é", "d"),
        ("\\%", "é", "d"),
        ("_", "Cabdé", "Cabdé"),
        ("x' || id != '", "", ""),
        ("", "Cabdé", "Cabdé"),
        (0, "Cabdé", "Cabdé"),
        (100, "d", "d"),
    ],
)
def test_searched_by_part_of_name_or_email(
    query: object, sqlite: str, postgresql: str, users: IUsersRepo, backend: Backend
) -> None:
    found = users.get_users({"query": query})
    assert ids(found) == (sqlite if backend.dialect == "sqlite" else postgresql)
    assert found["total"] == 5


@pytest.mark.parametrize(
    ("skip", "limit", "page"),
    [
        (None, None, "bdCaé"),
        (0, 0, "bdCaé"),
        (1, 2, "dC"),
        (3, 2, "aé"),
        (2, None, "Caé"),
        (None, 3, "bdC"),
        (5, 2, ""),
        (0, 0.5, ""),
        ("1", "1", "d"),
        (True, 1.9, "d"),
    ],
)
def test_pages(skip: Any, limit: Any, page: str, users: IUsersRepo) -> None:
    found = users.get_users({"order_by": "created_at", "direction": "asc"}, skip, limit)
    assert ids(found) == page
    assert found["total"] == 5


def test_pages_of_a_search(users: IUsersRepo) -> None:
    asked = {"query": "x.org", "order_by": "email", "direction": "asc"}
    assert [ids(users.get_users(asked, at, 2)) for at in (0, 1, 2, 3, 4)] == ["bd", "da", "aC", "C", ""]


def test_negative_numbers_are_for_sqlite(users: IUsersRepo, backend: Backend) -> None:
    if backend.dialect == "sqlite":
        assert ids(users.get_users(None, -1, -1)) == "Caédb"
    else:
        with pytest.raises(Refused):
            users.get_users(None, -1)
        with pytest.raises(Refused):
            users.get_users(None, None, -1)


@pytest.mark.parametrize(("skip", "limit"), [("x", None), (None, "x"), (2**63, 1), (float("inf"), 1)])
def test_what_is_no_number_is_refused(skip: Any, limit: Any, users: IUsersRepo) -> None:
    with pytest.raises(Refused):
        users.get_users(None, skip, limit)


def test_what_cannot_be_searched_for_is_refused(users: IUsersRepo, backend: Backend) -> None:
    with pytest.raises(Refused):
        users.get_users({"query": "\ud800"})
    if backend.dialect == "postgresql":
        with pytest.raises(Refused):
            users.get_users({"query": "a\0"})
    else:
        assert ids(users.get_users({"query": "kim\0 and the rest"})) == "ab"
    with pytest.raises(AttributeError):
        users.get_users("ann")  # type: ignore[arg-type]
