"""Write everything that is made from code: `python -m grafana.build`. A test holds the files against it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from grafana.board import to_json
from grafana.dashboards import BOARDS
from grafana.managed import managed

HERE = Path(__file__).parent


def files() -> Mapping[Path, str]:
    """Every file with its text."""
    made = {HERE / "json" / f"{board.name}.json": to_json(board) for board in BOARDS}
    rules = (HERE / "prometheus" / "alerts.yml").read_text()
    return {**made, HERE / "managed-alerts" / "dualwrite.yml": managed(rules)}


def main() -> None:
    """Write them."""
    for path, text in files().items():
        path.write_text(text)


if __name__ == "__main__":
    main()
