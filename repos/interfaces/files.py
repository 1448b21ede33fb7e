"""Files: the rows that describe uploads. The bytes themselves are no matter of these methods."""

from __future__ import annotations

from typing import Any, Protocol

from dualwrite.contract import read, write
from repos.models.file import FileMetadataResponse, FileModel
from repos.models.form import Form


class IFilesRepo(Protocol):
    """What Open WebUI's FilesTable does. No update touches `updated_at`: it stays what it was at the upload."""

    @write(refused=None)
    def insert_new_file(self, user_id: str, form_data: Form) -> FileModel | None:
        """The new file, under the form's id; None if that is taken.

        Raises:
            pydantic.ValidationError: the form's fields, or `user_id`, do not make a file.
        """

    @read()
    def get_file_by_id(self, id: str) -> FileModel | None:
        """The file, or None."""

    @read()
    def get_file_by_id_and_user_id(self, id: str, user_id: str) -> FileModel | None:
        """The file if this user uploaded it, or None."""

    @read()
    def get_file_metadata_by_id(self, id: str) -> FileMetadataResponse | None:
        """The file without its `data`; None for a missing file, and for one without `meta` or `updated_at`."""

    @read()
    def get_files(self) -> list[FileModel]:
        """All files, by id."""

    @read()
    def check_access_by_user_id(self, id: str, user_id: str, permission: str = "write") -> bool:
        """Whether this user uploaded the file; False for a missing file. `permission` has no effect."""

    @read()
    def get_files_by_ids(self, ids: list[str]) -> list[FileModel]:
        """Those of the files whose id is among `ids`, each once, the last changed first; by id within one second.
        Those without `updated_at` come last after SQLite and first after PostgreSQL, by id. Unknown ids are left out.

        Raises:
            Invalid: `ids` is no list of texts.
        """

    @read()
    def get_file_metadatas_by_ids(self, ids: list[str]) -> list[FileMetadataResponse]:
        """The same files in the same order, without their `data`.

        Raises:
            Invalid: `ids` is no list of texts, or a file among them has no `meta` or no `updated_at`.
        """

    @read()
    def get_files_by_user_id(self, user_id: str) -> list[FileModel]:
        """All files this user uploaded, by id."""

    @write(refused=None)
    def update_file_hash_by_id(self, id: str, hash: str) -> FileModel | None:
        """The file with this hash; None for a missing file."""

    @write(refused=None)
    def update_file_data_by_id(self, id: str, data: dict[str, Any]) -> FileModel | None:
        """The file with the members of `data` over those it had, one level deep. None for a missing file, and, with
        nothing changed, where either is no object."""

    @write(refused=None)
    def update_file_metadata_by_id(self, id: str, meta: dict[str, Any]) -> FileModel | None:
        """The same for `meta`."""

    @write(refused=False)
    def delete_file_by_id(self, id: str) -> bool:
        """True, whether or not there was such a file."""

    @write(refused=False)
    def delete_all_files(self) -> bool:
        """True."""
