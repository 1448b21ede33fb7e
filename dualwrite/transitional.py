"""The transitional repository: an adapter's twin that follows the stored phase.

`transitional(contract, …)` makes an object with the contract's methods. Each is a small function made once; which store
it asks is read from the phase at every call. What a caller waits for whose read is not compared is spelled out in one piece: every
function called there would cost a tenth of the whole.
"""

from __future__ import annotations

import functools
import logging
from abc import abstractmethod
from collections.abc import Callable
from time import monotonic, perf_counter
from typing import Any, Protocol, TypeVar

from dualwrite.applier import Job
from dualwrite.call import Call, calling, current_stamp
from dualwrite.compare import digest
from dualwrite.contract import Access, Method, methods_of
from dualwrite.errors import Fenced, Frozen
from dualwrite.kept import Keeper
from dualwrite.metrics import Metrics
from dualwrite.metrics.calls import Counted
from dualwrite.metrics.catalogue import SHADOW
from dualwrite.phase import WRITES, Phase, Reads, WriteTo
from dualwrite.sampler import Sampler
from dualwrite.shadow import Question
from dualwrite.trail import trail
from dualwrite.watch import PhaseWatch

log = logging.getLogger(__name__)
Taken = TypeVar("Taken")


class Behind(Protocol):
    """What happens behind the caller; `dualwrite.runtime` builds it."""

    watch: PhaseWatch
    sampler: Sampler
    keeper: Keeper
    metrics: Metrics
    freeze_wait: float  # seconds
    give_up: float  # seconds that a write to PocketBase alone may last

    @abstractmethod
    def thawed(self) -> None:
        """Returns once writes are accepted again."""

    @abstractmethod
    def hold(self) -> float | None:
        """For how many seconds a write's obligations are to be its writer's own; None where PocketBase is not to be asked
        now, so that they are the relay's from the start."""

    @abstractmethod
    def apply(self, job: Job) -> None:
        """Take a committed write further, now or later; never raises and never waits for PocketBase unless asked to."""

    @abstractmethod
    def ask(self, question: Question) -> None:
        """Take a read further, later."""


def transitional(name: str, contract: type, sql: Any, pocketbase: Any, behind: Behind) -> Any:
    """The repository called `name` on both adapters."""
    methods: dict[str, Any] = {}
    for method in methods_of(contract).values():
        make = _read if method.access is Access.READ else _write
        on_sql, on_pocketbase = (
            Counted(behind.metrics, name, method.name, backend, getattr(adapter, method.name))
            for backend, adapter in (("sql", sql), ("pocketbase", pocketbase))
        )
        function = make(name, method, on_sql, on_pocketbase, behind)
        methods[method.name] = staticmethod(functools.wraps(getattr(contract, method.name))(function))
    return type(f"Transitional{contract.__name__}", (), methods)()


def _read(name: str, method: Method, sql: Counted, pocketbase: Counted, behind: Behind) -> Callable[..., Any]:
    watch, sampler, clock = behind.watch, behind.sampler, perf_counter
    pocketbase_answers, dual = Reads.POCKETBASE, Phase.DUAL

    def read(*args: Any, **kwargs: Any) -> Any:
        begin = clock()
        state = watch.known if begin < watch.fresh_until else watch.renew()
        if state.reads is pocketbase_answers:
            return pocketbase(*args, **kwargs)
        if sampler.share and state.phase is dual and sampler.wants(name, method.name):
            return compared(args, kwargs)
        try:
            return sql.function(*args, **kwargs)
        except Exception as error:
            sql.failed(error)
            raise
        finally:
            sql.took(clock() - begin)

    def compared(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        # Before SQL is asked: the method may change what it was given.
        arguments = _keep(behind, name, method, behind.keeper.call, args, kwargs)
        try:
            value = sql(*args, **kwargs)
        except Exception as error:
            if arguments is not None:
                behind.ask(Question(name, method, arguments, None, type(error).__name__))
            raise
        if arguments is not None:
            digested = _keep(behind, name, method, digest, value, method.order)
            if digested is not None:
                behind.ask(Question(name, method, arguments, digested))
        return value

    return read


def _write(
    name: str, method: Method, sql: Counted, pocketbase: Counted, behind: Behind
) -> Callable[..., Any]:
    def thawed() -> None:
        try:
            behind.thawed()
        except Frozen as error:
            log.warning("%s.%s: %s: %s", name, method.name, type(error).__name__, error)
            raise

    def write(*args: Any, **kwargs: Any) -> Any:
        while True:
            # Before the look: `begun` is no later than the look, and a rollback waits for as long as a write may last.
            begun = monotonic()
            state = behind.watch.current()
            try:
                match WRITES[state.phase]:
                    case WriteTo.SQL:
                        return sql(*args, **kwargs)
                    case WriteTo.POCKETBASE:
                        with calling(Call(current_stamp(), deadline=begun + behind.give_up)):
                            return pocketbase(*args, **kwargs)
                    case WriteTo.BOTH:
                        return both(args, kwargs)
                    case WriteTo.NOWHERE:
                        thawed()
            except Fenced:
                # The phase changed between our look at it and the write; the database has the last word.
                thawed()

    def both(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        hold = behind.hold()
        if hold is None:
            behind.metrics.add(SHADOW, "write", "skipped")
            return sql(*args, **kwargs)
        call = Call(current_stamp(), hold=hold)
        arguments = _keep(behind, name, method, behind.keeper.call, args, kwargs)
        begun, begin = monotonic(), perf_counter()
        with calling(call):
            value = sql(*args, **kwargs)
        seconds = perf_counter() - begin
        # As it leaves: the caller may change the object it was given.
        answer = _keep(behind, name, method, behind.keeper.answer, value)
        if arguments is not None and answer is not None:
            obligations = tuple(call.obligations)
            behind.apply(Job(name, method, arguments, call.stamp, obligations, answer, seconds, begun))
        return value

    return write


def _keep(behind: Behind, name: str, method: Method, take: Callable[..., Taken], *given: Any) -> Taken | None:
    """A copy or a digest for the work behind the caller; None, counted, where it cannot be had: what SQL was given may hold
    a lock, a generator or a type of the domain's own. A write is then left to the relay."""
    try:
        return take(*given)
    except Exception as error:  # noqa: BLE001
        # The boundary that contains the secondary store: comparing must not fail what SQL can do.
        log.warning("%s.%s cannot be copied to be compared: %s", name, method.name, trail(error))
        behind.metrics.add(SHADOW, method.access.value, "uncopied")
        return None
