"""What a database would have held, by column and dialect."""

from __future__ import annotations

import pytest

from dualwrite.entity import Value
from dualwrite.errors import Invalid, TooLarge
from repos.entities import ENTITIES
from repos.rules.dialect import JSON_IN_TEXT, require_row

BOTH, SQLITE, POSTGRESQL, NEITHER = ("sqlite", "postgresql"), ("sqlite",), ("postgresql",), ()
BY_NAME = {entity.name: entity for entity in ENTITIES}

VALUES: list[tuple[str, str, Value, tuple[str, ...]]] = [
    ("user", "name", "x" * 255, BOTH),
    ("user", "name", "x" * 256, SQLITE),
    ("user", "name", "nul\0", SQLITE),
    ("user", "name", "\ud800", NEITHER),
    ("user", "name", None, NEITHER),
    ("user", "name", 5, NEITHER),
    ("user", "bio", None, BOTH),
    ("user", "created_at", 2**63 - 1, BOTH),
    ("user", "created_at", 2**63, NEITHER),
    ("user", "created_at", True, NEITHER),
    ("user", "created_at", "1", NEITHER),
    ("user", "date_of_birth", "2000-02-29", BOTH),
    ("user", "date_of_birth", None, BOTH),
    ("user", "date_of_birth", "2001-02-29", NEITHER),
    ("user", "date_of_birth", "20000229", NEITHER),
    ("user", "settings", '{"a": NaN}', BOTH),
    ("model", "params", '{"a": -Infinity}', BOTH),
    ("model", "access_control", '{"a": NaN}', SQLITE),
    ("model", "access_control", '{"a": "NaN"}', BOTH),
    ("model", "is_active", False, BOTH),
    ("model", "is_active", 0, NEITHER),
    ("message", "created_at", -(2**63), BOTH),
]


@pytest.mark.parametrize(("entity", "column", "value", "takes"), VALUES)
@pytest.mark.parametrize("dialect", BOTH)
def test_what_is_taken(entity: str, column: str, value: Value, takes: tuple[str, ...], dialect: str) -> None:
    if dialect in takes:
        require_row(dialect, BY_NAME[entity], {column: value})  # type: ignore[arg-type]
    else:
        refusal = TooLarge if isinstance(value, str) and len(value) > 255 else Invalid
        with pytest.raises(refusal, match=f"{entity}: {column} "):
            require_row(dialect, BY_NAME[entity], {column: value})  # type: ignore[arg-type]


def test_json_in_text_names_json_columns() -> None:
    for entity, names in JSON_IN_TEXT.items():
        assert all(BY_NAME[entity].column(name).kind == "json" for name in names)
