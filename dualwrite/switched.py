"""What the switch was like, kept for reports: afterwards there is no gate to ask any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dualwrite.evidence import GateCondition, Switch
from dualwrite.ports import Control
from dualwrite.switch import Switched

SAVED = "switched"
CLOCKS = timedelta(minutes=1)
"""By which this machine's clock and the database's may differ."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The last cutover: the switch itself, and the gate's conditions that let it happen."""

    switch: Switch
    conditions: tuple[GateCondition, ...]


def save_switched(
    control: Control, done: Switched, conditions: Sequence[GateCondition], *, at: datetime
) -> None:
    """Keep it in place of the one before."""
    switch = Switch(paused_seconds=done.paused, rows=done.rows, at=at)
    control.save(
        SAVED,
        {
            "switch": switch.model_dump(mode="json"),
            "conditions": [condition.model_dump(mode="json") for condition in conditions],
        },
    )


def load_switched(control: Control, *, since: datetime) -> Kept | None:
    """That of the phase in force since then; None where none was kept, or only that of an earlier switch: whoever made this
    one was killed before it could keep anything."""
    saved = control.load(SAVED)
    if not isinstance(saved, dict):
        return None
    switch = Switch.model_validate(saved["switch"])
    if switch.at is None or switch.at < since - CLOCKS:
        return None
    return Kept(switch, tuple(GateCondition.model_validate(one) for one in saved["conditions"]))
