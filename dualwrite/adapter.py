"""The base of every adapter: one boundary around each method of its contract.

    class NotesSQL(Adapter, INotes): ...

A write runs under one stamp, whatever it calls; one that a store refused gives the answer its contract declares, on every
store alike. What a store did not do is logged once, with its context and never a value: adapter, method and kind of error.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, ClassVar

from typing_extensions import override

from dualwrite.call import Call, calling, current_call
from dualwrite.contract import Access, Method, methods_of
from dualwrite.errors import DualwriteError, Refused

log = logging.getLogger(__name__)
_running: ContextVar[tuple[Adapter, str] | None] = ContextVar("dualwrite_running", default=None)


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
            function = getattr(cls, method.name)
            run = _stamped(function) if method.access is Access.WRITE else function
            setattr(cls, method.name, functools.wraps(function)(_bounded(method, run)))


def report(error: DualwriteError) -> None:
    """Log what a store did not do for the method that runs now."""
    adapter, method = _running.get() or (None, "?")
    log.warning("%s.%s: %s: %s", type(adapter).__name__, method, type(error).__name__, error)


def _bounded(method: Method, run: Callable[..., Any]) -> Callable[..., Any]:
    """What is raised is logged by the method that was called, not again by each that it called itself."""

    def bounded(self: Adapter, *args: Any, **kwargs: Any) -> Any:
        outermost = _running.get() is None
        token = _running.set((self, method.name))
        try:
            return run(self, *args, **kwargs)
        except DualwriteError as error:
            answer = method.refused if isinstance(error, Refused) else None
            if outermost or answer is not None:
                report(error)
            if answer is None:
                raise
            return answer()
        finally:
            _running.reset(token)

    return bounded


def _stamped(function: Callable[..., Any]) -> Callable[..., Any]:
    def stamped(self: Adapter, *args: Any, **kwargs: Any) -> Any:
        if current_call() is not None:
            return function(self, *args, **kwargs)
        with calling(Call()):
            return function(self, *args, **kwargs)

    return stamped
