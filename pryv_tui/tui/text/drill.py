"""The texts of the screens of drills."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from textwrap import wrap

from textual.content import Content

from pryv_tui.clock import shown
from pryv_tui.drills.playing import words
from pryv_tui.drills.playing.page import Page
from pryv_tui.drills.scenarios.library import Shelf
from pryv_tui.drills.scenarios.model import Decision, Scenario
from pryv_tui.drills.story.state import time_of_day
from pryv_tui.drills.waiting import Known
from pryv_tui.drills.words import in_a_line, recovery_seconds
from pryv_tui.incidents.words import lasted
from pryv_tui.operations.commands import typed
from pryv_tui.sanitize import one_line
from pryv_tui.tui.text.lines import Para

Row = tuple[str, Content, bool]
MINUTES_CELLS = len(" 000 min ")
"""The number of cells before a scenario's title in its row."""
SIGN_CELLS = len(" ✓ ")
"""The number of cells before the date in the row of a drill that was held."""
CLOSE = "close"
"""The id of the row that closes a drill whose story is over."""
_Parts = list[tuple[str, str]]
OWN = "a practice platform of its own"
"""What a scenario is played on. The top line shows this text, where other screens show the live
platform, since a played drill is not about the live platform."""
IN_WORDS = "told in words alone"
"""The same text for a scenario that never has a platform."""
NONE_MADE = "no platform is made"
"""The same text for a walk-through of a scenario that otherwise has a platform."""


def played_on(scenario: Scenario, *, a_platform: bool) -> str:
    """Return on what a drill is played.

    Args:
        a_platform: whether the drill has its own practice platform.
    """
    if a_platform:
        return OWN
    return NONE_MADE if scenario.executes else IN_WORDS


def scenario_rows(found: Sequence[Shelf], open_one: str = "") -> list[Row]:
    """Return one row for each scenario; one that can't be played is marked.

    Args:
        open_one: the name of the scenario whose drill is open, which is shown in its row; empty if
            none.
    """
    rows = []
    for one in found:
        if one.scenario is None:
            text = Content.assemble((f"   –    {one.name}", "$quiet"))
        else:
            minutes = (f" {one.scenario.minutes:>3} min ", "$quiet")
            if one.name == open_one:
                minutes = ("    open ", "bold $text-warning")
            text = Content.assemble(minutes, one.scenario.title)
        rows.append((one.name, text, True))
    return rows


def about_scenario(one: Shelf, given: tuple[str, ...] = ()) -> Content:
    """Return what a scenario trains, and its story; or why it can't be played."""
    scenario = one.scenario
    if scenario is None:
        problem = one.problem
        what = f"{problem.what}\n\n{problem.remedy}" if problem is not None else ""
        return Content.assemble((what, "$text-warning"))
    # First, so that it is visible even if the rest does not fit: it says that trying is safe.
    played = (
        "Played on a practice platform of its own: nothing of yours is touched."
        if scenario.executes
        else "Told in words alone: nothing is executed."
    )
    parts: _Parts = [(f"{played}\n", "$quiet")]
    parts.append((f"{' '.join(scenario.story.split())}\n\n", ""))
    parts.append(("It trains\n", "$quiet"))
    parts += [(f"- {line}\n", "") for line in scenario.objectives]
    parts.append(("\nIn a terminal:\n", "$quiet"))
    command = typed(given, "drill", "run", "--scenario", scenario.name)
    parts.append((f"$ {command}", ""))
    return Content.assemble(*parts)


_SAID = ("broken off", "refused", "walked through")
"""Outcomes that the sign alone does not show."""
_OUTCOME = {"passed": ("✓", "$text-success"), "walked through": ("✓", "$quiet")}


