"""Parity and readiness reports: evidence in; HTML, Markdown, JSON or JUnit XML out."""

from reports.junit import render_junit
from reports.render import render_html, render_json, render_markdown

__all__ = ["render_html", "render_json", "render_junit", "render_markdown"]
