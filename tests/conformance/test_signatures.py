"""Names, parameters and defaults of our interfaces against Open WebUI's own classes."""

from __future__ import annotations

import inspect

import pytest

import repos.pocketbase
import repos.sql
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
    "chats": "Chats",
}
COUNTS = {
    "messages": 13,
    "tags": 5,
    "files": 14,
    "folders": 13,
    "groups": 13,
    "users": 22,
    "models": 11,
    "chats": 45,
}


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


def test_the_eight_repositories_have_all_136_methods_on_both_stores(
    signatures: dict[str, dict[str, list[list[str | None]]]],
) -> None:
    assert {name: len(methods_of(contract)) for name, contract in openwebui.contracts.items()} == COUNTS
    assert sum(COUNTS.values()) == sum(map(len, signatures.values())) == 136
    for adapters in (repos.sql.ADAPTERS, repos.pocketbase.ADAPTERS):
        assert {name: adapter.contract for name, adapter in adapters.items()} == openwebui.contracts
        unwritten = [
            f"{name}.{method}"
            for name, adapter in adapters.items()
            for method in methods_of(adapter.contract)
            if getattr(adapter, method).__module__.startswith(
                "repos.interfaces"
            )  # its empty body would answer
        ]
        assert unwritten == []
