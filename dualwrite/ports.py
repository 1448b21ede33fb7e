"""What the core needs of a store. `dualwrite.sql` and `dualwrite.pocketbase` implement these; the core imports neither."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from dualwrite.content import Fingerprint, Source, unwatched
from dualwrite.digest import RangeDigest
from dualwrite.entity import Entity, Key, Row, Told
from dualwrite.phase import ControlState, Phase, Reads, Transition

REMEMBERED = 15.0
"""How many seconds a journal remembers a paid obligation."""


class Reader(Protocol):
    """Rows of any declared entity, in the binary (memcmp of UTF-8) order of their keys."""

    @property
    def exact(self) -> bool:
        """Whether JSON comes back byte for byte; otherwise rows must be compared in canonical form."""

    def read(self, entity: Entity, keys: Collection[Key]) -> dict[Key, Row]:
        """The rows with these keys as of now; a key without a row is not in the answer. Any number of keys."""

    def scan(
        self, entity: Entity, *, after: Key | None = None, upto: Key | None = None, limit: int = 1000
    ) -> list[Row]:
        """At most `limit` rows with after < key <= upto, in key order. Fewer than `limit` only at the range's end."""

    def count(self, entity: Entity) -> int:
        """How many rows there are now."""


class Origin(Reader, Protocol):
    """Rows that can be cut into ranges of keys."""

    def marks(self, entity: Entity, every: int) -> list[Key]:
        """The key of every `every`-th row, in key order. The database reads its index for it, and no rows."""

    def tell(
        self, entity: Entity, *, after: Key | None = None, upto: Key | None = None, limit: int = 1000
    ) -> dict[Key, Told]:
        """What a scan with the same arguments would find, as it is told, in the same order."""


class Writer(Protocol):
    """Rows put in place as they are. Both calls can be repeated without harm."""

    def put(self, entity: Entity, rows: Sequence[Row]) -> None:
        """Insert or replace these rows, all or none of each request; requests are sized by bytes.

        Raises:
            Unrepresentable: before anything is sent.
            Refused: the store said no to the request that holds the row; which row is for the caller to find out.
            AnswerLost, Unavailable, Unauthorised: see `dualwrite.errors`.
        """

    def delete(self, entity: Entity, keys: Collection[Key]) -> None:
        """Remove the rows with these keys; one that is not there is no error."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A row's key, where it says its bytes are, and what PocketBase holds of them: `name` is the stored file's, empty where
    there is none. `checked` names the file that was last read back, and `fingerprint` is that one's."""

    key: Key
    record_id: str
    path: str | None
    name: str
    checked: str
    fingerprint: Fingerprint | None

    @property
    def vouched(self) -> bool:
        """Whether the stored file is the one that was read back."""
        return bool(self.name) and self.name == self.checked and self.fingerprint is not None


class ContentStore(Protocol):
    """The bytes of rows. Every method may raise `Unavailable`, `Unauthorised` and `ConfigurationError`."""

    def get(self, entity: Entity, key: Key) -> Holding | None:
        """What is held for this row; None where there is no row."""

    def scan(self, entity: Entity, *, after: str = "", limit: int = 60) -> list[Holding]:
        """At most `limit` rows with what is held for each, by record id, behind that one. Fewer than `limit` only at the end."""

    def upload(
        self, entity: Entity, key: Key, source: Source, watch: Callable[[int], None] = unwatched
    ) -> Fingerprint | None:
        """Store these bytes in place of what was there, read them back, and vouch for them; None where there is no row.

        `watch` is told of every piece, sent or read back.

        Raises:
            Unsteady: the source changed; nothing was stored.
            Damaged: what was read back is not what was sent; it was taken away again.
            Refused: PocketBase does not take it (`TooLarge`, where the entity says so, before anything is sent).
            AnswerLost: it may be stored, or may yet be; nobody vouches for it.
        """

    def length(self, entity: Entity, key: Key, name: str) -> int | None:
        """How many bytes the stored file of that name has, without reading them; None where it is not there."""

    def fingerprint(
        self, entity: Entity, key: Key, name: str, watch: Callable[[int], None] = unwatched
    ) -> Fingerprint | None:
        """Of the stored file of that name, by reading all of it back; None where it is not there."""

    def vouch(self, entity: Entity, key: Key, name: str, found: Fingerprint) -> None:
        """Note that the stored file of that name was read back and is this."""

    def strays(self, entity: Entity, *, after: str = "", limit: int = 60) -> tuple[int, str | None]:
        """Remove what is held for rows that are gone, among the next `limit` held. How many there were, and what to give as
        `after` to go on; None at the end."""


class Store(Reader, Writer, Protocol):
    """Both."""


