"""Who reads or writes the migrated tables without asking their repositories: it would see nothing of PocketBase."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from repos.openwebui.places import PACKAGE, PLACES
from repos.openwebui.source import Module, Source


def direct_uses(source: Source, tables: Collection[str]) -> list[str]:
    """Each use of a migrated table's SQLAlchemy class, and each foreign key to one, outside the eight modules."""
    classes: dict[str, set[str]] = {}
    for place in PLACES.values():
        module = source.module(place.module)
        if module is not None:
            classes[f"{PACKAGE}.{place.module}"] = {
                each.name for each in module.classes.values() if each.table in tables
            }
    own = {f"{place.module.replace('.', '/')}.py" for place in PLACES.values()}
    return [
        line
        for module in source.modules(mentioning=(f"{PACKAGE}.models", "ForeignKey"))
        if module.path not in own
        for line in (*_classes_used(module, classes), *_foreign_keys(module, tables))
    ]


def _classes_used(module: Module, classes: dict[str, set[str]]) -> Iterator[str]:
    names = frozenset().union(*classes.values())
    as_modules: dict[str, str] = {}  # the name a module goes by here
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module in classes:
            for alias in node.names:
                if alias.name in classes[node.module]:
                    yield f"{module.path}, line {node.lineno}: uses the table class {alias.name} directly"
        elif isinstance(node, ast.ImportFrom) and node.module == f"{PACKAGE}.models":
            for alias in node.names:
                as_modules[alias.asname or alias.name] = f"{PACKAGE}.models.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname and alias.name in classes:
                    as_modules[alias.asname] = alias.name
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in names:
            owner = ast.unparse(node.value)
            if node.attr in classes.get(as_modules.get(owner, owner), ()):
                yield f"{module.path}, line {node.lineno}: uses the table class {node.attr} directly"


def _foreign_keys(module: Module, tables: Collection[str]) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if (
            module.path.startswith("models")
            and isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "ForeignKey"
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and str(node.args[0].value).rpartition(".")[0].rpartition(".")[2] in tables
        ):
            yield f"{module.path}, line {node.lineno}: a foreign key to {node.args[0].value!s}"
