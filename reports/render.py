"""Evidence to a page. Templates lie beside this file; both formats escape every value that a template prints."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from dualwrite.evidence import Evidence
from reports.plots import latency_plot, timeline_plot
from reports.story import Story
from reports.words import FILTERS, size, visible

LONGEST_TEXT = 4000
_SPECIAL = re.compile(r"[\\`*\[\]|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_LINE_START = re.compile(r"^(\s*|\s*\d+)([#+=.)-])(?=\s|$|#)")


def render_html(evidence: Evidence) -> str:
    """One self-contained page: no script, no network, nothing beside it."""
    style = _static("style.css")
    policy = f"default-src 'none'; style-src {_hash(style)}; base-uri 'none'; form-action 'none'"
    return _page(evidence, style=style, policy=policy)


@dataclass(frozen=True, slots=True)
class LivePage:
    """The same page for a server: it renews itself. `policy` is the Content-Security-Policy to send with it."""

    html: str
    policy: str


def render_live(evidence: Evidence) -> LivePage:
    """The page with a script of its own, which the policy names by its hash."""
    style, script = _static("style.css"), _static("live.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'"
    )
    return LivePage(
        _page(evidence, style=style, policy=policy, script=script), f"{policy}; frame-ancestors 'none'"
    )


def _page(evidence: Evidence, *, style: str, policy: str, script: str = "") -> str:
    # Both are files of ours, and the policy's hash is of every byte between the tags.
    extra = {"style": Markup(style), "policy": Markup(policy), "script": Markup(script)}  # noqa: S704
    return _html().get_template("page.html.j2").render({**_context(evidence), **extra})


@cache
def _static(name: str) -> str:
    return files("reports").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def render_markdown(evidence: Evidence) -> str:
    """GitHub's Markdown, for a pull request or an issue, and readable as plain text."""
    text = _markdown().get_template("report.md.j2").render(_context(evidence))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def render_json(evidence: Evidence) -> str:
    """The evidence itself, as `report.json` holds it."""
    return evidence.to_json()


def escape_markdown(value: object) -> Markup:
    """A value that stays text in Markdown: no tag, link, table border or list comes of it."""
    if isinstance(value, Markup):
        return value
    text = visible(str(value), LONGEST_TEXT).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _SPECIAL.sub(lambda found: "\\" + found[0], text)
    return Markup(_LINE_START.sub(r"\1\\\2", text))  # noqa: S704 - escaped just above


def _readable(value: object) -> object:
    return visible(value, LONGEST_TEXT) if isinstance(value, str) and not isinstance(value, Markup) else value


def breakable(text: str) -> Markup:
    """A dotted or underscored name that may break after its dots and underscores, for HTML."""
    return Markup(re.sub(r"([._/])", r"\1<wbr>", str(escape(visible(text)))))  # noqa: S704 - escaped first


def _context(evidence: Evidence) -> dict[str, object]:
    story = Story(evidence)
    return {
        "e": evidence,
        "story": story,
        "sections": story.sections,
        "latency_plot": latency_plot,
        "timeline_plot": timeline_plot,
    }


@cache
def _html() -> Environment:
    return _environment(finalize=_readable)


@cache
def _markdown() -> Environment:
    # Autoescape makes macros and blocks return Markup, so that each value is escaped once, here.
    return _environment(finalize=escape_markdown)


def _environment(*, finalize: Callable[[object], object]) -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
    environment.filters.update(FILTERS)
    environment.filters["breakable"] = breakable
    environment.globals["size"] = size
    return environment
