"""A report as plain text, to paste, and as Markdown, for a ticket. Pure."""

from __future__ import annotations

import re

from pryv_tui.incidents.report.page import Report, sections_of

_MARKED = re.compile(r"([\\`*_{}\[\]<>()#|~!&@])")
_STARTS = re.compile(r"^(\s*(?=[-+=])|\s*\d+(?=[.)]))")
"""Matches where a line of Markdown needs a backslash: before a character that would begin a list,
or make the line before it a heading; after a number, before its dot or bracket."""


def as_text(report: Report) -> str:
    """Return the report as plain text, with a newline at its end."""
    lines = [report.title, report.state, report.made]
    for heading, inside in sections_of(report):
        lines += ["", f"{heading}:", *(f"  - {line}" for line in inside)]
    return "\n".join(lines) + "\n"


def marked(text: str) -> str:
    """Return a text escaped for Markdown, so that nothing in it has a meaning in Markdown or
    HTML."""
    return _STARTS.sub(r"\1\\", _MARKED.sub(r"\\\1", text))


def as_markdown(report: Report) -> str:
    """Return the report as Markdown (CommonMark), with a newline at its end."""
    lines = [
        f"# {marked(report.title)}",
        "",
        f"**{marked(report.state)}**",
        "",
        marked(report.made),
    ]
    for heading, inside in sections_of(report):
        lines += ["", f"## {marked(heading)}", "", *(f"- {marked(line)}" for line in inside)]
    return "\n".join(lines) + "\n"
