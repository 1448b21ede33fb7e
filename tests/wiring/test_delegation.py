"""An older release's own signature: what it gives by position may mean another parameter here."""

from __future__ import annotations

from typing import Any

import pytest

from repos.openwebui.delegation import _by_name
from repos.openwebui.source import Parameter


def parameters(*names: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(name, "POSITIONAL_OR_KEYWORD", None) for name in ("self", *names))


def answer(_: object, /, *args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return args, kwargs


ask = _by_name(answer, parameters("user_id", "skip", "limit"))


def test_what_is_given_by_position_is_passed_on_by_name() -> None:
    assert ask(None, "u", 5, limit=10) == ((), {"user_id": "u", "skip": 5, "limit": 10})
    assert ask(None) == ((), {})


def test_too_many_arguments_are_refused_as_python_does() -> None:
    with pytest.raises(TypeError, match="takes 3 arguments, and 4 were given"):
        ask(None, "u", 1, 2, 3)


def test_an_argument_given_twice_is_refused_as_python_does() -> None:
    with pytest.raises(TypeError, match="several values for user_id"):
        ask(None, "u", user_id="v")
