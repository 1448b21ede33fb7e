"""Several calls side by side on one thread: what they ask of PocketBase meanwhile goes out together, in one request a round.

A call runs until it asks for rows; then the next one does, and so on. Once each of them waits or has ended, all that they wait for is one
request. To a call that is nothing special: it asks, and has its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from contextvars import copy_context
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar, cast

from greenlet import getcurrent, greenlet

from dualwrite.errors import UNREACHED
from dualwrite.pocketbase.query import Found, Group

Result = TypeVar("Result")
Request: TypeAlias = Callable[[], Any]
"""Any other request, which goes out by itself."""
UnderWay: TypeAlias = Callable[[], AbstractContextManager[None]]


class _Asker(greenlet, Generic[Result]):
    """One call. `switch` and `throw` run it until it asks for something, and return that, or to its end, and return its result."""

    def __init__(self, call: Callable[[], Result], server: object) -> None:
        super().__init__(call)
        self.server = server
        self.gr_context = copy_context()

    def wait_for(self, wanted: Group | Request) -> Any:
        """What that came to; raises what went wrong with it."""
        return cast(greenlet, self.parent).switch(wanted)


def asker(server: object) -> _Asker[Any] | None:
    """The call of `together` that runs now and asks this server; None where the caller asks by itself."""
    running = getcurrent()
    return running if isinstance(running, _Asker) and running.server is server else None


def together(
    server: object,
    find: Callable[[Sequence[Group]], list[Found]],
    calls: Sequence[Callable[[], Result]],
    under_way: UnderWay,
) -> list[Result]:
    """The results of calls that raise nothing. Each request is made within `under_way`."""
    results: dict[_Asker[Result], Result] = {}
    waiting: list[tuple[_Asker[Result], Group | Request]] = []

    def go_on(asker: _Asker[Result], step: Callable[..., Any], *answer: Any) -> None:
        said = step(*answer)
        if asker.dead:
            results[asker] = said
        else:
            waiting.append((asker, said))

    askers = [_Asker(call, server) for call in calls]
    for asker in askers:
        go_on(asker, asker.switch)
    while waiting:
        waiting.sort(key=lambda one: not callable(one[1]))  # then those that can go together are all there
        answers = _answers(find, [wanted for _, wanted in waiting], under_way)
        answered, waiting[:] = waiting[: len(answers)], waiting[len(answers) :]
        for (asker, _), answer in zip(answered, answers, strict=True):
            go_on(asker, asker.throw if isinstance(answer, Exception) else asker.switch, answer)
    return [results[asker] for asker in askers]


def _answers(
    find: Callable[[Sequence[Group]], list[Found]], wanted: Sequence[Group | Request], under_way: UnderWay
) -> Sequence[Any]:
    """What the first of them came to, of one at least: a value, or the error to be raised."""
    first = wanted[0]
    if callable(first):
        return [_kept(first, under_way)]
    groups = cast(Sequence[Group], wanted)
    found = _kept(lambda: find(groups), under_way)
    if not isinstance(found, Exception):
        return cast(list[Found], found)
    if len(groups) == 1 or isinstance(found, UNREACHED):
        return [found] * len(groups)
    # One of them cannot be asked, which says nothing of the others.
    return [_kept(partial(_alone, find, group), under_way) for group in groups]


def _alone(find: Callable[[Sequence[Group]], list[Found]], group: Group) -> Found:
    return find([group])[0]


def _kept(request: Request, under_way: UnderWay) -> Any:
    try:
        with under_way():
            return request()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where it was asked
        return error
