"""Rows as the sample makes them, without end: what traffic writes looks like what is there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from dualwrite.entity import Row
from dualwrite.rehearse.material import Size
from repos.rehearsal.connection import Dialect
from repos.rehearsal.names import Names
from repos.rehearsal.rows.chat import chats
from repos.rehearsal.rows.file import files
from repos.rehearsal.rows.folder import folders
from repos.rehearsal.rows.group import groups
from repos.rehearsal.rows.message import messages, reactions
from repos.rehearsal.rows.model import models
from repos.rehearsal.rows.tag import tags
from repos.rehearsal.rows.user import users

_ENDLESS = 10**9


class Supply:
    """The generated rows of one worker. No other worker's have their ids, nor their groups' names."""

    def __init__(self, rng: Random, dialect: Dialect) -> None:
        names = Names(rng.getrandbits(62), _ENDLESS)
        self._mark = f"{rng.getrandbits(48):x}"
        self._sources: dict[str, Iterator[Row]] = {
            "user": users(names, dialect),
            "chat": chats(names, dialect, _ENDLESS, Size().row_bytes, 0),
            "message": messages(names, dialect, _ENDLESS),
            "message_reaction": reactions(names, _ENDLESS, _ENDLESS),
            "tag": tags(names, dialect),
            "file": files(names, dialect, _ENDLESS),
            "group": groups(names, dialect, _ENDLESS),
            "folder": folders(names, dialect),
            "model": models(names, dialect, _ENDLESS),
        }

    def row(self, entity: str) -> Row:
        """The next row; of chats also the copies of shared ones."""
        row = next(self._sources[entity])
        if entity == "model":
            row["id"] = f"{self._mark}/{row['id']}"  # the names of models are the same in every sample
        if entity == "group":
            row["name"] = f"{self._mark} {row['name']}"  # a sync by names must meet nobody else's groups
        return row


def parsed(value: Any) -> Any:
    """What a JSON column holds, as text in a generated row or parsed already in an answer."""
    return json.loads(value) if isinstance(value, str) else value
