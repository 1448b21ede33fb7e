"""What is kept of a call for the work behind the caller: as it was, whatever the caller does to it afterwards."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Collection
from functools import cache
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, create_model
from typing_extensions import override

_IMMUTABLE = (str, int, float, bool, bytes, type(None))
_THEMSELVES = frozenset(_IMMUTABLE)


class Kept(NamedTuple):
    """A value as it was. `bytes` is about how much memory it takes."""

    value: Any = None
    packed: bytes | None = None
    copied: bool = False
    bytes: int = 0

    def take(self) -> Any:
        """It, anew each time: whoever takes it may change it."""
        if self.packed is not None:
            return pickle.loads(self.packed)  # noqa: S301 - our own bytes of a moment ago
        return copy.deepcopy(self.value) if self.copied else self.value


class Keeper:
    """Keeps values. Of classes from these `foreign` packages only pydantic models can be kept, and each as a plain model with the
    same fields: what is kept may be taken by a process that must not import them."""

    def __init__(self, foreign: Collection[str] = ()) -> None:
        self._foreign = frozenset(foreign)

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Kept:
        """Arguments; taken as the pair that was given. Raises what copying them raises."""
        return self._keep((args, kwargs), (*args, *kwargs.values()) if kwargs else args)

    def answer(self, value: Any) -> Kept:
        """An answer. Raises what copying it raises."""
        return self._keep(value, (value,))

    def _keep(self, whole: Any, parts: tuple[Any, ...]) -> Kept:
        # A caller waits for this: what is no subclass of anything is looked at without a loop in Python.
        if _THEMSELVES.issuperset(map(type, parts)) or all(isinstance(part, _IMMUTABLE) for part in parts):
            size = 0
            for part in parts:
                if isinstance(part, str | bytes):
                    size += len(part)
            return Kept(whole, bytes=size)
        if self._foreign:
            packed = _packed(whole, self._foreign)
            return Kept(packed=packed, bytes=len(packed))
        try:
            packed = pickle.dumps(whole, 5)
        except (pickle.PicklingError, TypeError, AttributeError):
            # Classes made inside a function cannot be pickled, nor weighed.
            return Kept(copy.deepcopy(whole), copied=True)
        return Kept(packed=packed, bytes=len(packed))


def _packed(value: Any, foreign: Collection[str]) -> bytes:
    file = io.BytesIO()
    _Plain(file, foreign).dump(value)
    return file.getvalue()


class _Plain(pickle.Pickler):
    """Writes foreign models as plain ones."""

    def __init__(self, file: io.BytesIO, foreign: Collection[str]) -> None:
        super().__init__(file, 5)
        self._foreign = foreign

    @override
    def reducer_override(self, obj: Any) -> Any:
        kind = obj if isinstance(obj, type) else type(obj)
        if kind.__module__.partition(".")[0] not in self._foreign:
            return NotImplemented
        if not isinstance(obj, BaseModel):
            raise pickle.PicklingError(f"{kind.__qualname__} is known to its own package alone")
        return _plain, ({**obj.__dict__, **(obj.__pydantic_extra__ or {})}, obj.model_fields_set)


def _plain(fields: dict[str, Any], given: set[str]) -> BaseModel:
    return _model(tuple(fields)).model_construct(_fields_set=given, **fields)


@cache
def _model(names: tuple[str, ...]) -> type[BaseModel]:
    fields: dict[str, Any] = dict.fromkeys(names, (Any, None))
    return create_model("Given", __config__=ConfigDict(protected_namespaces=()), **fields)
