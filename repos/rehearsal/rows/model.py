"""Generated models of the workspace."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dualwrite.entity import Row
from repos.rehearsal.awkward import object_at, text_at
from repos.rehearsal.connection import Dialect
from repos.rehearsal.names import EPOCH, Names, tags_of
from repos.rehearsal.rows.optional import access_control
from repos.rehearsal.words import sentence

MODEL_IDS = (
    "llama3.2:latest",
    "org/model",
    "Llama3.2:latest",
    "gpt-4o",
    "hf.co/bartowski/Qwen2.5-7B:Q4_K_M",
    "a b%c",
)


def models(names: Names, dialect: Dialect, count: int) -> Iterator[Row]:
    """Models made in the workspace; ids are what people and registries call them."""
    rng = names.rng("models")
    for number in range(count):
        identity = MODEL_IDS[number] if number < len(MODEL_IDS) else f"team/assistant-{number}:v{number % 3}"
        params = object_at(number, dialect) or {
            "system": sentence(rng),
            "temperature": rng.choice((0, 0.7, 1.0)),
        }
        meta = {
            "profile_image_url": "/static/favicon.png",
            "description": text_at(number, sentence(rng)),
            "capabilities": {"vision": rng.random() < 0.5, "citations": True},
            "tags": [{"name": name} for name in tags_of(number)[: number % 3]],
        }
        created = EPOCH - 5_000_000 + number
        yield {
            "id": identity,
            "user_id": names.user(number * 3),
            "base_model_id": None if number % 4 == 0 else "" if number % 9 == 1 else MODEL_IDS[0],
            "name": text_at(number, f"Assistant {number}"),
            "meta": json.dumps(meta),
            "params": json.dumps(params),
            "created_at": created,
            "updated_at": created + rng.randrange(1000),
            "access_control": access_control(rng, names),
            "is_active": rng.random() < 0.9,
        }
