"""The metrics endpoint is for this machine alone, unless somebody says otherwise."""

from __future__ import annotations

from inspect import signature

from reports.metrics import metrics
from reports.serve.http import is_loopback


def test_the_default_address_is_this_machines_own() -> None:
    assert is_loopback(signature(metrics).parameters["host"].default)
