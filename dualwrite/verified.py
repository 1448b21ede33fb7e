"""What the last full verify found, entity by entity, kept for reports. The gate keeps its own figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dualwrite.ports import Control
from dualwrite.verify import RowDifference, Verified

SAVED = "verified"
MOST_NAMES = 200
"""Differences of one entity that are kept by name: the control table is no place for a thousand keys of each."""


@dataclass(frozen=True, slots=True)
class Found:
    """The last full verify: when it was begun, what it found, and since when each entity that differs was seen to."""

    at: datetime
    results: tuple[Verified, ...]
    since: dict[str, datetime]


def save_found(control: Control, results: Sequence[Verified], *, begun: datetime) -> None:
    """Keep it in place of the one before. An entity that differed there and still does has differed since then."""
    before = load_found(control)
    known = before.since if before else {}
    control.save(
        SAVED,
        {
            "at": begun.isoformat(),
            "entities": [
                {
                    "entity": one.entity,
                    "sql_rows": one.sql_rows,
                    "pocketbase_rows": one.pocketbase_rows,
                    "differing": one.differing,
                    "lagging": one.lagging,
                    "repaired": one.repaired,
                    "seconds": round(one.seconds, 3),
                    "named": [[list(n.key), n.path, n.kind] for n in one.named[:MOST_NAMES]],
                    "since": None if one.clean else known.get(one.entity, begun).isoformat(),
                }
                for one in results
            ],
        },
    )


def load_found(control: Control) -> Found | None:
    """The last one that was kept; None where there is none."""
    saved = control.load(SAVED)
    if not isinstance(saved, dict):
        return None
    entities: list[dict[str, Any]] = saved["entities"]
    return Found(
        datetime.fromisoformat(saved["at"]),
        tuple(_verified(one) for one in entities),
        {one["entity"]: datetime.fromisoformat(one["since"]) for one in entities if one["since"]},
    )


def forget_found(control: Control) -> None:
    """It proves nothing any more."""
    control.save(SAVED, None)


def _verified(saved: dict[str, Any]) -> Verified:
    plain = {name: value for name, value in saved.items() if name not in ("named", "since")}
    named = [RowDifference(saved["entity"], tuple(key), path, kind) for key, path, kind in saved["named"]]
    return Verified(**plain, named=named)
