"""What `IModelsRepo` promises, on every backend."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from dualwrite.call import Call, calling
from dualwrite.entity import Row
from dualwrite.errors import Refused
from dualwrite.stamp import Stamp
from repos.entities import GROUP, MODEL, USER
from repos.interfaces import IModelsRepo
from repos.models import ModelForm, ModelMeta, ModelModel, ModelParams, UserResponse, UserSettings
from tests.contract.backends import Backend

NOW = 1_700_000_000
HOSTILE = ("llama3.2:latest", "org/model", "../x", "a b%c", "x' || id != '", "日本 😀", "", "null")


@pytest.fixture
def models(backend: Backend) -> IModelsRepo:
    return backend.repos.models


def row(id: str, user: str = "ann", **columns: object) -> Row:
    made: Row = {"id": id, "user_id": user, "name": id, "meta": "{}", "params": "{}", "is_active": True}
    return made | {"created_at": 1, "updated_at": 1} | columns  # type: ignore[operator]


def form(id: str, **fields: Any) -> ModelForm:
    return ModelForm.model_validate({"id": id, "name": id, "meta": {}, "params": {}, **fields})


def whole(id: str, **fields: Any) -> ModelModel:
    made = {"id": id, "user_id": "x", "name": id, "meta": {}, "params": {}, "is_active": True}
    return ModelModel.model_validate({**made, "created_at": 5, "updated_at": 5, **fields})


def put_user(backend: Backend, id: str, **columns: object) -> None:
    made: Row = {"id": id, "name": id.upper(), "email": f"{id}@x", "role": "user", "profile_image_url": "/p"}
    clocks = dict.fromkeys(("created_at", "updated_at", "last_active_at"), 1)
    backend.put(USER, made | clocks | columns)  # type: ignore[operator]


def put_group(backend: Backend, id: str, *members: str) -> None:
    made: Row = {"id": id, "user_id": "root", "name": id, "description": "", "user_ids": json.dumps(members)}
    backend.put(GROUP, made | {"created_at": 1, "updated_at": 1})


def ids(found: list[Any]) -> list[str]:
    return [each.id for each in found]


def stored(backend: Backend) -> dict[object, Row]:
    return {each["id"]: each for each in backend.rows(MODEL)}


def test_a_new_model_is_answered_and_stored(models: IModelsRepo, backend: Backend) -> None:
    sent = form("org/m:1", params={"z": 1.0, "a": None}, meta={"extra": "é"}, base_model_id="base")
    with calling(Call(Stamp(seed=b"s", time_ns=NOW * 10**9))):
        made = models.insert_new_model(sent, "ann")
    assert made is not None
    assert made == models.get_model_by_id("org/m:1")
    assert made.meta == ModelMeta(extra="é")
    assert backend.rows(MODEL) == [
        {
            "id": "org/m:1",
            "user_id": "ann",
            "base_model_id": "base",
            "name": "org/m:1",
            "meta": '{"profile_image_url": "/static/favicon.png", "description": null, "capabilities": null, '
            '"extra": "\\u00e9"}',
            "params": '{"z": 1.0, "a": null}',
            "created_at": NOW,
            "updated_at": NOW,
            "access_control": "null",
            "is_active": True,
        }
    ]


def test_a_taken_id_is_refused_and_the_first_stays(models: IModelsRepo) -> None:
    models.insert_new_model(form("m", name="first"), "ann")
    assert models.insert_new_model(form("m", name="second"), "bob") is None
    assert models.insert_new_model(form("M"), "ann") is not None
    assert [each.name for each in models.get_all_models()] == ["M", "first"]


def test_what_is_no_model_is_not_made(models: IModelsRepo) -> None:
    with pytest.raises(ValidationError):
        models.insert_new_model(form("m"), None)  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        models.insert_new_model(UserSettings(), "ann")
    assert models.insert_new_model(form("\ud800"), "ann") is None
    assert models.get_all_models() == []


def test_each_is_found_by_its_id(models: IModelsRepo, backend: Backend) -> None:
    backend.put(MODEL, *(row(each) for each in HOSTILE))
    for each in HOSTILE:
        found = models.get_model_by_id(each)
        assert found is not None
        assert found.id == each
    for missing in ("M", None, "\ud800"):
        assert models.get_model_by_id(missing) is None  # type: ignore[arg-type]


def test_models_with_and_without_a_base_are_told_apart(models: IModelsRepo, backend: Backend) -> None:
    put_user(backend, "ann")
    backend.put(MODEL, row("b", base_model_id="x"), row("a", base_model_id=""), row("é"), row("Z"))
    backend.put(MODEL, row("c", "gone", base_model_id="x"))
    assert ids(models.get_all_models()) == ["Z", "a", "b", "c", "é"]
    assert ids(models.get_base_models()) == ["Z", "é"]
    found = models.get_models()
    assert ids(found) == ["a", "b", "c"]
    ann = UserResponse(id="ann", name="ANN", email="ann@x", role="user", profile_image_url="/p")
    assert [each.user for each in found] == [ann, ann, None]


def test_without_models_there_is_nothing(models: IModelsRepo) -> None:
    assert models.get_all_models() == models.get_models() == models.get_base_models() == []
    assert models.get_models_by_user_id("ann") == []


def test_a_broken_row_is_missing_or_raises(models: IModelsRepo, backend: Backend) -> None:
    backend.put(MODEL, row("m", params="null", base_model_id="x"))
    assert models.get_model_by_id("m") is None
    for ask in (models.get_all_models, models.get_models, lambda: models.get_models_by_user_id("ann")):
        with pytest.raises(Refused):
            ask()
    assert models.get_base_models() == []


def test_a_broken_owner_raises(models: IModelsRepo, backend: Backend) -> None:
    put_user(backend, "ann", settings="[1]")
    backend.put(MODEL, row("m", base_model_id="x"))
    with pytest.raises(Refused):
        models.get_models()


CONTROLS: dict[str, object] = {
    "public": None,
    "null": "null",
    "private": "{}",
    "ann reads": '{"read": {"user_ids": ["ann"], "group_ids": []}, "write": {}}',
    "g writes": '{"write": {"group_ids": ["g", "h"]}}',
    "bob all": '{"read": {"user_ids": ["bob"]}, "write": {"user_ids": ["bob"]}}',
}


@pytest.mark.parametrize(
    ("user", "permission", "found"),
    [
        ("ann", "write", ["g writes"]),
        ("ann", "read", ["ann reads", "null", "public"]),
        ("bob", "write", ["bob all"]),
        ("owner", "write", sorted(CONTROLS)),
        ("ann", "other", []),
        ("an", "read", ["null", "public"]),
    ],
)
def test_models_of_a_user_are_theirs_and_those_they_have_access_to(
    user: str, permission: str, found: list[str], models: IModelsRepo, backend: Backend
) -> None:
    put_group(backend, "g", "ann")
    for name, control in CONTROLS.items():
        backend.put(MODEL, row(name, "owner", access_control=control, base_model_id="x"))
    backend.put(MODEL, row("override", "ann"))
    assert ids(models.get_models_by_user_id(user, permission)) == found
    if permission == "write":
        assert ids(models.get_models_by_user_id(user)) == found


@pytest.mark.parametrize(
    "control",
    ['{"write": null}', '{"write": {"user_ids": null}}', '{"write": {"group_ids": 5}}', '{"write": []}'],
)
def test_an_access_control_that_is_none_raises(control: str, models: IModelsRepo, backend: Backend) -> None:
    put_group(backend, "g", "ann")
    backend.put(MODEL, row("m", "owner", access_control=control, base_model_id="x"))
    with pytest.raises(Refused):
        models.get_models_by_user_id("ann")
    assert ids(models.get_models_by_user_id("owner")) == ["m"]


def test_a_model_is_switched_off_and_on(models: IModelsRepo, backend: Backend) -> None:
    backend.put(MODEL, row("m", params='{"b":1,"a":1.0}'))
    before = stored(backend)["m"]
    with calling(Call(Stamp(seed=b"s", time_ns=NOW * 10**9))):
        off = models.toggle_model_by_id("m")
    assert off is not None
    assert off.is_active is False
    assert stored(backend)["m"] == before | {"is_active": False, "updated_at": NOW}
    on = models.toggle_model_by_id("m")
    assert on is not None
    assert on.is_active is True
    assert models.toggle_model_by_id("no such id") is None
    assert models.toggle_model_by_id(None) is None  # type: ignore[arg-type]


def test_an_update_writes_all_of_the_form_but_the_id(models: IModelsRepo, backend: Backend) -> None:
    backend.put(MODEL, row("m", base_model_id="x", access_control="{}", params='{"a": 1}', is_active=False))
    changed = models.update_model_by_id("m", form("other", name="new"))
    assert changed is not None
    assert (changed.id, changed.name, changed.base_model_id, changed.is_active) == ("m", "new", None, True)
    assert changed.params == ModelParams()
    assert changed.updated_at == 1
    assert stored(backend)["m"]["access_control"] == "null"
    assert models.update_model_by_id("no such id", form("m")) is None


def test_an_update_may_be_a_whole_model_but_nothing_else(models: IModelsRepo, backend: Backend) -> None:
    backend.put(MODEL, row("m"))
    changed = models.update_model_by_id("m", whole("other", user_id="bob"))
    assert changed is not None
    assert (changed.id, changed.user_id, changed.created_at) == ("m", "bob", 5)
    before = stored(backend)
    for refused in (UserSettings(), form("m", name="\ud800")):
        assert models.update_model_by_id("m", refused) is None
    assert stored(backend) == before


def test_deletion_is_true_either_way(models: IModelsRepo, backend: Backend) -> None:
    backend.put(MODEL, *(row(each) for each in HOSTILE))
    for each in (*HOSTILE[:3], "no such id", None):
        assert models.delete_model_by_id(each) is True  # type: ignore[arg-type]
    assert len(backend.rows(MODEL)) == len(HOSTILE) - 3
    assert models.delete_model_by_id("\ud800") is False
    assert models.delete_all_models() is True
    assert models.delete_all_models() is True
    assert backend.rows(MODEL) == []


def test_a_sync_leaves_exactly_the_given_models(models: IModelsRepo, backend: Backend) -> None:
    backend.put(MODEL, row("old"), row("kept", params='{"a":1}'), row("Z"))
    with calling(Call(Stamp(seed=b"s", time_ns=NOW * 10**9))):
        found = models.sync_models(
            "bob", [whole("é/1"), whole("kept", name="first"), whole("kept", name="K")]
        )
    assert [(each.id, each.name, each.user_id) for each in found] == [
        ("kept", "K", "bob"),
        ("é/1", "é/1", "bob"),
    ]
    assert found == models.get_all_models()
    assert {(each["created_at"], each["updated_at"]) for each in backend.rows(MODEL)} == {(5, NOW)}
    assert stored(backend)["kept"]["params"] == "{}"
    assert models.sync_models("bob", []) == []
    assert backend.rows(MODEL) == []


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        [1],
        "ab",
        [whole("new"), whole("new")],
        [whole("a", name="\ud800")],
        [form("a")],
        [UserSettings(id="a")],
    ],
    ids=["none", "numbers", "text", "twice", "surrogate", "form", "other"],
)
def test_a_sync_that_is_refused_changes_nothing(wanted: Any, models: IModelsRepo, backend: Backend) -> None:
    backend.put(MODEL, row("a"), row("b"))
    before = stored(backend)
    assert models.sync_models("bob", wanted) == []
    assert stored(backend) == before


def test_parameters_hold_whatever_json_can_escape(models: IModelsRepo) -> None:
    found = models.sync_models("bob", [whole("m", params={"nul": "\0", "lone": "\ud800"})])
    assert found[0].params == ModelParams(nul="\0", lone="\ud800")
