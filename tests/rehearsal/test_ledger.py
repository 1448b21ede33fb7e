"""What traffic was told outlives the process that it was told to."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from dualwrite.entity import Key
from dualwrite.errors import AnswerLost, Fenced
from repos.rehearsal.callers.estate import Estate
from repos.rehearsal.connection import Dialect
from repos.rehearsal.ledger import Acknowledged, Ledger
from repos.rehearsal.sights import Sights

ROW = {"id": "t", "name": "T", "user_id": "u", "meta": None}
KEY = ("t", "u")
PLACE = ("tag", KEY)


def estate(ledger: Ledger) -> Estate:
    """A worker's, with nothing to look at."""
    return Estate(Random(1), ledger, Sights(Dialect.SQLITE, {}))


def reloaded(folder: Path) -> tuple[dict[tuple[str, Key], Acknowledged], int]:
    """What a later process knows, and of how many keys it knows nothing."""
    (path,) = folder.iterdir()
    ledger = Ledger.load(path)
    return dict(ledger), ledger.doubtful


def test_acknowledged_writes_are_known_to_a_later_process(tmp_path: Path) -> None:
    ledger = Ledger.beside(tmp_path)
    mine = estate(ledger)
    with mine.writing([PLACE]):
        mine.is_now(PLACE, {name: ROW[name] for name in ("id", "name", "user_id")})
    with mine.writing([("tag", ("s", "ü"))]):
        mine.is_now(("tag", ("s", "ü")), None)
    assert reloaded(tmp_path) == (dict(ledger), 0)
    assert len(dict(ledger)) == 2
    ledger.close()


def test_a_write_whose_answer_never_came_is_doubtful_and_not_lost(tmp_path: Path) -> None:
    ledger = Ledger.beside(tmp_path)
    ledger.put("tag", ROW)
    ledger.intend("tag", KEY)  # and killed
    assert reloaded(tmp_path) == ({}, 1)
    ledger.close()


@pytest.mark.parametrize(
    ("error", "known", "doubtful"), [(Fenced("frozen"), 1, 0), (AnswerLost("timeout"), 0, 1)]
)
def test_what_a_failed_write_leaves_is_the_same_in_the_file(
    error: Exception, known: int, doubtful: int, tmp_path: Path
) -> None:
    ledger = Ledger.beside(tmp_path)
    mine = estate(ledger)
    mine.is_now(PLACE, ROW)
    with pytest.raises(type(error)), mine.writing([PLACE]):
        raise error
    assert reloaded(tmp_path) == (dict(ledger), ledger.doubtful)
    assert (len(dict(ledger)), ledger.doubtful) == (known, doubtful)
    assert len(mine.rows("tag")) == known, "what is doubtful is not written to again"
    ledger.close()


def test_a_write_that_found_nothing_to_do_leaves_what_was_known(tmp_path: Path) -> None:
    ledger = Ledger.beside(tmp_path)
    ledger.deleted("tag", KEY)
    with estate(ledger).writing([PLACE]):
        pass
    assert reloaded(tmp_path) == ({("tag", KEY): Acknowledged((), None)}, 0)
    ledger.close()


def test_a_line_that_the_kill_cut_off_counts_as_unwritten(tmp_path: Path) -> None:
    ledger = Ledger.beside(tmp_path)
    ledger.put("tag", ROW)
    ledger.intend("tag", KEY)
    ledger.put("tag", ROW | {"name": "later"})
    ledger.close()
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-3])
    assert reloaded(tmp_path) == ({}, 1)


def test_every_worker_has_a_file_of_its_own(tmp_path: Path) -> None:
    for ledger in [Ledger.beside(tmp_path) for _ in range(3)]:
        ledger.close()
    assert len(list(tmp_path.iterdir())) == 3
