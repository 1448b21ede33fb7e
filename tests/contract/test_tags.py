"""What `ITagsRepo` promises, on every backend."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dualwrite.errors import Refused
from repos.entities import TAG
from repos.interfaces import ITagsRepo
from repos.models import TagModel
from tests.contract.backends import Backend

NAMES = (
    "plain",
    "two words",
    "ÀÉ",
    "İ",
    "quo\"te's",
    "back\\slash",
    "100%",
    "日本 😀",
    "a/b:c*d",
    "\u00a0x",
    "null",
    "",
)


@pytest.fixture
def tags(backend: Backend) -> ITagsRepo:
    return backend.repos.tags


def test_a_new_tag_is_answered_and_stored(tags: ITagsRepo, backend: Backend) -> None:
    tag = tags.insert_new_tag("To Do", "ann")
    assert tag == TagModel(id="to_do", name="To Do", user_id="ann", meta=None)
    assert backend.rows(TAG) == [{"id": "to_do", "name": "To Do", "user_id": "ann", "meta": "null"}]


def test_a_tag_of_the_same_normalised_name_is_refused_and_the_first_stays(tags: ITagsRepo) -> None:
    tags.insert_new_tag("To Do", "ann")
    assert tags.insert_new_tag("to do", "ann") is None
    assert tags.insert_new_tag("TO_DO", "ann") is None
    assert [tag.name for tag in tags.get_tags_by_user_id("ann")] == ["To Do"]


def test_two_users_may_have_the_same_tag(tags: ITagsRepo) -> None:
    assert tags.insert_new_tag("x", "ann") is not None
    assert tags.insert_new_tag("x", "Ann") is not None
    assert len(tags.get_tags_by_user_id("ann")) == 1


def test_keys_that_differ_in_case_are_two_tags(tags: ITagsRepo, backend: Backend) -> None:
    row = {"name": "n", "meta": None}
    backend.put(TAG, {"id": "ID", "user_id": "ann", **row}, {"id": "id", "user_id": "ann", **row})
    assert [tag.id for tag in tags.get_tags_by_user_id("ann")] == ["ID", "id"]


@pytest.mark.parametrize("name", NAMES)
def test_a_tag_is_found_by_its_name(tags: ITagsRepo, name: str) -> None:
    made = tags.insert_new_tag(name, "ann")
    assert made is not None
    assert tags.get_tag_by_name_and_user_id(name, "ann") == made
    assert tags.get_tag_by_name_and_user_id(name, "bob") is None


def test_a_missing_tag_is_none(tags: ITagsRepo) -> None:
    assert tags.get_tag_by_name_and_user_id("none", "ann") is None
    assert tags.get_tags_by_user_id("ann") == []
    assert tags.get_tags_by_ids_and_user_id(["none"], "ann") == []


def test_lists_are_in_the_order_of_the_bytes_of_the_ids(tags: ITagsRepo) -> None:
    for name in ("é", "z", "a b", "Z2", "_", "~", "a"):
        tags.insert_new_tag(name, "ann")
    assert [tag.id for tag in tags.get_tags_by_user_id("ann")] == ["_", "a", "a_b", "z", "z2", "~", "é"]


def test_tags_by_ids_are_those_of_the_user_each_once(tags: ITagsRepo) -> None:
    for name in ("b", "a", "c"):
        tags.insert_new_tag(name, "ann")
        tags.insert_new_tag(name, "bob")
    found = tags.get_tags_by_ids_and_user_id(["c", "a", "a", "none"], "ann")
    assert [(tag.id, tag.user_id) for tag in found] == [("a", "ann"), ("c", "ann")]
    assert tags.get_tags_by_ids_and_user_id([], "ann") == []


def test_many_ids_at_once(tags: ITagsRepo) -> None:
    for number in range(5):
        tags.insert_new_tag(f"tag{number}", "ann")
    assert len(tags.get_tags_by_ids_and_user_id([f"tag{number}" for number in range(1500)], "ann")) == 5


def test_deleting_answers_true_whether_or_not_there_was_one(tags: ITagsRepo) -> None:
    tags.insert_new_tag("x", "ann")
    tags.insert_new_tag("x", "bob")
    assert tags.delete_tag_by_name_and_user_id("X", "ann") is True
    assert tags.delete_tag_by_name_and_user_id("X", "ann") is True
    assert tags.get_tags_by_user_id("ann") == []
    assert len(tags.get_tags_by_user_id("bob")) == 1


def test_what_no_database_holds_is_refused(tags: ITagsRepo) -> None:
    assert tags.insert_new_tag("\ud800", "ann") is None
    assert tags.get_tag_by_name_and_user_id("\ud800", "ann") is None
    assert tags.delete_tag_by_name_and_user_id("\ud800", "ann") is False
    with pytest.raises(Refused):
        tags.get_tags_by_user_id("\ud800")


def test_nul_and_length_are_the_database_s_own_rules(tags: ITagsRepo, backend: Backend) -> None:
    held = backend.dialect == "sqlite"
    assert (tags.insert_new_tag("nul\0", "ann") is not None) is held
    assert (tags.insert_new_tag("x" * 256, "ann") is not None) is held
    assert tags.insert_new_tag("é" * 255, "ann") is not None


def test_arguments_that_are_no_text(tags: ITagsRepo) -> None:
    with pytest.raises(AttributeError):
        tags.insert_new_tag(None, "ann")  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        tags.insert_new_tag("x", None)  # type: ignore[arg-type]
    assert tags.get_tag_by_name_and_user_id(None, "ann") is None  # type: ignore[arg-type]
    assert tags.get_tags_by_user_id(None) == []  # type: ignore[arg-type]
    assert tags.delete_tag_by_name_and_user_id(None, "ann") is False  # type: ignore[arg-type]


def test_a_row_that_makes_no_tag_is_missing_alone_and_an_error_in_a_list(
    tags: ITagsRepo, backend: Backend
) -> None:
    backend.put(TAG, {"id": "bad", "user_id": "ann", "name": "bad", "meta": "[]"})
    assert tags.get_tag_by_name_and_user_id("bad", "ann") is None
    with pytest.raises(Refused):
        tags.get_tags_by_user_id("ann")
