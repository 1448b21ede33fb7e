"""A stand-in for an OpenAI-compatible server: no model, and the same answer to the same question.

It streams as a real one does, and answers Open WebUI's own prompts for titles, tags, follow-ups and search queries in the JSON
they ask for, so that these are really written.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, ClassVar

from typing_extensions import override

MODELS = ("parrot", "magpie")
DIMENSIONS = 16
SLOW_WORD = "slowly"
"""A question with this word is answered over a few seconds, so that something can happen meanwhile."""

_CREATED = 1_700_000_000
_SLOW_SECONDS = 0.08
_QUICK_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class Task:
    """A prompt that Open WebUI sends by itself: the key its answer is read from, that answer, and the seconds it takes."""

    key: str
    answer: Callable[[str], Any]
    seconds: float = 0.0

    def asked(self, prompt: str) -> bool:
        """Whether the prompt shows its answer in this form: `{ "title": …`."""
        return prompt.startswith("### Task:") and re.search(rf'\{{\s*"{self.key}":', prompt) is not None


TASKS = (
    Task("title", lambda first: f"On {first}"),
    Task("tags", lambda first: ["parrot talk", first.split()[0].strip(",.?!").lower()]),
    # The page saves the chat when the answer is whole. Where the follow-ups are there before it has, it saves them away.
    Task("follow_ups", lambda first: [f"Why {first}?", f"Who else said {first}?"], seconds=1.0),
    Task("queries", lambda first: [first]),
)


def answer(messages: list[dict[str, Any]]) -> str:
    """What the parrot says to the last of these messages."""
    question = _text(messages[-1]["content"])
    if task := task_of(question):
        return json.dumps({task.key: task.answer(_first_words(question))})
    # Of a question about files, Open WebUI's instructions and what the files say come first.
    words = " ".join(question.rpartition("</user_query>")[2].split())
    return (
        f"You said: **{words}** That is {len(words.split())} words, and I have nothing to add to them. "
        * (4 if SLOW_WORD in words else 1)
    )


def task_of(question: str) -> Task | None:
    """What it is asked for; None where a person asks."""
    return next((task for task in TASKS if task.asked(question)), None)


def embedding(text: str) -> list[float]:
    """A vector of `DIMENSIONS` numbers between -1 and 1, drawn from the text's hash."""
    digest = hashlib.sha256(text.encode()).digest()
    return [byte / 127.5 - 1 for byte in digest[:DIMENSIONS]]


def _text(content: str | list[dict[str, Any]]) -> str:
    if isinstance(content, str):
        return content
    return " ".join(part["text"] for part in content if part["type"] == "text")


def _first_words(prompt: str) -> str:
    """The first words of the chat that a task's prompt ends with."""
    said = re.search(r"<chat_history>\s*USER: (.*)", prompt)
    return " ".join((said[1] if said else "nothing").split()[:5])


class StandIn:
    """The server, on a free port of this machine while the context lasts."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._thread = Thread(target=self._server.serve_forever, daemon=True, name="stand-in")

    @property
    def url(self) -> str:
        """The base URL, with its `/v1`."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> StandIn:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    answers: ClassVar[dict[str, str]] = {
        "/v1/chat/completions": "_complete",
        "/v1/embeddings": "_embed",
    }

    def do_GET(self) -> None:
        """The list of models; nothing else is there."""
        if self.path != "/v1/models":
            return self._send(404, {"error": {"message": f"no such route: {self.path}"}})
        models = [
            {"id": name, "object": "model", "created": _CREATED, "owned_by": "stand-in"} for name in MODELS
        ]
        return self._send(200, {"object": "list", "data": models})

    def do_POST(self) -> None:
        """A completion or embeddings."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = self.answers.get(self.path)
        if name is None:
            return self._send(404, {"error": {"message": f"no such route: {self.path}"}})
        return getattr(self, name)(body)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""

    def _embed(self, body: dict[str, Any]) -> None:
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        data = [
            {"object": "embedding", "index": n, "embedding": embedding(text)} for n, text in enumerate(texts)
        ]
        self._send(200, {"object": "list", "model": body["model"], "data": data, "usage": _usage(texts)})

    def _complete(self, body: dict[str, Any]) -> None:
        said = answer(body["messages"])
        if task := task_of(_text(body["messages"][-1]["content"])):
            time.sleep(task.seconds)
        if body.get("stream"):
            return self._stream(body, said)
        message = {"role": "assistant", "content": said}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        whole = _envelope(body, "chat.completion") | {"choices": [choice], "usage": _usage([said])}
        return self._send(200, whole)

    def _stream(self, body: dict[str, Any], said: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        pause = _SLOW_SECONDS if SLOW_WORD in said else _QUICK_SECONDS
        for piece in _pieces(said):
            self._event(body, {"delta": {"content": piece}, "finish_reason": None})
            time.sleep(pause)
        self._event(body, {"delta": {}, "finish_reason": "stop"}, usage=_usage([said]))
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, body: dict[str, Any], choice: dict[str, Any], **more: Any) -> None:
        chunk = _envelope(body, "chat.completion.chunk") | {"choices": [{"index": 0, **choice}], **more}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def _send(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _envelope(body: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-standin", "object": kind, "created": _CREATED, "model": body["model"]}


def _usage(texts: list[str]) -> dict[str, int]:
    words = sum(len(text.split()) for text in texts)
    return {"prompt_tokens": 0, "completion_tokens": words, "total_tokens": words}


def _pieces(said: str) -> Iterator[str]:
    yield from re.findall(r"\S+\s*", said)
