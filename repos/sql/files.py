"""Files in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from typing_extensions import override

from dualwrite.call import current_stamp
from dualwrite.entity import Row
from repos.entities import FILE
from repos.interfaces.files import IFilesRepo
from repos.models.file import FileMetadataResponse, FileModel
from repos.models.form import Form
from repos.rules.dialect import require_text, require_texts
from repos.rules.files import METADATA, file, last_changed_first, may_access, merged, metadata, new_file
from repos.rules.rows import none_if_refused
from repos.sql.base import SQLAdapter


class FilesSQL(SQLAdapter, IFilesRepo, contract=IFilesRepo):
    """Files in SQL."""

    entity = FILE

    @override
    def insert_new_file(self, user_id: str, form_data: Form) -> FileModel | None:
        new = new_file(user_id, form_data, current_stamp().time)
        with self.database.write() as unit:
            return self.insert(unit, new)

    @override
    @none_if_refused
    def get_file_by_id(self, id: str) -> FileModel | None:
        require_text(self.dialect, id)
        row = self.one(self.columns.id == id)
        return None if row is None else file(row)

    @override
    @none_if_refused
    def get_file_by_id_and_user_id(self, id: str, user_id: str) -> FileModel | None:
        require_text(self.dialect, id, user_id)
        row = self.one(self.columns.id == id, self.columns.user_id == user_id)
        return None if row is None else file(row)

    @override
    @none_if_refused
    def get_file_metadata_by_id(self, id: str) -> FileMetadataResponse | None:
        require_text(self.dialect, id)
        rows = self.find(self.columns.id == id, columns=METADATA)
        return metadata(rows[0]) if rows else None

    @override
    def get_files(self) -> list[FileModel]:
        return [file(row) for row in self.find()]

    @override
    def check_access_by_user_id(self, id: str, user_id: str, permission: str = "write") -> bool:
        return may_access(self.get_file_by_id(id), user_id)

    @override
    def get_files_by_ids(self, ids: list[str]) -> list[FileModel]:
        return [file(row) for row in self._among(ids)]

    @override
    def get_file_metadatas_by_ids(self, ids: list[str]) -> list[FileMetadataResponse]:
        return [metadata(row) for row in self._among(ids, columns=METADATA)]

    @override
    def get_files_by_user_id(self, user_id: str) -> list[FileModel]:
        require_text(self.dialect, user_id)
        return [file(row) for row in self.find(self.columns.user_id == user_id)]

    @override
    def update_file_hash_by_id(self, id: str, hash: str) -> FileModel | None:
        require_text(self.dialect, id, hash)
        with self.database.write() as unit:
            row = self.one(self.columns.id == id, lock=True)
            if row is None:
                return None
            self.update(unit, (id,), {"hash": hash})
        return file(row, hash=hash)

    @override
    def update_file_data_by_id(self, id: str, data: dict[str, Any]) -> FileModel | None:
        return self._merge(id, "data", data)

    @override
    def update_file_metadata_by_id(self, id: str, meta: dict[str, Any]) -> FileModel | None:
        return self._merge(id, "meta", meta)

    @override
    def delete_file_by_id(self, id: str) -> bool:
        require_text(self.dialect, id)
        with self.database.write() as unit:
            self.delete(unit, self.columns.id == id)
        return True

    @override
    def delete_all_files(self) -> bool:
        with self.database.write() as unit:
            self.delete(unit)
        return True

    def _among(self, ids: list[str], columns: Sequence[str] | None = None) -> list[Row]:
        wanted = require_texts(self.dialect, ids)
        return last_changed_first(self.dialect, self.with_ids(wanted, columns=columns))

    def _merge(self, id: str, name: str, members: dict[str, Any]) -> FileModel | None:
        """What the file holds then is judged afterwards: it stays written."""
        require_text(self.dialect, id)
        with self.database.write() as unit:
            row = self.one(self.columns.id == id, lock=True)
            if row is None:
                return None
            change = merged(row, name, members)
            if change.changes:
                self.update(unit, (id,), change.changes)
        return file(row, **change.answer)
