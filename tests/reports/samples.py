"""Evidence to draw: a rehearsal that went well, a migration that is not ready, a hostile one and a huge one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dualwrite.evidence import (
    EntityEvidence,
    Evidence,
    EvidenceKind,
    Example,
    ExampleDifference,
    Fault,
    GateCondition,
    JournalPoint,
    Latency,
    LostWrite,
    MethodEvidence,
    NamedDifference,
    PhaseChange,
    Redacted,
    Setting,
    Step,
    StepOutcome,
    Switch,
    Traffic,
    Verdict,
    Versions,
    WaitingKey,
)
from dualwrite.phase import Phase
from dualwrite.verdict import judge

START = datetime(2026, 3, 1, 14, 5, 9, tzinfo=UTC)
VERSIONS = Versions(
    dualwrite="0.1.0",
    python="3.11.7",
    pocketbase="0.40.6",
    sql_dialect="postgresql",
    sql_version="18.1",
    hooks="sha256:5e1f09ab",
)
ROWS = {
    "user": 1_204,
    "auth": 1_204,
    "chat": 18_330,
    "message": 96_412,
    "tag": 5_018,
    "file": 2_761,
    "group": 42,
    "folder": 913,
    "model": 67,
}
METHODS = (
    *("users.get_user_by_id", "users.get_users", "users.update_user_role_by_id", "chats.get_chat_by_id"),
    *("chats.get_chat_list_by_user_id", "chats.update_chat_by_id", "messages.get_replies_by_message_id"),
    *("tags.get_tags_by_user_id", "files.get_files", "groups.get_groups", "folders.get_folders_by_user_id"),
    *("models.get_models", "chats.get_chats_by_user_id_and_search_text", "messages.insert_new_message"),
)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def phase(seconds: float, source: Phase, target: Phase, why: str) -> PhaseChange:
    return PhaseChange(at=at(seconds), actor="ada@ops-1 (4711)", source=source, target=target, why=why)


def clean_entities() -> tuple[EntityEvidence, ...]:
    return tuple(
        EntityEvidence(
            name=name,
            sql_rows=rows,
            pocketbase_rows=rows,
            verify_seconds=rows / 40_000,
            backfill_rows=rows,
            backfill_seconds=rows / 9_000,
        )
        for name, rows in ROWS.items()
    )


def clean_methods() -> tuple[MethodEvidence, ...]:
    found = []
    for number, name in enumerate(METHODS):
        repository, method = name.split(".")
        found.append(
            MethodEvidence(
                repository=repository,
                method=method,
                equal=412 + 173 * number,
                transient=number % 4,
                lag=number % 3 * 7,
                sql=Latency(p50_ms=0.31 + number / 20, p99_ms=2.1 + number / 3, calls=900),
                pocketbase=Latency(p50_ms=1.4 + number / 9, p99_ms=9.7 + number * 2.2, calls=900),
            )
        )
    return tuple(found)


def conditions(broken: dict[str, str] | None = None) -> tuple[GateCondition, ...]:
    usual = {
        "phase is dual": "dual",
        "backfill complete": "every entity",
        "no obligation open": "0 open",
        "no stuck key": "0 stuck",
        "verified within 3600 s": "41 s ago",
        "verify found no difference": "0 differing",
        "no confirmed mismatch": "0 confirmed since this process started",
        "PocketBase healthy and as expected": "yes",
    }
    broken = broken or {}
    return tuple(
        GateCondition(name=name, holds=name not in broken, figure=broken.get(name, figure))
        for name, figure in usual.items()
    )


FAULTS = (
    Fault(
        name="PocketBase killed",
        at=at(31),
        seconds=4.2,
        seen="breaker open after 0.4 s; 212 obligations piled up; no caller failed",
    ),
    Fault(
        name="answers delayed by 2 s",
        at=at(48),
        seconds=6.0,
        seen="31 answers lost, each looked at again; p99 of callers unchanged",
    ),
    Fault(
        name="disk full",
        at=at(61),
        seconds=3.0,
        seen="PocketBase refused 18 writes; the relay caught up in 1.1 s",
    ),
)
WAITING = (
    *(
        WaitingKey(
            entity="chat",
            key=(f"77777777-0000-4000-8000-{n:012d}",),
            seconds=812.0 - n,
            attempts=5,
            error="TooLarge",
            stuck=True,
        )
        for n in range(2)
    ),
    WaitingKey(entity="chat", key=("88888888-0000-4000-8000-000000000001",), seconds=4.0, error="AnswerLost"),
)
CONFIGURATION = (
    Setting(name="sql_url", value="postgresql://webui:***@db.internal/webui"),
    Setting(name="pb_password", value="set"),
    Setting(name="sample_rate", value="0.1"),
)
STEPS = (
    ("copy the database", 1.4, "142 MB"),
    ("start PocketBase", 0.8, ""),
    ("create collections and triggers", 2.2, "9 entities"),
    ("backfill under traffic", 16.9, "125,951 rows, 7,452 a second"),
    ("faults", 21.3, "3 injected"),
    ("verify", 4.9, "no difference"),
    ("cutover", 1.2, "writes paused for 1.2 s"),
    ("reads from PocketBase alone", 5.0, "1,904 calls"),
)


def ready() -> Evidence:
    """A rehearsal without anything to complain of."""
    return Evidence(
        title="Rehearsal: Open WebUI to PocketBase",
        migration="openwebui",
        started=START,
        finished=at(68.4),
        verdict=Verdict(ready=True),
        versions=VERSIONS,
        phases=(
            phase(4.4, Phase.SQL_ONLY, Phase.DUAL, "init"),
            phase(60.0, Phase.DUAL, Phase.FROZEN, "cutover: writes pause"),
            phase(61.2, Phase.FROZEN, Phase.PB_ONLY, "cutover: PocketBase alone"),
        ),
        entities=clean_entities(),
        methods=clean_methods(),
        traffic=Traffic(calls=18_204, writes=5_131, p50_ms=0.82, p99_ms=7.4, seconds=61.0),
        faults=FAULTS,
        steps=tuple(Step(name=n, seconds=s, outcome=StepOutcome.OK, detail=d) for n, s, d in STEPS),
        conditions=conditions(),
        switch=Switch(paused_seconds=1.21, rows=sum(ROWS.values()), at=at(61.2)),
        notes=("The database was a generated one: 1,204 users with the sizes of chats seen in the field.",),
    )


def not_ready() -> Evidence:
    """Differences in two entities, mismatches in two methods, a lost write, a failed step, a gate that refuses."""
    chat = EntityEvidence(
        name="chat",
        sql_rows=18_330,
        pocketbase_rows=18_328,
        differing=5,
        lagging=1,
        repaired=1,
        verify_seconds=1.1,
        backfill_rows=18_330,
        backfill_seconds=4.8,
        obligations_open=14,
        obligations_stuck=2,
        differs_since=at(-3_600),
        oldest_seconds=812.0,
        named=(
            *(
                named("chat", f"3f2b8c1e-0000-4000-8000-{n:012d}", f"chat.messages[{n}].content")
                for n in range(3)
            ),
            named("chat", "9d5e77aa-0000-4000-8000-000000000001", "$", "missing"),
            named("chat", "9d5e77aa-0000-4000-8000-000000000002", "$", "missing"),
        ),
    )
    tag = EntityEvidence(
        name="tag",
        sql_rows=5_018,
        pocketbase_rows=5_019,
        differing=1,
        backfill_rows=5_018,
        backfill_seconds=0.6,
        named=(NamedDifference(entity="tag", key=("planning", "user-7"), path="meta", kind="type"),),
    )
    entities = tuple({"chat": chat, "tag": tag}.get(e.name, e) for e in clean_entities())
    first, *rest = clean_methods()
    broken = (
        MethodEvidence(
            repository="chats",
            method="get_chat_list_by_user_id",
            equal=1_893,
            transient=4,
            lag=11,
            confirmed=7,
            failed=3,
            first_mismatch=at(-7_200),
            last_mismatch=at(52),
            sql=Latency(p50_ms=2.1, p99_ms=14.0),
            pocketbase=Latency(p50_ms=4.4, p99_ms=61.0),
        ),
        MethodEvidence(
            repository="tags",
            method="get_tags_by_user_id",
            equal=212,
            confirmed=1,
            first_mismatch=at(9),
            last_mismatch=at(9),
        ),
        MethodEvidence(repository="groups", method="get_groups", failed=6),
        MethodEvidence(
            repository="models", method="get_models", waiver="ada, 2026-02-27: never called in production"
        ),
    )
    names = {method.name for method in broken}
    methods = (*broken, first, *(method for method in rest if method.name not in names))
    waived = GateCondition(
        name="every method compared at least 20 times",
        holds=True,
        figure="11 of 14 methods",
        waiver="ada@ops-1: three are never called",
    )
    gate = conditions(
        {
            "no obligation open": "14 open",
            "no stuck key": "2 stuck",
            "verify found no difference": "5 differing",
            "no confirmed mismatch": "8 confirmed since this process started",
        }
    )
    gate = (*gate, waived)
    lost = (LostWrite(entity="message", key=("b1946ac9-0000-4000-8000-00000000002a",)),)
    steps = tuple(
        Step(
            name=name,
            seconds=seconds if number < 6 else 0.0,
            outcome=StepOutcome.OK
            if number < 5
            else StepOutcome.FAILED
            if number == 5
            else StepOutcome.SKIPPED,
            detail=detail if number < 5 else "5 keys differ" if number == 5 else "",
        )
        for number, (name, seconds, detail) in enumerate(STEPS)
    )
    return Evidence(
        title="Rehearsal: Open WebUI to PocketBase",
        migration="openwebui",
        started=START,
        finished=at(66.2),
        verdict=judge(entities=entities, methods=methods, conditions=gate, lost_writes=lost, steps=steps),
        versions=VERSIONS,
        phases=(phase(4.4, Phase.SQL_ONLY, Phase.DUAL, "init"),),
        entities=entities,
        waiting=WAITING,
        timeline=tuple(
            JournalPoint(at=at(n), open=14 if n > 30 else n, stuck=n // 33, oldest_seconds=float(n))
            for n in range(0, 66, 3)
        ),
        configuration=CONFIGURATION,
        methods=methods,
        examples=(
            example(52, "chats", "get_chat_list_by_user_id", "$[3].title", "value", ("str", 18), ("str", 21)),
            example(9, "tags", "get_tags_by_user_id", "$[0].meta", "type", ("dict", 2), ("NoneType", None)),
            example(
                -7_200, "chats", "get_chat_list_by_user_id", "$[60]", "missing", ("dict", 9), ("absent", None)
            ),
        ),
        traffic=Traffic(
            calls=12_480,
            writes=3_977,
            errors={"Frozen": 2, "Refused": 1},
            p50_ms=0.9,
            p99_ms=11.2,
            seconds=51.0,
        ),
        faults=FAULTS,
        steps=steps,
        lost_writes=lost,
        conditions=gate,
        notes=("Traffic ran from 4 threads.", "The relay was off for the first 20 seconds on purpose."),
    )


def named(entity: str, key: str, path: str, kind: str = "value") -> NamedDifference:
    return NamedDifference(entity=entity, key=(key,), path=path, kind=kind)


def example(
    seconds: float,
    repository: str,
    method: str,
    path: str,
    kind: str,
    sql: tuple[str, int | None],
    pocketbase: tuple[str, int | None],
) -> Example:
    sides = [
        Redacted(type=name, size=size, hash=None if name in {"absent", "NoneType"} else f"{hash_:012x}")
        for (name, size), hash_ in zip((sql, pocketbase), (0x5E1F09AB77C1, 0x90D2C4A1B3E7), strict=True)
    ]
    difference = ExampleDifference(path=path, kind=kind, sql=sides[0], pocketbase=sides[1])
    return Example(
        at=at(seconds),
        repository=repository,
        method=method,
        keys=((f"99999999-0000-4000-8000-{abs(int(seconds)):012d}",),),
        differences=(difference,),
    )


def live() -> Evidence:
    """A migration under way: one read method answers otherwise although every row is equal, and most were never compared."""
    wrong = MethodEvidence(
        repository="chats",
        method="get_chat_list_by_user_id",
        equal=1_893,
        confirmed=7,
        first_mismatch=at(-7_200),
        last_mismatch=at(52),
    )
    never = tuple(MethodEvidence(repository="groups", method=f"get_groups_{n}") for n in range(90))
    names = ", ".join(method.name for method in never)
    gate = conditions({"no confirmed mismatch": "7 confirmed", "verified within 3600 s": "never: " + names})
    methods, entities = (wrong, *never), clean_entities()
    return Evidence(
        title="Migration of Open WebUI",
        kind=EvidenceKind.LIVE,
        migration="openwebui",
        started=at(-90_000),
        finished=at(66.2),
        verdict=judge(entities=entities, methods=methods, conditions=gate),
        versions=VERSIONS,
        phases=(phase(-90_000, Phase.SQL_ONLY, Phase.DUAL, "begin"),),
        entities=entities,
        verified_at=at(-600),
        methods=methods,
        examples=(
            example(52, "chats", "get_chat_list_by_user_id", "$[3].title", "value", ("str", 18), ("str", 21)),
        ),
        conditions=gate,
        configuration=CONFIGURATION,
    )


def switched() -> Evidence:
    """The same migration after its switch."""
    return live().model_copy(
        update={
            "verdict": Verdict(ready=True),
            "methods": clean_methods(),
            "examples": (),
            "conditions": conditions(),
            "phases": (
                phase(-90_000, Phase.SQL_ONLY, Phase.DUAL, "begin"),
                phase(60, Phase.DUAL, Phase.FROZEN, "cutover"),
                phase(61, Phase.FROZEN, Phase.PB_ONLY, "cutover"),
            ),
            "switch": Switch(paused_seconds=1.21, rows=sum(ROWS.values()), at=at(61.2)),
        }
    )


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>|`[x](javascript:alert(3))\n# \u202egnp"


def hostile(text: str = HOSTILE) -> Evidence:
    """The same hostile text in every field that takes text."""
    side = Redacted(type=text, size=3, hash=text)
    return Evidence(
        title=text,
        migration=text,
        started=START,
        finished=at(1),
        verdict=Verdict(ready=False, reasons=(text,)),
        versions=Versions(
            dualwrite=text, python=text, pocketbase=text, sql_dialect=text, sql_version=text, hooks=text
        ),
        phases=(PhaseChange(at=START, actor=text, source=Phase.SQL_ONLY, target=Phase.DUAL, why=text),),
        entities=(
            EntityEvidence(
                name=text,
                sql_rows=1,
                pocketbase_rows=1,
                differing=1,
                named=(NamedDifference(entity=text, key=(text, text), path=text, kind=text),),
            ),
        ),
        methods=(
            MethodEvidence(repository=text, method=text, confirmed=1, last_mismatch=START, waiver=text),
        ),
        examples=(
            Example(
                at=START,
                repository=text,
                method=text,
                keys=((text, text),),
                differences=(ExampleDifference(path=text, kind=text, sql=side, pocketbase=side),),
            ),
        ),
        waiting=(WaitingKey(entity=text, key=(text,), seconds=1.0, error=text),),
        configuration=(Setting(name=text, value=text),),
        traffic=Traffic(calls=1, errors={text: 1}),
        faults=(Fault(name=text, at=START, seconds=1, seen=text),),
        steps=(Step(name=text, seconds=1, outcome=StepOutcome.FAILED, detail=text),),
        lost_writes=(LostWrite(entity=text, key=(text,)),),
        conditions=(GateCondition(name=text, holds=False, figure=text, waiver=text),),
        notes=(text,),
    )


def huge() -> Evidence:
    """As much as can be: every entity with 1000 named differences, 136 methods, 100 examples of 10 places, many lost writes."""
    base = not_ready()
    places = tuple(
        base.examples[0].differences[0].model_copy(update={"path": f"$[{n}].title"}) for n in range(10)
    )
    return base.model_copy(
        update={
            "entities": tuple(
                entity.model_copy(
                    update={
                        "differing": 1000,
                        "named": tuple(
                            named(entity.name, f"{n:08d}-0000-4000-8000-{n:012d}" * 4, f"data.a[{n}].content")
                            for n in range(1000)
                        ),
                    }
                )
                for entity in base.entities
            ),
            "methods": tuple(
                base.methods[0].model_copy(update={"method": f"get_chat_list_by_user_id_and_folder_{n}"})
                for n in range(136)
            ),
            "examples": tuple(
                base.examples[0].model_copy(update={"differences": places}) for _ in range(100)
            ),
            "lost_writes": base.lost_writes * 5000,
        }
    )
