"""What `IFoldersRepo` promises, on every backend."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dualwrite.call import Call, calling
from dualwrite.entity import Row
from dualwrite.errors import Refused
from dualwrite.stamp import Stamp
from repos.entities import FOLDER
from repos.interfaces import IFoldersRepo
from repos.models import FolderForm, FolderModel, FolderUpdateForm
from tests.contract.backends import Backend


@pytest.fixture
def folders(backend: Backend) -> IFoldersRepo:
    return backend.repos.folders


def row(id: str, parent: str | None = None, name: str | None = None, user: str = "ann") -> Row:
    clocks: Row = {"created_at": 1, "updated_at": 1}
    return {
        "id": id,
        "parent_id": parent,
        "user_id": user,
        "name": name or id,
        "is_expanded": False,
        **clocks,
    }


def ids(found: list[FolderModel] | None) -> list[str]:
    assert found is not None
    return [each.id for each in found]


def add(folders: IFoldersRepo, name: str, parent: str | None = None, user: str = "ann") -> FolderModel:
    made = folders.insert_new_folder(user, FolderForm(name=name), parent)
    assert made is not None
    return made


def test_a_new_folder_takes_id_and_clock_from_the_stamp(folders: IFoldersRepo, backend: Backend) -> None:
    stamp = Stamp(seed=b"s", time_ns=1_700_000_000_999_999_999)
    with calling(Call(stamp.again())):
        made = folders.insert_new_folder("ann", FolderForm(name="Work", data={"é": 1.0, "a": None}))
    assert made is not None
    assert made.id == stamp.id("folder")
    assert (made.created_at, made.updated_at) == (1_700_000_000, 1_700_000_000)
    assert backend.rows(FOLDER) == [
        {
            "id": made.id,
            "parent_id": None,
            "user_id": "ann",
            "name": "Work",
            "items": "null",
            "meta": "null",
            "is_expanded": False,
            "created_at": 1_700_000_000,
            "updated_at": 1_700_000_000,
            "data": '{"\\u00e9": 1.0, "a": null}',
        }
    ]


def test_further_fields_of_the_form_are_used_but_for_parent_and_clocks(folders: IFoldersRepo) -> None:
    form = FolderForm.model_validate(
        {
            "name": "n",
            "user_id": "bob",
            "items": {"x": 1},
            "is_expanded": True,
            "parent_id": "p",
            "created_at": 1,
        }
    )
    made = folders.insert_new_folder("ann", form)
    assert made is not None
    assert (made.user_id, made.items, made.is_expanded, made.parent_id) == ("bob", {"x": 1}, True, None)
    assert made.created_at > 1


def test_an_id_that_is_taken_is_refused(folders: IFoldersRepo) -> None:
    form = FolderForm.model_validate({"name": "n", "id": "mine"})
    assert folders.insert_new_folder("ann", form) is not None
    assert folders.insert_new_folder("ann", form) is None


def test_the_same_id_of_another_user_is_another_folder(folders: IFoldersRepo) -> None:
    form = FolderForm.model_validate({"name": "n", "id": "mine"})
    folders.insert_new_folder("ann", form)
    made = folders.insert_new_folder("bob", form)
    assert made is not None
    assert made.user_id == "bob"
    assert folders.delete_folder_by_id_and_user_id("mine", "bob") == ["mine"]
    assert folders.get_folder_by_id_and_user_id("mine", "ann") is not None


def test_a_form_that_makes_no_folder_raises(folders: IFoldersRepo) -> None:
    with pytest.raises(ValidationError):
        folders.insert_new_folder("ann", FolderForm.model_validate({"name": "n", "is_expanded": None}))


def test_missing_and_foreign_folders_are_answered_alike(folders: IFoldersRepo) -> None:
    own = add(folders, "own")
    for folder, user in (("none", "ann"), (own.id, "bob")):
        assert folders.get_folder_by_id_and_user_id(folder, user) is None
        assert folders.get_children_folders_by_id_and_user_id(folder, user) is None
        assert folders.update_folder_parent_id_by_id_and_user_id(folder, user, "p") is None
        assert folders.update_folder_by_id_and_user_id(folder, user, FolderUpdateForm(name="x")) is None
        assert folders.update_folder_is_expanded_by_id_and_user_id(folder, user, True) is None
        assert folders.delete_folder_by_id_and_user_id(folder, user) == []
    assert folders.get_folders_by_user_id("bob") == []
    assert folders.get_folder_by_id_and_user_id(own.id, "ann") == own


def test_children_come_before_their_parent_and_siblings_by_id(
    folders: IFoldersRepo, backend: Backend
) -> None:
    backend.put(FOLDER, row("r"), row("b", "r"), row("a", "r"), row("a2", "a"), row("A1", "a"), row("x"))
    backend.put(FOLDER, row("foreign", "r", user="bob"))
    found = folders.get_children_folders_by_id_and_user_id("r", "ann")
    assert ids(found) == ["A1", "a2", "a", "b"]
    assert folders.get_children_folders_by_id_and_user_id("x", "ann") == []


def test_a_circle_is_no_tree(folders: IFoldersRepo, backend: Backend) -> None:
    backend.put(FOLDER, row("a", "b"), row("b", "a"), row("c", "b"), row("self", "self"))
    for folder in ("a", "b", "self"):
        assert folders.get_children_folders_by_id_and_user_id(folder, "ann") is None
        assert folders.delete_folder_by_id_and_user_id(folder, "ann") == []
    with pytest.raises(Refused):
        folders.search_folders_by_names("ann", ["a"])
    assert len(backend.rows(FOLDER)) == 4


def test_a_deep_tree(folders: IFoldersRepo, backend: Backend) -> None:
    backend.put(FOLDER, row("0"), *(row(str(depth), str(depth - 1)) for depth in range(1, 1500)))
    assert len(folders.get_children_folders_by_id_and_user_id("0", "ann") or []) == 1499


@pytest.mark.parametrize(
    ("name", "query", "sqlite", "postgresql"),
    [
        ("Work", "wORK", True, True),
        ("Work", "w%", True, True),
        ("Work", "w_rk", True, True),
        ("Work", "work_", False, False),
        ("100%", "100%", True, True),
        ("É", "é", False, True),
        ("İ", "i", False, True),
        ("ß", "SS", False, False),
        ("a%b", "a\\%b", False, True),
        ("a\\xb", "a\\%b", True, False),
        ("back\\", "back\\", True, False),
        ("back\\", "back\\\\", False, True),
        ("", "", True, True),
        ("line\nbreak", "line%", True, True),
    ],
)
def test_a_name_is_matched_as_the_database_does(
    folders: IFoldersRepo, backend: Backend, name: str, query: str, sqlite: bool, postgresql: bool
) -> None:
    made = add(folders, name)
    found = folders.get_folder_by_parent_id_and_user_id_and_name(None, "ann", query)
    assert found == (made if (sqlite if backend.dialect == "sqlite" else postgresql) else None)


def test_of_several_matches_the_first_by_id_under_that_parent(
    folders: IFoldersRepo, backend: Backend
) -> None:
    backend.put(
        FOLDER, row("b", None, "Work"), row("B", None, "work"), row("0", "b", "work"), row("1", None, "x")
    )
    backend.put(FOLDER, row("00", None, "work", user="bob"))
    find = folders.get_folder_by_parent_id_and_user_id_and_name
    assert getattr(find(None, "ann", "WORK"), "id", None) == "B"
    assert getattr(find("b", "ann", "WORK"), "id", None) == "0"
    assert find("none", "ann", "WORK") is None
    assert find(None, "ann", None) is None  # type: ignore[arg-type]


def test_folders_under_a_parent(folders: IFoldersRepo, backend: Backend) -> None:
    backend.put(FOLDER, row("b"), row("a"), row("c", "a"), row("d", "", "d"), row("e", user="bob"))
    assert ids(folders.get_folders_by_parent_id_and_user_id(None, "ann")) == ["a", "b"]
    assert ids(folders.get_folders_by_parent_id_and_user_id("a", "ann")) == ["c"]
    assert ids(folders.get_folders_by_parent_id_and_user_id("", "ann")) == ["d"]
    assert ids(folders.get_folders_by_user_id("ann")) == ["a", "b", "c", "d"]


def test_a_folder_is_moved(folders: IFoldersRepo, backend: Backend) -> None:
    backend.put(FOLDER, row("a"))
    for parent in ("b", None):
        moved = folders.update_folder_parent_id_by_id_and_user_id("a", "ann", parent)  # type: ignore[arg-type]
        assert moved is not None
        assert moved.parent_id == parent
        assert moved.updated_at > 1
        assert folders.get_folder_by_id_and_user_id("a", "ann") == moved


@pytest.mark.parametrize(
    ("given", "stored"), [(True, True), (False, False), (1, True), (None, None), ("yes", None)]
)
def test_a_folder_is_expanded(
    folders: IFoldersRepo, backend: Backend, given: object, stored: bool | None
) -> None:
    backend.put(FOLDER, row("a"))
    changed = folders.update_folder_is_expanded_by_id_and_user_id("a", "ann", given)  # type: ignore[arg-type]
    assert (None if changed is None else changed.is_expanded) == stored
    if stored is None:
        assert backend.rows(FOLDER)[0]["updated_at"] == 1


def test_data_and_meta_are_merged_and_the_rest_stays(folders: IFoldersRepo, backend: Backend) -> None:
    backend.put(FOLDER, row("a") | {"data": '{"x":1,"y":2}', "meta": "null", "items": '{"i":1}'})
    form = FolderUpdateForm(name="new", data={"y": 3, "z": "é"}, meta={"icon": "x"})
    changed = folders.update_folder_by_id_and_user_id("a", "ann", form)
    assert changed is not None
    assert (changed.name, changed.data, changed.meta) == ("new", {"x": 1, "y": 3, "z": "é"}, {"icon": "x"})
    stored = backend.rows(FOLDER)[0]
    assert stored["data"] == '{"x": 1, "y": 3, "z": "\\u00e9"}'
    assert (stored["meta"], stored["items"]) == ('{"icon": "x"}', backend.text('{"i":1}'))


def test_an_equal_value_leaves_the_stored_text_alone(folders: IFoldersRepo, backend: Backend) -> None:
    """`1 == True` in Python: SQLAlchemy writes nothing, and answers with what it was given."""
    backend.put(FOLDER, row("a") | {"data": '{"x":1}'})
    changed = folders.update_folder_by_id_and_user_id("a", "ann", FolderUpdateForm(data={"x": True}))
    assert changed is not None
    assert changed.data == {"x": True}
    assert backend.rows(FOLDER)[0]["data"] == backend.text('{"x":1}')


def test_a_namesake_beside_it_refuses_the_rename(folders: IFoldersRepo, backend: Backend) -> None:
    backend.put(
        FOLDER, row("a", None, "A"), row("b", None, "B"), row("c", "a", "C"), row("d", None, "D", user="bob")
    )
    rename = folders.update_folder_by_id_and_user_id
    assert rename("b", "ann", FolderUpdateForm(name="A", data={"x": 1})) is None
    assert backend.rows(FOLDER)[1]["data"] is None
    for name in ("a", "C", "D", "B"):
        assert rename("b", "ann", FolderUpdateForm(name=name)) is not None


@pytest.mark.parametrize("form", [{"name": None}, {"data": None}, {"name": "x", "meta": None}])
def test_none_changes_nothing(folders: IFoldersRepo, backend: Backend, form: dict[str, object]) -> None:
    backend.put(FOLDER, row("a"))
    before = backend.rows(FOLDER)
    assert folders.update_folder_by_id_and_user_id("a", "ann", FolderUpdateForm.model_validate(form)) is None
    assert backend.rows(FOLDER) == before


def test_deleting_answers_the_folder_and_then_all_below(folders: IFoldersRepo, backend: Backend) -> None:
    backend.put(FOLDER, row("r", "gone"), row("b", "r"), row("a", "r"), row("c", "a"), row("x"))
    backend.put(FOLDER, row("foreign", "r", user="bob"))
    assert folders.delete_folder_by_id_and_user_id("r", "ann") == ["r", "c", "a", "b"]
    assert [stored["id"] for stored in backend.rows(FOLDER)] == ["foreign", "x"]


@pytest.mark.parametrize(
    ("name", "normal"),
    [(" _A__b  C_ ", "a b c"), ("", ""), ("É\t\nX", "é x"), ("İ", "i̇"), ("\u00a0x\u2003y", "x y")],
)
def test_names_are_normalised(folders: IFoldersRepo, name: str, normal: str) -> None:
    assert folders.normalize_folder_name(name) == normal


def test_searching_by_names_brings_what_is_below_once(folders: IFoldersRepo, backend: Backend) -> None:
    backend.put(FOLDER, row("1", None, "My_Work"), row("2", "1", "sub"), row("0", "2", "MY  work"), row("3"))
    assert ids(folders.search_folders_by_names("ann", ["my work"])) == ["0", "1", "2"]
    assert ids(folders.search_folders_by_names("ann", ["SUB", "3"])) == ["2", "0", "3"]
    assert folders.search_folders_by_names("ann", ["none"]) == []
    assert folders.search_folders_by_names("ann", []) == []
    assert folders.search_folders_by_names("bob", ["sub"]) == []


def test_searching_by_a_part_of_the_name(folders: IFoldersRepo, backend: Backend) -> None:
    backend.put(FOLDER, row("1", None, "My_Work"), row("2", "1", "ÉTÉ"), row("3", None, "x"))
    assert ids(folders.search_folders_by_name_contains("ann", "y w")) == ["1"]
    assert ids(folders.search_folders_by_name_contains("ann", "été")) == ["2"]
    assert ids(folders.search_folders_by_name_contains("ann", "_")) == ["1", "2", "3"]


def test_a_row_that_makes_no_folder(folders: IFoldersRepo, backend: Backend) -> None:
    backend.put(FOLDER, row("a") | {"items": "[]"})
    assert folders.get_folder_by_id_and_user_id("a", "ann") is None
    with pytest.raises(Refused):
        folders.get_folders_by_user_id("ann")
    assert folders.update_folder_is_expanded_by_id_and_user_id("a", "ann", True) is None
    assert backend.rows(FOLDER)[0]["is_expanded"] is True  # written all the same, as in Open WebUI
