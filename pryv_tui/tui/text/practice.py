"""The texts of the practice platform's menu."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from textual.content import Content

from pryv_tui.tui.text.words import count, time_of_day

if TYPE_CHECKING:
    from pryv_tui.practice.acts import Act
    from pryv_tui.practice.simulated import Told

Row = tuple[str, Content, bool]
_MOST = 50
"""How many acts are shown; the command lists all."""


def act_rows(acts: Sequence[Act]) -> list[Row]:
    """Return one row for each act, below its group's name; marked if in effect, or if it can't be
    done."""
    rows: list[Row] = []
    for group, members in groupby(acts, lambda act: act.group):
        rows.append((f"group/{group}", Content.assemble((group, "bold")), False))
        for act in members:
            mark = "[x]" if act.on else " – " if act.why_not else "   "
            style = "$quiet" if act.why_not else "$text-warning" if act.on else ""
            rows.append((act.name, Content.assemble((f" {mark} {act.title}", style)), True))
    return rows


def about_act(act: Act) -> Content:
    """Return what an act does, why it can't be done now, and the command that does the same."""
    now = "It is so now.\n\n" if act.on else ""
    parts: list[tuple[str, str]] = [(act.what + "\n\n", ""), (now, "$text-warning")]
    if act.why_not:
        parts.append((f"Not now: {act.why_not}\n\n", "$text-warning"))
    parts.append(("In a terminal:\n", "$quiet"))
    parts.append((f"$ {act.command}", ""))
    return Content.assemble(*parts)


def done_text(told: Told) -> Content:
    """Return what was done on purpose, newest first, with time and who."""
    lines: list[tuple[str, str]] = []
    for one in reversed(told.done[-_MOST:]):
        lines.append((f"{time_of_day(one.time)}  {one.words}", ""))
        lines.append((f"  {one.who.short}\n", "$quiet"))
    if (more := len(told.done) - _MOST) > 0:
        lines.append((f"and {count(more, 'act')} before these\n", "$quiet"))
    if told.unread:
        lines.append((f"{count(told.unread, 'line')} of it can't be read\n", "$text-warning"))
    if not lines:
        lines.append(("Nothing yet.", "$quiet"))
    return Content.assemble(*lines).rstrip()
