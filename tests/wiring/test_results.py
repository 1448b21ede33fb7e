"""What wired classes answer with is of Open WebUI's own classes, to the last nested one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from random import Random

import pytest

from dualwrite.stamp import Stamp
from repos.entities import ENTITIES
from repos.models import ChatModel, MessageModel, Reactions, UserModel, UserSettings
from repos.models.model import ModelUserResponse
from repos.openwebui.results import Results, counterpart, result_classes
from tests.conformance.calls import CALLS
from tests.conformance.equality import BEGIN, DRAWN, TABLES, _seeding
from tests.conformance.leeway import is_undefined
from tests.conformance.rows import ROWS
from tests.conformance.subjects import ask
from tests.fixtures.openwebui import Oracle
from tests.wiring.deployment import Deployment, WiredSubject

SEED = 11
CALLS_EACH = 40


def test_the_classes_are_theirs(oracle: Oracle, deploy: Callable[[], Deployment]) -> None:
    deployment = deploy()
    seen: set[str] = set()
    with closing(deployment.application()) as application:
        subject = WiredSubject("sql_only", deployment, application)
        for side in (oracle, application):
            side.sql(*(statement for entity in ENTITIES for statement in _seeding(entity)))
        for number, (repository, table, entity) in enumerate(
            (repository, *TABLES[repository]) for repository in CALLS for _ in range(CALLS_EACH)
        ):
            known = [(row["id"], row.get("user_id", "")) for row in ROWS[entity.name]]
            call = CALLS[repository](Random(SEED * 1000 + number), known)
            if is_undefined(subject, call):
                continue
            stamp = Stamp(seed=b"%d" % number, time_ns=(BEGIN + number) * 10**9)
            drawn = DRAWN.get(call.method, entity).name
            theirs, ours = (ask(side, table, call, stamp.again(), drawn) for side in (oracle, application))
            if "error" in theirs or theirs["value"] != ours.get("value"):
                continue  # whether it may differ so is what the equality tests judge
            found, wanted = _names_only(ours["classes"]), _names_only(theirs["classes"])
            assert found == wanted, f"{repository}.{call.method}, seed {SEED}"
            seen |= _names(ours["classes"])
    every = {f"open_webui.{module}.{name}" for module, name in map(counterpart, result_classes())}
    # A message's reactions come in any order, so that its answers are seldom the same to the letter.
    assert every - seen <= {"open_webui.models.messages.MessageResponse"}, "every other class was seen"


def _names_only(found: object) -> object:
    """Without which fields were set."""
    if isinstance(found, list) and found and isinstance(found[0], str):
        return [found[0], _names_only(found[2])]
    if isinstance(found, dict):
        return {name: _names_only(each) for name, each in found.items()}
    return [_names_only(each) for each in found] if isinstance(found, list) else found


def _names(found: object) -> set[str]:
    if isinstance(found, str):
        return {found} if found.startswith("open_webui.") else set()
    if isinstance(found, dict):
        found = list(found.values())
    return set().union(*map(_names, found)) if isinstance(found, list) else set()


class Theirs:
    """A package with the same classes, found by module and name as the wiring finds them."""

    def __init__(self) -> None:
        self.made: dict[tuple[str, str], type] = {}

    def find(self, module: str, name: str) -> type:
        ours = {counterpart(each): each for each in result_classes()}[module, name]
        return self.made.setdefault((module, name), type(name, (ours,), {}))


def test_a_nested_model_becomes_theirs_and_what_was_set_stays_set() -> None:
    theirs = Theirs()
    user = UserModel(
        id="u",
        name="n",
        email="e",
        profile_image_url="p",
        settings=UserSettings(ui={}, more=1),
        last_active_at=1,
        updated_at=2,
        created_at=3,
    )
    turned = Results(theirs.find).of(user)
    assert type(turned) is theirs.made["models.users", "UserModel"]
    assert type(turned.settings) is theirs.made["models.users", "UserSettings"]
    assert turned.model_dump_json() == user.model_dump_json(), "in the same order, too"
    assert turned.model_fields_set == user.model_fields_set
    assert turned.settings.more == 1


def test_lists_and_dicts_of_models_are_looked_into_and_documents_are_not() -> None:
    theirs = Theirs()
    document = {"history": {"messages": [{"id": "1"}]}}
    chat = ChatModel(id="c", user_id="u", title="t", chat=document, created_at=1, updated_at=1)
    results = Results(theirs.find)
    (turned,) = results.of([chat])
    assert type(turned) is theirs.made["models.chats", "ChatModel"]
    assert turned.chat is chat.chat, "passed on as it is, however long"
    assert type(results.of({"chats": [chat], "total": 1})["chats"][0]) is type(turned)
    assert results.of(document) is document


@pytest.mark.parametrize("value", [None, True, "text", 3, [], {}, ["a"], {"a": [1]}])
def test_what_is_no_model_is_itself(value: object) -> None:
    assert Results(Theirs().find).of(value) is value


def test_the_classes_that_answers_hold_are_found_by_the_contracts() -> None:
    assert {ChatModel, MessageModel, Reactions, UserModel, UserSettings, ModelUserResponse} <= set(
        result_classes()
    )
