"""Plays a scenario against a running application, and keeps every answer."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx

from tests.e2e.normal import Normal, in_order
from tests.e2e.step import NOBODY, SETTLED, Exchange, Step

_SETTLE_SECONDS = 60.0
_WORKING = httpx.Timeout(60.0)
_PLACE = re.compile(r"\{([a-z][a-z_. ]*)\}")


class Player:
    """One run: its sessions, what it has kept, and what it was answered. A context manager."""

    def __init__(self, url: str, *, folder: str = "", new_seconds: bool = True) -> None:
        self._http = httpx.Client(base_url=url, timeout=_WORKING, trust_env=False)
        self._kept: dict[str, Any] = {}
        self._texts = {folder: "folder", url: "url"} if folder else {url: "url"}
        self._new_seconds = new_seconds
        self._begun = time.time()
        self._heard: list[tuple[Step, Exchange]] = []

    def __enter__(self) -> Player:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def play(self, steps: Iterable[Step], *, after: Callable[[], None] | None = None) -> None:
        """Take these steps; `after` is called after each."""
        for step in steps:
            self._take(step)
            if after is not None:
                after()

    def exchanges(self) -> list[Exchange]:
        """Every answer so far, in its normal form."""
        normal = Normal(self._begun - 5, time.time() + 5, self._texts)
        return [replace(heard, body=_normal(normal, step, heard.body)) for step, heard in self._heard]

    def _take(self, step: Step) -> None:
        if step.new_second and self._new_seconds:
            _wait_for_new_second()
        begin = time.perf_counter()
        answer = self._send(step)
        seconds = time.perf_counter() - begin
        kind = answer.headers.get("content-type", "").partition(";")[0]
        body = _body(answer, kind)
        heard = Exchange(step.says, f"{step.method} {step.path}", answer.status_code, kind, body, seconds)
        self._heard.append((step, heard))
        for name, where in step.keeps.items():
            self._kept[name] = _at(body, where, step)
        if step.settles:
            self._settle(step)

    def _send(self, step: Step) -> httpx.Response:
        token = "" if step.who == NOBODY else self._kept[step.who if "." in step.who else f"{step.who}.token"]
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        files = {"file": (step.file[0], step.file[2], step.file[1])} if step.file else None
        self._http.cookies.clear()  # every session is its token alone
        return self._http.request(
            step.method,
            self._filled(step.path),
            headers=headers,
            json=self._filled(step.body) if step.body is not None else None,
            files=files,
        )

    def _settle(self, step: Step) -> None:
        deadline = time.monotonic() + _SETTLE_SECONDS
        again = Step(step.says, step.who, "GET", step.settles)
        while (answer := self._send(again)).json() not in SETTLED:
            assert time.monotonic() < deadline, f"{step.says}: still at work: {answer.text}"
            time.sleep(0.05)

    def _filled(self, value: Any) -> Any:
        match value:
            case str():
                whole = _PLACE.fullmatch(value)
                return self._kept[whole[1]] if whole else _PLACE.sub(lambda m: str(self._kept[m[1]]), value)
            case Mapping():
                return {key: self._filled(each) for key, each in value.items()}
            case Sequence():
                return [self._filled(each) for each in value]
            case _:
                return value


def _normal(normal: Normal, step: Step, body: Any) -> Any:
    made = normal.of(body)
    match step.any_order, made:
        case "", list():
            return in_order(made)
        case str(name), {**fields} if isinstance(fields.get(name), list):
            return fields | {name: in_order(fields[name])}
    return made


def _body(answer: httpx.Response, kind: str) -> Any:
    if kind == "application/json":
        return answer.json()
    try:
        return answer.content.decode()
    except UnicodeDecodeError:
        return answer.content.hex()


def _at(body: Any, where: str, step: Step) -> Any:
    for part in filter(None, where.split(".")):
        try:
            body = body[int(part) if part.isdigit() else part]
        except (KeyError, IndexError, TypeError):
            raise AssertionError(f"{step.says}: no {where} in {body!r}") from None
    return body


def _wait_for_new_second() -> None:
    """Until the next second has begun, so that nothing before it has the same clock."""
    time.sleep(1.0 - time.time() % 1.0 + 0.01)
