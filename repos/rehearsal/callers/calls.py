"""Calls of repositories, as data, and the one mechanism that makes them and keeps what came of them.

A worker owns the rows that it writes. So it knows of every write which rows it may touch, and what they are once it is
acknowledged: the answer says so, or it follows from what they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any, TypeAlias

from repos.models import (
    ChatModel,
    FileModel,
    FolderModel,
    GroupModel,
    MessageModel,
    MessageReactionModel,
    ModelModel,
    TagModel,
    UserModel,
)
from repos.rehearsal.callers.action import Action
from repos.rehearsal.callers.estate import Estate, Lacking, place_of
from repos.rehearsal.ledger import Place
from repos.rehearsal.sights import Seen


class Told(Enum):
    """Who says what became of a row."""

    BY_ANSWER = auto()


Args: TypeAlias = tuple[Any, ...]
State: TypeAlias = Seen | Told | Callable[[Any], Seen | None] | None
"""A row once its write is acknowledged: the row (None: gone), what the answer says, or what follows from the answer."""
After: TypeAlias = Mapping[Place, State]

_ENTITIES: Mapping[type, str] = {
    ChatModel: "chat",
    FileModel: "file",
    FolderModel: "folder",
    GroupModel: "group",
    MessageModel: "message",
    MessageReactionModel: "message_reaction",
    ModelModel: "model",
    TagModel: "tag",
    UserModel: "user",
}
_TRIES = 3


def _nothing_known(*_: Any) -> After:
    return {}


def _as_answered(_: Estate, answer: Any) -> Any:
    return answer


@dataclass(frozen=True, slots=True)
class Read:
    """A method that changes nothing, and how its arguments are drawn. A weight of 0: only when its turn comes."""

    weight: int
    method: str
    draw: Callable[[Estate], Args] = lambda _: ()


@dataclass(frozen=True, slots=True)
class Write:
    """A method that writes. `after` names the rows that exist before it is called, or whose key is known by then, and that
    it may touch; all of it happens where the answer is true, nothing where it is None, False or empty.

    `makes` and `removes` name the entity of which it makes or deletes a row. `stored` is what the answer's row holds in the
    store, where that is something else.
    """

    weight: int
    method: str
    draw: Callable[[Estate], Args]
    after: Callable[..., After] = _nothing_known
    makes: str | None = None
    removes: str | None = None
    stored: Callable[[Estate, Any], Any] = _as_answered


Calls: TypeAlias = Sequence[Read | Write]


def answered(entity: str, width: int = 1) -> Callable[..., After]:
    """The row whose key are the first arguments is what the answer says."""
    return lambda _, *args: {(entity, args[:width]): Told.BY_ANSWER}


class Caller:
    """One worker's calls of all repositories; `repos` has an attribute for each."""

    def __init__(self, repos: Any, calls: Mapping[str, Calls], estate: Estate) -> None:
        self._estate = estate
        self._calls = [
            (name, getattr(repos, name), call) for name, listed in calls.items() for call in listed
        ]
        writes = [(repo, call) for _, repo, call in self._calls if isinstance(call, Write)]
        self._makers = {call.makes: (repo, call) for repo, call in reversed(writes)}
        self._removers = {call.removes: (repo, call) for repo, call in reversed(writes)}

    def actions(self) -> list[Action]:
        """Each of the calls, to be made again and again."""
        return [
            Action(
                call.weight,
                f"{name}.{call.method}",
                isinstance(call, Write),
                partial(self._make, repo, call),
            )
            for name, repo, call in self._calls
        ]

    def _make(self, repo: Any, call: Read | Write) -> None:
        if isinstance(call, Write):
            self._write(repo, call)
        else:
            getattr(repo, call.method)(*self._drawn(call))

    def _write(self, repo: Any, call: Write) -> None:
        if call.makes and self._estate.full(call.makes):
            repo, call = self._removers[call.makes]
        args = self._drawn(call)
        after = call.after(self._estate, *args)
        with self._estate.writing(after):
            answer = getattr(repo, call.method)(*args)
            if answer:
                self._keep(after, answer, call.stored(self._estate, answer))

    def _drawn(self, call: Read | Write) -> Args:
        """The arguments; rows that they need are made first."""
        for _ in range(_TRIES):
            try:
                return call.draw(self._estate)
            except Lacking as lack:
                self._write(*self._makers[lack.entity])
        return call.draw(self._estate)

    def _keep(self, after: After, answer: Any, stored: Any) -> None:
        for place, state in after.items():
            if isinstance(state, Told):
                continue
            row = state(answer) if callable(state) else state
            if row != self._estate.row(place):
                self._estate.is_now(place, row)
        for entity, row in _rows(stored):
            self._estate.is_now(place_of(entity, row), row)


def _rows(answer: Any) -> Iterator[tuple[str, Seen]]:
    for each in answer if isinstance(answer, list) else [answer]:
        entity = _ENTITIES.get(type(each))
        if entity is not None:
            yield entity, each.model_dump()
