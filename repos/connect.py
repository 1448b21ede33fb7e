"""`connect`: all repositories on one backend, built in one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Literal

from dualwrite.errors import ConfigurationError
from dualwrite.settings import Settings
from repos.interfaces import IFoldersRepo, IGroupsRepo, ITagsRepo
from repos.migration import openwebui, pocketbase
from repos.rules.dialect import Dialect
