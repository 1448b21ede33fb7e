"""The parts of a migration, built in one place from its settings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from dualwrite.breaker import Breaker
from dualwrite.comparisons import Comparisons
from dualwrite.control_tables import ControlTables, owner_name
from dualwrite.cutover import Cutover
from dualwrite.diary import Diary
from dualwrite.entity import Entity
from dualwrite.hands import Hands
from dualwrite.knock import REST, Knock
from dualwrite.metrics import Metrics, NoMetrics
from dualwrite.migration import Migration
from dualwrite.opening import open_pocketbase
from dualwrite.pocketbase import PocketBase, PocketBaseContent, PocketBaseStore
from dualwrite.progress import Progress
from dualwrite.relay import Relay
from dualwrite.rollback import Rollback
from dualwrite.settings import Settings
from dualwrite.settle import Patience, Settler
from dualwrite.shadow import Shadow
from dualwrite.sql import Database, SqlControl, SqlJournal, SqlStore
from dualwrite.switch import DEADLINE, Switch
from dualwrite.timing import Timing
from dualwrite.verify import Verify


@dataclass
class Parts(ControlTables):
    """Both stores and what stands between them."""

    settings: Settings
    timing: Timing
    metrics: Metrics
    pocketbase: PocketBase
    sql_store: SqlStore
    pb_store: PocketBaseStore
    pb_content: PocketBaseContent
    looks: bool
    breaker: Breaker
    comparisons: Comparisons

    @classmethod
    def open(
        cls,
        migration: Migration,
        settings: Settings,
        *,
        metrics: Metrics | None = None,
        timing: Timing | None = None,
        looks: bool = True,
        database: Database | None = None,
    ) -> Parts:
        """Build everything; nothing runs yet. `database` is by default the one of the settings. `looks` is for the test that
        shows what the look is for."""
        metrics = metrics or NoMetrics()
        timing = timing or Timing()
        timing.check()
        settings.need_pb_url()
        database = database or Database.open(settings.need_sql_url(), schema=settings.sql_schema)
        pocketbase = open_pocketbase(migration, settings, metrics)
        sql_store, pb_store = SqlStore(database), PocketBaseStore(pocketbase)
        journal = SqlJournal(database)
        return cls(
            migration=migration,
            settings=settings,
            timing=timing,
            metrics=metrics,
            owner=owner_name(),
            database=database,
            pocketbase=pocketbase,
            sql_store=sql_store,
            pb_store=pb_store,
            pb_content=PocketBaseContent(pocketbase),
            journal=journal,
            control=SqlControl(database),
            looks=looks,
            breaker=Breaker(most=REST),
            comparisons=Comparisons(metrics),
        )

    @property
    def entities(self) -> Mapping[str, Entity]:
        """The entities by name."""
        return {entity.name: entity for entity in self.migration.entities}

    def settler(self, *, pay: Callable[[Collection[int]], None] | None = None) -> Settler:
        """A settler on these parts; `pay` as in `Settler`."""
        return Settler(
            self.sql_store,
            self.pb_store,
            self.journal,
            patience=Patience(lost=self.timing.lost_wait),
            looks=self.looks,
            pay=pay,
        )

    def verify(self, hands: Hands | None = None) -> Verify:
        """A verify on these parts, by default in the thread that runs it."""
        return Verify(
            self.sql_store,
            self.pb_store,
            self.journal,
            self.control,
            hands=hands,
            metrics=self.metrics,
            within=self.timing.give_up,
        )

    def cutover(self, *, verify: Verify | None = None, progress: Progress | None = None) -> Cutover:
        """The work of a cutover on these parts; with a `verify` every row is compared while writes are paused."""
        return Cutover(
            self.control,
            self.journal,
            self.relay(),
            self.sql_store,
            self.pb_store,
            self.migration.entities,
            verify=verify,
            progress=progress,
        )

    def rollback(self, *, deadline: float, progress: Progress | None = None) -> Rollback:
        """The work of a rollback on these parts, for a switch with this deadline."""
        return Rollback(
            self.control,
            self.pb_store,
            lambda epoch: SqlStore(self.database, passes_at=epoch),
            self.migration.entities,
            writes_end=self.timing.give_up,
            deadline=deadline,
            progress=progress,
        )

    def switch(
        self, *, actor: str, deadline: float = DEADLINE, say: Callable[[str], None] = lambda text: None
    ) -> Switch:
        """What carries out such work, in the name of `actor`. Its turn is its own: a runtime on the same parts must not take it
        for one of its own that has run out."""
        return Switch(self.control, owner=owner_name(), actor=actor, deadline=deadline, say=say)

    def relay(self) -> Relay:
        """A relay on these parts."""
        return Relay(
            self.journal,
            self.settler(),
            self.entities,
            owner=self.owner,
            breaker=self.breaker,
            metrics=self.metrics,
            timing=self.timing,
            knock=self.knock(),
        )

    def knock(self) -> Knock:
        """What finds out whether PocketBase is back."""
        return Knock(self.pb_store, self.entities)

    def diary(self) -> Diary:
        """What this process writes down for reports."""
        return Diary(
            self.control, self.journal, self.breaker, owner=self.owner, every=self.timing.diary_every
        )

    def adapters(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """The SQL and the PocketBase adapters by repository name."""
        return self.migration.sql(self.database), self.migration.pocketbase(
            self.pocketbase, self.database.dialect
        )

    def shadow(self, sql: Mapping[str, Any], pocketbase: Mapping[str, Any]) -> Shadow:
        """What asks PocketBase the questions that SQL has answered."""
        return Shadow(
            sql,
            pocketbase,
            self.journal,
            tuple(self.entities),
            breaker=self.breaker,
            comparisons=self.comparisons,
            metrics=self.metrics,
            together=self.pocketbase.together,
            give_up=self.timing.give_up,
        )

    @override
    def close(self) -> None:
        """Close both stores."""
        self.pocketbase.close()
        super().close()
