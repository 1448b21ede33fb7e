"""What `IFilesRepo` promises, on every backend."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dualwrite.call import Call, calling
from dualwrite.entity import Row, Value
from dualwrite.errors import Refused
from dualwrite.stamp import Stamp
from repos.entities import FILE
from repos.interfaces import IFilesRepo
from repos.models import FileForm, FileMetadataResponse, FileModel
from tests.contract.backends import Backend


@pytest.fixture
def files(backend: Backend) -> IFilesRepo:
    return backend.repos.files


def row(id: str, user: str = "ann", *, at: int | None = 1, **columns: Value) -> Row:
    return {
        "id": id,
        "user_id": user,
        "filename": id,
        "meta": "{}",
        "created_at": 1,
        "updated_at": at,
    } | columns


def form(id: str = "f", **fields: object) -> FileForm:
    return FileForm.model_validate({"id": id, "filename": "a.pdf", "path": "/uploads/a.pdf"} | fields)


def ids(found: list[FileModel]) -> list[str]:
    return [each.id for each in found]


def test_a_new_file_takes_its_id_from_the_form_and_its_clock_from_the_stamp(
    files: IFilesRepo, backend: Backend
) -> None:
    with calling(Call(Stamp(time_ns=1_700_000_000_999_999_999))):
        made = files.insert_new_file(
            "ann", form("a/b:c*d", meta={"name": "é", "size": 2**40}, data={"z": 1.0})
        )
    assert made is not None
    assert backend.rows(FILE) == [
        {
            "id": "a/b:c*d",
            "user_id": "ann",
            "filename": "a.pdf",
            "meta": '{"name": "\\u00e9", "size": 1099511627776}',
            "created_at": 1_700_000_000,
            "hash": None,
            "data": '{"z": 1.0}',
            "updated_at": 1_700_000_000,
            "path": "/uploads/a.pdf",
            "access_control": "null",
        }
    ]
    assert files.get_file_by_id("a/b:c*d") == made
    assert made.access_control is None


def test_a_file_whose_id_is_taken_is_refused_and_the_first_stays(files: IFilesRepo) -> None:
    assert files.insert_new_file("ann", form(hash="1")) is not None
    assert files.insert_new_file("bob", form(hash="2")) is None
    assert [(each.user_id, each.hash) for each in files.get_files()] == [("ann", "1")]


def test_an_owner_that_is_no_text_raises(files: IFilesRepo) -> None:
    with pytest.raises(ValidationError):
        files.insert_new_file(None, form())  # type: ignore[arg-type]


def test_a_missing_file(files: IFilesRepo) -> None:
    assert files.get_file_by_id("none") is None
    assert files.get_file_by_id_and_user_id("none", "ann") is None
    assert files.get_file_metadata_by_id("none") is None
    assert files.check_access_by_user_id("none", "ann") is False
    assert files.update_file_hash_by_id("none", "h") is None
    assert files.update_file_data_by_id("none", {}) is None
    assert files.update_file_metadata_by_id("none", {}) is None
    assert files.delete_file_by_id("none") is True
    assert files.delete_all_files() is True
    assert files.get_files() == []
    assert files.get_files_by_ids(["none"]) == []
    assert files.get_file_metadatas_by_ids(["none"]) == []
    assert files.get_files_by_user_id("ann") == []


def test_ids_that_differ_in_case_are_two_files(files: IFilesRepo, backend: Backend) -> None:
    backend.put(FILE, row("ID"), row("id", "bob"))
    assert ids(files.get_files()) == ["ID", "id"]
    found = files.get_file_by_id("id")
    assert found is not None
    assert found.user_id == "bob"


def test_a_file_is_its_owner_s(files: IFilesRepo, backend: Backend) -> None:
    backend.put(FILE, row("f"))
    assert files.get_file_by_id_and_user_id("f", "ann") == files.get_file_by_id("f")
    assert files.get_file_by_id_and_user_id("f", "Ann") is None
    assert files.check_access_by_user_id("f", "ann") is True
    assert files.check_access_by_user_id("f", "ann", permission="read") is True
    assert files.check_access_by_user_id("f", "bob", permission="read") is False
    assert files.check_access_by_user_id("f", None) is False  # type: ignore[arg-type]


def test_metadata_leaves_the_data_out(files: IFilesRepo, backend: Backend) -> None:
    backend.put(FILE, row("f", meta='{"name":"a"}', hash="h", data='{"content":"long"}'))
    found = files.get_file_metadata_by_id("f")
    assert found == FileMetadataResponse(id="f", hash="h", meta={"name": "a"}, created_at=1, updated_at=1)
    assert files.get_file_metadatas_by_ids(["f", "f", "none"]) == [found]


@pytest.mark.parametrize("lacking", [{"meta": None}, {"meta": "null"}, {"updated_at": None}])
def test_a_file_without_meta_or_clock_has_no_metadata(
    files: IFilesRepo, backend: Backend, lacking: dict[str, Value]
) -> None:
    backend.put(FILE, row("f") | lacking)
    assert files.get_file_by_id("f") is not None
    assert files.get_file_metadata_by_id("f") is None
    with pytest.raises(Refused):
        files.get_file_metadatas_by_ids(["f"])


def test_files_by_ids_come_last_changed_first_then_by_id(files: IFilesRepo, backend: Backend) -> None:
    backend.put(FILE, row("b", at=5), row("a", at=5), row("B", at=5), row("new", at=10), row("old", at=2))
    wanted = ["old", "a", "new", "B", "b", "a", "none"]
    assert ids(files.get_files_by_ids(wanted)) == ["new", "B", "a", "b", "old"]
    assert [each.id for each in files.get_file_metadatas_by_ids(wanted)] == ["new", "B", "a", "b", "old"]
    assert files.get_files_by_ids([]) == []


def test_files_that_have_no_clock_come_where_the_database_put_them(
    files: IFilesRepo, backend: Backend
) -> None:
    backend.put(FILE, row("n2", at=None), row("n1", at=None), row("new", at=2), row("old", at=-1))
    found = ids(files.get_files_by_ids(["n1", "n2", "old", "new"]))
    assert found == (
        ["new", "old", "n1", "n2"] if backend.dialect == "sqlite" else ["n1", "n2", "new", "old"]
    )


def test_many_ids_at_once(files: IFilesRepo, backend: Backend) -> None:
    backend.put(FILE, *(row(f"f{number}") for number in range(5)))
    assert len(files.get_files_by_ids([f"f{number}" for number in range(1500)])) == 5


def test_a_user_s_files_are_in_the_order_of_the_bytes_of_their_ids(
    files: IFilesRepo, backend: Backend
) -> None:
    backend.put(FILE, *(row(name) for name in ("é", "z", "Z", "_", "a")), row("other", "bob"))
    assert ids(files.get_files_by_user_id("ann")) == ["Z", "_", "a", "z", "é"]
    assert files.get_files_by_user_id("") == []


def test_a_new_hash_leaves_the_rest_and_the_clock(files: IFilesRepo, backend: Backend) -> None:
    before = row("f", meta='{"z":1,"a":1.0}', data=None, path="")
    backend.put(FILE, before)
    changed = files.update_file_hash_by_id("f", "sha")
    assert changed is not None
    assert changed == files.get_file_by_id("f")
    stored = backend.rows(FILE)[0]
    assert stored["hash"] == changed.hash == "sha"
    assert (stored["meta"], stored["data"]) == (backend.text('{"z":1,"a":1.0}'), None)
    assert (stored["path"], stored["updated_at"], stored["access_control"]) == ("", 1, None)
    assert files.update_file_hash_by_id("f", None) is not None  # type: ignore[arg-type]
    assert backend.rows(FILE)[0]["hash"] is None


@pytest.mark.parametrize("column", ["data", "meta"])
def test_new_members_go_over_the_old_ones(files: IFilesRepo, backend: Backend, column: str) -> None:
    backend.put(FILE, row("f", data='{"a": {"x": 1}, "b": 1}', meta='{"a": {"x": 1}, "b": 1}', at=7))
    update = files.update_file_data_by_id if column == "data" else files.update_file_metadata_by_id
    changed = update("f", {"a": {"y": 2}, "é": None})
    assert changed is not None
    assert getattr(changed, column) == {"a": {"y": 2}, "b": 1, "é": None}
    stored = backend.rows(FILE)[0]
    assert stored[column] == '{"a": {"y": 2}, "b": 1, "\\u00e9": null}'
    assert stored["meta" if column == "data" else "data"] == '{"a": {"x": 1}, "b": 1}'
    assert stored["updated_at"] == 7
    assert changed == files.get_file_by_id("f")


@pytest.mark.parametrize("empty", [None, "null", "{}", "[]", "false"])
def test_what_is_empty_is_merged_with_as_an_object(
    files: IFilesRepo, backend: Backend, empty: str | None
) -> None:
    backend.put(FILE, row("f", data=empty))
    changed = files.update_file_data_by_id("f", {"a": 1})
    assert changed is not None
    assert changed.data == {"a": 1}
    assert backend.rows(FILE)[0]["data"] == '{"a": 1}'


def test_merging_nothing_into_null_writes_an_object(files: IFilesRepo, backend: Backend) -> None:
    backend.put(FILE, row("sql", data=None), row("json", data="null"))
    for name in ("sql", "json"):
        assert files.update_file_data_by_id(name, {}) is not None
    assert [stored["data"] for stored in backend.rows(FILE)] == ["{}", "{}"]


def test_equal_members_leave_the_text_and_are_answered_as_given(files: IFilesRepo, backend: Backend) -> None:
    backend.put(FILE, row("f", data='{"b":1,"a":1}'))
    changed = files.update_file_data_by_id("f", {"a": True})
    assert changed is not None
    assert changed.data == {"b": 1, "a": True}
    assert changed.data["a"] is True
    assert backend.rows(FILE)[0]["data"] == backend.text('{"b":1,"a":1}')


@pytest.mark.parametrize("members", [None, [], [1], "text"])
def test_what_is_no_object_is_merged_with_nothing(
    files: IFilesRepo, backend: Backend, members: object
) -> None:
    backend.put(FILE, row("f"), row("list", data="[1]"))
    assert files.update_file_data_by_id("f", members) is None  # type: ignore[arg-type]
    assert files.update_file_metadata_by_id("f", members) is None  # type: ignore[arg-type]
    assert files.update_file_data_by_id("list", {"a": 1}) is None
    assert [stored["data"] for stored in backend.rows(FILE)] == [None, "[1]"]


def test_a_change_stays_although_the_file_makes_no_model(files: IFilesRepo, backend: Backend) -> None:
    backend.put(FILE, row("f", data="[1]"))
    assert files.update_file_hash_by_id("f", "sha") is None
    assert files.update_file_metadata_by_id("f", {"a": 1}) is None
    stored = backend.rows(FILE)[0]
    assert (stored["hash"], stored["meta"]) == ("sha", '{"a": 1}')


def test_files_are_deleted_one_and_all(files: IFilesRepo, backend: Backend) -> None:
    backend.put(FILE, row("a"), row("b"), row("c"))
    assert files.delete_file_by_id("b") is True
    assert files.delete_file_by_id(None) is True  # type: ignore[arg-type]
    assert ids(files.get_files()) == ["a", "c"]
    assert files.delete_all_files() is True
    assert backend.rows(FILE) == []


def test_what_no_database_holds_is_refused(files: IFilesRepo, backend: Backend) -> None:
    backend.put(FILE, row("f"))
    assert files.insert_new_file("ann", form("\ud800")) is None
    assert files.get_file_by_id("\ud800") is None
    assert files.get_file_metadata_by_id("\ud800") is None
    assert files.check_access_by_user_id("\ud800", "ann") is False
    assert files.update_file_hash_by_id("f", "\ud800") is None
    assert files.delete_file_by_id("\ud800") is False
    for ask in (files.get_files_by_ids, files.get_file_metadatas_by_ids):
        for wanted in (["\ud800"], None, "f"):
            with pytest.raises(Refused):
                ask(wanted)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        files.get_files_by_user_id("\ud800")
    assert (files.insert_new_file("ann", form("g", path="nul\0")) is not None) is (
        backend.dialect == "sqlite"
    )


def test_a_row_that_makes_no_file_is_missing_alone_and_an_error_in_a_list(
    files: IFilesRepo, backend: Backend
) -> None:
    backend.put(FILE, row("bad", data="[1]"))
    assert files.get_file_by_id("bad") is None
    assert files.check_access_by_user_id("bad", "ann") is False
    assert files.get_file_metadata_by_id("bad") is not None
    for ask in (files.get_files, lambda: files.get_files_by_ids(["bad"])):
        with pytest.raises(Refused):
            ask()
