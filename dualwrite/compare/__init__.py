"""Comparing two answers: one canonical form, a digest of it, and named differences."""

from dualwrite.compare.canonical import agree, canonical, digest
from dualwrite.compare.diff import ABSENT, Difference, Kind, differences, path_text, record_ids, redacted

__all__ = [
    "ABSENT",
    "Difference",
    "Kind",
    "agree",
    "canonical",
    "differences",
    "digest",
    "path_text",
    "record_ids",
    "redacted",
]
