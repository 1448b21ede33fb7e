"""Collections are made from entities, mended, checked; nobody else's is touched."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dualwrite.backfill import Backfill
from dualwrite.entity import Column, Entity, Index, Kind
from dualwrite.errors import ConfigurationError
from dualwrite.pocketbase import (
    EmbeddedPocketBase,
    PocketBase,
    PocketBaseStore,
    apply_schema,
    check_schema,
    health,
)
from dualwrite.pocketbase.collections import indexes, wanted
from dualwrite.pocketbase.schema import change_indexes
from dualwrite.pocketbase.session import Request
from dualwrite.progress import Quiet
from tests.fakes import FakeControl, FakeJournal, FakeStore
from tests.fixtures.pocketbase import HOOKED, PLAIN, connected, empty
from tests.pocketbase.notes import ENTITIES, NOTE, USER, note

GROUP = Entity("group", "group", "groups", ("id",), (Column("id"), Column("name", nullable=True)))


def api(pb: PocketBase, method: str, path: str, body: object = None) -> dict[str, object]:
    content = None if body is None else json.dumps(body).encode()
    answer = pb.session.send(Request(method, path, "test", content=content, writes=method != "GET"))
    return dict(json.loads(answer)) if answer else {}


def test_applying_twice_is_a_no_op(pb: PocketBase) -> None:
    assert apply_schema(pb, ENTITIES) == []
    assert check_schema(pb, ENTITIES) == []


def test_a_missing_field_and_index_are_added_and_rows_stay(plain: PocketBase) -> None:
    grown = replace(
        GROUP,
        columns=(*GROUP.columns, Column("rank", Kind.INTEGER), Column("meta", Kind.JSON)),
        indexes=(Index(("name",), unique=True), Index(("rank",))),
    )
    try:
        assert check_schema(plain, [GROUP]) == ["collection plain_groups is missing"]
        assert apply_schema(plain, [GROUP]) == ["collection plain_groups created"]
        api(
            plain,
            "POST",
            "/api/collections/plain_groups/records",
            {"id": GROUP.record_id(("g",)), "key": "g"},
        )
        problems = check_schema(plain, [grown])
        assert problems == [
            "plain_groups: field rank is missing",
            "plain_groups: field meta is missing",
            "plain_groups: index dualwrite_plain_groups_name_unique is missing",
            "plain_groups: index dualwrite_plain_groups_rank is missing",
        ]
        assert apply_schema(plain, [grown]) == problems
        assert apply_schema(plain, [grown]) == []
        found = api(plain, "GET", "/api/collections/plain_groups/records")
        assert [record["key"] for record in found["items"]] == ["g"]  # type: ignore[attr-defined]
    finally:
        api(plain, "DELETE", "/api/collections/plain_groups")


def test_what_somebody_changed_is_named_and_mended_and_what_they_added_stays(plain: PocketBase) -> None:
    apply_schema(plain, [GROUP])
    try:
        found = api(plain, "GET", "/api/collections/plain_groups")
        fields = [field | ({"max": 10} if field["name"] == "name" else {}) for field in found["fields"]]  # type: ignore[attr-defined]
        fields.append({"name": "note", "type": "text"})
        own = "CREATE INDEX `somebodys` ON `plain_groups` (`note`)"
        changes = {"fields": fields, "indexes": [*found["indexes"], own], "listRule": ""}  # type: ignore[misc]
        api(plain, "PATCH", "/api/collections/plain_groups", changes)
        problems = [
            "plain_groups: field name has another max",
            "plain_groups: listRule lets others than superusers in",
        ]
        assert check_schema(plain, [GROUP]) == problems
        assert apply_schema(plain, [GROUP]) == problems
        mended = api(plain, "GET", "/api/collections/plain_groups")
        assert own in mended["indexes"]  # type: ignore[operator]
        assert "note" in [field["name"] for field in mended["fields"]]  # type: ignore[attr-defined]
    finally:
        api(plain, "DELETE", "/api/collections/plain_groups")


def test_a_field_of_another_type_is_refused(plain: PocketBase) -> None:
    apply_schema(plain, [GROUP])
    other = replace(GROUP, columns=(Column("id"), Column("name", Kind.JSON)))
    try:
        with pytest.raises(ConfigurationError, match="field name is of type text and must be json"):
            apply_schema(plain, [other])
    finally:
        api(plain, "DELETE", "/api/collections/plain_groups")


def test_a_collection_that_is_not_ours_is_refused_and_left_alone(plain: PocketBase) -> None:
    api(
        plain,
        "POST",
        "/api/collections",
        {"name": "PLAIN_groups", "type": "base", "fields": [{"name": "x", "type": "text"}]},
    )
    try:
        before = api(plain, "GET", "/api/collections/PLAIN_groups")
        with pytest.raises(
            ConfigurationError, match="collection PLAIN_groups exists and was not made by dualwrite"
        ):
            apply_schema(plain, [replace(GROUP, collection="fresh"), GROUP])
        assert check_schema(plain, [GROUP]) == [
            "collection plain_groups exists and was not made by dualwrite"
        ]
        assert api(plain, "GET", "/api/collections/PLAIN_groups") == before
        assert check_schema(plain, [replace(GROUP, collection="fresh")]) == [
            "collection plain_fresh is missing"
        ]
    finally:
        api(plain, "DELETE", "/api/collections/PLAIN_groups")


def test_other_collections_are_untouched(plain: PocketBase) -> None:
    users = api(plain, "GET", "/api/collections/users")
    apply_schema(plain, ENTITIES)
    assert api(plain, "GET", "/api/collections/users") == users


def test_a_unique_index_leaves_null_alone() -> None:
    assert indexes("p_", NOTE) == {
        "dualwrite_p_notes": "CREATE UNIQUE INDEX `dualwrite_p_notes` ON `p_notes` (`key`, `user_id`)",
        "dualwrite_p_notes_slug_unique": "CREATE UNIQUE INDEX `dualwrite_p_notes_slug_unique` ON `p_notes` (`slug`) WHERE `slug` != ''",
        "dualwrite_p_notes_user_id_rank": "CREATE INDEX `dualwrite_p_notes_user_id_rank` ON `p_notes` (`user_id`, `rank`)",
        "dualwrite_p_notes_id": "CREATE INDEX `dualwrite_p_notes_id` ON `p_notes` (`id` COLLATE NOCASE)",
    }


def test_indexes_for_reads_are_removed_and_made_again_and_what_others_added_stays(pb: PocketBase) -> None:
    path = f"/api/collections/{pb.prefix}notes"
    kept = list(api(pb, "GET", path)["indexes"])  # type: ignore[call-overload]
    theirs = f"CREATE INDEX `theirs` ON `{pb.prefix}notes` (`title`)"
    api(pb, "PATCH", path, {"indexes": [*kept, theirs]})
    try:
        for _ in range(2):
            change_indexes(pb, NOTE, there=False)
            missing = f"{pb.prefix}notes: index dualwrite_{pb.prefix}notes_user_id_rank is missing"
            assert check_schema(pb, ENTITIES) == [missing]
            assert theirs in list(api(pb, "GET", path)["indexes"])  # type: ignore[call-overload]
        for _ in range(2):
            change_indexes(pb, NOTE, there=True)
            assert check_schema(pb, ENTITIES) == []
    finally:
        api(pb, "PATCH", path, {"indexes": kept})


def test_a_backfill_of_many_rows_makes_indexes_after_them(pb: PocketBase) -> None:
    empty(pb)
    source, target, control = FakeStore(), PocketBaseStore(pb), FakeControl()
    source.put(NOTE, [note(f"{at}", rank=at) for at in range(30)])
    missing: list[list[str]] = []

    class Looking(Quiet):
        def advance(self, rows: float) -> None:
            missing.append(check_schema(pb, ENTITIES))

    Backfill(source, target, FakeJournal(), control, owner="one", defer_indexes_from=30).run(
        [NOTE], Looking()
    )
    assert missing
    assert all("user_id_rank is missing" in problems[0] for problems in missing)
    assert check_schema(pb, ENTITIES) == []
    assert target.count(NOTE) == 30


def test_a_collection_that_does_not_exist_is_a_configuration_error(
    pocketbase_server: EmbeddedPocketBase,
) -> None:
    with connected(pocketbase_server, "nowhere_") as pb:
        for attempt in (
            lambda: pb.records(NOTE).get(("n", "u")),
            lambda: pb.records(NOTE).find(),
            lambda: pb.records(NOTE).create(note()),
            lambda: pb.records(NOTE).update(("n", "u"), {"rank": 1}),
            lambda: pb.records(NOTE).delete(("n", "u")),
            lambda: pb.records(NOTE).put(note()),
        ):
            with pytest.raises(ConfigurationError, match="run `dualwrite init`"):
                attempt()


def test_health_names_what_is_wrong(pocketbase_server: EmbeddedPocketBase) -> None:
    with connected(pocketbase_server, HOOKED) as pb:
        assert health(pb, ENTITIES).ready
    with connected(pocketbase_server, PLAIN) as pb:
        assert health(pb, ENTITIES).hooks == "no hooks are installed"
        assert health(pb, [*ENTITIES, GROUP]).schema == ("collection plain_groups is missing",)
    with PocketBase.connect("http://127.0.0.1:1", token="t", entities=[USER]) as pb:
        assert "no server answers" in (health(pb, [USER]).problem or "")


def test_every_collection_finds_an_id_in_any_case_of_its_letters() -> None:
    collections = [one for entity in ENTITIES for one in wanted("p_", entity)]
    assert len(collections) == len(ENTITIES) + 1, "and one for the content of papers"
    for one in collections:
        assert f"ON `{one.name}` (`id` COLLATE NOCASE)" in " ".join(one.indexes.values())
