"""What `IUsersRepo` promises, on every backend; lists of users are in `test_users_listed.py`."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from dualwrite.call import Call, calling
from dualwrite.entity import Row
from dualwrite.errors import Conflict, Refused
from dualwrite.stamp import Stamp
from repos.entities import CHAT, GROUP, USER
from repos.interfaces import IUsersRepo
from repos.models import UpdateProfileForm, UserModel, UserSettings
from tests.contract.backends import Backend

NOW = 1_700_000_000
HOSTILE = ("quo\"te's", "back\\slash", "x' || id != '", "日本 😀", "a/b:c*d", "%", "", '""', "null")


@pytest.fixture
def users(backend: Backend) -> IUsersRepo:
    return backend.repos.users


def row(id: str, **columns: object) -> Row:
    made: Row = {
        "id": id,
        "name": id.upper(),
        "email": f"{id}@x.org",
        "role": "user",
        "profile_image_url": "/user.png",
        "created_at": 1,
        "updated_at": 1,
        "last_active_at": 1,
    }
    return made | columns  # type: ignore[operator]


def chat(id: str, user: str, **columns: object) -> Row:
    made: Row = {"id": id, "user_id": user, "title": "", "chat": '{"a":1}', "meta": "{}", "archived": False}
    return made | {"created_at": 1, "updated_at": 1} | columns  # type: ignore[operator]


def group(id: str, *members: str) -> Row:
    return {"id": id, "user_id": "root", "name": id, "description": "", "user_ids": json.dumps(members)} | {
        "created_at": 1,
        "updated_at": 1,
    }


def stored(backend: Backend, id: str = "ann") -> Row:
    return next(each for each in backend.rows(USER) if each["id"] == id)


def test_a_new_user_is_answered_and_stored(users: IUsersRepo, backend: Backend) -> None:
    with calling(Call(Stamp(seed=b"s", time_ns=NOW * 10**9))):
        made = users.insert_new_user("ann", "Ann", "ann@x.org")
    clocks = {"created_at": NOW, "updated_at": NOW, "last_active_at": NOW}
    assert made == UserModel(id="ann", name="Ann", email="ann@x.org", profile_image_url="/user.png", **clocks)
    assert made.role == "pending"
    absent = dict.fromkeys(("api_key", "oauth_sub", "username", "bio", "gender", "date_of_birth"))
    assert stored(backend) == {
        "id": "ann",
        "name": "Ann",
        "email": "ann@x.org",
        "role": "pending",
        "profile_image_url": "/user.png",
        "settings": "null",
        "info": "null",
        **absent,
        **clocks,
    }


def test_a_taken_id_or_oauth_sub_is_refused_and_a_taken_email_is_not(users: IUsersRepo) -> None:
    users.insert_new_user("ann", "Ann", "ann@x.org", oauth_sub="google@1")
    with pytest.raises(Conflict):
        users.insert_new_user("ann", "Other", "other@x.org")
    with pytest.raises(Conflict):
        users.insert_new_user("bob", "Bob", "bob@x.org", oauth_sub="google@1")
    assert users.insert_new_user("Ann", "Ann", "ann@x.org") is not None
    assert users.get_num_users() == 2


def test_what_is_no_user_is_not_made(users: IUsersRepo) -> None:
    with pytest.raises(ValidationError):
        users.insert_new_user("ann", None, "ann@x.org")  # type: ignore[arg-type]
    with pytest.raises(Refused):
        users.insert_new_user("ann", "\ud800", "ann@x.org")
    assert users.has_users() is False


def test_each_is_found_by_id_key_email_and_sub(users: IUsersRepo, backend: Backend) -> None:
    for number, text in enumerate(HOSTILE):
        backend.put(USER, row(text, email=text, api_key=text, oauth_sub=text, created_at=number))
    for text in HOSTILE:
        for find in (
            users.get_user_by_id,
            users.get_user_by_email,
            users.get_user_by_api_key,
            users.get_user_by_oauth_sub,
        ):
            found = find(text)
            assert found is not None
            assert found.id == text
    assert users.get_user_by_id("ANN") is None
    assert users.get_user_by_email("no such") is None


def test_without_a_key_the_first_of_those_without_is_found(users: IUsersRepo, backend: Backend) -> None:
    backend.put(USER, row("a", api_key="k"), row("c"), row("b", oauth_sub="s"))
    by_key, by_sub = users.get_user_by_api_key(None), users.get_user_by_oauth_sub(None)  # type: ignore[arg-type]
    assert by_key is not None
    assert by_sub is not None
    assert (by_key.id, by_sub.id) == ("b", "a")
    assert users.get_user_by_id(None) is None  # type: ignore[arg-type]


def test_of_several_the_first_by_id_is_found(users: IUsersRepo, backend: Backend) -> None:
    backend.put(USER, *(row(each, email="same", role="admin", created_at=5) for each in ("b", "a", "é", "Z")))
    for found in (
        users.get_user_by_email("same"),
        users.get_super_admin_user(),
        users.get_first_user(),
    ):
        assert found is not None
        assert found.id == "Z"
    backend.put(USER, row("z", created_at=4))
    oldest = users.get_first_user()
    assert oldest is not None
    assert oldest.id == "z"


def test_without_users_nothing_is_found(users: IUsersRepo) -> None:
    assert users.get_first_user() is None
    assert users.get_super_admin_user() is None
    assert users.get_num_users() == 0
    assert users.get_users_by_user_ids(["x"]) == []
    assert users.get_valid_user_ids([]) == []


def test_every_column_comes_back(users: IUsersRepo, backend: Backend) -> None:
    settings, info = '{"ui": {"a": 1.0}, "more": [null]}', '{"b": 1, "a": 1763856000123456789}'
    born = {"date_of_birth": "2000-02-29", "username": "", "bio": '"', "gender": "x"}
    backend.put(USER, row("ann", settings=settings, info=info, **born))
    found = users.get_user_by_id("ann")
    assert found is not None
    assert found.date_of_birth == datetime.date(2000, 2, 29)
    assert found.settings == UserSettings(ui={"a": 1.0}, more=[None])
    assert found.info == {"b": 1, "a": 1763856000123456789}
    assert (found.username, found.bio, found.gender) == ("", '"', "x")


def test_a_row_that_is_no_user_is_missing_or_raises(users: IUsersRepo, backend: Backend) -> None:
    backend.put(USER, row("ann", settings="[1]", role="admin"))
    assert users.get_user_by_id("ann") is None
    assert users.get_first_user() is None
    assert users.get_valid_user_ids(["ann"]) == ["ann"]
    for ask in (users.get_super_admin_user, users.get_users, lambda: users.get_users_by_user_ids(["ann"])):
        with pytest.raises(Refused):
            ask()


UPDATES: dict[str, tuple[str, object, Callable[[IUsersRepo, str], object]]] = {
    "role": ("role", "admin", lambda r, user: r.update_user_role_by_id(user, "admin")),
    "picture": ("profile_image_url", "", lambda r, user: r.update_user_profile_image_url_by_id(user, "")),
    "sub": ("oauth_sub", "s", lambda r, user: r.update_user_oauth_sub_by_id(user, "s")),
    "active": ("last_active_at", NOW, lambda r, user: r.update_user_last_active_by_id(user)),
    "any": ("bio", "é", lambda r, user: r.update_user_by_id(user, {"bio": "é"})),
    "settings": ("settings", '{"x": 1}', lambda r, user: r.update_user_settings_by_id(user, {"x": 1})),
}


@pytest.mark.parametrize("name", UPDATES)
def test_an_update_writes_one_column_and_no_clock_of_change(
    name: str, users: IUsersRepo, backend: Backend
) -> None:
    column, value, update = UPDATES[name]
    backend.put(USER, row("ann"), row("bob"))
    before = stored(backend)
    with calling(Call(Stamp(seed=b"s", time_ns=NOW * 10**9))):
        changed = update(users, "ann")
        assert update(users, "no such id") is None
        assert update(users, None) is None  # type: ignore[arg-type]
    assert changed == users.get_user_by_id("ann")
    assert stored(backend) == before | {column: value}
    assert stored(backend, "bob") == row("bob") | dict.fromkeys(set(before) - set(row("bob")))


def test_unique_values_are_refused_where_another_has_them(users: IUsersRepo, backend: Backend) -> None:
    backend.put(USER, row("ann", api_key="k", oauth_sub="s"), row("bob"))
    assert users.update_user_api_key_by_id("bob", "k") is False
    assert users.update_user_oauth_sub_by_id("bob", "s") is None
    assert users.update_user_by_id("bob", {"api_key": "k", "name": "x"}) is None
    assert stored(backend, "bob")["name"] == "BOB"
    assert users.update_user_api_key_by_id("bob", "K") is True
    assert users.get_user_api_key_by_id("bob") == "K"
    assert users.update_user_api_key_by_id("no such id", "z") is False


def test_a_key_is_taken_away(users: IUsersRepo, backend: Backend) -> None:
    backend.put(USER, row("ann", api_key="k"), row("bob", api_key=""))
    assert users.update_user_api_key_by_id("ann", None) is True  # type: ignore[arg-type]
    assert users.get_user_api_key_by_id("ann") is None
    assert users.get_user_api_key_by_id("bob") == ""
    assert users.get_user_api_key_by_id("no such id") is None


def test_a_profile_is_written_as_the_application_sends_it(users: IUsersRepo, backend: Backend) -> None:
    backend.put(USER, row("ann"))
    form = UpdateProfileForm(profile_image_url="/a", name="A", date_of_birth=datetime.date(987, 6, 5))
    changed = users.update_user_by_id("ann", form.model_dump())
    assert changed is not None
    assert changed.date_of_birth == datetime.date(987, 6, 5)
    assert stored(backend)["date_of_birth"] == "0987-06-05"
    moment = datetime.datetime(2001, 2, 3, 4, 5, tzinfo=datetime.UTC)
    users.update_user_by_id("ann", {"date_of_birth": moment, "info": None})
    assert (stored(backend)["date_of_birth"], stored(backend)["info"]) == ("2001-02-03", "null")


REFUSED: tuple[object, ...] = (
    None,
    {},
    {"unknown": 1},
    {"name": None},
    {"name": 5},
    {"created_at": "1"},
    {"created_at": True},
    {"created_at": 2**63},
    {"date_of_birth": "yesteryear"},
    {"bio": "\ud800"},
    {"settings": object()},
)


@pytest.mark.parametrize("updated", REFUSED, ids=repr)
def test_what_no_row_can_have_is_not_written(updated: object, users: IUsersRepo, backend: Backend) -> None:
    backend.put(USER, row("ann"))
    before = stored(backend)
    assert users.update_user_by_id("ann", updated) is None  # type: ignore[arg-type]
    assert stored(backend) == before


def test_a_date_as_text_is_for_postgresql(users: IUsersRepo, backend: Backend) -> None:
    backend.put(USER, row("ann"))
    changed = users.update_user_by_id("ann", {"date_of_birth": "2000-01-02"})
    assert (changed is not None) == (backend.dialect == "postgresql")


def test_a_user_can_move_to_another_id(users: IUsersRepo, backend: Backend) -> None:
    backend.put(USER, row("ann", api_key="k"), row("bob"))
    assert users.update_user_by_id("ann", {"id": "bob"}) is None
    assert users.update_user_by_id("ann", {"id": "eve", "name": "Eve"}) is None
    assert users.update_user_by_id("gone", {"id": "x"}) is None
    assert users.get_valid_user_ids(["ann", "bob", "eve", "x"]) == ["bob", "eve"]
    assert (stored(backend, "eve")["name"], stored(backend, "eve")["api_key"]) == ("Eve", "k")
    assert users.update_user_by_id("eve", {"id": "eve", "name": "E"}) is not None


def test_settings_are_merged_at_the_top(users: IUsersRepo, backend: Backend) -> None:
    backend.put(USER, row("ann", settings='{"ui":{"a":1},"z":1.0}'))
    changed = users.update_user_settings_by_id("ann", {"ui": {"b": True}, "é": None})
    assert changed is not None
    assert changed.settings == UserSettings(ui={"b": True}, z=1.0, é=None)
    assert stored(backend)["settings"] == '{"ui": {"b": true}, "z": 1.0, "\\u00e9": null}'
    users.update_user_settings_by_id("ann", {})
    assert stored(backend)["settings"] == '{"ui": {"b": true}, "z": 1.0, "\\u00e9": null}'


def test_settings_that_are_no_object_stay(users: IUsersRepo, backend: Backend) -> None:
    backend.put(USER, row("ann", settings="[1]"), row("bob", settings='{"a":1}'))
    assert users.update_user_settings_by_id("ann", {"a": 1}) is None
    assert users.update_user_settings_by_id("bob", None) is None  # type: ignore[arg-type]
    assert users.update_user_settings_by_id("bob", {"a": object()}) is None
    assert [each["settings"] for each in backend.rows(USER)] == ["[1]", backend.text('{"a":1}')]


def test_settings_that_make_no_user_are_written_and_none_is_answered(
    users: IUsersRepo, backend: Backend
) -> None:
    backend.put(USER, row("ann"))
    assert users.update_user_settings_by_id("ann", {"ui": "no object"}) is None
    assert stored(backend)["settings"] == '{"ui": "no object"}'


def test_the_webhook_is_read_from_the_settings(users: IUsersRepo, backend: Backend) -> None:
    for number, settings in enumerate(
        (
            '{"ui": {"notifications": {"webhook_url": "https://x"}}}',
            '{"ui": {"notifications": null}}',
            "[1]",
            "null",
            None,
        )
    ):
        backend.put(USER, row(f"u{number}", settings=settings))
    assert users.get_user_webhook_url_by_id("u0") == "https://x"
    assert [users.get_user_webhook_url_by_id(f"u{n}") for n in range(1, 6)] == [None] * 5


def test_a_deleted_user_takes_chats_copies_and_memberships_along(users: IUsersRepo, backend: Backend) -> None:
    backend.put(USER, row("ann"), row("bob"))
    backend.put(CHAT, chat("c1", "ann", share_id="s1"), chat("c2", "ann"), chat("é/x", "ann"))
    backend.put(
        CHAT, chat("s1", "shared-c1"), chat("s2", "shared-é/x"), chat("s3", "shared-c9"), chat("c3", "bob")
    )
    backend.put(GROUP, group("g1", "ann", "bob"), group("g2", "bob"), group("g3", "ann"))
    with calling(Call(Stamp(seed=b"s", time_ns=NOW * 10**9))):
        assert users.delete_user_by_id("ann") is True
    assert [each["id"] for each in backend.rows(USER)] == ["bob"]
    assert [each["id"] for each in backend.rows(CHAT)] == ["c3", "s3"]
    left = {each["id"]: (each["user_ids"], each["updated_at"]) for each in backend.rows(GROUP)}
    assert left == {"g1": ('["bob"]', NOW), "g2": ('["bob"]', 1), "g3": ("[]", NOW)}


def test_a_missing_user_is_deleted_with_what_they_left(users: IUsersRepo, backend: Backend) -> None:
    backend.put(CHAT, chat("c1", "gone"))
    assert users.delete_user_by_id("gone") is True
    assert backend.rows(CHAT) == []
    assert users.delete_user_by_id("gone") is True
    assert users.delete_user_by_id(None) is True  # type: ignore[arg-type]
    assert users.delete_user_by_id("\ud800") is False


def test_a_group_that_cannot_be_left_keeps_its_members(users: IUsersRepo, backend: Backend) -> None:
    """`a_n` is LIKE `axn`, which group `b` has: as `remove_user_from_all_groups` does, nothing is changed there."""
    backend.put(USER, row("a_n"))
    backend.put(CHAT, chat("c1", "a_n"))
    backend.put(GROUP, group("a", "a_n"), group("b", "axn"))
    assert users.delete_user_by_id("a_n") is True
    assert backend.rows(USER) == backend.rows(CHAT) == []
    assert [each["user_ids"] for each in backend.rows(GROUP)] == ['["a_n"]', '["axn"]']


def test_ids_are_checked_and_sorted(users: IUsersRepo, backend: Backend) -> None:
    backend.put(USER, row("b"), row("a"), row("é"), row("Z"))
    wanted = ["é", "b", "b", "gone", "Z", "a"]
    assert users.get_valid_user_ids(wanted) == ["Z", "a", "b", "é"]
    assert [each.id for each in users.get_users_by_user_ids(wanted)] == ["Z", "a", "b", "é"]
    with pytest.raises(Refused):
        users.get_valid_user_ids("a")  # type: ignore[arg-type]
