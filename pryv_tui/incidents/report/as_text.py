"""A report as plain text, to be pasted, and as Markdown, for a ticket. Pure."""

from __future__ import annotations

import re

from pryv_tui.incidents.report.page import Report, sections_of

_MARKED = re.compile(r"([\\`*_{}\[\]<>()#|~!&@])")
_STARTS = re.compile(r"^(\s*(?=[-+=])|\s*\d+(?=[.)]))")
"""What begins a list, or makes the line before it a heading; of a number it is what follows it."""


def as_text(report: Report) -> str:
    """Plain text; ends with a line's end."""
    lines = [report.title, report.state, report.made]
    for heading, inside in sections_of(report):
        lines += ["", f"{heading}:", *(f"  - {line}" for line in inside)]
    return "\n".join(lines) + "\n"


def marked(text: str) -> str:
    """A text in which nothing means more than itself in Markdown, nor in the HTML within it."""
    return _STARTS.sub(r"\1\\", _MARKED.sub(r"\\\1", text))


def as_markdown(report: Report) -> str:
    """Markdown (CommonMark); ends with a line's end."""
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
