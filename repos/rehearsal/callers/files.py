"""Calls of the files repository: uploads beside chats, and what is read out of them afterwards."""

from __future__ import annotations

from repos.models.file import FileForm
from repos.rehearsal.callers.calls import Args, Calls, Read, Write, answered
from repos.rehearsal.callers.estate import Estate
from repos.rehearsal.sights import Seen
from repos.rehearsal.supply import parsed


def _seen(estate: Estate) -> Args:
    return (estate.seen("file")["id"],)


def _seen_with_user(estate: Estate) -> Args:
    file = estate.seen("file")
    return file["id"], estate.rng.choice((file["user_id"], estate.someone()))


def _dated(file: Seen) -> bool:
    """A list of metadata fails with a file that has no clock."""
    return file["updated_at"] is not None


def _several(estate: Estate) -> Args:
    return ([estate.seen("file", _dated)["id"] for _ in range(4)],)


def _new(estate: Estate) -> Args:
    row = estate.supply.row("file")
    form = FileForm(
        id=str(row["id"]),
        filename=str(row["filename"]),
        path=str(row["path"]),
        hash=str(row["hash"]),
        data=parsed(row["data"]) or {},
        meta=parsed(row["meta"]) or {},
        access_control=parsed(row["access_control"]),
    )
    return estate.owner(), form


def _picked(estate: Estate) -> Args:
    return (estate.pick("file")["id"],)


def _read_out(estate: Estate) -> Args:
    return *_picked(estate), parsed(estate.supply.row("file")["data"]) or {"status": "failed"}


CALLS: Calls = (
    Read(10, "get_file_by_id", _seen),
    Read(4, "get_file_by_id_and_user_id", _seen_with_user),
    Read(4, "get_file_metadata_by_id", _seen),
    Read(2, "check_access_by_user_id", _seen_with_user),
    Read(3, "get_files_by_ids", _several),
    Read(2, "get_file_metadatas_by_ids", _several),
    Read(3, "get_files_by_user_id", lambda estate: (estate.someone(),)),
    Read(0, "get_files"),
    Write(
        3,
        "insert_new_file",
        _new,
        lambda estate, _, form: answered("file")(estate, form.id),
        makes="file",
    ),
    Write(3, "update_file_data_by_id", _read_out, answered("file")),
    Write(
        2,
        "update_file_metadata_by_id",
        lambda estate: (*_picked(estate), {"collection_name": "file", "pages": 1.0}),
        answered("file"),
    ),
    Write(
        2,
        "update_file_hash_by_id",
        lambda estate: (*_picked(estate), f"{estate.rng.getrandbits(256):064x}"),
        answered("file"),
    ),
    Write(1, "delete_file_by_id", _picked, lambda _, file: {("file", (file,)): None}, removes="file"),
)
