"""Names, parameters and defaults of our interfaces against Open WebUI's own classes."""

from __future__ import annotations

import inspect

import pytest

from dualwrite.contract import methods_of
from repos.migration import openwebui
from tests.fixtures.openwebui import Oracle

TABLES = {
    "messages": "Messages",
    "tags": "Tags",
    "files": "Files",
    "folders": "Folders",
    "groups": "Groups",
    "users": "Users",
    "models": "Models",
}
COUNTS = {"messages": 13, "tags": 5, "files": 14, "folders": 13, "groups": 13, "users": 22, "models": 11}


@pytest.fixture(scope="module")
def signatures(oracle: Oracle) -> dict[str, dict[str, list[list[str | None]]]]:
    return oracle.signatures()


@pytest.mark.parametrize("name", TABLES)
def test_signatures_are_the_same(name: str, signatures: dict[str, dict[str, list[list[str | None]]]]) -> None:
    contract = openwebui.contracts[name]
    ours = {
        method: [
            [p.name, p.kind.name, None if p.default is p.empty else repr(p.default)]
            for p in inspect.signature(getattr(contract, method)).parameters.values()
        ]
        for method in methods_of(contract)
    }
    assert ours == signatures[TABLES[name]]
    assert len(ours) == COUNTS[name]
