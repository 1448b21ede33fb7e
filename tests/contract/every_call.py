"""Every method of every repository that must be told something, with one text wherever a text goes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from dualwrite.contract import Access, Method, methods_of
from repos import Repositories
from repos.migration import openwebui
from repos.models import ChatImportForm, FileForm, FolderForm, GroupForm, MessageForm, ModelForm

FORMS: Mapping[str, Callable[[str], Any]] = {
    "chats": lambda text: ChatImportForm(chat={"title": text}, folder_id=text),
    "files": lambda text: FileForm(id=text, filename=text, path=text),
    "folders": lambda text: FolderForm(name=text),
    "groups": lambda text: GroupForm(name=text, description=text),
    "messages": lambda text: MessageForm(content=text),
    "models": lambda text: ModelForm.model_validate({"id": text, "name": text, "meta": {}, "params": {}}),
}
# What these name need not be there.
MAKES = ("insert_new_", "import_", "create_", "sync_", "add_reaction_", "add_chat_tag_")
EMPTIES = ("delete_", "remove_", "archive_all_", "unarchive_all_")
NOT_THERE = ("delete_tag_by_id_", "delete_all_tags_")  # these take something from a chat, which must be there


@dataclass(frozen=True)
class Asked:
    """One call. `gives` is the annotation of its answer."""

    repository: str
    method: Method
    args: tuple[Any, ...]
    gives: str

    def __call__(self, repos: Repositories) -> Any:
        return getattr(getattr(repos, self.repository), self.method.name)(*self.args)

    @property
    def writes(self) -> bool:
        return self.method.access is Access.WRITE

    @property
    def makes(self) -> bool:
        return self.method.name.startswith(MAKES)

    @property
    def nothing(self) -> Any:
        """Its answer where there is nothing of the kind."""
        if self.gives.endswith("| None"):
            return None
        if self.gives.startswith("list"):
            return []
        if self.gives == "int":
            return 0
        name = self.method.name
        return self.writes and name.startswith(EMPTIES) and not name.startswith(NOT_THERE)


def every_call(text: str) -> Iterator[Asked]:
    """Arguments that may be left out are."""
    for repository, contract in openwebui.contracts.items():
        for method in methods_of(contract).values():
            if method.name == "normalize_folder_name":
                continue  # asks no store
            signature = inspect.signature(getattr(contract, method.name))
            parameters = [each for each in signature.parameters.values() if each.default is each.empty]
            args = tuple(_argument(repository, each.annotation, text) for each in parameters[1:])
            if args:
                yield Asked(repository, method, args, signature.return_annotation)


def _argument(repository: str, annotation: str, text: str) -> Any:
    match annotation.removesuffix(" | None"):
        case "str":
            return text
        case "list[str]":
            return [text]
        case "list[ModelModel]":
            return []
        case "bool":
            return True
        case "dict[str, Any]" | "Mapping[str, Any]":
            return {"name": text}
        case "HasId":
            return SimpleNamespace(id=text)
        case "Form":
            return FORMS[repository](text)
        case _:
            raise AssertionError(f"no argument is known for {annotation}")
