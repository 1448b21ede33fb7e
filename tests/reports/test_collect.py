"""From what the library's parts return to evidence, with the parts themselves."""

from __future__ import annotations

from datetime import timedelta

from dualwrite import collect
from dualwrite.backfill import Copied
from dualwrite.compare import Difference, Kind
from dualwrite.comparisons import Comparisons
from dualwrite.evidence import GateCondition, Latency
from dualwrite.gate import Compared, gate
from dualwrite.gate import Grounds as Seen
from dualwrite.metrics import NoMetrics
from dualwrite.observation import Comparison, Outcome
from dualwrite.phase import Phase, Transition
from dualwrite.ports import JournalState
from dualwrite.verify import RowDifference, Verified
from dualwrite.waivers import Waiver
from tests.reports import samples


def test_an_entity_is_what_verify_backfill_and_journal_saw_of_it() -> None:
    verified = Verified(
        "chat", sql_rows=5, pocketbase_rows=4, differing=2, lagging=1, repaired=1, seconds=0.5
    )
    verified.named = [RowDifference("chat", (str(n),), "$", "missing") for n in range(1200)]
    chat, tag = collect.entities(
        ("chat", "tag"),
        verified=[verified],
        copied=[Copied("chat", 5, 0.25)],
        state=[JournalState("chat", open=3, oldest_seconds=-0.1, stuck=1)],
    )
    assert (chat.sql_rows, chat.pocketbase_rows, chat.remaining, chat.lagging) == (5, 4, 1, 1)
    assert (chat.backfill_rows, chat.backfill_seconds, chat.verify_seconds) == (5, 0.25, 0.5)
    assert (chat.obligations_open, chat.obligations_stuck, chat.oldest_seconds) == (3, 1, 0.0)
    assert len(chat.named) == 1000
    assert (tag.sql_rows, tag.backfill_rows, tag.clean) == (None, None, True)


def test_methods_and_examples_are_what_comparisons_kept() -> None:
    comparisons = Comparisons(NoMetrics())
    for outcome in (Outcome.EQUAL, Outcome.EQUAL, Outcome.LAG):
        comparisons.add(Comparison("tags", "get", outcome))
    secret = Difference(("title",), Kind.VALUE, "somebody's secret", "another")
    comparisons.add(Comparison("tags", "get", Outcome.CONFIRMED, (secret,)))
    examples = collect.examples(comparisons.examples())
    latency = Latency(p50_ms=1, p99_ms=2)
    (method,) = collect.methods(
        comparisons.summary(),
        examples=examples,
        sql={("tags", "get"): latency},
        waivers={("tags", "get"): "ada"},
    )
    assert (method.equal, method.lag, method.confirmed, method.compared) == (2, 1, 1, 4)
    assert method.first_mismatch == method.last_mismatch == examples[0].at
    assert (method.sql, method.pocketbase, method.waiver) == (latency, None, "ada")
    assert examples[0].differences[0].sql.size == len("somebody's secret")
    assert "secret" not in examples[0].model_dump_json()


def test_phases_are_oldest_first() -> None:
    newest = Transition(samples.at(9), "ada", Phase.DUAL, Phase.FROZEN, "cutover")
    oldest = Transition(samples.at(1), "ada", Phase.SQL_ONLY, Phase.DUAL, "init")
    assert [change.target for change in collect.phases([newest, oldest])] == [Phase.DUAL, Phase.FROZEN]


def test_conditions_are_the_gates_and_a_waived_one_says_by_whom() -> None:
    waiver = Waiver("comparisons", "ada", samples.START.isoformat(), "few calls")
    seen = Seen(
        Phase.DUAL,
        open_obligations=3,
        verified_at=samples.START,
        methods=(Compared("tags.get"),),
        waivers={"comparisons": waiver},
    )
    found = collect.conditions(gate(seen, now=samples.at(5), newer_than=timedelta(minutes=1)))
    assert GateCondition(name="no obligation open", holds=False, figure="3 open") in found
    assert [condition.name for condition in found if not condition.holds] == ["no obligation open"]
    (waived,) = [condition for condition in found if condition.waiver]
    assert waived == GateCondition(
        name="every method compared at least 20 times",
        holds=True,
        figure="0 of 1 methods; never: tags.get",
        waiver="ada: few calls",
    )
