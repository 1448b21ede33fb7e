"""The SQL dialects there are plumbing for. Adapters on PocketBase follow the one their rows came from."""

from typing import Literal, TypeAlias

Dialect: TypeAlias = Literal["sqlite", "postgresql"]
