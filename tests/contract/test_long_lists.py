"""A thousand ids in one argument, awkward ones among them: PocketBase answers, and then holds, exactly what SQL does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from dualwrite.call import Call, calling
from dualwrite.codec import canonical
from dualwrite.entity import Entity, Row
from dualwrite.stamp import Stamp
from repos import Repositories
from repos.entities import CHAT, ENTITIES, FILE, FOLDER, GROUP, MODEL, TAG, USER
from repos.models import ModelMeta, ModelModel, ModelParams
from tests.contract.backends import BACKENDS, PLAIN_PREFIX, Backend, pocketbase_backend
from tests.fixtures.dialects import BOTH

MANY = 1_000
AWKWARD = [
    "a/b", "../../a", "llama3.2:latest", "it's", 'say "hi"', "back\\slash", "%", "_", "a%b_c", "?#&=+", " ", " led and trailed ",
    "null", "true", "123", "@request.query.v0", "{:p0}", "[[id]]", "{{t}}", "'; DROP TABLE x; --", "\t\n", "\u00e9", "e\u0301",
    "\u0130stanbul", "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "A", "a", "x" * 255, "\U0001f600" * 255, "\u00df" * 255,
]  # fmt: skip
WITH_NUL = ["nul\0", "\0", "nul\0and more"]
CLOCKS = {"created_at": 1, "updated_at": 1}


@dataclass(frozen=True)
class Pair:
    """The same rows in SQL and in PocketBase that takes its place."""

    sql: Backend
    pocketbase: Backend

    @property
    def awkward(self) -> list[str]:
        """PostgreSQL holds no NUL."""
        return AWKWARD if self.sql.dialect == "postgresql" else AWKWARD + WITH_NUL

    @property
    def wanted(self) -> list[str]:
        """A thousand ids; every other one of the plain ones is there, and every awkward one."""
        return [*self.awkward, *(f"id {at}" for at in range(MANY - len(self.awkward)))]

    @property
    def there(self) -> list[str]:
        """Those that have a row, and some that nobody asks for."""
        return [*self.awkward, *self.wanted[len(self.awkward) :: 2], *(f"other {at}" for at in range(50))]

    def put(self, entity: Entity, rows: list[dict[str, Any]]) -> None:
        for backend in (self.sql, self.pocketbase):
            backend.clear()
            backend.put(entity, *rows)

    def same(self, ask: Callable[[Repositories], Any]) -> Any:
        """The one answer of both, after which both hold the same."""
        stamp = Stamp()
        answers = []
        for backend in (self.sql, self.pocketbase):
            with calling(Call(stamp.again())):
                answers.append(ask(backend.repos))
        assert answers[0] == answers[1]
        for entity in ENTITIES:
            assert _canonical(entity, self.sql) == _canonical(entity, self.pocketbase)
        return answers[0]


def _canonical(entity: Entity, backend: Backend) -> list[Row]:
    return [canonical(entity, row) for row in backend.rows(entity)]


@pytest.fixture(scope="module", params=BOTH)
def sql(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    with BACKENDS[request.param](request, tmp_path_factory) as backend:
        yield backend


@pytest.fixture(scope="module", params=["hooks", "without hooks"])
def pair(
    request: pytest.FixtureRequest, sql: Backend, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    prefix = {"prefix": PLAIN_PREFIX} if request.param == "without hooks" else {}
    with pocketbase_backend(sql.dialect, **prefix)(request, tmp_path_factory) as other:
        assert other.store.exact is not bool(prefix)
        yield Pair(sql, other)


def users(pair: Pair) -> None:
    user = {"role": "user", "profile_image_url": "", "last_active_at": 1} | CLOCKS
    pair.put(
        USER,
        [user | {"id": name, "name": f"N{at}", "email": f"{at}@x"} for at, name in enumerate(pair.there)],
    )


def files(pair: Pair) -> None:
    file = {"user_id": "ann", "filename": "n", "meta": '{"name": "n"}', "created_at": 1}
    pair.put(FILE, [file | {"id": name, "updated_at": at % 7} for at, name in enumerate(pair.there)])


def tags(pair: Pair) -> None:
    there = [(name, user) for name in pair.there for user in ("ann", "bob")]
    pair.put(TAG, [{"id": name, "name": name, "user_id": user} for name, user in there])


def chats(pair: Pair) -> None:
    chat = {"user_id": "ann", "title": "t", "chat": "{}", "meta": "{}", "created_at": 1, "pinned": None}
    rows = [
        chat | {"id": name, "folder_id": name, "updated_at": at % 7, "archived": at % 5 == 0}
        for at, name in enumerate(pair.there)
    ]
    pair.put(CHAT, rows)


def folders(pair: Pair) -> None:
    folder = {"user_id": "ann", "is_expanded": False} | CLOCKS
    pair.put(FOLDER, [folder | {"id": name, "name": name} for name in pair.there])


def groups(pair: Pair) -> None:
    group = {"user_id": "root", "description": "", "user_ids": '["id 0", "ann"]'} | CLOCKS
    rows = [group | {"id": f"g{at}", "name": name} for at, name in enumerate(pair.there)]
    pair.put(GROUP, rows)


def models(pair: Pair) -> None:
    model = {"user_id": "ann", "name": "m", "params": "{}", "meta": "{}", "is_active": True} | CLOCKS
    pair.put(MODEL, [model | {"id": name} for name in pair.there if not name.startswith("other")])


READS: dict[str, tuple[Callable[[Pair], None], Callable[[Repositories, list[str]], Any]]] = {
    "get_files_by_ids": (files, lambda r, ids: r.files.get_files_by_ids(ids)),
    "get_file_metadatas_by_ids": (files, lambda r, ids: r.files.get_file_metadatas_by_ids(ids)),
    "get_users_by_user_ids": (users, lambda r, ids: r.users.get_users_by_user_ids(ids)),
    "get_valid_user_ids": (users, lambda r, ids: r.users.get_valid_user_ids(ids)),
    "get_tags_by_ids_and_user_id": (tags, lambda r, ids: r.tags.get_tags_by_ids_and_user_id(ids, "ann")),
    "get_chat_list_by_chat_ids": (chats, lambda r, ids: r.chats.get_chat_list_by_chat_ids(ids)),
    "get_chats_by_folder_ids_and_user_id": (
        chats,
        lambda r, ids: r.chats.get_chats_by_folder_ids_and_user_id(ids, "ann"),
    ),
    "search_folders_by_names": (folders, lambda r, ids: r.folders.search_folders_by_names("ann", ids)),
}


@pytest.mark.parametrize("method", READS)
def test_a_list_of_a_thousand_finds_what_sql_finds(method: str, pair: Pair) -> None:
    fill, ask = READS[method]
    fill(pair)
    assert len(pair.wanted) == MANY
    found = pair.same(lambda repositories: ask(repositories, pair.wanted))
    assert MANY // 3 < len(found) < MANY


def test_a_thousand_members_join_and_leave_a_group(pair: Pair) -> None:
    groups(pair)
    added = pair.same(lambda r: r.groups.add_users_to_group("g0", pair.wanted))
    assert len(added.user_ids) == MANY + 1
    left = pair.same(lambda r: r.groups.remove_users_from_group("g0", pair.wanted))
    assert left.user_ids == ["ann"]


def test_a_thousand_groups_are_made_by_name(pair: Pair) -> None:
    groups(pair)
    made = pair.same(lambda r: r.groups.create_groups_by_group_names("ann", pair.wanted))
    assert len(made) == MANY - len(set(pair.wanted) & set(pair.there))


def test_a_user_is_made_a_member_of_a_thousand_groups(pair: Pair) -> None:
    groups(pair)
    assert pair.same(lambda r: r.groups.sync_groups_by_group_names("bob", pair.wanted))
    assert len(pair.same(lambda r: r.groups.get_groups_by_member_id("bob"))) > MANY // 3


def test_a_thousand_models_are_synced(pair: Pair) -> None:
    models(pair)
    fields = {
        "name": "n",
        "meta": ModelMeta(),
        "params": ModelParams(),
        "user_id": "",
        "is_active": True,
    } | CLOCKS
    synced = [ModelModel(**fields | {"id": name}) for name in pair.wanted]
    assert len(pair.same(lambda r: r.models.sync_models("ann", synced))) == MANY


def test_a_chat_is_given_a_thousand_tags(pair: Pair) -> None:
    tags(pair)
    chat = {"user_id": "ann", "title": "t", "chat": "{}", "archived": False} | CLOCKS
    for backend in (pair.sql, pair.pocketbase):
        backend.put(CHAT, chat | {"id": "c", "meta": '{"tags": ["other_1", "gone"]}'})
    ann = SimpleNamespace(id="ann")
    answer = pair.same(lambda r: r.chats.update_chat_tags_by_id("c", pair.wanted, ann))
    assert len(answer.meta["tags"]) > 9 * MANY // 10
    assert len(pair.same(lambda r: r.chats.get_chat_tags_by_id_and_user_id("c", "ann"))) > 9 * MANY // 10
