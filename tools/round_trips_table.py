"""Write docs/round-trips.md from what the tests count. A test holds the file against it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.contract.costs import COSTS, EXCEPTIONS, Kind

TARGET = Path(__file__).parent.parent / "docs" / "round-trips.md"
HEAD = """\
# Round trips

Made from `tests/contract/costs.py` by `python tools/round_trips_table.py`; `tests/contract/test_round_trips.py` counts every
method against a real server, with 5 rows of everything and again, lists and changes, with 300.

A list with all that it nests (messages with those they answer and the authors of these, models with their owners) is one
request to a hook route, which answers several finds from one state of the database; each may ask for what those before it found.
A change is read, decided in Python, and written in one transaction.
"""
FOOT = """\
What costs more:

- The first use of a connection logs in and looks for the hooks.
- Rows beyond 8 MB in one answer: one more request for each 8 MB.
- Without the hooks each find is a request of its own, and one more for each page of 100 records (1,000 where none of their
  fields is JSON) or for each part of a condition that is too long for a filter (180 values, 18 KB); never one for each row.
  Changes of several records go through `/api/batch`, after a look at the server's settings and, 60 to a request, at which of
  the records to delete are there.
"""


def page() -> str:
    """The page's text."""
    rules = [f"| {kind.meaning} | {kind.most} |" for kind in Kind]
    rows = [
        f"| {repository} | `{cost.method}`{f' ({cost.case})' if cost.case else ''} | {cost.kind.meaning} | {cost.requests} |"
        for repository, costs in COSTS.items()
        for cost in costs
    ]
    dear = [f"- `{method}`: {reason}" for method, reason in EXCEPTIONS.items()]
    lines = [
        HEAD,
        *("| a method that | takes at most |", "|---|---|", *rules, ""),
        *(("Exceptions:", "", *dear, "") if dear else ("There are no exceptions.", "")),
        FOOT,
        *("| repository | method | it | requests |", "|---|---|---|---|", *rows),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(page())
