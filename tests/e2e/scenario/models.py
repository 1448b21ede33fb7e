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
    get("the stand-in's models", "ann", "/api/models", any_order="data"),
    get("none for bob", "bob", "/api/models", any_order="data"),
    post(
        "the base model is for everybody",
        "ann",
        f"{MODEL}/create",
        _model("parrot", "Parrot", None, base_model_id=None, meta={"description": "repeats", "tags": []}),
    ),
    get("now bob has one", "bob", "/api/models?refresh=true", any_order="data"),
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
    ),
    post("the id is taken", "ann", f"{MODEL}/create", _model("org/polly:latest", "Again", None)),
    post("bob makes one", "bob", f"{MODEL}/create", _model("bobs", "Bob's", {})),
    post("cid may not", "cid", f"{MODEL}/create", _model("cids", "Cid's", {})),
    get("the model", "bob", f"{MODEL}/model?id=org/polly:latest"),
    get("not for cid", "cid", f"{MODEL}/model?id=org/polly:latest"),
    get("no such model", "ann", f"{MODEL}/model?id=none"),
    get("ann's list", "ann", f"{MODEL}/list", any_order=""),
    get("bob's list", "bob", f"{MODEL}/list", any_order=""),
    get("cid's list", "cid", f"{MODEL}/list", any_order=""),
    get("base models", "ann", f"{MODEL}/base", any_order=""),
    get("what bob can choose", "bob", "/api/models?refresh=true", any_order="data"),
    post("switched off", "ann", f"{MODEL}/model/toggle?id=org/polly:latest"),
    get("what bob can choose now", "bob", "/api/models?refresh=true", any_order="data"),
    post("on again, by who may write", "dee", f"{MODEL}/model/toggle?id=org/polly:latest"),
    post(
        "dee changes it",
        "dee",
        f"{MODEL}/model/update?id=org/polly:latest",
        _model("org/polly:latest", "Polly", READERS, params={"system": "Be brief, please."}),
    ),
    post(
        "bob may not",
        "bob",
        f"{MODEL}/model/update?id=org/polly:latest",
        _model("org/polly:latest", "B", None),
    ),
    get("the picture of a model", "bob", f"{MODEL}/model/profile/image?id=bobs"),
    get("all models, for export", "ann", f"{MODEL}/export", any_order=""),
    post(
        "ann imports one and changes one",
        "ann",
        f"{MODEL}/import",
        {"models": [{"id": "imported", "name": "Imported"}, {"id": "bobs", "name": "Bob's own"}]},
    ),
    get("all models again", "ann", f"{MODEL}/export", any_order=""),
    get("and what ann can choose", "ann", "/api/models?refresh=true", any_order="data"),
)
