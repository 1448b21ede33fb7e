"""Calls on the files."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.conformance.vocabulary import NAMES, OBJECTS, PLAIN_USERS, USERS, Call, Known, form

IDS = (
    "file-1",
    "FILE-1",
    "file_1",
    "a/b:c*d",
    "é",
    "",
    " blank ",
    "nul\0",
    "\ud800",
    'quo"te',
    "back\\slash",
)


def files(random: Random, known: Known) -> Call:
    """A call on the files."""
    user, name = random.choice((*PLAIN_USERS, *PLAIN_USERS, *USERS)), random.choice(NAMES)
    file = random.choice((*IDS, "missing", None))
    if known and random.random() < 0.7:
        file, user = random.choice(known)
    new: dict[str, Any] = {"id": random.choice((*IDS, f"file-{random.randrange(200)}")), "filename": name}
    new["path"] = random.choice((f"/uploads/{name}", ""))
    for field in ("data", "meta"):
        if random.random() < 0.7:
            new[field] = random.choice(OBJECTS)
    for field, values in (("hash", (*NAMES, None)), ("access_control", (*OBJECTS, None))):
        if random.random() < 0.4:
            new[field] = random.choice(values)
    # Some and not all: one file that makes no model fails a whole list, and then no order is seen.
    some = [*random.sample(IDS[:8], 3), *random.sample([id_ for id_, _ in known], min(3, len(known)))]
    members = random.choice((*OBJECTS, None, [], [1]))
    return random.choice(
        (
            Call("insert_new_file", (user, form("FileForm", **new))),
            Call("insert_new_file", (user, form("FileForm", **new))),
            Call("insert_new_file", (random.choice((user, None)), form("FileForm", **new))),
            Call("get_file_by_id", (file,)),
            Call("get_file_by_id_and_user_id", (file, random.choice((user, user, "somebody", None)))),
            Call("get_file_metadata_by_id", (file,)),
            Call("get_files"),
            Call("check_access_by_user_id", (file, random.choice((user, user, "somebody", None)))),
            Call("check_access_by_user_id", (file, user), (("permission", "read"),)),
            Call("get_files_by_ids", (some,)),
            Call("get_files_by_ids", (["old", *(each for each in some if each != "broken")],)),
            Call("get_files_by_ids", (random.choice(([], [file, None, file], "file-1", None)),)),
            Call("get_file_metadatas_by_ids", (some,)),
            Call("get_file_metadatas_by_ids", ([each for each in some if each not in ("old", "bare")],)),
            Call("get_files_by_user_id", (random.choice((user, user, None)),)),
            Call("update_file_hash_by_id", (file, random.choice((*NAMES, None)))),
            Call("update_file_data_by_id", (file, members)),
            Call("update_file_data_by_id", (file, random.choice(OBJECTS))),
            Call("update_file_metadata_by_id", (file, members)),
            Call("update_file_metadata_by_id", (file, random.choice(OBJECTS))),
            Call("delete_file_by_id", ("missing" if file == "old" else file,)),
            Call("delete_all_files") if random.random() < 0.02 else Call("get_files"),
        )
    )
