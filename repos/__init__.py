"""Open WebUI's repositories on SQL, on PocketBase and in between."""

from repos.connect import Repositories, connect

__all__ = ["Repositories", "connect"]
