"""Runs Open WebUI's own model classes for a test, in Open WebUI's own environment.

One JSON object a line on stdin, one answer a line on stdout. A call carries its clock (seconds, nanoseconds) and the ids it
may draw, so that its answer can be compared to the last character. Imports nothing of this project, which is not installed
here, unless DUALWRITE_WIRED asks for it: `first` wires Open WebUI before its models are imported, `last` afterwards.

    {"do": "call", "table": "Folders", "method": "…", "args": […], "kwargs": {…}, "time": 1, "time_ns": 1, "ids": ["…"]}
    {"do": "rows", "table": "folder"}     every row, JSON columns as their text
    {"do": "sql", "statements": [["INSERT …", {…}]]}
    {"do": "signatures"}
    {"do": "close"}                       the wired repositories, until they are asked again
"""

import contextlib
import datetime
import inspect
import json
import os
import sys
import types

_answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # Open WebUI prints on import

WIRED = os.environ.get("DUALWRITE_WIRED")
if WIRED == "first":
    from repos.openwebui import install

    live = install()

from open_webui.internal.db import SessionLocal, engine  # noqa: E402
from open_webui.models import chats, files, folders, groups, messages, models, tags, users  # noqa: E402
from sqlalchemy import text  # noqa: E402

if WIRED == "last":
    from repos.openwebui import install

    live = install()
if WIRED:
    from dualwrite.call import Call, calling
    from dualwrite.stamp import Stamp

TABLES = {
    "Messages": messages.Messages,
    "Tags": tags.Tags,
    "Files": files.Files,
    "Folders": folders.Folders,
    "Groups": groups.Groups,
    "Users": users.Users,
    "Models": models.Models,
    "Chats": chats.Chats,
}
MODULES = (chats, files, folders, groups, messages, models, tags, users)


def decode(value):
    if isinstance(value, dict) and "$form" in value:
        for module in MODULES:
            if hasattr(module, value["$form"]):
                return getattr(module, value["$form"])(**value["fields"])
        raise KeyError(value["$form"])
    if isinstance(value, dict) and "$date" in value:
        return datetime.date.fromisoformat(value["$date"])
    if isinstance(value, dict) and "$user" in value:
        return types.SimpleNamespace(id=value["$user"])
    if isinstance(value, dict):
        return {name: decode(item) for name, item in value.items()}
    if isinstance(value, list):
        return [decode(item) for item in value]
    return value


def encode(value):
    if hasattr(value, "model_dump"):
        return value.model_dump()
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {name: encode(item) for name, item in value.items()}
    return value


def classes(value):
    """Where models are, the name of their class and the fields that were set."""
    if hasattr(value, "model_dump"):
        inside = {name: classes(getattr(value, name)) for name in type(value).model_fields}
        named = f"{type(value).__module__}.{type(value).__name__}"
        return [named, sorted(value.model_fields_set), {k: v for k, v in inside.items() if v is not None}]
    if isinstance(value, list):
        return [found for found in map(classes, value) if found is not None] or None
    if isinstance(value, dict):
        return {k: found for k, v in value.items() if (found := classes(v)) is not None} or None
    return None


def stamped(request):
    """The same clock and the same ids for whoever answers."""
    if WIRED:
        return calling(Call(Stamp(seed=bytes.fromhex(request["seed"]), time_ns=request["time_ns"])))
    ids = iter(request.get("ids", ()))
    for module in MODULES:
        module.time = types.SimpleNamespace(
            time=lambda: request.get("time", 0), time_ns=lambda: request.get("time_ns", 0)
        )
        module.uuid = types.SimpleNamespace(uuid4=lambda: next(ids))
    return contextlib.nullcontext()


def call(request):
    method = getattr(TABLES[request["table"]], request["method"])
    args = [decode(item) for item in request.get("args", ())]
    kwargs = {name: decode(item) for name, item in request.get("kwargs", {}).items()}
    try:
        with stamped(request):
            value = method(*args, **kwargs)
        return {"value": encode(value), "classes": classes(value)}
    except Exception as error:  # noqa: BLE001 - whatever it raises is its answer
        return {"error": type(error).__name__}


def rows(request):
    name = request["table"]
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            result = connection.execute(text(f'SELECT * FROM "{name}"'))
            return {"value": [dict(row._mapping) for row in result]}
        types_of = connection.execute(
            text("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = :name"),
            {"name": name},
        )
        columns = ", ".join(f'"{c}"::text' if kind == "json" else f'"{c}"' for c, kind in types_of)
        return {
            "value": [
                dict(row._mapping) for row in connection.execute(text(f'SELECT {columns} FROM "{name}"'))
            ]
        }


def sql(request):
    with SessionLocal() as session:
        for statement, parameters in request["statements"]:
            session.execute(text(statement), parameters)
        session.commit()
    return {"value": None}


def undecorated(function):
    """The function inside a decorator of Open WebUI's that keeps no `__wrapped__`."""
    return inspect.getclosurevars(function).nonlocals.get("func", function)


def signatures(_request):
    answer = {}
    for name, table in TABLES.items():
        methods = {}
        for method, function in inspect.getmembers(type(table), inspect.isfunction):
            if not method.startswith("_"):
                methods[method] = [
                    [p.name, p.kind.name, None if p.default is p.empty else repr(p.default)]
                    for p in inspect.signature(undecorated(function)).parameters.values()
                ]
        answer[name] = methods
    return {"value": answer}


def close(_request):
    live.close()
    return {"value": None}


ACTIONS = {"call": call, "rows": rows, "sql": sql, "signatures": signatures, "close": close}


def main():
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(ACTIONS[request["do"]](request), default=str), file=_answers, flush=True)


main()
