"""What a failed call tells: the right kind, in the log and where it is raised, and never a value."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import pytest

from dualwrite.errors import DualwriteError
from repos import pocketbase, sql

SECRET = "zq7x"
"""Part of every value that these tests write or ask for, and of nothing else."""


def text(what: str) -> str:
    """A value nobody could mistake."""
    return f"{SECRET} {what}"


def adapter(backend: str, repository: str) -> str:
    """The name of the class that answers; in `dual` it is SQL's."""
    adapters: Any = pocketbase.ADAPTERS if backend.startswith("pocketbase") else sql.ADAPTERS
    return str(adapters[repository].__name__)


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the adapters have logged since the last look. No record of any logger holds a value."""
    assert SECRET not in caplog.text
    found = [each.message for each in caplog.records if each.name == "dualwrite.adapter"]
    caplog.clear()
    return found


def assert_logged(caplog: pytest.LogCaptureFixture, name: str, method: str, *kinds: type) -> None:
    """That method said what happened, once."""
    mine = [each for each in messages(caplog) if each.startswith(f"{name}.{method}: ")]
    assert len(mine) == 1, (name, method, mine)
    assert mine[0].split(": ")[1] in {kind.__name__ for kind in kinds}, mine


def raised(kind: type[DualwriteError], call: Callable[[], object]) -> DualwriteError:
    """The error of that kind that a call raises; a traceback of it holds no value."""
    with pytest.raises(kind) as caught:
        call()
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    return caught.value


def answer_or_error(call: Callable[[], object]) -> object:
    """The answer, or the class of the error that a caller gets instead."""
    try:
        return call()
    except DualwriteError as error:
        told = error
    assert SECRET not in "".join(traceback.format_exception(told))
    return type(told)
