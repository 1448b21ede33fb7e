"""A program, run by `test_connect.py`: every repository on PocketBase where nothing of the SQL side can be imported.

Prints, as JSON, what importing `repos` alone has loaded, how many reads and writes of each repository were answered, and which
refused modules are there at the end.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from typing_extensions import override

NOT_INSTALLED = ("sqlalchemy", "psycopg", "psycopg2", "deepdiff", "jinja2", "prometheus_client", "typer")
EITHER_STORE = ("sqlalchemy", "psycopg", "httpx", "pocketbase")


class NotInstalled(MetaPathFinder):
    """As if these were not installed, and as if the SQL adapters were not shipped."""

    @override
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.startswith(("dualwrite.sql", "repos.sql")) or fullname.split(".")[0] in NOT_INSTALLED:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return None


def main() -> dict[str, object]:
    sys.meta_path.insert(0, NotInstalled())
    from repos import connect

    alone = _loaded(EITHER_STORE)
    from tests.contract.every_call import every_call

    answered: dict[str, Counter[str]] = {}
    with connect("pocketbase") as repos:
        for asked in every_call("without-sql"):
            asked(repos)
            answered.setdefault(asked.repository, Counter())[asked.method.access.value] += 1
    return {"alone": alone, "answered": answered, "loaded": _loaded(NOT_INSTALLED)}


def _loaded(names: tuple[str, ...]) -> list[str]:
    return sorted(name for name in sys.modules if name.split(".")[0] in names)


if __name__ == "__main__":
    print(json.dumps(main()))
