"""PocketBase: connection, records, conditions, schema, hooks, and a server of one's own."""

from dualwrite.pocketbase.changes import Change, Create, Delete, Put, Update
from dualwrite.pocketbase.content import PocketBaseContent
from dualwrite.pocketbase.embedded import EmbeddedPocketBase, find_binary, is_healthy
from dualwrite.pocketbase.health import Health, health
from dualwrite.pocketbase.hooks import HOOKS_VERSION, hook_files, install_hooks
from dualwrite.pocketbase.predicate import matches
from dualwrite.pocketbase.query import Find, Query, Values
from dualwrite.pocketbase.reach import exposure, obstacle
from dualwrite.pocketbase.records import Records
from dualwrite.pocketbase.schema import apply_schema, check_schema, refuse_foreign
from dualwrite.pocketbase.server import PocketBase
from dualwrite.pocketbase.session import OnRequest, unmeasured
from dualwrite.pocketbase.store import PocketBaseStore
from dualwrite.pocketbase.where import (
    Pattern,
    Where,
    all_of,
    any_of,
    contains,
    eq,
    ge,
    gt,
    ilike,
    in_,
    is_null,
    json_has_all,
    json_has_any,
    json_like,
    le,
    like,
    lt,
    ne,
    not_,
    not_null,
)

__all__ = [
    "HOOKS_VERSION",
    "Change",
    "Create",
    "Delete",
    "EmbeddedPocketBase",
    "Find",
    "Health",
    "OnRequest",
    "Pattern",
    "PocketBase",
    "PocketBaseContent",
    "PocketBaseStore",
    "Put",
    "Query",
    "Records",
    "Update",
    "Values",
    "Where",
    "all_of",
    "any_of",
    "apply_schema",
    "check_schema",
    "contains",
    "eq",
    "exposure",
    "find_binary",
    "ge",
    "gt",
    "health",
    "hook_files",
    "ilike",
    "in_",
    "install_hooks",
    "is_healthy",
    "is_null",
    "json_has_all",
    "json_has_any",
    "json_like",
    "le",
    "like",
    "lt",
    "matches",
    "ne",
    "not_",
    "not_null",
    "obstacle",
    "refuse_foreign",
    "unmeasured",
]
