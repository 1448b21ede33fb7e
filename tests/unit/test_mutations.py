"""The mutations of `tools/mutations.py` still say something: each finds its place in the code, and its tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.named import is_there
from tools.mutations import MUTATIONS, ROOT, Mutation, RefusedError, mutated


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_finds_its_place_and_its_tests(mutation: Mutation) -> None:
    assert mutated(ROOT, mutation) != (ROOT / mutation.file).read_text()
    assert mutation.old != mutation.new
    assert all(is_there(test) for test in mutation.tests)


def test_their_names_are_their_own() -> None:
    names = [mutation.name for mutation in MUTATIONS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("text", "found"), [("", 0), ("x = 1\nx = 1\n", 2)])
def test_one_whose_place_is_gone_or_doubled_is_refused(text: str, found: int, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(text)
    with pytest.raises(RefusedError, match=f"is {found} times in a.py"):
        mutated(tmp_path, replace(MUTATIONS[0], file="a.py", old="x = 1\n"))
