"""Executors by name, as `--executor` gives them."""

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from dualwrite.errors import ConfigurationError
from dualwrite.hands import Hands, Many, ThisThread
from dualwrite.helper.messages import Setup

_FORMS = re.compile(
    r"(?P<pool>threads|processes):(?P<count>[1-9]\d{0,2})|dask(?P<tls>\+tls)?://(?P<where>\S+)"
)


def hands_of(name: str | None, setup: Setup) -> Hands:
    """Who `threads:N`, `processes:N` or `dask://host:port` is; without a name, this thread. Workers of other processes are
    handed the `setup`, with the passwords in it: on `dask+tls://` under Dask's own TLS settings.

    Raises:
        ConfigurationError: it is none of these, or `distributed` is not installed.
    """
    if name is None:
        return ThisThread()
    form = _FORMS.fullmatch(name)
    if form is None:
        raise ConfigurationError(
            f"no executor is called {name!r}: give threads:N, processes:N or dask://host:port"
        )
    if form["pool"] == "threads":
        return Many(lambda: _pool(ThreadPoolExecutor(int(form["count"]))))
    if form["pool"] == "processes":
        return Many(lambda: _pool(_processes(int(form["count"]))), setup)
    return Many(_dask(f"{'tls' if form['tls'] else 'tcp'}://{form['where']}"), setup)


def _processes(count: int) -> Executor:
    from dualwrite.hired import begin

    # Not forked: a copy of a process that has threads and open connections is no good.
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), initializer=begin)


@contextmanager
def _pool(executor: Executor) -> Iterator[Executor]:
    """With nothing left to begin, and its workers gone, at the end."""
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _dask(address: str) -> Callable[[], AbstractContextManager[Executor]]:
    try:
        from distributed import Client  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise ConfigurationError(
            "dask:// needs the package distributed, here and on its workers: pip install 'dualwrite[dask]'"
        ) from None

    @contextmanager
    def opened() -> Iterator[Executor]:
        try:
            client: Any = Client(address, timeout=10, set_as_default=False)
        except OSError:
            raise ConfigurationError(f"no Dask scheduler answers at {address}") from None
        with client, client.get_executor(pure=False) as executor:
            yield executor

    return opened
