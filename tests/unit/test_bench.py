"""The benchmarks' harness: what it prints, writes and ends with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks.bench import main
from tests.benchmarks.figures import Bench, Better, Goal, alternated, ratios

SUITE = (
    Bench("near", lambda effort: {"lower": [1.4, 1.6, 1.5]}, (Goal("lower", "a little over its goal", 1.0),)),
    Bench(
        "far",
        lambda effort: {"lower": [2.5], "higher": [1.0] if effort.quick else [4.0]},
        (
            Goal("lower", "more than twice its goal", 1.0, "s"),
            Goal("higher", "a quarter of its goal where it is quick", 4.0, better=Better.HIGHER),
        ),
    ),
)


def test_a_run_is_a_table_and_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "build" / "bench.json"
    assert main(["--json", str(file)], SUITE) == 0
    assert "a little over its goal" in capsys.readouterr().out
    report = json.loads(file.read_text())
    assert report["machine"]["cores"] > 0
    assert report["versions"]["sqlalchemy"]
    assert report["quick"] is False
    figures = {(one["bench"], one["name"]): one for one in report["figures"]}
    near = figures["near", "lower"]
    assert (near["value"], near["low"], near["high"], near["repeats"], near["reached"]) == (
        1.5,
        1.4,
        1.6,
        3,
        False,
    )
    assert figures["far", "higher"]["reached"]


def test_twice_as_far_off_as_the_goal_fails_a_check_and_less_does_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--check", "--only", "near"], SUITE) == 0
    assert main(["--only", "far"], SUITE) == 0
    assert main(["--check", "--quick", "--only", "far"], SUITE) == 1
    told = [line for line in capsys.readouterr().err.splitlines() if "twice" in line]
    assert told == [
        "far, lower: 2.5 s, more than twice as far off as 1",
        "far, higher: 1 x, more than twice as far off as 4",
    ]


def test_a_name_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "near,nearer"], SUITE) == 2
    assert "no such benchmark: nearer; there are near, far" in capsys.readouterr().err


def test_sides_take_turns_and_each_repeat_gives_a_figure() -> None:
    now, called = 0.0, []

    def side(name: str, seconds: float) -> None:
        nonlocal now
        now += seconds
        called.append(name)

    taken = alternated(
        {"one": lambda: side("one", 1.0), "other": lambda: side("other", 2.0)},
        repeats=3,
        rounds=4,
        calls=5,
        clock=lambda: now,
    )
    assert taken == {"one": [1.0] * 3, "other": [2.0] * 3}
    assert ratios(taken["other"], taken["one"]) == [2.0] * 3
    assert {called.count(name) for name in taken} == {3 * 4 * 5 + 5}


def test_where_a_goal_is_out_of_reach_a_check_is_held_against_what_is_possible() -> None:
    goal = Goal("equal", "of a chat", 1.3, possible=4.5)
    suite = [Bench("compare", lambda effort: {"equal": [8.0]}, (goal,))]
    assert main(["--check"], suite) == 0
    suite = [Bench("compare", lambda effort: {"equal": [9.1]}, (goal,))]
    assert main(["--check"], suite) == 1
