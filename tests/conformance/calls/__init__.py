"""Pseudo-random calls: the same for Open WebUI and for us."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.conformance.calls.call import Call, Known
from tests.conformance.calls.folders import folders
from tests.conformance.calls.groups import groups
from tests.conformance.calls.models import models
from tests.conformance.calls.tags import tags
from tests.conformance.calls.users import users

CALLS: dict[str, Callable[[Random, Known], Call]] = {
    "tags": tags,
    "folders": folders,
    "groups": groups,
    "users": users,
    "models": models,
}

__all__ = ["CALLS", "Call", "Known"]
