"""Chats: made, renamed, listed, searched, answered by the stand-in."""

from __future__ import annotations

from typing import Any

from tests.e2e.scenario.words import get, post
from tests.e2e.step import Step

CHAT = "/api/v1/chats"
QUESTION, ANSWER = "11111111-0000-4000-8000-00000000000{n}", "22222222-0000-4000-8000-00000000000{n}"
"""Ids of messages: the client draws them."""


def chat(title: str, *said: str, n: int = 1, **more: Any) -> dict[str, Any]:
    """A chat with a question that waits for its answer, as the web page makes it."""
    question, answer = QUESTION.replace("{n}", str(n)), ANSWER.replace("{n}", str(n))
    words = " ".join(said)
    messages = {
        question: {
            "id": question,
            "parentId": None,
            "childrenIds": [answer],
            "role": "user",
            "content": words,
            "timestamp": 1700000000,
            "models": ["parrot"],
        },
        answer: {
            "id": answer,
            "parentId": question,
            "childrenIds": [],
            "role": "assistant",
            "content": "",
            "model": "parrot",
            "modelName": "Parrot",
            "modelIdx": 0,
            "timestamp": 1700000001,
        },
    }
    return {
        "title": title,
        "models": ["parrot"],
        "params": {"temperature": 1.0},
        "history": {"messages": messages, "currentId": answer},
        "messages": [messages[question], messages[answer]],
        "tags": [],
        "timestamp": 1700000000000,
        **more,
    }


def made(name: str, title: str, *said: str, who: str = "bob", n: int = 1, **more: Any) -> Step:
    """Somebody makes a chat."""
    return post(
        f"{who} makes a chat, {name}",
        who,
        f"{CHAT}/new",
        {"chat": chat(title, *said, n=n), **more},
        keeps={name: "id"},
        new_second=True,
    )


def _asked(name: str, question: str, n: int = 1, model: str = "parrot") -> dict[str, Any]:
    """What the web page sends for an answer; title, tags and follow-ups are asked for behind it."""
    return {
        "model": model,
        "stream": True,
        "messages": [{"role": "user", "content": question}],
        "chat_id": f"{{{name}}}",
        "id": ANSWER.replace("{n}", str(n)),
        "session_id": "no socket",
        "background_tasks": {"title_generation": True, "tags_generation": True, "follow_up_generation": True},
    }


CHATS: tuple[Step, ...] = (
    get("no chats yet", "bob", f"{CHAT}/?page=1"),
    made("first", "New Chat", "What do parrots eat?"),
    made("second", "100% of it", "Tell me about\n\n10_000 seeds", n=2),
    made("third", "Straße nach İstanbul", "wo ist der Käfig? 🦜", n=3),
    made("cids", "Cid's own", "nobody else sees this", who="cid"),
    get("bob's chats", "bob", f"{CHAT}/?page=1"),
    get("bob's chats, all at once", "bob", f"{CHAT}/list"),
    get("a page beyond", "bob", f"{CHAT}/?page=9"),
    get("one of them", "bob", f"{CHAT}/{{second}}"),
    get("not cid's", "bob", f"{CHAT}/{{cids}}"),
    get("not there", "bob", f"{CHAT}/no-such-chat"),
    post("bob renames one", "bob", f"{CHAT}/{{second}}", {"chat": {"title": "Seeds, 100%"}}, new_second=True),
    post("not cid's", "bob", f"{CHAT}/{{cids}}", {"chat": {"title": "mine"}}),
    get("renamed", "bob", f"{CHAT}/?page=1"),
    post(
        "bob corrects his question",
        "bob",
        f"{CHAT}/{{third}}/messages/{QUESTION.replace('{n}', '3')}",
        {"content": "wo ist der Käfig, und wer hat ihn?"},
        new_second=True,
    ),
    post("not in cid's chat", "bob", f"{CHAT}/{{cids}}/messages/x", {"content": "mine"}),
    post(
        "a status is shown",
        "bob",
        f"{CHAT}/{{third}}/messages/{ANSWER.replace('{n}', '3')}/event",
        {"type": "status", "data": {"description": "looking", "done": True}},
    ),
    get("the third chat", "bob", f"{CHAT}/{{third}}"),
    *(
        get(f"bob searches: {text}", "bob", f"{CHAT}/search?text={sent}")
        for text, sent in {
            "seeds": "seeds",
            "a word of the content": "10_000",
            "percent": "100%25",
            "a quote": "o%27",
            "case": "STRASSE",
            "dotted capital": "%C4%B0stanbul",
            "nothing": "zebra",
            "only blanks": "%20",
        }.items()
    ),
    get("ann sees bob's chats", "ann", f"{CHAT}/list/user/{{bob}}"),
    get("ann sees them by title", "ann", f"{CHAT}/list/user/{{bob}}?order_by=title&direction=asc&query=s"),
    get("bob must not see cid's", "bob", f"{CHAT}/list/user/{{cid}}"),
    get("every chat of bob's, whole", "bob", f"{CHAT}/all"),
    get("every chat there is, whole", "ann", f"{CHAT}/all/db"),
)

TALK: tuple[Step, ...] = (
    post(
        "the parrot answers",
        "bob",
        "/api/chat/completions",
        _asked("first", "What do parrots eat?"),
        settles="/api/tasks/chat/{first}",
        new_second=True,
    ),
    get("answer, title, tags and follow-ups are there", "bob", f"{CHAT}/{{first}}"),
    get("the title is in the list", "bob", f"{CHAT}/?page=1"),
    get("the tags are bob's", "bob", f"{CHAT}/all/tags", any_order=""),
    get("and the chat's", "bob", f"{CHAT}/{{first}}/tags", any_order=""),
    post(
        "another answer, by a model of one's own",
        "bob",
        "/api/chat/completions",
        _asked("second", "Tell me about 10_000 seeds", n=2, model="org/polly:latest"),
        settles="/api/tasks/chat/{second}",
        new_second=True,
    ),
    get("it is there", "bob", f"{CHAT}/{{second}}"),
    post(
        "streamed to the caller",
        "bob",
        "/api/chat/completions",
        {"model": "parrot", "stream": True, "messages": [{"role": "user", "content": "Hello, parrot"}]},
    ),
    post(
        "all at once to the caller",
        "bob",
        "/api/chat/completions",
        {"model": "parrot", "stream": False, "messages": [{"role": "user", "content": "Hello again"}]},
    ),
    post(
        "cid may not use polly",
        "cid",
        "/api/chat/completions",
        {"model": "org/polly:latest", "stream": False, "messages": [{"role": "user", "content": "Hello"}]},
    ),
    post(
        "no answer in cid's chat",
        "bob",
        "/api/chat/completions",
        _asked("cids", "nobody else sees this"),
    ),
    post(
        "a title on request",
        "bob",
        "/api/v1/tasks/title/completions",
        {"model": "parrot", "chat_id": "{first}", "messages": [{"role": "user", "content": "Of a kea"}]},
    ),
    post(
        "the answer is done",
        "bob",
        "/api/chat/completed",
        {
            "model": "parrot",
            "chat_id": "{first}",
            "id": ANSWER.replace("{n}", "1"),
            "session_id": "no socket",
            "messages": [{"id": ANSWER.replace("{n}", "1"), "role": "assistant", "content": "eaten"}],
        },
    ),
    get("what is at work", "bob", "/api/tasks/chat/{first}"),
)
