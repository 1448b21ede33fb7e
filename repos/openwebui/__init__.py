"""Open WebUI's own code on these repositories: its eight model singletons ask them, in every process.

from repos.openwebui import install

install(app)
"""

from __future__ import annotations

from repos.openwebui.wiring import install

__all__ = ["install"]
