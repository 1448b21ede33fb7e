"""Steps in few words."""

from __future__ import annotations

from functools import partial

from tests.e2e.step import Step


def _step(method: str, says: str, who: str, path: str, body: object = None, **more: object) -> Step:
    return Step(says, who, method, path, body, **more)  # type: ignore[arg-type]


get = partial(_step, "GET")
post = partial(_step, "POST")
delete = partial(_step, "DELETE")
