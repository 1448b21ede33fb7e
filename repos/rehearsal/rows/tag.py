"""Generated tags."""

from __future__ import annotations

from collections.abc import Iterator

from dualwrite.entity import Row
from repos.rehearsal.awkward import object_at
from repos.rehearsal.connection import Dialect
from repos.rehearsal.names import Names, tag_id, tags_of
from repos.rehearsal.rows.optional import optional


def tags(names: Names, dialect: Dialect) -> Iterator[Row]:
    """Tags: the same few words for everybody, so ids alone are far from unique."""
    rng = names.rng("tags")
    made = 0
    for user in range(names.users):
        for name in tags_of(user):
            yield {
                "id": tag_id(name),
                "name": name,
                "user_id": names.user(user),
                "meta": optional(object_at(made, dialect), rng),
            }
            made += 1
