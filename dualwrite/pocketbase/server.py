"""One PocketBase: where a process's connection, identity and prefix come together."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TypeVar, cast

from pydantic import SecretStr

from dualwrite.call import acknowledged, announce
from dualwrite.codec import canonical
from dualwrite.digest import RangeDigest
from dualwrite.entity import Entity, Key, Row, Told
from dualwrite.errors import AnswerLost, ConfigurationError, Conflict, Missing
from dualwrite.pocketbase.api_wire import ApiWire
from dualwrite.pocketbase.batch import Batch
from dualwrite.pocketbase.changes import Change, Create, Delete, Put, Update, key_of
from dualwrite.pocketbase.failures import was_done
from dualwrite.pocketbase.hook_wire import HookWire
from dualwrite.pocketbase.names import checked_prefix
from dualwrite.pocketbase.query import Find, Found, Get, Group, in_order
from dualwrite.pocketbase.record_api import RecordApi
from dualwrite.pocketbase.records import Records
from dualwrite.pocketbase.session import OnRequest, Session, Trace, unmeasured
from dualwrite.pocketbase.together import UnderWay, asker, together
from dualwrite.pocketbase.where import Where
from dualwrite.secret import hidden

log = logging.getLogger(__name__)
Result = TypeVar("Result")
REQUEST_BYTES = 8 * 1024 * 1024


class PocketBase:
    """One server, one identity, one collection prefix. Thread-safe; `connect` makes no request, the first use does."""

    def __init__(self, session: Session, prefix: str, entities: Sequence[Entity], request_bytes: int) -> None:
        self.session = session
        self.prefix = checked_prefix(prefix)
        self.entities = tuple(entities)
        self.record_api = RecordApi(session, prefix)
        self.batch = Batch(session, self.record_api)
        self._request_bytes = request_bytes
        self._api = ApiWire(self.record_api, self.batch, request_bytes=request_bytes)
        self._hooks: HookWire | None = None
        self._looked = False
        self._lock = threading.Lock()
        self._known = {entity.name: entity for entity in entities}

    @classmethod
    def connect(
        cls,
        url: str,
        *,
        identity: str | None = None,
        password: SecretStr | str | None = None,
        token: SecretStr | str | None = None,
        prefix: str = "",
        entities: Sequence[Entity],
        timeout: float = 10.0,
        on_request: OnRequest = unmeasured,
        request_bytes: int = REQUEST_BYTES,
    ) -> PocketBase:
        """A PocketBase reached as a superuser: by identity and password (renewed when they expire), or by a token.

        `timeout` is in seconds, for each phase of a request. Requests with many rows are kept to about `request_bytes`.

        Raises:
            ConfigurationError: the URL or the prefix cannot be one, or there is nothing to authenticate with.
        """
        password, token = hidden(password), hidden(token)
        if not url.startswith(("http://", "https://")):
            raise ConfigurationError("the PocketBase URL must begin with http:// or https://")
        if token is None and (not identity or not password):
            raise ConfigurationError("PocketBase needs an identity and a password, or a token")
        session = Session(
            url, identity=identity, password=password, token=token, timeout=timeout, on_request=on_request
        )
        return cls(session, prefix, entities, request_bytes)

    def records(self, entity: Entity) -> Records:
        """The records of one of the entities given to `connect`."""
        if self._known.get(entity.name) is not entity and self._known.get(entity.name) != entity:
            raise ConfigurationError(f"{entity.name} is not among the entities of this connection")
        return Records(self, entity)

    def close(self) -> None:
        """Close every connection."""
        self.session.close()

    def __enter__(self) -> PocketBase:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def exact(self) -> bool:
        """Whether JSON is read byte for byte: the hooks are installed and are of our version and schema."""
        return self.hooks() is not None

    def apply(self, changes: Sequence[Change]) -> None:
        """All of these changes or none, in order, in one transaction.

        An answer that was lost is no failure if the records now are what the changes make of them.

        Raises:
            Conflict: a key or a unique value is taken.
            Missing: an `Update` found no record.
            ConfigurationError: neither the hooks nor the batch API can do them in one transaction.
        """
        if not changes:
            return
        trace = Trace()
        for change in changes:
            announce(change.entity, [key_of(change)])
        try:
            rows = self._through(lambda wire: wire.apply(changes, trace))
        except (Conflict, Missing, AnswerLost) as error:
            if not (trace.lost or isinstance(error, AnswerLost)):
                raise
            seen: list[Row | None] = []
            if not was_done(error, lambda: self._hold(changes, seen)):
                raise
            # Not asked for anew: that could fail, and a write that was seen to be done would pass for one that was not.
            rows = seen
        for change, row in zip(changes, rows, strict=True):
            acknowledged(change.entity, key_of(change), row)

    def read(self, entity: Entity, keys: Sequence[Key]) -> list[Row]:
        """See `Wire.read`."""
        if not keys:
            return []
        if waiting := asker(self):
            (rows,) = cast(Found, waiting.wait_for(Get(entity, keys)))
            return rows
        return self._straight(lambda wire: wire.read(entity, keys))

    def find(self, *finds: Find) -> list[list[Row]]:
        """The rows of each find. With the hooks all of them are one request and see one state of the database (rows
        beyond 8 MB come after it); without, each is at least a request of its own.

        Raises:
            ValueError: a find does not come after those that it builds on.
        """
        in_order(finds)
        if waiting := asker(self):
            return cast(Found, waiting.wait_for(finds))
        return self._find([finds])[0]

    def _find(self, groups: Sequence[Group]) -> list[Found]:
        return self._straight(lambda wire: wire.find(groups))

    def together(self, calls: Sequence[Callable[[], Result]], under_way: UnderWay) -> list[Result]:
        """The results of calls that raise nothing and read from here. They run side by side on this thread: what they ask for at the same
        time is one request, with the hooks. Each request is made within `under_way`, which may see what it raises."""
        return together(self, self._find, calls, under_way)

    def count(self, entity: Entity, where: Where) -> int:
        """See `Wire.count`."""
        return self._through(lambda wire: wire.count(entity, where))

    def scan(self, entity: Entity, after: Key | None, upto: Key | None, limit: int) -> list[Row]:
        """See `Wire.scan`."""
        return self._through(lambda wire: wire.scan(entity, after, upto, limit))

    def holds(self, entity: Entity, digest: RangeDigest, after: Key | None, upto: Key | None) -> bool:
        """See `Wire.holds`."""
        return self._through(lambda wire: wire.holds(entity, digest, after, upto))

    def prepared(self, entity: Entity, rows: Mapping[Key, Told]) -> Callable[[], None] | None:
        """What puts these rows; None without hooks, and for rows of which one cannot be taken. Its requests are those of the hooks that
        are there now: should they go meanwhile, it raises `Missing`."""
        hooks = self.hooks()
        return None if hooks is None else hooks.prepared(entity, rows)

    def put(self, entity: Entity, rows: Sequence[Row]) -> None:
        """See `Wire.put`."""
        self._through(lambda wire: wire.put(entity, rows))
        for row in rows:
            acknowledged(entity, entity.key_of(row), row)

    def delete(self, entity: Entity, keys: Sequence[Key]) -> None:
        """See `Wire.delete`."""
        self._through(lambda wire: wire.delete(entity, keys))
        for key in keys:
            acknowledged(entity, key, None)

    def hooks(self) -> HookWire | None:
        """The hook routes, if those of this version and schema are there. Looked for once; see `refresh`."""
        if self._looked:
            return self._hooks
        # Several threads may look at once: a lock held here would make them wait out a dead server in turn.
        wire = HookWire(self.session, self.prefix, self.entities, request_bytes=self._request_bytes)
        problem = wire.problem()
        with self._lock:
            if problem is not None and not self._looked:
                log.warning("PocketBase is used without hooks, slower and with canonical JSON: %s", problem)
            self._hooks = wire if problem is None else None
            self._looked = True
            return self._hooks

    def refresh(self) -> None:
        """Look for the hooks again at the next use."""
        with self._lock:
            self._looked = False

    def _through(self, work: Callable[[HookWire | ApiWire], Result]) -> Result:
        if waiting := asker(self):
            return cast(Result, waiting.wait_for(lambda: self._straight(work)))
        return self._straight(work)

    def _straight(self, work: Callable[[HookWire | ApiWire], Result]) -> Result:
        hooks = self.hooks()
        if hooks is None:
            return work(self._api)
        try:
            return work(hooks)
        except Missing as error:
            if not hooks.is_gone(error):
                raise
        self.refresh()
        return work(self.hooks() or self._api)

    def _hold(self, changes: Sequence[Change], seen: list[Row | None]) -> bool:
        """Whether every record is what the changes make of it; what was seen is added to `seen`."""
        wanted: dict[tuple[str, Key], Change] = {}
        for change in changes:
            if (change.entity.name, key_of(change)) in wanted:
                return False  # two changes of one record: what it was in between cannot be seen
            wanted[change.entity.name, key_of(change)] = change
        for change in changes:
            found = next(iter(self.read(change.entity, [key_of(change)])), None)
            if not self._is_made(change, found):
                return False
            seen.append(found)
        return True

    def _is_made(self, change: Change, found: Row | None) -> bool:
        entity = change.entity
        match change:
            case Delete():
                return found is None
            case Create(_, row) | Put(_, row):
                return found is not None and canonical(entity, found) == canonical(entity, row)
            case Update(_, _, values):
                return found is not None and canonical(entity, found) == canonical(
                    entity, {**found, **values}
                )
