"""The report on a migration that goes on, between a real database and a real PocketBase."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from dualwrite.compare import Kind
from dualwrite.evidence import Evidence, EvidenceKind
from dualwrite.live import live_evidence
from dualwrite.metrics.latency import latencies
from dualwrite.phase import Phase
from dualwrite.waivers import Waiver, save_waiver
from reports import render_html, render_json, render_junit, render_markdown
from tests.live.seeds import WRONG, Seeded, seeded
from tests.metrics.domain import NOTE
from tests.metrics.stage import SECRET, outage, verify
from tests.reports.markup import Page

FORMATS: tuple[Callable[[Evidence], str], ...] = (render_html, render_json, render_markdown, render_junit)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    with seeded(tmp_path_factory.mktemp("live")) as opened:
        yield opened


def look(seen: Seeded) -> Evidence:
    stage = seen.stage
    return live_evidence(stage.parts, latencies=latencies(stage.registry.collect()))


def test_there_is_a_seed_for_every_kind() -> None:
    assert set(WRONG) == set(Kind)


def test_before_anything_differs_only_the_comparisons_are_missing(stage: Seeded) -> None:
    evidence = look(stage)
    assert evidence.kind is EvidenceKind.LIVE
    assert [c.name for c in evidence.conditions if not c.holds] == ["every method compared at least 20 times"]
    assert [entity.clean for entity in evidence.entities] == [True]
    (entity,) = evidence.entities
    assert (entity.sql_rows, entity.pocketbase_rows, entity.backfill_rows) == (5, 5, 5)
    assert entity.backfill_seconds is not None
    assert evidence.verified_at is not None
    assert {method.name for method in evidence.methods} == {
        f"notes.{name}" for name in ("add", "edit", "remove", "get", "all", "pile")
    }


@pytest.mark.parametrize("kind", WRONG)
def test_a_seeded_mismatch_is_reported_under_its_method(stage: Seeded, kind: Kind) -> None:
    stage.ask(WRONG[kind])
    evidence = look(stage)
    assert {m.name for m in evidence.methods if m.confirmed} == {"notes.all"}
    (example,) = [e for e in evidence.examples if e.differences[0].kind == kind]
    assert (example.repository, example.method) == ("notes", "all")
    for render in FORMATS:
        assert "notes" in render(evidence)
    html = render_html(evidence)
    assert "In which methods? notes. all (" in Page(html).text
    examples = html.partition('<section id="examples"')[2].partition("</section>")[0]
    assert "notes.<wbr>all" in examples
    assert f'data-label="Kind" class="kind">{kind}<' in examples


def test_no_value_of_a_row_is_in_any_format(stage: Seeded) -> None:
    for wrong in WRONG.values():
        stage.ask(wrong)
    evidence = look(stage)
    assert len(evidence.examples) == len(Kind), "the last of each kind"
    for render in FORMATS:
        text = render(evidence)
        assert SECRET not in text
        assert "old0" not in text, "nor an id that may be somebody's data"
        assert stage.stage.server.password not in text
        assert stage.stage.server.identity not in text


def test_a_waiver_is_shown_and_takes_the_mismatch_out_of_the_way(stage: Seeded) -> None:
    control = stage.stage.parts.control
    stage.ask(WRONG[Kind.VALUE])
    assert any(reason.startswith("notes.all gave") for reason in look(stage).verdict.reasons)
    save_waiver(control, Waiver.now("notes.all", who="ada", reason="known"))
    try:
        evidence = look(stage)
    finally:
        control.save("waiver:notes.all", None)
    assert not any(reason.startswith("notes.all gave") for reason in evidence.verdict.reasons)
    assert "waived: ada: known" in Page(render_html(evidence)).text


def test_latencies_come_from_what_this_machine_counted(stage: Seeded) -> None:
    stage.ask(WRONG[Kind.ORDER])
    (method,) = [m for m in look(stage).methods if m.name == "notes.pile"]
    assert method.sql is not None
    assert method.pocketbase is not None
    assert 0 < method.sql.p50_ms <= method.sql.p99_ms
    assert (method.sql.calls or 0) >= 1


def test_rows_that_differ_are_named_with_their_keys_since_the_first_verify_that_saw_it(stage: Seeded) -> None:
    parts = stage.stage.parts
    parts.pb_store.delete(NOTE, [("old3",)])
    verify(stage.stage)
    first = look(stage)
    verify(stage.stage)
    again = look(stage)
    (entity,) = again.entities
    assert entity.differs_since == first.verified_at
    assert again.verified_at != first.verified_at
    assert [(named.key, named.path, named.kind) for named in entity.named] == [(("old3",), "$", "missing")]
    text = Page(render_html(again)).text
    assert "For which keys? note old3" in text
    assert "rows of note differ since" in text
    verify(stage.stage, repair=True)
    assert look(stage).entities[0].differs_since is None


def test_what_waits_and_the_outage_are_there_afterwards(stage: Seeded) -> None:
    outage(stage.stage)
    stage.stage.parts.relay().drain(seconds=20.0)
    assert stage.stage.runtime.drain(10.0)
    evidence = look(stage)
    (fault,) = evidence.faults
    assert fault.name == "PocketBase did not answer"
    assert fault.seconds > 0
    assert evidence.waiting == ()
    assert len(evidence.timeline) >= 1


def test_secrets_are_only_said_to_be_set(stage: Seeded) -> None:
    shown = {setting.name: setting.value for setting in look(stage).configuration}
    assert (shown["pb_identity"], shown["pb_password"], shown["pb_token"]) == ("set", "set", "not set")
    assert shown["sample_rate"] == "1.0"
    assert shown["timing.lost_wait"] == "2 s"
    assert shown["sql_url"].endswith("notes.db")


def test_a_pocketbase_that_is_gone_is_a_finding_and_not_an_error(stage: Seeded) -> None:
    stage.stage.server.kill()
    try:
        evidence = look(stage)
    finally:
        stage.stage.server.start()
    assert "PocketBase healthy and as expected" in [c.name for c in evidence.conditions if not c.holds]
    assert evidence.phase is not None
    assert evidence.phase.target is Phase.DUAL
