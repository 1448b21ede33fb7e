"""Open WebUI's own classes, our SQL adapters and our PocketBase adapters through the same sequence of calls.

A call is drawn from a number, so that a failing sequence shrinks to few calls and reads as a script (`Play.script`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from dualwrite.entity import Entity, Kind
from dualwrite.stamp import Stamp
from repos.entities import CHAT, ENTITIES, FILE, FOLDER, GROUP, MESSAGE, MESSAGE_REACTION, MODEL, TAG, USER
from tests.conformance.calls import CALLS
from tests.conformance.leeway import Asked, agree, is_undefined
from tests.conformance.rows import ROWS
from tests.conformance.subjects import Answer, Subject, ask, row_set
from tests.conformance.vocabulary import Call
from tests.fixtures.openwebui import Oracle

# By repository: Open WebUI's class, and the entity whose ids it draws.
TABLES: dict[str, tuple[str, Entity]] = {
    "users": ("Users", USER),
    "chats": ("Chats", CHAT),
    "messages": ("Messages", MESSAGE),
    "tags": ("Tags", TAG),
    "files": ("Files", FILE),
    "groups": ("Groups", GROUP),
    "folders": ("Folders", FOLDER),
    "models": ("Models", MODEL),
}
DRAWN = {"add_reaction_to_message": MESSAGE_REACTION}
MAKES = ("insert", "create", "import")
BEGIN = 1_700_000_000  # seconds
SHOWN = 300  # characters of a value in a script


@dataclass
class World:
    """The three of them; `calls` counts what was asked of all."""

    oracle: Oracle
    sql: Subject
    pocketbase: Subject
    calls: int = 0

    def begin(self) -> Play:
        """The same rows everywhere."""
        self.oracle.sql(*(statement for entity in ENTITIES for statement in _seeding(entity)))
        for subject in (self.sql, self.pocketbase):
            for entity in ENTITIES:
                subject.reset(entity, [whole(entity, row) for row in ROWS[entity.name]])
        return Play(self)

    def rows_differ(self) -> list[str]:
        """The tables that differ."""
        found = []
        for entity in ENTITIES:
            theirs = _normal(entity, self.oracle.rows(entity.table))
            ours, pocketbase = self.sql.rows(entity), self.pocketbase.rows(entity)
            if row_set(ours) != row_set(theirs):
                found.append(f"{entity.table} (Open WebUI, our SQL)")
            if ours != pocketbase:
                found.append(f"{entity.table} (our SQL, PocketBase)")
        return found


@dataclass
class Play:
    """One sequence of calls."""

    world: World
    now: int = BEGIN
    script: list[str] = field(default_factory=list)
    failed: bool = False

    def __post_init__(self) -> None:
        self._known = {
            name: [(row["id"], row.get("user_id", "")) for row in ROWS[entity.name]]
            for name, (_, entity) in TABLES.items()
        }

    def step(self, repository: str, number: int, *, later: bool) -> None:
        """One call on all three, drawn from the number; `later` moves the clock on."""
        world, (table, entity) = self.world, TABLES[repository]
        call = CALLS[repository](Random(number), self._known[repository][-12:])
        if is_undefined(world.sql, call):
            return
        self.now += later
        stamp = Stamp(seed=b"%d" % len(self.script), time_ns=self.now * 10**9 + 123_456_789)
        theirs = ask(world.oracle, table, call, stamp.again(), DRAWN.get(call.method, entity).name)
        ours = world.sql.call(repository, call, stamp.again())
        pocketbase = world.pocketbase.call(repository, call, stamp.again())
        world.calls += 1
        self.script.append(f"{repository}.{written(call)}  # at {self.now - BEGIN} s")
        if not agree(Asked(world.sql, call, theirs, ours)):
            self.fail({"Open WebUI": theirs, "our SQL": ours})
        if not alike(ours, pocketbase):
            self.fail({"our SQL": ours, "PocketBase": pocketbase})
        if call.method.startswith(MAKES) and ours.get("value"):
            made = ours["value"]
            self._known[repository] += [
                (each["id"], each.get("user_id", ""))
                for each in (made if isinstance(made, list) else [made])
                if isinstance(each, dict)
            ]

    def end(self) -> None:
        """Every row is the same on all three."""
        if not self.failed and (differing := self.world.rows_differ()):
            self.fail(dict.fromkeys(differing, "rows"))

    def fail(self, answers: dict[str, Any]) -> None:
        """Raise with the script so far and what each of them said."""
        self.failed = True
        said = [f"    {who}: {json.dumps(answer, default=str)[:SHOWN]}" for who, answer in answers.items()]
        raise AssertionError("\n".join(["the answers differ after", *self.script, *said]))


def alike(ours: Answer, pocketbase: Answer) -> bool:
    """Whether our two adapters say the same, to the order of lists; of errors, that both raise."""
    if "error" in ours or "error" in pocketbase:
        return "error" in ours and "error" in pocketbase
    return json.dumps(ours, default=str) == json.dumps(pocketbase, default=str)


def machine(world: World, repositories: Sequence[str]) -> type[RuleBasedStateMachine]:
    """A state machine that calls these repositories in this world."""

    class Equality(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.play = world.begin()

        @rule(
            repository=st.sampled_from(repositories),
            number=st.integers(0, 2**32 - 1),
            later=st.sampled_from((True, True, True, False)),
        )
        def call(self, repository: str, number: int, later: bool) -> None:
            self.play.step(repository, number, later=later)

        def teardown(self) -> None:
            self.play.end()

    return Equality


def written(call: Call) -> str:
    """A call as one would write it."""
    arguments = [_shown(each) for each in call.args]
    arguments += [f"{name}={_shown(value)}" for name, value in call.kwargs]
    return f"{call.method}({', '.join(arguments)})"


def _shown(value: Any) -> str:
    if isinstance(value, dict) and "$form" in value:
        fields = ", ".join(f"{name}={_shown(each)}" for name, each in value["fields"].items())
        return f"{value['$form']}({fields})"
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:40]}… ({len(text)} characters)"


def whole(entity: Entity, row: dict[str, Any]) -> dict[str, Any]:
    """A row whose columns left out are NULL."""
    return {column.name: None for column in entity.columns} | row


def _seeding(entity: Entity) -> list[tuple[str, dict[str, Any]]]:
    columns = [column.name for column in entity.columns]
    names, values = ", ".join(f'"{name}"' for name in columns), ", ".join(f":{name}" for name in columns)
    insert = f'INSERT INTO "{entity.table}" ({names}) VALUES ({values})'
    return [
        (f'DELETE FROM "{entity.table}"', {}),
        *((insert, whole(entity, row)) for row in ROWS[entity.name]),
    ]


def _normal(entity: Entity, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Open WebUI's rows as ours: SQLite keeps booleans as numbers."""
    flags = {column.name for column in entity.columns if column.kind is Kind.BOOLEAN}
    return [
        {name: bool(value) if name in flags and value is not None else value for name, value in row.items()}
        for row in rows
    ]
