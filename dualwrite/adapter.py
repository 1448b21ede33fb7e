"""The base of every adapter: one boundary around each method of its contract.

    class NotesSQL(Adapter, INotes): ...

A method runs under one stamp, whatever it calls; a write that a store refused gives the answer its contract declares, on
every store alike, with the context (never the values) in the log.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, ClassVar

from typing_extensions import override

from dualwrite.call import Call, calling, current_call
from dualwrite.contract import Access, Method, methods_of
from dualwrite.errors import Refused

log = logging.getLogger(__name__)


class Adapter:
    """A contract on one backend, named by the class argument `contract`."""

    contract: ClassVar[type]

    @override
    def __init_subclass__(cls, *, contract: type | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        if contract is None:
            return
        cls.contract = contract
        for method in methods_of(contract).values():
            if method.access is Access.WRITE:
                setattr(cls, method.name, _bounded(method, getattr(cls, method.name)))


def _bounded(method: Method, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(self: Adapter, *args: Any, **kwargs: Any) -> Any:
        if current_call() is not None:
            return function(self, *args, **kwargs)
        with calling(Call()):
            return function(self, *args, **kwargs)

    refused = method.refused
    if refused is None:
        return call

    @functools.wraps(function)
    def answer(self: Adapter, *args: Any, **kwargs: Any) -> Any:
        try:
            return call(self, *args, **kwargs)
        except Refused as refusal:
            log.warning("%s.%s was refused: %s", type(self).__name__, method.name, refusal)
            return refused()

    return answer