def held_rows(found: Sequence[Known]) -> list[Row]:
    """Return one row for each recorded drill: how it ended, when, what it was, who has signed
    it."""
    rows = []
    for one in found:
        record = one.record
        if record is None:
            what = "EDITED" if one.odd is not None else "can't be read"
            unread = f" !  {one_line(one.drill.id)} {what}"
            text = Content.assemble((unread, "$text-warning"))
        else:
            sign, style = _OUTCOME.get(record.outcome, ("✗", "$text-error"))
            if one.signatures.rejected:
                sign, style = "✗", "$text-error"
            what = record.scenario.name if record.scenario is not None else record.set.id
            text = Content.assemble(
                (f" {sign} ", style),
                f"{shown(record.when.declared)[:16]} ",
                (f"{record.outcome} · " if record.outcome in _SAID else "", style),
                (one_line(what) or record.plan.exercise, ""),
                (f" · {one.signatures.in_a_list}", "$quiet"),
            )
        rows.append((one.drill.id, text, True))
    return rows


def about_held(one: Known) -> Content:
    """Return the result of a drill, and what is to be done about its record."""
    record = one.record
    if record is None:
        if one.problem is None:
            return Content()
        what, way = one.problem.what, one.problem.remedy
        return Content.assemble((f"{what[0].upper()}{what[1:]}.", "$text-warning"), f"\n\n{way}")
    seconds = recovery_seconds(record)
    simulated = " (SIMULATED)" if record.practice else ""
    parts: _Parts = [(f"{in_a_line(one.drill, record)}{simulated}\n", "")]
    if seconds is not None:
        parts.append((f"Recovery time {lasted(seconds)}\n", ""))
    parts.append((f"{one.signatures.words}\n\n", "bold"))
    parts.append(
        (
            "Enter opens its report: its debrief, signature and review are made there.",
            "$quiet",
        )
    )
    return Content.assemble(*parts)


def trail_line(page: Page, width: int = 0) -> Content:
    """Return the trail of a drill: what is done, the present phase, what comes; by signs, not only
    colours. If it does not fit, what is done is left out first, then what comes last; an
    ellipsis replaces it.

    Args:
        width: cells; 0: no limit.
    """
    styles = {"done": "$text-success", "now": "bold reverse", "to come": "$quiet"}
    signs = {"done": (" ✓ ", styles["done"]), "led past": (" – ", "$quiet")}
    every = words.trail(page)
    now = next(number for number, one in enumerate(every) if one.stage == "now")
    # First leave out parts from the start, up to the present phase; then from the end too.
    parts = [(first, len(every)) for first in range(now + 1)]
    parts += [(now, last) for last in range(len(every) - 1, now, -1)]
    line = Content()
    for first, last in parts:
        found: _Parts = [("… ", "$quiet")] if first else []
        for one in every[first:last]:
            text = f"[{one.name}]" if one.stage == "now" else one.name
            found.append((text, styles.get(one.stage, "$quiet")))
            found.append(signs.get(one.stage, (" › ", "")))
        end: _Parts = [(" …", "$quiet")] if last < len(every) else []
        line = Content.assemble(*found[:-1], *end)
        if not width or line.cell_length <= width:
            break
    return line


def clock_line(page: Page, now: datetime, role: str, width: int = 0) -> Content:
    """Return both clocks, the counts, and the role of an observer; lines break only between these.

    Args:
        width: cells; 0: no limit.
    """
    story, wall = words.clocks(page, now)
    parts = [(role.upper(), "bold $text-warning")] if role != "operator" else []
    parts += [(f"Story {story}", "bold"), (f"wall {wall}", "")]
    parts += [(one, "$quiet") for one in words.tallied(page)]
    line, room = Content(), width
    for at, (text, style) in enumerate(parts):
        if at and width and len(words.BETWEEN) + len(text) > room:
            line, room = line + "\n", width
        elif at:
            line, room = line + Content.styled(words.BETWEEN, "$quiet"), room - len(words.BETWEEN)
        line, room = line + Content.styled(text, style), room - len(text)
    return line


