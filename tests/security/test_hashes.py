"""Values in diffs show as keyed hashes: the key is the process's own, is kept nowhere, and links no two reports."""

from __future__ import annotations

import hashlib
import json
import re

from dualwrite.compare import differences
from dualwrite.comparisons import Comparisons
from dualwrite.observation import Comparison, Outcome
from tests.fakes import FakeControl, FakeMetrics


def seen(comparisons: Comparisons, value: str) -> str:
    """What a confirmed mismatch in this value leaves for a report."""
    found = differences({"pin": value}, {"pin": "other"})
    comparisons.add(Comparison("notes", "get", Outcome.CONFIRMED, tuple(found)))
    return json.dumps(comparisons.examples())


def test_a_short_value_cannot_be_guessed_and_two_reports_cannot_be_linked() -> None:
    one, other = (json.loads(seen(Comparisons(FakeMetrics()), "1234")) for _ in range(2))
    hashes = [report[0]["differences"][0]["sql"]["hash"] for report in (one, other)]
    assert hashes[0] != hashes[1]
    guesses = {hashlib.sha256(form.encode()).hexdigest()[:12] for form in ("1234", '"1234"', "'1234'")}
    assert not guesses & set(hashes), "without a key ten thousand guesses find any PIN"


def test_neither_the_key_nor_a_value_is_kept_or_shown() -> None:
    key = b"0123456789abcdef"
    comparisons, control = Comparisons(FakeMetrics(), secret=key), FakeControl()
    text = seen(comparisons, "my secret")
    comparisons.save(control, "me")
    stored = json.dumps(control.values(""))
    for shown in (text, stored, repr(comparisons)):
        assert "my secret" not in shown
        assert key.decode() not in shown
        assert key.hex() not in shown
    other = FakeControl()
    again = Comparisons(FakeMetrics(), secret=b"fedcba9876543210")
    seen(again, "my secret")
    again.save(other, "me")
    hashes = [set(re.findall(r'"hash": "(\w+)"', json.dumps(kept.values("")))) for kept in (control, other)]
    assert hashes[0].isdisjoint(hashes[1]), "what outlives the process cannot be recognised: its key is gone"
