"""What lies in both databases before the first call: rows as programs other than Open WebUI leave them, broken ones among them."""

from __future__ import annotations

from typing import Any

_GROUP = {"user_id": "root", "name": "Work", "description": "", "created_at": 1, "updated_at": 1}
_USER = {
    "name": "Work",
    "email": "a@x.org",
    "role": "user",
    "profile_image_url": "",
    "created_at": 3,
    "updated_at": 1,
    "last_active_at": 1,
}
_CHAT = {"user_id": "u1", "title": "Work", "archived": False, "chat": "{}", "meta": "{}", "created_at": 1}
_MODEL = {"name": "Work", "meta": "{}", "params": "{}", "created_at": 1, "updated_at": 1, "is_active": True}
_FOLDER = {"user_id": "u1", "name": "Work", "is_expanded": False, "created_at": 1, "updated_at": 1}
_FILE = {"user_id": "u1", "filename": "f", "created_at": 1}
_MESSAGE = {"user_id": "u1", "channel_id": "c1", "content": "x"}
_NS = 1_600_000_000_123_456_789
ROWS: dict[str, list[dict[str, Any]]] = {
    "file": [
        _FILE | {"id": "spaced", "updated_at": 5, "data": '{"a":1,"b":[1.0]}', "meta": '{"z":1,"a":1}'},
        _FILE | {"id": "old", "meta": '{"name":null}', "user_id": "user-2", "path": ""},
        _FILE | {"id": "bare", "updated_at": 4, "data": "null", "meta": "null"},
        _FILE | {"id": "empty", "updated_at": 3, "data": "[]", "meta": "false", "user_id": "user-3"},
        _FILE | {"id": "broken", "updated_at": 2, "data": "[1]", "meta": '"text"', "user_id": "user-3"},
    ],
    "message": [
        _MESSAGE | {"id": name, "created_at": _NS + at, "updated_at": _NS + at} | fields
        for at, (name, fields) in enumerate(
            (
                ("spaced", {"data": '{"a":1,"b":[1.0]}', "meta": "null"}),
                ("answered", {"user_id": "user-2", "meta": '{"z": 1}'}),
                ("answers", {"user_id": "user-3", "reply_to_id": "answered"}),
                ("answered by nobody", {"user_id": "nobody", "channel_id": None}),
                ("broken", {"channel_id": "broken", "data": "[1]"}),
                ("answers broken", {"channel_id": "broken", "reply_to_id": "broken"}),
                ("above", {"channel_id": "c2"}),
                ("broken below", {"channel_id": "broken", "parent_id": "above", "meta": "[]"}),
            )
        )
    ],
    "message_reaction": [
        {"id": f"r{at}", "user_id": user, "message_id": message, "name": name, "created_at": _NS - at}
        for at, (user, message, name) in enumerate(
            (("u1", "spaced", "heart"), ("user-2", "spaced", "+1"), ("user-3", "spaced", "heart"))
        )
    ],
    "group": [
        _GROUP | {"id": "spaced", "user_ids": '["u1" ,  "U1","u1"]', "permissions": '{"b":1,"a":1.0}'},
        _GROUP | {"id": "escaped", "user_ids": '["\\u0075ser-2", "\u00e9"]', "name": "É"},
        _GROUP | {"id": "empty", "user_ids": "[ ]", "name": "nobody's"},
    ],
    "chat": [
        _CHAT | {"updated_at": at, "id": name} | fields
        for at, (name, fields) in enumerate(
            (
                (
                    "spaced",
                    {
                        "chat": '{"title":"Work" , "messages":[{"content":"\\u00c9 k"}]}',
                        "meta": '{"tags":["work","spaced"],"a":1}',
                        "share_id": "copy",
                        "folder_id": "spaced",
                    },
                ),
                ("copy", {"user_id": "shared-spaced", "pinned": True}),
                ("null", {"user_id": "user-2", "chat": None, "meta": '{"tags":["work"]}'}),
                ("broken", {"user_id": "user-3", "meta": "[]"}),
                ("both", {"title": "\u0130 0x00", "archived": True, "meta": '{"tags":["Upper", "gone"]}'}),
                # Of users who share some of their chats, and copies of what is gone.
                ("c1", {"share_id": "s1"}),
                ("s1", {"user_id": "shared-c1"}),
                ("c2", {"user_id": "user-2"}),
                ("s2", {"user_id": "shared-c2"}),
                ("s3", {"user_id": "shared-gone"}),
                ("é", {"user_id": "moved", "share_id": "s4"}),
                ("s4", {"user_id": "shared-é"}),
            ),
            start=1,
        )
    ],
    "folder": [
        _FOLDER | {"id": "spaced", "data": '{"a":1,"b":[1.0]}', "meta": '{"z":1}', "items": "null"},
        _FOLDER | {"id": "below", "parent_id": "spaced", "name": "É"},
        _FOLDER | {"id": "circle", "parent_id": "circle", "name": "ß", "user_id": "user-2"},
        _FOLDER
        | {"id": "broken", "name": "broken", "items": "[1]", "user_id": "user-3", "parent_id": "gone"},
    ],
    "tag": [
        {"id": "spaced", "name": "Spaced", "user_id": "u1", "meta": '{"a":1}'},
        {"id": "null", "name": "null", "user_id": "u1"},
        {"id": "Upper", "name": "Upper", "user_id": "user-2"},
        {"id": "broken", "name": "work", "user_id": "user-3", "meta": "[1]"},
    ],
    "user": [
        _USER | {"id": "u1", "settings": '{"b":1,"a":1.0}', "info": "null", "date_of_birth": "1999-12-31"},
        _USER | {"id": "user-2", "role": "admin", "created_at": 2, "api_key": "", "name": "\u212aelvin İ"},
        _USER | {"id": "Z", "settings": "{}", "created_at": 2, "oauth_sub": '""', "role": "admin"},
        _USER | {"id": "user-3", "settings": "null", "email": "b@x.org"},
    ],
    "model": [
        _MODEL | {"id": "spaced", "params": '{"b":1,"a":1.0}', "user_id": "u1", "base_model_id": "base"},
        _MODEL | {"id": "null", "access_control": "null", "user_id": "user-2", "base_model_id": ""},
        _MODEL | {"id": "private", "access_control": "{ }", "user_id": "gone", "base_model_id": "x"},
        _MODEL | {"id": "off", "is_active": False, "user_id": "u1"},
    ],
}
