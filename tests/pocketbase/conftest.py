"""Fixtures of papers."""

from __future__ import annotations

import pytest

from dualwrite.pocketbase import EmbeddedPocketBase, PocketBase, PocketBaseContent
from tests.pocketbase.notes import PAPER, paper
from tests.pocketbase.papers import Disk


@pytest.fixture
def content(pb: PocketBase) -> PocketBaseContent:
    """The bytes of papers, of which there is one row."""
    pb.records(PAPER).create(paper())
    return PocketBaseContent(pb)


@pytest.fixture
def disk(pb: PocketBase, pocketbase_server: EmbeddedPocketBase) -> Disk:
    return Disk(pocketbase_server, pb)
