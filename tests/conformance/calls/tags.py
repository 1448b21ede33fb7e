"""Calls on the tags."""

from __future__ import annotations

from random import Random

from tests.conformance.calls.call import NAMES, PLAIN_USERS, USERS, Call, Known


def tags(random: Random, _: Known) -> Call:
    """A call on the tags."""
    name, user = random.choice(NAMES), random.choice((*USERS, *PLAIN_USERS))
    return random.choice(
        (
            Call("insert_new_tag", (name, user)),
            Call("insert_new_tag", (random.choice(NAMES), user)),
            Call("insert_new_tag", (None, user)),
            Call("insert_new_tag", (name, None)),
            Call("get_tag_by_name_and_user_id", (random.choice((name, None)), user)),
            Call("get_tags_by_user_id", (random.choice((user, user, None)),)),
            Call("get_tags_by_ids_and_user_id", (random.sample(NAMES, 5), user)),
            Call(
                "get_tags_by_ids_and_user_id", ([each.replace(" ", "_").lower() for each in NAMES[:18]], user)
            ),
            Call(
                "get_tags_by_ids_and_user_id",
                (random.choice(([], ["work", None, "work"], "work", None)), user),
            ),
            Call("delete_tag_by_name_and_user_id", (random.choice((name, name, None)), user)),
        )
    )
