"""Open WebUI's source, read and never run: what its classes are called, take, keep and answer with."""

from __future__ import annotations

import ast
import importlib.metadata
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dualwrite.errors import ConfigurationError
from repos.openwebui.places import DISTRIBUTION, PACKAGE, Place


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its default as Python writes it, or None where it has none."""

    name: str
    kind: str  # as `inspect` names it
    default: str | None


@dataclass(frozen=True)
class Class:
    """A class as it is written: public methods, annotated fields, and, where it is a table, its name and columns."""

    name: str
    bases: tuple[str, ...]
    methods: dict[str, tuple[Parameter, ...]] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    table: str | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Module:
    """A module: its classes by name, and the class of each instance made at its top level."""

    path: str
    tree: ast.Module
    classes: dict[str, Class]
    instances: dict[str, str]

    def fields(self, name: str) -> set[str]:
        """The fields of a class, inherited ones included, as far as its bases are in this module."""
        found = self.classes.get(name)
        return (
            set() if found is None else set(found.fields).union(*(self.fields(base) for base in found.bases))
        )


class Source:
    """A tree of Open WebUI's source: the folder `open_webui`, or one that holds it (`backend/open_webui` in a checkout)."""

    def __init__(self, path: Path) -> None:
        """Raises `ConfigurationError` where there is none."""
        candidates = (path, path / PACKAGE, path / "backend" / PACKAGE)
        found = [each for each in candidates if (each / "models" / "users.py").is_file()]
        if not found:
            raise ConfigurationError(
                f"there is no Open WebUI at {path}: give the folder {PACKAGE}, or a checkout that has backend/{PACKAGE}"
            )
        self.folder = found[0]
        self._modules: dict[str, Module] = {}

    def module(self, name: str) -> Module | None:
        """A module by its dotted name below `open_webui`, or None."""
        path = self.folder.joinpath(*name.split(".")).with_suffix(".py")
        if name not in self._modules:
            if not path.is_file():
                return None
            self._modules[name] = self._read(path)
        return self._modules[name]

    def methods(self, place: Place) -> Mapping[str, tuple[Parameter, ...]] | None:
        """The public methods of a singleton's class by name; None where there is no such singleton."""
        module = self.module(place.module)
        found = module.classes.get(module.instances.get(place.singleton, "")) if module else None
        return None if found is None else found.methods

    def modules(self, mentioning: Sequence[str]) -> Iterator[Module]:
        """Every module with one of these words that runs; Open WebUI's own tests do not."""
        words = [word.encode() for word in mentioning]
        for path in sorted(self.folder.rglob("*.py")):
            parts = path.relative_to(self.folder).with_suffix("").parts
            if parts[0] in ("test", "static", "frontend"):
                continue
            text = path.read_bytes()
            if any(word in text for word in words):
                found = self.module(".".join(parts))
                if found is not None:
                    yield found

    def version(self) -> str | None:
        """The release it calls itself: by the metadata beside an installed package, or by a checkout's package.json. None where
        neither is there."""
        beside = str(self.folder.parent)
        for installed in importlib.metadata.distributions(name=DISTRIBUTION, path=[beside]):
            return installed.version
        for folder in (self.folder.parent, self.folder.parent.parent):
            manifest = folder / "package.json"
            if manifest.is_file() and '"open-webui"' in manifest.read_text():
                return str(json.loads(manifest.read_text()).get("version"))
        return None

    def heads(self) -> set[str]:
        """The newest revisions of its schema."""
        revisions, followed = set(), set()
        for path in sorted((self.folder / "migrations" / "versions").glob("*.py")):
            for name, value in _assigned(self._read(path).tree):
                if name == "revision":
                    revisions |= set(_texts(value))
                elif name == "down_revision":
                    followed |= set(_texts(value))
        return revisions - followed

    def _read(self, path: Path) -> Module:
        try:
            tree = ast.parse(path.read_bytes(), filename=str(path))
        except SyntaxError as error:
            raise ConfigurationError(f"{path}, line {error.lineno}: this is no Python") from None
        classes = {node.name: _class(node) for node in tree.body if isinstance(node, ast.ClassDef)}
        instances = {
            name: value.func.id
            for name, value in _assigned(tree)
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Name)
        }
        return Module(str(path.relative_to(self.folder)), tree, classes, instances)


def _class(node: ast.ClassDef) -> Class:
    values = dict(_assigned(node))
    table = values.get("__tablename__")
    return Class(
        name=node.name,
        bases=tuple(base.id for base in node.bases if isinstance(base, ast.Name)),
        methods={
            each.name: _parameters(each.args)
            for each in node.body
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and not each.name.startswith("_")
        },
        fields=tuple(
            each.target.id
            for each in node.body
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        ),
        table=next(iter(_texts(table)), None) if table else None,
        columns=tuple(name for name, value in values.items() if _is_column(value)),
    )


def _is_column(value: ast.expr) -> bool:
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id in ("Column", "mapped_column")
    )


def _parameters(args: ast.arguments) -> tuple[Parameter, ...]:
    positional = [(arg, "POSITIONAL_ONLY") for arg in args.posonlyargs]
    positional += [(arg, "POSITIONAL_OR_KEYWORD") for arg in args.args]
    missing: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults))
    found = [
        Parameter(arg.arg, kind, _default(value))
        for (arg, kind), value in zip(positional, [*missing, *args.defaults], strict=True)
    ]
    if args.vararg:
        found.append(Parameter(args.vararg.arg, "VAR_POSITIONAL", None))
    found += [
        Parameter(arg.arg, "KEYWORD_ONLY", _default(value))
        for arg, value in zip(args.kwonlyargs, args.kw_defaults, strict=True)
    ]
    if args.kwarg:
        found.append(Parameter(args.kwarg.arg, "VAR_KEYWORD", None))
    return tuple(found)


def _default(value: ast.expr | None) -> str | None:
    if value is None:
        return None
    try:
        return repr(ast.literal_eval(value))
    except ValueError:
        return ast.unparse(value)


def _assigned(node: ast.Module | ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """What is assigned to a plain name in the body itself."""
    for each in node.body:
        if isinstance(each, ast.Assign) and len(each.targets) == 1 and isinstance(each.targets[0], ast.Name):
            yield each.targets[0].id, each.value
        elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.value is not None:
            yield each.target.id, each.value


def _texts(node: ast.expr) -> Iterator[str]:
    """The text constants in an expression: of `"a"`, of `("a", "b")`."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value
