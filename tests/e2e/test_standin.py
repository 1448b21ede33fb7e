"""The stand-in answers as Open WebUI expects of an OpenAI-compatible server."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.standin import DIMENSIONS, MODELS, StandIn, answer

TITLE = '### Task:\nGenerate a title\nJSON format: { "title": "your title" }\n<chat_history>\nUSER: Of keas and men\nASSISTANT: Yes\n</chat_history>'


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    """A client of a running one."""
    with StandIn() as standin, httpx.Client(base_url=standin.url, trust_env=False) as client:
        yield client


def test_it_lists_its_models(http: httpx.Client) -> None:
    assert [model["id"] for model in http.get("/models").json()["data"]] == list(MODELS)


def test_it_answers_at_once(http: httpx.Client) -> None:
    answered = http.post(
        "/chat/completions", json={"model": "parrot", "messages": [{"role": "user", "content": "Hi"}]}
    )
    (choice,) = answered.json()["choices"]
    assert choice["message"] == {"role": "assistant", "content": answer([{"content": "Hi"}])}


def test_it_streams_the_same_in_pieces(http: httpx.Client) -> None:
    body = {"model": "parrot", "stream": True, "messages": [{"role": "user", "content": "Hi there"}]}
    lines = [line for line in http.post("/chat/completions", json=body).text.splitlines() if line]
    assert lines.pop() == "data: [DONE]"
    chunks = [json.loads(line.removeprefix("data: "))["choices"][0] for line in lines]
    assert "".join(chunk["delta"].get("content", "") for chunk in chunks) == answer([{"content": "Hi there"}])
    assert len(chunks) > 3
    assert chunks[-1]["finish_reason"] == "stop"


def test_it_gives_titles_tags_and_follow_ups_in_the_form_that_is_asked_for() -> None:
    assert json.loads(answer([{"content": TITLE}])) == {"title": "On Of keas and men"}
    assert json.loads(answer([{"content": TITLE.replace('"title"', '"tags"')}])) == {
        "tags": ["parrot talk", "of"]
    }
    assert len(json.loads(answer([{"content": TITLE.replace('"title"', '"follow_ups"')}]))["follow_ups"]) == 2


def test_of_a_question_about_files_it_repeats_the_question() -> None:
    asked = "### Task:\nUse the context\n<context>text</context>\n<user_query>\nWho?\n</user_query>\n\nWho?"
    assert answer([{"content": asked}]).startswith("You said: **Who?**")


def test_the_same_text_has_the_same_embedding(http: httpx.Client) -> None:
    data = http.post("/embeddings", json={"model": "any", "input": ["a", "b", "a"]}).json()["data"]
    one, other, again = (each["embedding"] for each in data)
    assert one == again != other
    assert len(one) == DIMENSIONS


def test_another_route_is_not_there(http: httpx.Client) -> None:
    assert http.get("/files").status_code == 404
