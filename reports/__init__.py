"""Parity and readiness reports: evidence in; HTML, Markdown or JSON out."""

from reports.render import render_html, render_json, render_markdown

__all__ = ["render_html", "render_json", "render_markdown"]
