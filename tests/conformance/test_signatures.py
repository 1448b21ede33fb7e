"""Names, parameters and defaults of our interfaces against Open WebUI's own classes."""

from __future__ import annotations

import inspect

import pytest

from dualwrite.contract import methods_of
from repos.migration import openwebui
from tests.fixtures.openwebui import Oracle

TABLES = {"tags": "Tags", "folders": "Folders", "groups": "Groups", "chats": "Chats"}
COUNTS = {"tags": 5, "folders": 13, "groups": 13, "chats": 45}


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
