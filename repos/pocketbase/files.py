"""Files in PocketBase."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from typing_extensions import override

from dualwrite.call import current_stamp
from dualwrite.content import Fingerprint, Source
from dualwrite.dialect import Dialect
from dualwrite.entity import Key, Row
from dualwrite.pocketbase import PocketBase, PocketBaseContent, eq
from repos.entities import FILE
from repos.interfaces.file_content import IFileContent
from repos.interfaces.files import IFilesRepo
from repos.models.file import FileContent, FileMetadataResponse, FileModel
from repos.models.form import Form
from repos.pocketbase.base import PocketBaseAdapter
from repos.rules.dialect import require_text, require_texts
from repos.rules.files import METADATA, file, last_changed_first, may_access, merged, metadata, new_file
from repos.rules.rows import none_if_refused


class FilesPocketBase(PocketBaseAdapter, IFilesRepo, IFileContent, contract=IFilesRepo):
    """Files in PocketBase, and their bytes."""

    entity = FILE

    def __init__(self, pocketbase: PocketBase, *, dialect: Dialect = "sqlite") -> None:
        super().__init__(pocketbase, dialect=dialect)
        self.content = PocketBaseContent(pocketbase)

    @override
    def insert_new_file(self, user_id: str, form_data: Form) -> FileModel | None:
        return self.insert(new_file(user_id, form_data, current_stamp().time))

    @override
    @none_if_refused
    def get_file_by_id(self, id: str) -> FileModel | None:
        require_text(self.dialect, id)
        row = self.get(id)
        return None if row is None else file(row)

    @override
    @none_if_refused
    def get_file_by_id_and_user_id(self, id: str, user_id: str) -> FileModel | None:
        require_text(self.dialect, id, user_id)
        row = self.get(id)
        return None if row is None or row["user_id"] != user_id else file(row)

    @override
    @none_if_refused
    def get_file_metadata_by_id(self, id: str) -> FileMetadataResponse | None:
        require_text(self.dialect, id)
        row = self.part(id, *METADATA)
        return None if row is None else metadata(row)

    @override
    def get_files(self) -> list[FileModel]:
        return [file(row) for row in self.records.find()]

    @override
    def check_access_by_user_id(self, id: str, user_id: str, permission: str = "write") -> bool:
        return may_access(self.get_file_by_id(id), user_id)

    @override
    def get_files_by_ids(self, ids: list[str]) -> list[FileModel]:
        return [file(row) for row in self._among(ids)]

    @override
    def get_file_metadatas_by_ids(self, ids: list[str]) -> list[FileMetadataResponse]:
        return [metadata(row) for row in self._among(ids, METADATA)]

    @override
    def get_files_by_user_id(self, user_id: str) -> list[FileModel]:
        require_text(self.dialect, user_id)
        return [file(row) for row in self.records.find(eq("user_id", user_id))]

    @override
    def update_file_hash_by_id(self, id: str, hash: str) -> FileModel | None:
        require_text(self.dialect, id, hash)
        row = self.update((id,), {"hash": hash})
        return None if row is None else file(row)

    @override
    def update_file_data_by_id(self, id: str, data: dict[str, Any]) -> FileModel | None:
        return self._merge(id, "data", data)

    @override
    def update_file_metadata_by_id(self, id: str, meta: dict[str, Any]) -> FileModel | None:
        return self._merge(id, "meta", meta)

    @override
    def delete_file_by_id(self, id: str) -> bool:
        require_text(self.dialect, id)
        self.delete(id)
        return True

    @override
    def delete_all_files(self) -> bool:
        self.apply(self.deletions())
        return True

    @override
    def upload_content(self, id: str, source: Path | BinaryIO) -> FileContent | None:
        if isinstance(source, Path):
            with source.open("rb") as file:
                return self.upload_content(id, file)
        key = self._key(id)
        return None if key is None else _content(self.content.upload(FILE, key, Source(source)))

    @override
    def get_content(self, id: str) -> FileContent | None:
        key = self._key(id)
        held = None if key is None else self.content.get(FILE, key)
        return _content(held.fingerprint) if held is not None and held.vouched else None

    @override
    def read_content(self, id: str) -> Iterator[bytes] | None:
        key = self._key(id)
        return None if key is None else self.content.read(FILE, key)

    @override
    def download_content(self, id: str, target: Path) -> bool:
        key = self._key(id)
        return key is not None and self.content.save(FILE, key, target)

    @override
    def download_url(self, id: str) -> str | None:
        key = self._key(id)
        return None if key is None else self.content.url(FILE, key)

    @none_if_refused
    def _key(self, id: str | None) -> Key | None:
        """None for what no file is called."""
        require_text(self.dialect, id)
        return None if id is None else (id,)

    def _among(self, ids: list[str], columns: Sequence[str] | None = None) -> list[Row]:
        wanted = require_texts(self.dialect, ids)
        return last_changed_first(self.dialect, self.get_many(wanted, columns=columns))

    def _merge(self, id: str, name: str, members: dict[str, Any]) -> FileModel | None:
        """What the file holds then is judged afterwards: it stays written."""
        require_text(self.dialect, id)
        row = self.get(id)
        if row is None:
            return None
        change = merged(row, name, members)
        if change.changes and self.update((id,), change.changes) is None:
            return None
        return file(row, **change.answer)


def _content(found: Fingerprint | None) -> FileContent | None:
    return None if found is None else FileContent.model_validate(found)
