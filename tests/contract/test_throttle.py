"""The last-active update at most once in a while, as Open WebUI's own setting says; by the call's clock on every store."""

from __future__ import annotations

import pytest

from dualwrite.call import Call, calling
from dualwrite.pocketbase import EmbeddedPocketBase
from dualwrite.stamp import Stamp
from repos import Repositories, connect
from repos.rehearsal.schema import create
from repos.rules.throttle import INTERVAL
from tests.fixtures.openwebui import PLAIN_PREFIX

NOW = 1_700_000_000


def seen_at(repos: Repositories, user: str, second: int) -> int | None:
    with calling(Call(Stamp(seed=b"s", time_ns=(NOW + second) * 10**9))):
        changed = repos.users.update_user_last_active_by_id(user)
    return None if changed is None else changed.last_active_at - NOW


@pytest.mark.parametrize("backend", ["sql", "pocketbase"])
def test_one_update_in_each_interval(
    backend: str,
    openwebui_server: EmbeddedPocketBase,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('throttle') / 'webui.db'}"
    create(url)
    monkeypatch.setenv(INTERVAL, "10")
    monkeypatch.setenv("DUALWRITE_PREFIX", PLAIN_PREFIX)
    login = {"pb_identity": openwebui_server.identity, "pb_password": openwebui_server.password}
    with connect(backend, sql_url=url, pb_url=openwebui_server.url, **login) as repos:  # type: ignore[arg-type]
        repos.users.delete_user_by_id("ann")
        repos.users.insert_new_user("ann", "Ann", "ann@x.org")
        assert [seen_at(repos, "ann", second) for second in (0, 9, 10, 15, 21)] == [0, None, 10, None, 21]
        found = repos.users.get_user_by_id("ann")
        repos.users.delete_user_by_id("ann")
    assert found is not None
    assert found.last_active_at == NOW + 21
