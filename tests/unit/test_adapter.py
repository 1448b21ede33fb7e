"""Contracts, calls, and the boundary around an adapter's methods."""

from __future__ import annotations

from typing import Any, Protocol

import pytest
from typing_extensions import override

from dualwrite.adapter import Adapter
from dualwrite.call import Call, acknowledged, announce, calling, current_call, current_stamp
from dualwrite.contract import Access, Order, methods_of, read, write
from dualwrite.errors import ConfigurationError, Conflict, Unavailable
from tests.domain import NOTES, INotes


class IThings(Protocol):
    @write(refused=[])
    def several(self) -> list[str]: ...

    @write(refused={"done": False})
    def status(self) -> dict[str, bool]: ...

    @write()
    def strict(self) -> str: ...

    @read()
    def ids(self) -> list[str]: ...


class Things(Adapter, IThings, contract=IThings):
    error: Exception = Conflict("things: taken")

    @override
    def several(self) -> list[str]:
        raise self.error

    @override
    def status(self) -> dict[str, bool]:
        raise self.error

    @override
    def strict(self) -> str:
        self.inner()
        return current_stamp().id("thing")

    def inner(self) -> None:
        raise self.error

    @override
    def ids(self) -> list[str]:
        raise self.error


class Calling(Things, contract=IThings):
    """Methods that call others of the contract."""

    @override
    def status(self) -> dict[str, Any]:
        return {"several": self.several()}

    @override
    def strict(self) -> str:
        return self.ids()[0]

    @override
    def ids(self) -> list[str]:
        return super().ids()


def test_a_refusal_gives_the_declared_answer() -> None:
    assert Things().several() == []
    assert Things().status() == {"done": False}


def test_each_caller_gets_an_answer_of_their_own() -> None:
    Things().several().append("spoilt")
    Things().status()["done"] = True
    assert Things().several() == []
    assert Things().status() == {"done": False}


def test_without_a_declared_answer_a_refusal_is_raised_and_a_read_has_none() -> None:
    with pytest.raises(Conflict):
        Things().strict()
    with pytest.raises(Conflict):
        Things().ids()


def test_what_is_not_a_refusal_is_raised() -> None:
    things = Things()
    things.error = Unavailable("gone")
    with pytest.raises(Unavailable):
        things.several()


def test_a_refusal_is_logged_with_its_context(caplog: pytest.LogCaptureFixture) -> None:
    Things().several()
    assert [each.message for each in caplog.records] == ["Things.several: Conflict: things: taken"]


@pytest.mark.parametrize("error", [Conflict("things: taken"), Unavailable("gone"), ConfigurationError("no")])
def test_what_is_raised_is_logged_by_the_method_that_was_called(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    things = Calling()
    things.error = error
    with pytest.raises(type(error)):
        things.ids()
    with pytest.raises(type(error)):
        things.strict()
    kind = type(error).__name__
    assert [each.message for each in caplog.records] == [
        f"Calling.ids: {kind}: {error}",
        f"Calling.strict: {kind}: {error}",
    ]


def test_an_inner_refusal_that_became_an_answer_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert Calling().status() == {"several": []}
    assert [each.message for each in caplog.records] == ["Calling.several: Conflict: things: taken"]


def test_a_mistake_in_the_code_is_raised_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    things = Things()
    things.error = KeyError("x")
    with pytest.raises(KeyError):
        things.several()
    assert not caplog.records


class Nested(Adapter, IThings, contract=IThings):
    """`several` calls two other methods of the contract."""

    @override
    def several(self) -> list[str]:
        return [self.strict(), current_stamp().id("thing"), self.strict()]

    @override
    def status(self) -> dict[str, bool]:
        return {"in a call": current_call() is not None}

    @override
    def strict(self) -> str:
        return current_stamp().id("thing")

    @override
    def ids(self) -> list[str]:
        return []


def test_nested_calls_share_one_stamp() -> None:
    call = Call()
    again = call.stamp.again()
    with calling(call):
        assert Nested().several() == [again.id("thing") for _ in range(3)]
    assert len(set(Nested().several())) == 3, "a call of its own where nobody opened one"


def test_a_call_ends_with_its_method() -> None:
    assert Nested().status() == {"in a call": True}
    assert current_call() is None


def test_outside_any_call_nothing_is_announced_or_acknowledged() -> None:
    announce(NOTES, [("a",)])
    acknowledged(NOTES, ("a",), None)


def test_a_call_hears_what_is_announced_and_keeps_what_is_acknowledged() -> None:
    call, heard = Call(), []
    call.owe = lambda entity, keys: heard.append((entity.name, keys))
    with calling(call):
        announce(NOTES, [("a",)])
        acknowledged(NOTES, ("a",), None)
    assert heard == [("notes", [("a",)])]
    assert call.acknowledged == {("notes", ("a",)): None}


def test_a_contract_lists_its_methods_as_they_were_written() -> None:
    methods = methods_of(INotes)
    assert list(methods) == ["add", "edit", "remove", "get", "all"]
    assert methods["add"].access is Access.WRITE
    assert methods["get"].access is Access.READ
    assert methods["all"].order is Order.ANY


def test_an_unmarked_method_is_refused_by_name() -> None:
    class IBad(Protocol):
        @read()
        def fine(self) -> int: ...

        def forgotten(self) -> int: ...

    with pytest.raises(TypeError, match=r"IBad\.forgotten is marked neither read nor write"):
        methods_of(IBad)


def test_a_contract_includes_what_it_inherits() -> None:
    class IMore(INotes, Protocol):
        @read()
        def count(self) -> int: ...

    assert list(methods_of(IMore)) == [*methods_of(INotes), "count"]
