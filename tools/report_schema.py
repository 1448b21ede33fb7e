"""Write docs/report-v1.schema.json from the evidence's own classes. A test holds the file against them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from dualwrite.evidence import SCHEMA_VERSION, Evidence

TARGET = Path(__file__).parent.parent / "docs" / f"report-v{SCHEMA_VERSION}.schema.json"


def schema() -> str:
    """The file's text."""
    found = _open(Evidence.model_json_schema(mode="serialization"))
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "report.json of dualwrite"}
    return json.dumps({**found, **head}, indent=1, sort_keys=True) + "\n"


def _open(part: Any) -> Any:
    """Without the ban on other fields: a later release may add some within a version."""
    if isinstance(part, dict):
        return {name: _open(value) for name, value in part.items() if name != "additionalProperties" or value}
    return [_open(item) for item in part] if isinstance(part, list) else part


if __name__ == "__main__":
    TARGET.write_text(schema())
