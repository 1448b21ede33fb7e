"""Renderers: whoever turns evidence into a page registers under the entry-point group `dualwrite.renderers`.

An entry's name is the file suffix (`html`, `md`), its value a function from `Evidence` to the file's text. So the core
writes reports without knowing what they look like, and with no renderer installed it still writes `report.json`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TypeAlias

from dualwrite.errors import ConfigurationError
from dualwrite.evidence import Evidence
from dualwrite.files import write_whole

GROUP = "dualwrite.renderers"
Renderer: TypeAlias = Callable[[Evidence], str]
_SUFFIX = re.compile(r"[a-z0-9]{1,16}")


def installed() -> dict[str, Renderer]:
    """Every registered renderer by file suffix, in the order of the suffixes.

    Raises:
        ConfigurationError: see `load`.
    """
    return load(entry_points(group=GROUP))


def load(entries: Iterable[EntryPoint]) -> dict[str, Renderer]:
    """The renderers behind these entry points.

    Raises:
        ConfigurationError: one is no renderer: a wrong name, two of a name, not importable, not callable.
    """
    found: dict[str, Renderer] = {}
    for entry in sorted(entries, key=lambda entry: entry.name):
        if not _SUFFIX.fullmatch(entry.name) or entry.name == "json":
            raise ConfigurationError(
                f"the entry point {GROUP}:{entry.name} must be named after a file suffix"
            )
        if entry.name in found:
            raise ConfigurationError(f"two packages register a renderer for .{entry.name}; uninstall one")
        found[entry.name] = _load(entry)
    return found


def render_all(
    evidence: Evidence, folder: Path, *, renderers: Mapping[str, Renderer] | None = None
) -> list[Path]:
    """Write `report.json` and one `report.<suffix>` per renderer (the installed ones) into a folder, made if need be.

    Each file is written whole. `report.json` comes first, so that a renderer that fails costs no evidence.

    Raises:
        OSError: the folder or a file cannot be written.
        ConfigurationError: see `load`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = [write_whole(folder / "report.json", evidence.to_json())]
    for suffix, render in (installed() if renderers is None else renderers).items():
        written.append(write_whole(folder / f"report.{suffix}", render(evidence)))
    return written


def _load(entry: EntryPoint) -> Renderer:
    try:
        renderer = entry.load()
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(f"the entry point {GROUP}:{entry.name} cannot be loaded: {error}") from error
    if not callable(renderer):
        raise ConfigurationError(f"the entry point {GROUP}:{entry.name} is not a function")
    return renderer  # type: ignore[no-any-return]
