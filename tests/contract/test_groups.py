"""What `IGroupsRepo` promises, on every backend."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from dualwrite.call import Call, calling
from dualwrite.entity import Row
from dualwrite.errors import Refused
from dualwrite.stamp import Stamp
from repos.entities import GROUP
from repos.interfaces import IGroupsRepo
from repos.models import GroupForm, GroupModel, GroupUpdateForm
from tests.contract.backends import Backend


@pytest.fixture
def groups(backend: Backend) -> IGroupsRepo:
    return backend.repos.groups


def row(id: str, *members: str, name: str | None = None, at: int = 1) -> Row:
    clocks: Row = {"created_at": 1, "updated_at": at}
    users = json.dumps(members)
    return {"id": id, "user_id": "root", "name": name or id, "description": "", "user_ids": users, **clocks}


def members(backend: Backend) -> dict[str, object]:
    return {str(each["id"]): json.loads(str(each["user_ids"])) for each in backend.rows(GROUP)}


def ids(found: list[GroupModel]) -> list[str]:
    return [each.id for each in found]


def test_a_new_group_takes_id_and_clock_from_the_stamp(groups: IGroupsRepo, backend: Backend) -> None:
    stamp = Stamp(seed=b"s", time_ns=1_700_000_000_999_999_999)
    with calling(Call(stamp.again())):
        made = groups.insert_new_group(
            "root", GroupForm(name="Team", description="d", permissions={"é": {"x": None}})
        )
    assert made is not None
    assert made.id == stamp.id("group")
    assert backend.rows(GROUP) == [
        {
            "id": made.id,
            "user_id": "root",
            "name": "Team",
            "description": "d",
            "data": "null",
            "meta": "null",
            "permissions": '{"\\u00e9": {"x": null}}',
            "user_ids": "[]",
            "created_at": 1_700_000_000,
            "updated_at": 1_700_000_000,
        }
    ]
    assert groups.get_group_by_id(made.id) == made


def test_two_groups_may_have_one_name(groups: IGroupsRepo) -> None:
    for _ in range(2):
        assert groups.insert_new_group("root", GroupForm(name="Team", description="")) is not None
    assert len(groups.get_groups()) == 2


def test_a_maker_that_is_no_text_raises(groups: IGroupsRepo) -> None:
    with pytest.raises(ValidationError):
        groups.insert_new_group(None, GroupForm(name="x", description=""))  # type: ignore[arg-type]


def test_a_missing_group(groups: IGroupsRepo) -> None:
    assert groups.get_group_by_id("none") is None
    assert groups.get_group_user_ids_by_id("none") is None
    assert groups.update_group_by_id("none", GroupUpdateForm(name="x", description="")) is None
    assert groups.add_users_to_group("none", ["ann"]) is None
    assert groups.remove_users_from_group("none", ["ann"]) is None
    assert groups.delete_group_by_id("none") is True
    assert groups.get_groups() == []
    assert groups.get_groups_by_member_id("ann") == []


def test_groups_are_listed_last_changed_first_then_by_id(groups: IGroupsRepo, backend: Backend) -> None:
    backend.put(GROUP, row("b", at=5), row("a", at=5), row("B", at=5), row("new", at=10), row("old", at=2))
    assert ids(groups.get_groups()) == ["new", "B", "a", "b", "old"]


@pytest.mark.parametrize(
    ("member", "sqlite", "postgresql"),
    [
        ("ann", True, True),
        ("ANN", True, False),
        ("an", False, False),
        ("a_n", True, True),
        ("%", True, True),
        ("é", False, False),
        ("\\u00e9", True, False),
        ("\\\\u00e9", False, True),
        ('q"q', False, False),
        ("bob", False, False),
        ("", False, False),
    ],
)
def test_members_are_found_by_text(
    groups: IGroupsRepo, backend: Backend, member: str, sqlite: bool, postgresql: bool
) -> None:
    backend.put(GROUP, row("g", "ann", "é", 'q"q'))
    found = groups.get_groups_by_member_id(member)
    assert bool(found) is (sqlite if backend.dialect == "sqlite" else postgresql)


def test_groups_without_members_are_nobodys(groups: IGroupsRepo, backend: Backend) -> None:
    backend.put(GROUP, row("empty"), row("null") | {"user_ids": None})
    with pytest.raises(Refused):
        groups.get_groups()
    assert groups.get_groups_by_member_id("%") == []
    assert groups.get_group_by_id("null") is None
    assert groups.get_group_user_ids_by_id("empty") == []


def test_an_update_leaves_what_is_none(groups: IGroupsRepo, backend: Backend) -> None:
    backend.put(GROUP, row("g", "ann") | {"permissions": '{"x":1}', "data": None})
    changed = groups.update_group_by_id("g", GroupUpdateForm(name="new", description="d"))
    assert changed is not None
    assert (changed.name, changed.user_ids, changed.permissions) == ("new", ["ann"], {"x": 1})
    assert changed.updated_at > 1
    changed = groups.update_group_by_id(
        "g", GroupUpdateForm(name="new", description="d", user_ids=[], permissions={})
    )
    stored = backend.rows(GROUP)[0]
    assert (stored["user_ids"], stored["permissions"], stored["data"]) == ("[]", "{}", None)
    assert groups.get_group_by_id("g") == changed


def test_groups_are_deleted_one_and_all(groups: IGroupsRepo, backend: Backend) -> None:
    backend.put(GROUP, row("a"), row("b"), row("c"))
    assert groups.delete_group_by_id("b") is True
    assert sorted(members(backend)) == ["a", "c"]
    assert groups.delete_all_groups() is True
    assert groups.delete_all_groups() is True
    assert backend.rows(GROUP) == []


def test_a_user_leaves_every_group_once(groups: IGroupsRepo, backend: Backend) -> None:
    backend.put(GROUP, row("a", "ann", "bob", "ann"), row("b", "bob"), row("c", "ann"))
    assert groups.remove_user_from_all_groups("ann") is True
    assert members(backend) == {"a": ["bob", "ann"], "b": ["bob"], "c": []}
    assert [stored["updated_at"] == 1 for stored in backend.rows(GROUP)] == [False, True, False]
    assert groups.remove_user_from_all_groups("nobody") is True


def test_a_member_found_by_text_alone_is_not_removed_from_anything(
    groups: IGroupsRepo, backend: Backend
) -> None:
    backend.put(GROUP, row("a", "axn", at=9), row("b", "a_n"))
    assert groups.remove_user_from_all_groups("a_n") is False
    assert members(backend) == {"a": ["axn"], "b": ["a_n"]}


def test_groups_are_created_for_new_names(groups: IGroupsRepo, backend: Backend) -> None:
    backend.put(GROUP, row("g", name="there"))
    made = groups.create_groups_by_group_names("root", ["x", "there", "é", "x"])
    assert [each.name for each in made] == ["x", "é", "x"]
    assert len({each.id for each in made}) == 3
    assert len(backend.rows(GROUP)) == 4
    assert groups.create_groups_by_group_names("root", []) == []


def test_the_first_name_that_is_refused_ends_it(groups: IGroupsRepo, backend: Backend) -> None:
    made = groups.create_groups_by_group_names("root", ["a", "\ud800", "b"])
    assert [each.name for each in made] == ["a"]
    assert len(backend.rows(GROUP)) == 1


def test_a_name_that_is_no_text_creates_nothing(groups: IGroupsRepo, backend: Backend) -> None:
    with pytest.raises(ValidationError):
        groups.create_groups_by_group_names("root", ["a", 1])  # type: ignore[list-item]
    assert backend.rows(GROUP) == []


def test_syncing_makes_a_user_a_member_of_exactly_these(groups: IGroupsRepo, backend: Backend) -> None:
    backend.put(GROUP, row("a", "bob", name="A"), row("b", "ann", name="B"), row("c", "ann", "bob", name="C"))
    backend.put(GROUP, row("a2", name="A"))
    assert groups.sync_groups_by_group_names("ann", ["A", "B", "none", "A"]) is True
    assert members(backend) == {"a": ["bob", "ann"], "a2": ["ann"], "b": ["ann"], "c": ["bob"]}
    assert {str(stored["id"]) for stored in backend.rows(GROUP) if stored["updated_at"] == 1} == {"b"}
    assert groups.sync_groups_by_group_names("ann", []) is True
    assert members(backend) == {"a": ["bob"], "a2": [], "b": [], "c": ["bob"]}


def test_syncing_with_no_list_or_a_broken_group_changes_nothing(
    groups: IGroupsRepo, backend: Backend
) -> None:
    backend.put(GROUP, row("a", name="A"), row("b", "ann", name="B"), row("n", name="N") | {"user_ids": None})
    assert groups.sync_groups_by_group_names("ann", None) is False  # type: ignore[arg-type]
    assert groups.sync_groups_by_group_names("ann", ["A", "N"]) is False
    assert backend.rows(GROUP)[1]["user_ids"] == '["ann"]'


def test_members_are_added_at_the_end_each_once(groups: IGroupsRepo, backend: Backend) -> None:
    backend.put(GROUP, row("g", "b", "a", "b"))
    changed = groups.add_users_to_group("g", ["c", "a", "c"])
    assert changed is not None
    assert changed.user_ids == ["b", "a", "c"]
    assert backend.rows(GROUP)[0]["user_ids"] == '["b", "a", "c"]'
    assert groups.add_users_to_group("g", None) is None


def test_a_group_without_a_list_gets_one(groups: IGroupsRepo, backend: Backend) -> None:
    backend.put(GROUP, row("a") | {"user_ids": None}, row("b") | {"user_ids": "null"})
    for group in ("a", "b"):
        changed = groups.add_users_to_group(group, ["ann"])
        assert changed is not None
        assert changed.user_ids == ["ann"]


def test_members_are_removed_and_duplicates_with_them(groups: IGroupsRepo, backend: Backend) -> None:
    backend.put(GROUP, row("g", "b", "a", "b", "c"))
    changed = groups.remove_users_from_group("g", ["b", "none"])
    assert changed is not None
    assert changed.user_ids == ["a", "c"]
    assert groups.remove_users_from_group("g", None) is None
    assert groups.get_group_user_ids_by_id("g") == ["a", "c"]


def test_removing_from_an_empty_group_touches_nothing(groups: IGroupsRepo, backend: Backend) -> None:
    backend.put(GROUP, row("g"))
    for users in (["ann"], None):
        found = groups.remove_users_from_group("g", users)
        assert found is not None
        assert found.updated_at == 1


def test_what_no_database_holds_is_refused(groups: IGroupsRepo) -> None:
    assert groups.insert_new_group("root", GroupForm(name="\ud800", description="")) is None
    assert groups.get_group_by_id("\ud800") is None
    assert groups.delete_group_by_id("\ud800") is False
    with pytest.raises(Refused):
        groups.get_groups_by_member_id("\ud800")
