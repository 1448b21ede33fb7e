"""What `IMessagesRepo` promises, on every backend."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dualwrite.call import Call, calling
from dualwrite.entity import Row, Value
from dualwrite.errors import Refused
from dualwrite.stamp import Stamp
from repos.entities import MESSAGE, MESSAGE_REACTION, USER
from repos.interfaces import IMessagesRepo
from repos.models import MessageForm, MessageReplyToResponse, Reactions, UserNameResponse
from tests.contract.backends import Backend

NOW = 1_763_856_000_123_456_789  # more than a float64 can hold


@pytest.fixture
def messages(backend: Backend) -> IMessagesRepo:
    return backend.repos.messages


def row(id: str, *, at: int = NOW, **columns: Value) -> Row:
    fixed: Row = {"id": id, "user_id": "ann", "channel_id": "c", "content": f"{id}!"}
    return fixed | {"created_at": at, "updated_at": at} | columns


def reaction(id: str, user: str, name: str = "heart", *, message: str = "m", at: int = NOW) -> Row:
    return {"id": id, "user_id": user, "message_id": message, "name": name, "created_at": at}


def user(id: str, **columns: Value) -> Row:
    seen: Row = {"created_at": 1, "updated_at": 1, "last_active_at": 1}
    fixed: Row = {"id": id, "name": id.title(), "email": f"{id}@x", "role": "user", "profile_image_url": "/p"}
    return fixed | seen | columns


def ids(found: list[MessageReplyToResponse]) -> list[str]:
    return [each.id for each in found]


def left(backend: Backend) -> list[Value]:
    return [each["id"] for each in backend.rows(MESSAGE)]


def left_reactions(backend: Backend) -> list[Value]:
    return [each["id"] for each in backend.rows(MESSAGE_REACTION)]


def test_a_new_message_takes_id_and_nanoseconds_from_the_stamp(
    messages: IMessagesRepo, backend: Backend
) -> None:
    stamp = Stamp(seed=b"s", time_ns=NOW)
    form = MessageForm(content="hé", parent_id="p", data={"é": {"x": 1.0}})
    with calling(Call(stamp.again())):
        made = messages.insert_new_message(form, "c", "ann")
    assert made is not None
    assert backend.rows(MESSAGE) == [
        {
            "id": stamp.id("message"),
            "user_id": "ann",
            "channel_id": "c",
            "content": "hé",
            "data": '{"\\u00e9": {"x": 1.0}}',
            "meta": "null",
            "created_at": NOW,
            "updated_at": NOW,
            "parent_id": "p",
            "reply_to_id": None,
        }
    ]
    assert (made.created_at, made.data, made.meta) == (NOW, {"é": {"x": 1.0}}, None)
    found = messages.get_message_by_id(made.id)
    assert found is not None
    assert found.model_dump(include=set(made.model_dump())) == made.model_dump()


def test_what_is_no_text_raises(messages: IMessagesRepo, backend: Backend) -> None:
    form = MessageForm(content="x")
    with pytest.raises(ValidationError):
        messages.insert_new_message(form, "c", None)  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        messages.insert_new_message(form, 1, "ann")  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        messages.add_reaction_to_message("m", "ann", None)  # type: ignore[arg-type]
    assert messages.insert_new_message(form, None, "ann") is not None  # type: ignore[arg-type]
    assert backend.rows(MESSAGE)[0]["channel_id"] is None


def test_a_missing_message(messages: IMessagesRepo) -> None:
    assert messages.get_message_by_id("none") is None
    assert messages.update_message_by_id("none", MessageForm(content="x")) is None
    assert messages.get_thread_replies_by_message_id("none") == []
    assert messages.get_reply_user_ids_by_message_id("none") == []
    assert messages.get_messages_by_channel_id("none") == []
    assert messages.get_messages_by_parent_id("c", "none") == []
    assert messages.get_reactions_by_message_id("none") == []
    assert messages.remove_reaction_by_id_and_user_id_and_name("none", "ann", "heart") is True
    assert messages.delete_reactions_by_id("none") is True
    assert messages.delete_replies_by_id("none") is True
    assert messages.delete_message_by_id("none") is True


def test_a_message_is_shown_with_all_that_belongs_to_it(messages: IMessagesRepo, backend: Backend) -> None:
    backend.put(USER, user("ann"), user("bob"))
    backend.put(MESSAGE, row("m", reply_to_id="first"), row("first", user_id="bob", reply_to_id="before"))
    backend.put(MESSAGE, row("before"), row("r1", parent_id="m", at=NOW + 1), row("r2", parent_id="m"))
    backend.put(MESSAGE_REACTION, reaction("r", "bob"))
    found = messages.get_message_by_id("m")
    assert found is not None
    assert found.user == UserNameResponse(id="ann", name="Ann", role="user", profile_image_url="/p")
    assert (found.reply_count, found.latest_reply_at) == (2, NOW + 1)
    assert found.reactions == [Reactions(name="heart", user_ids=["bob"], count=1)]
    answered = found.reply_to_message
    assert answered is not None
    assert (answered.id, answered.reply_to_id, answered.created_at) == ("first", "before", NOW)
    assert answered.user is not None
    assert answered.user.name == "Bob"
    assert "reply_to_message" not in answered.model_dump()


def test_a_message_that_nothing_belongs_to(messages: IMessagesRepo, backend: Backend) -> None:
    backend.put(MESSAGE, row("m", reply_to_id="gone", user_id="nobody"), row("empty", reply_to_id=""))
    for id_ in ("m", "empty"):
        found = messages.get_message_by_id(id_)
        assert found is not None
        assert (found.user, found.reply_to_message, found.latest_reply_at) == (None, None, None)
        assert (found.reply_count, found.reactions) == (0, [])


@pytest.mark.parametrize("broken", [{"settings": "[1]"}, {"info": '"text"'}])
def test_an_author_whose_row_makes_no_user_is_none(
    messages: IMessagesRepo, backend: Backend, broken: Row
) -> None:
    backend.put(USER, user("ann", settings='{"ui": null, "x": 1}', date_of_birth="2001-02-03"))
    backend.put(USER, user("bob") | broken)
    backend.put(MESSAGE, row("m", reply_to_id="a"), row("a", user_id="bob"))
    found = messages.get_message_by_id("m")
    assert found is not None
    assert found.user is not None
    assert found.reply_to_message is not None
    assert found.reply_to_message.user is None


def test_answers_that_run_in_a_circle_are_one_step_each(messages: IMessagesRepo, backend: Backend) -> None:
    backend.put(MESSAGE, row("self", reply_to_id="self", parent_id="self"))
    backend.put(MESSAGE, row("top"), row("below", parent_id="top", reply_to_id="top"))
    found = messages.get_message_by_id("self")
    assert found is not None
    assert found.reply_to_message is not None
    assert (found.reply_to_message.id, found.reply_count) == ("self", 1)
    found = messages.get_message_by_id("top")
    assert found is not None
    assert (found.id, found.reply_count) == ("top", 1)
    assert ids(messages.get_messages_by_parent_id("c", "top")) == ["below", "top"]


def test_a_thread_is_newest_first_then_by_id_in_whatever_channel(
    messages: IMessagesRepo, backend: Backend
) -> None:
    backend.put(USER, user("ann"), user("bob"))
    backend.put(
        MESSAGE,
        row("top", reply_to_id="x"),
        row("b", parent_id="top"),
        row("B", parent_id="top"),
        row("a", parent_id="top", channel_id="other", reply_to_id="x"),
        row("new", parent_id="top", at=NOW + 1),
        row("old", parent_id="top", at=NOW - 1),
        row("x", user_id="bob"),
    )
    found = messages.get_thread_replies_by_message_id("top")
    assert ids(found) == ["new", "B", "a", "b", "old"]
    assert [each.user for each in found] == [None] * 5
    answered = found[2].reply_to_message
    assert answered is not None
    assert answered.user is not None
    assert (answered.id, answered.user.id) == ("x", "bob")


def test_who_replied_the_oldest_first_as_often_as_they_did(messages: IMessagesRepo, backend: Backend) -> None:
    backend.put(
        MESSAGE,
        row("a", parent_id="top", at=NOW + 1, user_id="late"),
        row("b", parent_id="top", user_id="bob"),
        row("B", parent_id="top", user_id="ann"),
        row("c", parent_id="top", at=NOW + 2, user_id="ann"),
        row("d", parent_id="other", user_id="eve"),
    )
    assert messages.get_reply_user_ids_by_message_id("top") == ["ann", "bob", "late", "ann"]


def test_a_channel_shows_what_is_at_the_top_newest_first(messages: IMessagesRepo, backend: Backend) -> None:
    backend.put(USER, user("ann"))
    backend.put(
        MESSAGE,
        row("old", at=NOW - 1),
        row("new", reply_to_id="below"),
        row("below", parent_id="new"),
        row("empty", parent_id=""),
        row("elsewhere", channel_id="C"),
    )
    found = messages.get_messages_by_channel_id("c")
    assert ids(found) == ["new", "old"]
    assert found[0].user is None
    assert found[0].reply_to_message is not None
    assert found[0].reply_to_message.id == "below"
    assert found[0].reply_to_message.user is not None


def test_pages_have_the_same_borders_where_clocks_tie(messages: IMessagesRepo, backend: Backend) -> None:
    names = [f"{letter}{number}" for letter in "bBaé" for number in range(4)]
    backend.put(MESSAGE, *(row(name, at=NOW + number % 2) for number, name in enumerate(names)))
    backend.put(MESSAGE, *(row(f"t{name}", parent_id="b0", at=NOW + len(name) % 2) for name in names))
    late, early = sorted(names[1::2]), sorted(names[::2])
    for size in (1, 3, 5, 100):
        top = [
            ids(messages.get_messages_by_channel_id("c", skip, size)) for skip in range(0, len(names), size)
        ]
        assert [name for each in top for name in each] == late + early
    assert ids(messages.get_messages_by_channel_id("c", 7, 2)) == (late + early)[7:9]
    thread = ids(messages.get_messages_by_parent_id("c", "b0", 3, 4))
    assert thread == sorted(f"t{name}" for name in names)[3:7]


def test_clocks_a_nanosecond_apart_are_apart(messages: IMessagesRepo, backend: Backend) -> None:
    backend.put(MESSAGE, *(row(f"m{number}", at=NOW + number) for number in (3, 0, 2, 1)))
    found = messages.get_messages_by_channel_id("c")
    assert [(each.id, each.created_at - NOW) for each in found] == [
        ("m3", 3),
        ("m2", 2),
        ("m1", 1),
        ("m0", 0),
    ]


def test_bounds_of_pages(messages: IMessagesRepo, backend: Backend) -> None:
    backend.put(MESSAGE, *(row(str(number)) for number in range(60)))
    ask = messages.get_messages_by_channel_id
    assert len(ask("c")) == 50
    assert len(ask("c", limit=0)) == 0
    assert len(ask("c", 58)) == 2
    assert ask("c", 60) == []
    assert len(ask("c", None, None)) == 60  # type: ignore[arg-type]
    assert len(ask("c", 59, 2**62)) == 1
    assert ask("c", 2**62, 1) == []
    for bounds in ((0, 2**63), (2**63, 1), (0, "x"), ([], 1)):
        with pytest.raises(Refused):
            ask("c", *bounds)  # type: ignore[arg-type]
    if backend.dialect == "sqlite":
        assert len(ask("c", -1, -1)) == 60
    else:
        for bounds in ((-1, 1), (0, -1)):
            with pytest.raises(Refused):
                ask("c", *bounds)


def test_a_thread_s_page_ends_with_its_parent_where_there_is_room(
    messages: IMessagesRepo, backend: Backend
) -> None:
    backend.put(USER, user("ann"))
    backend.put(
        MESSAGE,
        row("top", channel_id="other", reply_to_id="x"),
        row("1", parent_id="top", at=NOW + 1),
        row("2", parent_id="top", at=NOW + 2),
        row("3", parent_id="top", at=NOW + 3, channel_id="other"),
        row("x"),
    )
    ask = messages.get_messages_by_parent_id
    found = ask("c", "top")
    assert ids(found) == ["2", "1", "top"]
    assert found[2].reply_to_message is not None
    assert found[2].reply_to_message.user is not None
    assert found[2].user is None
    assert ids(ask("c", "top", 0, 3)) == ["2", "1", "top"]
    assert ids(ask("c", "top", 0, 2)) == ["2", "1"]
    assert ids(ask("c", "top", 1, 2)) == ["1", "top"]
    assert ids(ask("c", "top", 9, 1)) == ["top"]
    assert ask("c", "top", 0, 0) == []
    assert ids(ask("nowhere", "top")) == ["top"]
    with pytest.raises(Refused):
        ask("c", "top", 0, None)  # type: ignore[arg-type]
    assert ask("c", "none", 0, None) == []  # type: ignore[arg-type]
    if backend.dialect == "sqlite":
        assert ids(ask("c", "top", 0, -1)) == ["2", "1"]


def test_a_parent_that_is_gone_has_no_thread_to_page_through(
    messages: IMessagesRepo, backend: Backend
) -> None:
    backend.put(MESSAGE, row("1", parent_id="gone"))
    assert messages.get_messages_by_parent_id("c", "gone") == []
    assert ids(messages.get_thread_replies_by_message_id("gone")) == ["1"]


def test_an_update_merges_and_leaves_links_and_creation(messages: IMessagesRepo, backend: Backend) -> None:
    backend.put(MESSAGE, row("m", data='{"a":{"x":1},"b":1}', parent_id="p", reply_to_id="r", meta=None))
    form = MessageForm(content="new", data={"a": {"y": 2}}, parent_id="other", reply_to_id="other")
    with calling(Call(Stamp(time_ns=NOW + 7))):
        changed = messages.update_message_by_id("m", form)
    assert changed is not None
    stored = backend.rows(MESSAGE)[0]
    assert stored["data"] == '{"a": {"y": 2}, "b": 1}'
    assert (stored["meta"], stored["content"]) == ("{}", "new")
    assert (stored["parent_id"], stored["reply_to_id"]) == ("p", "r")
    assert (stored["created_at"], stored["updated_at"]) == (NOW, NOW + 7)
    assert changed.model_dump() == {
        **changed.model_dump(),
        "data": {"a": {"y": 2}, "b": 1},
        "updated_at": NOW + 7,
    }


@pytest.mark.parametrize("empty", [None, "null", "[]", "0"])
def test_what_is_empty_becomes_an_object(
    messages: IMessagesRepo, backend: Backend, empty: str | None
) -> None:
    backend.put(MESSAGE, row("m", data=empty))
    changed = messages.update_message_by_id("m", MessageForm(content="x"))
    assert changed is not None
    assert (changed.data, changed.meta) == ({}, {})
    assert backend.rows(MESSAGE)[0]["data"] == "{}"


def test_equal_members_leave_the_text_and_are_answered_as_stored(
    messages: IMessagesRepo, backend: Backend
) -> None:
    backend.put(MESSAGE, row("m", data='{"b":1,"a":1}'))
    changed = messages.update_message_by_id("m", MessageForm(content="x", data={"a": True}))
    assert changed is not None
    assert changed.data is not None
    assert changed.data["a"] is not True
    assert backend.rows(MESSAGE)[0]["data"] == backend.text('{"b":1,"a":1}')


def test_what_is_no_object_is_not_updated(messages: IMessagesRepo, backend: Backend) -> None:
    backend.put(MESSAGE, row("m", data="[1]"))
    with pytest.raises(Refused):
        messages.update_message_by_id("m", MessageForm(content="x"))
    assert backend.rows(MESSAGE)[0]["content"] == "m!"


def test_a_reaction_takes_id_and_nanoseconds_from_the_stamp(
    messages: IMessagesRepo, backend: Backend
) -> None:
    stamp = Stamp(seed=b"s", time_ns=NOW)
    with calling(Call(stamp.again())):
        made = messages.add_reaction_to_message("no such message", "ann", "🎉")
    assert made is not None
    expected = reaction(stamp.id("message_reaction"), "ann", "🎉", message="no such message")
    assert backend.rows(MESSAGE_REACTION) == [expected]
    assert made.model_dump() == expected


def test_reactions_are_grouped_by_name_the_oldest_first(messages: IMessagesRepo, backend: Backend) -> None:
    backend.put(
        MESSAGE_REACTION,
        reaction("1", "late", at=NOW + 9),
        reaction("2", "bob", "Heart", at=NOW + 1),
        reaction("4", "eve", at=NOW),
        reaction("3", "ann", at=NOW),
        reaction("5", "ann", at=NOW + 2),
        reaction("6", "bob", "", at=NOW + 3),
        reaction("7", "bob", message="M"),
    )
    assert messages.get_reactions_by_message_id("m") == [
        Reactions(name="heart", user_ids=["ann", "eve", "ann", "late"], count=4),
        Reactions(name="Heart", user_ids=["bob"], count=1),
        Reactions(name="", user_ids=["bob"], count=1),
    ]


def test_removing_a_reaction_removes_all_equal_ones(messages: IMessagesRepo, backend: Backend) -> None:
    backend.put(
        MESSAGE_REACTION,
        *(reaction("1", "ann"), reaction("2", "ann"), reaction("3", "ann", "Heart")),
        *(reaction("4", "bob"), reaction("5", "ann", message="M")),
    )
    remove = messages.remove_reaction_by_id_and_user_id_and_name
    assert remove("m", "ann", "heart") is True
    assert left_reactions(backend) == ["3", "4", "5"]
    for nothing in ((None, "ann", "Heart"), ("m", None, "Heart"), ("m", "ann", None)):
        assert remove(*nothing) is True
    assert messages.delete_reactions_by_id("m") is True
    assert left_reactions(backend) == ["5"]


def test_a_message_goes_with_its_reactions_and_without_its_thread(
    messages: IMessagesRepo, backend: Backend
) -> None:
    backend.put(MESSAGE, row("m"), row("below", parent_id="m"), row("other"))
    backend.put(MESSAGE_REACTION, reaction("1", "ann"), reaction("2", "bob"))
    backend.put(MESSAGE_REACTION, reaction("3", "ann", message="below"))
    assert messages.delete_message_by_id("m") is True
    assert left(backend) == ["below", "other"]
    assert left_reactions(backend) == ["3"]
    backend.put(MESSAGE_REACTION, reaction("4", "ann", message="gone"))
    assert messages.delete_message_by_id("gone") is True
    assert left_reactions(backend) == ["3"]


def test_a_thread_goes_without_its_parent_and_its_reactions(
    messages: IMessagesRepo, backend: Backend
) -> None:
    backend.put(MESSAGE, row("m"), row("below", parent_id="m"), row("deep", parent_id="below"))
    backend.put(MESSAGE_REACTION, reaction("3", "ann", message="below"))
    assert messages.delete_replies_by_id("m") is True
    assert left(backend) == ["deep", "m"]
    assert left_reactions(backend) == ["3"]


def test_none_asks_for_null(messages: IMessagesRepo, backend: Backend) -> None:
    nothing: str = None  # type: ignore[assignment]
    backend.put(MESSAGE, row("m"), row("nowhere", channel_id=None), row("below", parent_id="m"))
    assert messages.get_message_by_id(nothing) is None
    assert messages.update_message_by_id(nothing, MessageForm(content="x")) is None
    assert ids(messages.get_thread_replies_by_message_id(nothing)) == ["m", "nowhere"]
    assert messages.get_reply_user_ids_by_message_id(nothing) == ["ann", "ann"]
    assert ids(messages.get_messages_by_channel_id(nothing)) == ["nowhere"]
    assert messages.get_messages_by_parent_id("c", nothing) == []
    assert messages.get_reactions_by_message_id(nothing) == []
    assert messages.delete_message_by_id(nothing) is True
    assert messages.delete_reactions_by_id(nothing) is True
    assert left(backend) == ["below", "m", "nowhere"]
    assert messages.delete_replies_by_id(nothing) is True
    assert left(backend) == ["below"]


def test_what_no_database_holds_is_refused(messages: IMessagesRepo, backend: Backend) -> None:
    backend.put(MESSAGE, row("m"))
    bad = "\ud800"
    refused = (
        lambda: messages.insert_new_message(MessageForm(content=bad), "c", "ann"),
        lambda: messages.update_message_by_id("m", MessageForm(content=bad)),
        lambda: messages.update_message_by_id(bad, MessageForm(content="x")),
        lambda: messages.add_reaction_to_message("m", "ann", bad),
        lambda: messages.remove_reaction_by_id_and_user_id_and_name("m", "ann", bad),
        lambda: messages.get_message_by_id(bad),
        lambda: messages.get_thread_replies_by_message_id(bad),
        lambda: messages.get_reply_user_ids_by_message_id(bad),
        lambda: messages.get_messages_by_channel_id(bad),
        lambda: messages.get_messages_by_parent_id("c", bad),
        lambda: messages.get_messages_by_parent_id(bad, "m"),
        lambda: messages.get_reactions_by_message_id(bad),
        lambda: messages.delete_reactions_by_id(bad),
        lambda: messages.delete_replies_by_id(bad),
        lambda: messages.delete_message_by_id(bad),
    )
    for ask in refused:
        with pytest.raises(Refused):
            ask()
    assert left(backend) == ["m"]
    if backend.dialect == "postgresql":
        with pytest.raises(Refused):
            messages.add_reaction_to_message("m", "ann", "nul\0")
    else:
        assert messages.add_reaction_to_message("m", "ann", "nul\0") is not None


def test_a_row_that_makes_no_message_is_an_error_wherever_it_shows(
    messages: IMessagesRepo, backend: Backend
) -> None:
    backend.put(
        MESSAGE, row("bad", data="[1]", channel_id="b"), row("deep", reply_to_id="far", channel_id="d")
    )
    backend.put(MESSAGE, row("far", reply_to_id="bad", channel_id="f"), row("above", channel_id="a"))
    backend.put(MESSAGE, row("null", content=None, parent_id="above", channel_id="n"))
    refused = (
        lambda: messages.get_message_by_id("bad"),
        lambda: messages.get_message_by_id("far"),
        lambda: messages.get_message_by_id("above"),
        lambda: messages.get_messages_by_channel_id("b"),
        lambda: messages.get_messages_by_channel_id("f"),
        lambda: messages.get_thread_replies_by_message_id("above"),
    )
    for ask in refused:
        with pytest.raises(Refused):
            ask()
    assert messages.get_message_by_id("deep") is not None
    assert ids(messages.get_messages_by_channel_id("d")) == ["deep"]
    assert messages.get_reply_user_ids_by_message_id("above") == ["ann"]
