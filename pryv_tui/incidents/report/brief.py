"""A short report for the person on duty: with the runs and what to do next, but without the
timeline and the comparisons. Pure."""

from __future__ import annotations

from pryv_tui.incidents.facts import RunFacts
from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.report.page import Report, Section, page, plain
from pryv_tui.incidents.words import lasted, seconds_between, when
from pryv_tui.operations.acts import act_words
from pryv_tui.operations.commands import completed

_KEPT = ("In short", "Times (UTC)", "Downtime")
_AFTER = (
    "What was lost",
    "What remains",
    "What the restores reported at their end",
    "What is not known",
)


def brief(told: Told, *, now: str, by: str, tool: str, given: tuple[str, ...] = ()) -> Report:
    """Return the short page of an incident.

    Args:
        now: when the page is made.
        by: who makes the page.
        tool: this program and its version.
        given: the options with which the program was started: the commands on the page repeat them.
    """
    whole = page(told, now=now, by=by, tool=tool, given=given)
    known = {one.heading: one for one in whole.sections}
    runs = Section("Runs", tuple(plain(_line(run)) for run in told.runs))
    following = Section("What to do next", tuple(completed(one, given) for one in _next(told)))
    sections = (
        *(known[name] for name in _KEPT if name in known),
        *([runs] if runs.lines else []),
        *(known[name] for name in _AFTER if name in known),
        following,
    )
    return whole._replace(sections=sections)


def _line(run: RunFacts) -> str:
    about = f" of {', '.join(run.roles)}" if run.roles else ""
    begun = f"{when(run.started or run.asked)}  {act_words(run.kind)}{about} {run.id}:"
    if run.state == "running":
        return f"{begun} running"
    if run.state == "died":
        return f"{begun} DIED{', after its work was done' if run.done else ''}"
    seconds = seconds_between(run.started, run.finished)
    took = f" after {lasted(seconds)}" if seconds else ""
    undone = f"; undone by {run.undone_by}" if run.undone_by else ""
    return f"{begun} {run.outcome.upper()}{took}{undone}"


def _next(told: Told) -> list[str]:
    one = told.incident
    found = []
    if one.open and any(down.still for down in told.times.down.values()):
        found.append("To see how to bring back what is down: pryv-tui status")
    if one.open:
        found.append(
            "Write down what is decided, and why: pryv-tui incident note --decision 'TEXT'"
        )
    return [*found, f"For a report to paste or to file: pryv-tui report {one.id}"]
