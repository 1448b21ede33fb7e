"""The command line's databases and servers."""

from tests.cli.conftest import bare, here, hooked, place, sample, webui

__all__ = ["bare", "here", "hooked", "place", "sample", "webui"]