def known_text(page: Page, decision: Decision | None, *, facilitator: bool) -> Content:
    """Return the result of the last choice, what was seen, and what is known."""
    parts: _Parts = []
    if facilitator:
        # First: a facilitator has requested these lines, and the rest may not fit.
        parts += [(f"F {line}\n", "$text-warning") for line in words.facilitators(page)]
    for line in (*words.otherwise(page), *words.gate_missed(page)):
        parts.append((f"{line}\n", "bold $text-warning"))
    parts += [(f"{line}\n", "$text-primary") for line in words.hints(page)]
    if said := words.consequence(page):
        parts.append((f"{said}\n", "bold"))
    else:
        story, *symptoms = words.before(page)
        parts.append((f"{story}\n", ""))
        parts += [(f"- {line}\n", "") for line in symptoms]
    if decision is not None:
        parts += [(f"- {line}\n", "") for line in decision.known]
    shown = words.seen(page, 40)
    if shown:
        parts.append(("\nSeen on the platform\n", "$quiet"))
        parts += [(f"{line}\n", "") for line in shown]
    return Content.assemble(*parts).rstrip()


def so_far_text(page: Page) -> list[Para]:
    """Return how the story began, and each decision, hint and note since, with its result."""
    found = words.so_far(page)
    if not found:
        return [Para(0, Content.assemble(("Nothing was decided yet.", "$quiet")))]
    lead = " " * len("00:00 ")
    story, *symptoms = words.before(page)
    clock = time_of_day(page.scenario, 0)
    parts = [(len(lead), f"{clock} {story}", "$quiet")]
    parts += [(len(lead) + 2, f"{lead}- {line}", "$quiet") for line in symptoms]
    for one in found:
        mark, style = ("▲ ", "$text-warning") if one.wrong else ("", "")
        parts.append((len(lead), f"{one.clock} {mark}{one.text}", style))
        if one.more:
            parts.append((len(lead), f"{lead}{one.more}", "$quiet"))
    return [Para(hang, Content.assemble((text, style))) for hang, text, style in parts]


def ending_text(page: Page) -> Content:
    """Return how the story ended, the checks, and what the story teaches."""
    first, *rest = words.ending(page) or [""]
    parts: _Parts = [(f"{first}\n", "bold"), (f"{words.consequence(page)}\n", "")]
    parts += [(f"{line}\n", "") for line in words.seen(page, 40)]
    parts += [(f"\n{line}\n", "") for line in rest]
    return Content.assemble(*parts).rstrip()


def option_rows(page: Page, width: int = 0) -> list[Row]:
    """Return one row for each option; a safe one is marked.

    Args:
        width: width of the list in cells, to wrap longer options; 0: not known, so none is wrapped.
    """
    rows = []
    for one in words.shown(page):
        mark = (" safe  ", "$text-success") if one.option.safe else ("       ", "")
        room = width - len(mark[0])
        # Wrapped, not cut: people must read all of an option before they choose it.
        lines = wrap(one.option.text, room) if room > len(mark[0]) else [one.option.text]
        text = ("\n" + " " * len(mark[0])).join(lines)
        rows.append((one.option.id, Content.assemble(mark, text), True))
    return rows


def command_line(one: words.Shown) -> str:
    """Return the exact command of an option; a sentence if it has none."""
    return f"$ {one.command}" if one.command else "No command does this: a person does."


def about_option(
    page: Page, name: str, *, command: bool, room: tuple[int, int] = (0, 0)
) -> Content:
    """Return reason, risk and undo of an option; or its exact command.

    Args:
        command: whether to show the command.
        room: cells in a line, and lines; 0: no limit. If not everything fits, the undo comes first,
            then the risk.
    """
    found = next((one for one in words.shown(page) if one.option.id == name), None)
    if found is None:
        return Content()
    if command:
        return Content.assemble(("The exact command\n", "$quiet"), command_line(found))
    parts = [("For it: ", found.option.why), ("Risk: ", found.option.risk), ("Undo: ", found.undo)]
    width, height = room
    if width and sum(len(wrap(lead + text, width)) for lead, text in parts) > height:
        parts.reverse()
    lines = [Content.assemble((lead, "$quiet"), text) for lead, text in parts]
    return Content("\n").join(lines)
