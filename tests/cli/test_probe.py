"""`probe` from the outside: a real database, a real server, every read method asked of both."""

from __future__ import annotations

import pytest

from dualwrite.contract import Access, methods_of
from repos.entities import ENTITIES, FOLDER
from repos.migration import openwebui
from tests.cli.command import Here, assert_refused, run
from tests.cli.conftest import Place, connection

READS = {
    (name, method.name)
    for name, contract in openwebui.contracts.items()
    for method in methods_of(contract).values()
    if method.access is Access.READ
}
INTRUDER = "a folder that SQL never saw"


@pytest.fixture
def copied(hooked: Place, here: Here) -> Place:
    """Both sides hold the same."""
    for words in (["init"], ["phase", "dual"], ["backfill"]):
        assert here.run(*words, settings=hooked.settings).status == 0
    return hooked


def test_every_read_method_is_asked_and_both_sides_say_the_same(copied: Place) -> None:
    ended = run("probe", "--json", settings=copied.settings)
    assert ended.status == 0, ended
    document = ended.document
    assert document["clean"] is True
    assert (document["never_asked"], document["skipped"], document["mismatches"]) == ([], 0, [])
    assert {(each["repository"], each["method"]) for each in document["methods"]} == READS
    assert all(each["equal"] > 0 for each in document["methods"])
    kept = run("status", "--json", settings=copied.settings).document["comparisons"]
    assert {(each["repository"], each["method"]): each["equal"] for each in kept} == {
        (each["repository"], each["method"]): each["equal"] for each in document["methods"]
    }


def test_what_differs_is_named_without_its_value(copied: Place) -> None:
    with connection(copied.server) as pb:
        folder = pb.records(FOLDER).find(limit=1)[0]
        assert pb.records(FOLDER).update(FOLDER.key_of(folder), {"name": INTRUDER})
    ended = run("probe", settings=copied.settings)
    assert ended.status == 1
    named = [line for line in ended.out.splitlines() if line.startswith("folders.get_folder")]
    assert named, ended.out
    assert any("name" in line for line in named)
    assert INTRUDER not in ended.out + ended.err
    assert str(folder["name"]) not in ended.out + ended.err


def test_it_is_refused_before_both_sides_are_written(hooked: Place, here: Here) -> None:
    assert here.run("init", settings=hooked.settings).status == 0
    assert_refused(here.run("probe", settings=hooked.settings), "sql_only", "dual")
    assert here.run("phase", "dual", settings=hooked.settings).status == 0
    assert_refused(here.run("probe", settings=hooked.settings), "backfill", ENTITIES[0].name)


def test_values_are_for_a_terminal(copied: Place) -> None:
    assert_refused(run("probe", "--values", settings=copied.settings), "--values", "terminal")
