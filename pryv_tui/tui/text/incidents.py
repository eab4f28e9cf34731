"""Incidents in words: a row of their list. Pure."""

from __future__ import annotations

from textual.content import Content

from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.words import gap_words, role_words, when
from pryv_tui.phrases import counted
from pryv_tui.sanitize import one_line
from pryv_tui.tui.text.words import BAD, QUIET, Word

STATE = {True: Word("●", "open", BAD), False: Word("✓", "closed", QUIET)}


def incident_row(told: Told) -> Content:
    """Return an incident in two lines: its id, whether it is open, what was lost; then its
    downtime."""
    one = told.incident
    word = STATE[one.open]
    what = one_line(one.text) or ("subject not known" if one.unread else "declared")
    if one.roles:
        doubted = bool(told.times.doubted) and set(one.roles) <= set(told.times.doubted)
        what = f"{role_words(one.roles)} {'not known to serve' if doubted else 'lost'}"
    first = Content.assemble(
        (f" {one_line(one.id)}", "bold"),
        "  ",
        (str(word), word.style),
        f"  {what}",
        *(
            [(f"  {'damaged' if one.problems else 'partly unread'}", "$text-warning")]
            if one.unread
            else []
        ),
    )
    runs = counted(len(told.runs), "run") if told.runs else "no run"
    how = "opened by the program" if one.how == "found" else f"declared by {one.opened_by.short}"
    closed = f" · closed {when(one.closed, one.opened)}" if one.closed else ""
    # First: in a row that is too long, the downtime is more important than who opened it.
    about = f"   {_down(told)} · {runs} · {how}{closed}"
    return Content("\n").join([first, Content.assemble((about, "$quiet"))])


def dark_row(name: str, why: str) -> Content:
    """Return an incident that can't be read, in two lines: its id; then the reason."""
    return Content("\n").join(
        [
            Content.assemble(
                (f" {one_line(name)}", "bold"), "  ", ("▲ can't be read", "$text-warning")
            ),
            Content.assemble((f"   {one_line(why)} · whether it is open is not known", "$quiet")),
        ]
    )


def _down(told: Told) -> str:
    down = told.times.down
    if not down:
        unread = told.incident.unread
        return "what was down is not known" if unread else "nothing is known to have been down"
    still = told.incident.open and any(one.still for one in down.values())
    return gap_words(told.times.any_down, still=still)