class Mirror(Store, Protocol):
    """A store that can vouch for what it holds without giving it out."""

    def holds(
        self, entity: Entity, digest: RangeDigest, *, after: Key | None = None, upto: Key | None = None
    ) -> bool:
        """Whether the rows with after < key <= upto surely have this digest. False where they have not, and where it does not
        know: for a digest that is none, and from a store that is not `exact`."""

    def prepared(self, entity: Entity, rows: Mapping[Key, Told]) -> Callable[[], None] | None:
        """What inserts or replaces these rows, with everything that can be done before. It raises what `put` raises. None where that
        is not to be had: from a store that is not `exact`, and for rows of which one cannot be taken."""

    def defer_indexes(self, entity: Entity) -> None:
        """Remove the indexes that only reads need: many rows are about to be written."""

    def make_indexes(self, entity: Entity) -> None:
        """Make those again that are missing. Nothing else is written meanwhile, for some 15 s of a million rows."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """A journal row: this key may differ, somebody owes it a look. `attempts` counts the looks that failed."""

    seq: int
    entity: str
    key: Key
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class JournalState:
    """The journal of one entity: open obligations, the age in seconds of the oldest, and how many keys are stuck. `due` of
    the open ones nobody holds, and they are not postponed: a relay may take them now. Where there are more than 10,000 open,
    only the oldest and the newest of them are looked at for those."""

    entity: str
    open: int
    oldest_seconds: float
    stuck: int
    due: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open obligation as a report names it: how many seconds ago it was written, the class name of the last error (empty
    where there was none), and whether PocketBase refuses the key."""

    entity: str
    key: Key
    seconds: float
    attempts: int
    error: str
    stuck: bool


class Journal(Protocol):
    """Obligations, on disk beside the rows they speak of. The database's triggers write them; `owe` adds the few that no
    SQL write stands behind. A writer of ours holds its own while a request of it may be under way (`Call.hold`); those of
    a writer that knows nothing of us are anybody's at once."""

    def owe(self, entity: str, keys: Collection[Key], *, hold: float) -> list[Obligation]:
        """Write an obligation for each key, committed before this returns: PocketBase is about to be written. For `hold`
        seconds nobody else may claim them.

        Raises:
            Fenced: the phase is not `dual`. So while writes are paused nothing is added, and who was not refused is waited for.
        """

    def claim(self, owner: str, *, limit: int, lease_seconds: float) -> list[Obligation]:
        """Take up to `limit` obligations, oldest first, that nobody holds: neither their writer nor a relay, and not
        postponed. What was held or postponed and lies behind thousands of others may be passed over for a few seconds. They are the owner's for `lease_seconds`. Two claimers never get the same."""

    def pay(self, seqs: Collection[int], *, owner: str | None = None) -> None:
        """Delete those of them that `owner` was the last to claim; without an owner (a writer), those that nobody has ever
        claimed. What another has claimed since is that one's debt now: its write may still be unseen."""

    def postpone(
        self,
        seqs: Collection[int],
        *,
        seconds: float,
        error: str | None,
        stuck: bool = False,
        owner: str | None = None,
    ) -> None:
        """Give these back, not to be claimed for `seconds`; only those that `pay` would delete. `error` is an error's `label`,
        None where nothing failed; with an error the attempts go up. `stuck` marks keys that PocketBase refuses.
        Giving back does not forget who claimed it last."""

    def open_for(self, entity: str, keys: Collection[Key], *, older_than: float = 0.0) -> bool:
        """Whether any obligation, written at least `older_than` seconds ago, is open for these keys of that entity; with
        no keys, for the entity at all."""

    def open_among(self, entity: str, keys: Collection[Key]) -> set[Key]:
        """Those of these keys of that entity that any obligation is open for. Any number of keys."""

    def others(
        self,
        entities: Collection[str],
        *,
        seconds: float,
        besides: Collection[int],
        settled: Collection[int] = (),
    ) -> bool:
        """Whether, besides these, any obligation is open for one of those entities, or was at any time within the last
        `seconds` (at most `REMEMBERED`): then two writes may have met, and their answers prove nothing. `settled` are those
        that are open only because the journal has not been told yet."""

    def fold(self) -> None:
        """Keep `state` cheap however long the journal grows: for whoever relays, now and then."""

    def state(self) -> list[JournalState]:
        """One entry per entity that has open obligations: exact, at a cost that does not grow with them."""

    def stuck(self, limit: int = 100) -> list[tuple[Obligation, str]]:
        """The stuck obligations, oldest first, with the label of their last error."""

    def waiting(self, limit: int = 100) -> list[Waiting]:
        """What stands in the way of a switch, key by key: stuck ones first, then the oldest."""


class Control(Protocol):
    """The control table: the phase, how it got there, and evidence that outlives a process."""

    def read(self) -> ControlState:
        """The stored state. Raises `ConfigurationError` where `init` has not run."""

    def change(
        self, *, expect: Phase, to: Phase, reads: Reads, actor: str, why: str, epoch: int | None = None
    ) -> ControlState:
        """Move to another phase, atomically, after every SQL transaction that began under the old one has ended.

        Raises:
            ConfigurationError: the stored phase is not `expect`, or its epoch not `epoch` (somebody else was faster).
        """

    def history(self, limit: int = 100) -> list[Transition]:
        """Every change of phase, newest first."""

    def save(self, name: str, value: object) -> None:
        """Keep one JSON value under a name, None: forget it. Backfill progress, the last verify, comparison counts, waivers."""

    def load(self, name: str) -> object:
        """The value kept under that name, or None."""

    def values(self, prefix: str) -> dict[str, object]:
        """Every value that is not None under a name with this prefix."""

    def lock(self, name: str, owner: str, *, seconds: float) -> bool:
        """Take or renew a named lease; False while another owner's lease runs."""

    def unlock(self, name: str, owner: str) -> None:
        """Give a lease back."""

    def held(self, name: str, owner: str) -> float:
        """For how many seconds this owner's lease still runs; 0.0 where it has run out, or is another's."""
