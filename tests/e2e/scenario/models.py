"""Models of one's own and who may use them."""

from __future__ import annotations

from typing import Any

from tests.e2e.scenario.words import get, post
from tests.e2e.step import Step

MODEL = "/api/v1/models"


def _model(id: str, name: str, access: Any, **more: Any) -> dict[str, Any]:
    model = {"id": id, "name": name, "base_model_id": "parrot", "meta": {}, "params": {}, "is_active": True}
    return model | {"access_control": access} | more


READERS: dict[str, Any] = {
    "read": {"group_ids": ["{readers}"], "user_ids": []},
    "write": {"group_ids": [], "user_ids": ["{dee}"]},
}

MODELS: tuple[Step, ...] = (
    get("the stand-in's models", "ann", "/api/models"),
    get("none for bob", "bob", "/api/models"),
    post(
        "the base model is for everybody",
        "ann",
        f"{MODEL}/create",
        _model("parrot", "Parrot", None, base_model_id=None, meta={"description": "repeats", "tags": []}),
        new_second=True,
    ),
    get("now bob has one", "bob", "/api/models?refresh=true"),
    post(
        "ann makes a model for a group",
        "ann",
        f"{MODEL}/create",
        _model(
            "org/polly:latest",
            "Polly %",
            READERS,
            meta={"description": "for readers", "capabilities": {"vision": False}, "position": 1.0},
            params={"system": "Be brief.", "temperature": 0.0, "seed": 12345678901234567},
        ),
        new_second=True,
    ),
    post("the id is taken", "ann", f"{MODEL}/create", _model("org/polly:latest", "Again", None)),
    post("bob makes one", "bob", f"{MODEL}/create", _model("bobs", "Bob's", {}), new_second=True),
    post("cid may not", "cid", f"{MODEL}/create", _model("cids", "Cid's", {})),
    get("the model", "bob", f"{MODEL}/model?id=org/polly:latest"),
    get("not for cid", "cid", f"{MODEL}/model?id=org/polly:latest"),
    get("no such model", "ann", f"{MODEL}/model?id=none"),
    get("ann's list", "ann", f"{MODEL}/list"),
    get("bob's list", "bob", f"{MODEL}/list"),
    get("cid's list", "cid", f"{MODEL}/list"),
    get("base models", "ann", f"{MODEL}/base"),
    get("what bob can choose", "bob", "/api/models?refresh=true"),
    post("switched off", "ann", f"{MODEL}/model/toggle?id=org/polly:latest"),
    get("what bob can choose now", "bob", "/api/models?refresh=true"),
    post("on again, by who may write", "dee", f"{MODEL}/model/toggle?id=org/polly:latest"),
    post(
        "dee changes it",
        "dee",
        f"{MODEL}/model/update?id=org/polly:latest",
        _model("org/polly:latest", "Polly", READERS, params={"system": "Be brief, please."}),
        new_second=True,
    ),
    post("bob may not", "bob", f"{MODEL}/model/update?id=org/polly:latest", _model("org/polly:latest", "B", None)),
    get("the picture of a model", "bob", f"{MODEL}/model/profile/image?id=bobs"),
    get("all models, for export", "ann", f"{MODEL}/export"),
    post(
        "ann imports one and changes one",
        "ann",
        f"{MODEL}/import",
        {"models": [{"id": "imported", "name": "Imported"}, {"id": "bobs", "name": "Bob's own"}]},
        new_second=True,
    ),
    get("all models again", "ann", f"{MODEL}/export"),
)
