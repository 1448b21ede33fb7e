"""How many requests each method costs on PocketBase: what a caller waits for, so it may not grow, unseen or with the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from dualwrite.contract import Access, methods_of
from dualwrite.errors import Unavailable
from dualwrite.pocketbase import EmbeddedPocketBase, PocketBaseStore
from repos import Repositories, connect
from repos.entities import CHAT, FILE, FOLDER, GROUP, MESSAGE, MESSAGE_REACTION, MODEL, TAG, USER
from repos.migration import openwebui, pocketbase
from tests.contract.backends import Backend
from tests.contract.costs import COSTS, EXCEPTIONS, Cost, Kind, ids
from tests.fixtures.openwebui import openwebui_connection

EVERY = [
    pytest.param(repository, cost, id=f"{repository}-{cost.name}")
    for repository, costs in COSTS.items()
    for cost in costs
]
READS = (Kind.READ, Kind.LIST)
MAY_GROW = (Kind.LIST, Kind.CHANGE)
FEW, MANY = 5, 300


@dataclass
class Counted:
    """Repositories that tell of their requests, with so many rows of everything behind their back."""

    backend: Backend
    sent: list[str] = field(default_factory=list)
    rows: int | None = None

    def ask(self, repository: str, cost: Cost, rows: int) -> Any:
        """One call; `sent` is what it sent."""
        if self.rows != rows:
            self.backend.clear()
            fill(self.backend, rows)
        self.rows = rows if cost.kind in READS else None
        self.sent.clear()
        return cost.call(getattr(self.backend.repos, repository), rows)


@pytest.fixture(scope="module")
def counted(openwebui_server: EmbeddedPocketBase) -> Iterator[Counted]:
    sent: list[str] = []

    def note(method: str, route: str, status: int, seconds: float, retries: int) -> None:
        sent.append(route)

    with openwebui_connection(openwebui_server, on_request=note) as server:
        repositories = Repositories(pocketbase(server))
        yield Counted(Backend("pocketbase", "sqlite", repositories, PocketBaseStore(server)), sent)


def fill(backend: Backend, n: int) -> None:
    """`n` rows of everything that a method may find, and those that it names."""
    clocks = {"created_at": 1, "updated_at": 1}
    user = {"name": "A", "role": "user", "profile_image_url": "", "last_active_at": 1} | clocks
    people = ["ann", "bob", "eve2", *ids("u", n), *ids("v", n)]
    backend.put(USER, *(user | {"id": each, "email": f"{each}@x"} for each in people))
    backend.put(TAG, *({"id": each, "name": each, "user_id": "ann"} for each in ["t", *ids("t", n)]))
    folder = {"user_id": "ann", "is_expanded": False} | clocks
    backend.put(
        FOLDER,
        *(
            folder | {"id": each, "name": each, "parent_id": None if each == "f0" else "f0"}
            for each in ids("f", n)
        ),
    )
    group = {"user_id": "root", "description": "", "user_ids": '["ann"]'} | clocks
    backend.put(GROUP, *(group | {"id": each, "name": each} for each in ids("g", n)))
    file = {"user_id": "ann", "filename": "n", "meta": "{}"} | clocks
    backend.put(FILE, *(file | {"id": each} for each in ids("x", n)))

    model = {"name": "", "params": "{}", "meta": "{}", "is_active": True} | clocks
    granted = {"base_model_id": "", "access_control": '{"write":{"group_ids":["g0"]}}'}
    owned = zip(ids("m", n), ids("u", n), strict=True)
    backend.put(MODEL, *(model | granted | {"id": each, "user_id": owner} for each, owner in owned))
    backend.put(MODEL, *(model | {"id": each, "user_id": "ann"} for each in ids("b", n)))

    # A user's chats in a folder, the first with every tag, each with a shared copy; pinned; archived; none of it.
    chat = {"title": "text", "archived": False, "pinned": False, "user_id": "ann"} | clocks
    chat |= {"chat": '{"history":{"messages":{"m":{}}}}', "meta": '{"tags":["t"]}'}
    tags = '","'.join(["t", *ids("t", n)])
    first = chat | {"id": "c0", "folder_id": "f0", "share_id": "s0", "meta": f'{{"tags":["{tags}"]}}'}
    chats = [first, *(chat | {"id": each, "folder_id": "f0"} for each in ids("c", n)[1:])]
    for at in range(n):
        chats += (
            chat | {"id": f"s{at}", "title": "old", "user_id": f"shared-c{at}"},
            chat | {"id": f"p{at}", "pinned": True},
            chat | {"id": f"a{at}", "archived": True},
            chat | {"id": f"o{at}"},
        )
    backend.put(CHAT, *chats)

    # In a channel: at the top, and in the thread of its first; each answers another, and everybody is somebody else.
    message = {"channel_id": "c", "content": "x"} | clocks
    messages = []
    for at in range(n):
        links = {"reply_to_id": f"n{at}", "user_id": f"u{at}"}
        messages += (
            message | links | {"id": f"m{at}"},
            message | links | {"id": f"t{at}", "parent_id": "m0"},
            message | {"id": f"n{at}", "channel_id": "d", "user_id": f"v{at}"},
        )
    backend.put(MESSAGE, *messages)
    reaction = {"message_id": "m0", "user_id": "ann"} | clocks
    names = ["heart", *ids("e", n)]
    backend.put(MESSAGE_REACTION, *(reaction | {"id": f"r{each}", "name": each} for each in names))


def test_every_method_is_counted() -> None:
    counted = {repository: {cost.method for cost in costs} for repository, costs in COSTS.items()}
    assert counted == {name: set(methods_of(contract)) for name, contract in openwebui.contracts.items()}


@pytest.mark.parametrize(("repository", "cost"), EVERY)
def test_a_record_is_one_request_and_a_list_or_a_change_at_most_two(repository: str, cost: Cost) -> None:
    assert cost.requests <= cost.kind.most or cost.method in EXCEPTIONS
    contract = openwebui.contracts[repository]
    assert (methods_of(contract)[cost.method].access is Access.READ) is (cost.kind in READS)
    answer = getattr(contract, cost.method).__annotations__["return"]
    assert (answer.startswith("list") or cost.method == "get_users") or cost.kind is not Kind.LIST


def test_an_exception_is_one() -> None:
    dear = {cost.method for costs in COSTS.values() for cost in costs if cost.requests > cost.kind.most}
    assert set(EXCEPTIONS) == dear


@pytest.mark.parametrize(("repository", "cost"), EVERY)
def test_requests(repository: str, cost: Cost, counted: Counted) -> None:
    counted.ask(repository, cost, FEW)
    assert len(counted.sent) == cost.requests, counted.sent


@pytest.mark.parametrize(("repository", "cost"), [each for each in EVERY if each.values[1].kind in MAY_GROW])
def test_requests_are_as_many_for_many_rows(repository: str, cost: Cost, counted: Counted) -> None:
    answer = counted.ask(repository, cost, MANY)
    assert len(counted.sent) == cost.requests, counted.sent
    if cost.kind is Kind.LIST:
        found = answer["users"] if cost.method == "get_users" else answer
        assert len(found) >= MANY - 1, "the list is too short to prove anything"


@pytest.mark.parametrize(("repository", "cost"), [each for each in EVERY if each.values[1].requests])
def test_an_outage_is_raised_and_never_an_answer(repository: str, cost: Cost) -> None:
    nowhere = connect("pocketbase", pb_url="http://127.0.0.1:1", pb_token="none")
    with nowhere as repositories, pytest.raises(Unavailable):
        cost.call(getattr(repositories, repository), FEW)
