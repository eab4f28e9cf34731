"""The content of a report, the same for every output format. Pure.

Text from outside the program is made harmless here: it stays on its line, and what may be a
password in the name of a place is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from pryv_tui.incidents.facts import RunFacts
from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.report.cost import restores
from pryv_tui.incidents.report.remaining import (
    asked_of_now,
    audit_words,
    audits_of,
    ended_lines,
    lost_lines,
    remains_lines,
)
from pryv_tui.incidents.report.timeline import Moment, timeline
from pryv_tui.incidents.times.spans import Down
from pryv_tui.incidents.words import (
    SOURCES,
    at_least,
    brief_json,
    lasted,
    over_words,
    seconds_between,
    seen_end,
    state_words,
    title,
    when,
)
from pryv_tui.operations.commands import completed
from pryv_tui.phrases import counted
from pryv_tui.sanitize import one_line
from pryv_tui.secrets import hidden

VERSION = 1


class Act(NamedTuple):
    """An action, and the command by which it was done."""

    words: str
    command: str
    """The command as it was typed; empty if there was none."""

    @property
    def line(self) -> str:
        """The words and the command, in one line."""
        return f"{self.words}. $ {self.command}" if self.command else self.words


class Section(NamedTuple):
    """A section of a report."""

    heading: str
    lines: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    """Pairs of a name and its value."""
    moments: tuple[Moment, ...] = ()
    acts: tuple[Act, ...] = ()


class Report(NamedTuple):
    """A report, ready to be written in any format."""

    title: str
    state: str
    """The state of the incident, or of the runs, in a sentence."""
    made: str
    """When the page was made, by whom, and by which program."""
    sections: tuple[Section, ...]
    down: tuple[tuple[str, Down], ...]
    """For each role, the downtime to draw. If there are several roles, the last entry is for any of
    them."""


def plain(text: str) -> str:
    """Return a text made harmless: it stays on its line, has no control characters, and no password
    in the name of a place."""
    return hidden(one_line(text))


def page(told: Told, *, now: str, by: str, tool: str, given: tuple[str, ...] = ()) -> Report:
    """Return the page of an incident, or of runs that somebody named (the kind is `runs` then).

    Args:
        now: when the page is made.
        by: who makes the page.
        tool: this program and its version.
        given: the options with which the program was started: the commands on the page repeat them.
    """

    def whole(text: str) -> str:
        return completed(plain(text), given)

    runs_only = told.incident.kind == "runs"
    sections = [
        *([] if runs_only else [_facts(told), _times(told)]),
        _downtime(told),
        Section("What was lost", tuple(lost_lines(told))),
        Section("What happened", moments=timeline(told)),
        Section("Checked, expected and found", tuple(checked_lines(told))),
        Section("What remains", tuple(remains_lines(told))),
        Section("What the restores reported at their end", tuple(ended_lines(told))),
        Section("What is not known", tuple(doubts(told))),
    ]
    named = ", ".join(run.id for run in told.runs)
    down = [*told.times.down.items()]
    if len(down) > 1:
        down.append(("any role", told.times.any_down))
    made = f"Made {when(now)} by {by}, with {tool}."
    return Report(
        title=plain(f"Report of {named}" if runs_only else title(told)),
        state=plain(_state(told, runs_only=runs_only)),
        made=plain(made),
        sections=tuple(
            _clean(one, whole) for one in sections if one.lines or one.pairs or one.moments
        ),
        down=tuple((plain(role), one) for role, one in down),
    )


def _clean(section: Section, whole: Callable[[str], str]) -> Section:
    return Section(
        section.heading,
        tuple(map(whole, section.lines)),
        tuple((plain(name), whole(value)) for name, value in section.pairs),
        tuple(one.clean(plain) for one in section.moments),
        tuple(Act(plain(one.words), plain(one.command)) for one in section.acts),
    )


def _state(told: Told, *, runs_only: bool) -> str:
    words = state_words(told)
    if runs_only:
        return words[:1].upper() + words[1:]
    if told.incident.open:
        return f"OPEN: {words}"
    return f"CLOSED {when(told.incident.closed)}: {words}"


def _facts(told: Told) -> Section:
    one = told.incident
    how = (
        "opened by pryv-tui, which found the loss when it was started by"
        if one.how == "found"
        else "declared by"
    )
    pairs = [
        ("Incident", f"{one.id}, {how} {one.opened_by.words}"),
        ("Platform", f"{one.domain or 'not known'}{' (a PRACTICE one)' if one.practice else ''}"),
    ]
    if one.machine:
        pairs.append(("Opened on", one.machine))
    doubted = told.times.doubted
    if sure := [role for role in one.roles if role not in doubted]:
        pairs.append(("Lost", ", ".join(sure)))
    if doubted:
        pairs.append(("Not known to serve", ", ".join(doubted)))
    if one.text:
        pairs.append(("What", one.text))
    if one.closed:
        said = f": {one.closed_text}" if one.closed_text else ""
        pairs.append(("Closed", f"{when(one.closed)} by {one.closed_by.words}{said}"))
    return Section("In short", pairs=tuple(pairs))


def _times(told: Told) -> Section:
    times = told.times
    source = f" ({SOURCES[times.lost_source]})" if times.lost_source in SOURCES else ""
    # A line that can't be read may be about a loss.
    silent = not told.incident.roles and not told.incident.unread
    not_lost = "nothing is known to be lost" if silent else "not known"
    pairs = [
        ("Lost", f"{when(times.lost)}{source}" if times.lost else not_lost),
        ("Noticed", _after(times.noticed, times.lost)),
        ("Decided", _after(times.decided, times.lost) if times.decided else _not_yet(told)),
        ("Serving again", _serving(told)),
        ("Proved", _after(times.proved, times.lost) if times.proved else _not_yet(told)),
    ]
    return Section("Times (UTC)", pairs=tuple(pairs))


def _serving(told: Told) -> str:
    times = told.times
    if times.serving:
        by_then = " (first seen then; it may have served before)"
        since = _after(times.serving, times.lost) + (by_then if seen_end(times) else "")
        # It served in between, so it was down for only a part of the time since the loss.
        return f"{since}; {over_words(times)}" if len(times.any_down.spans) > 1 else since
    if times.down or told.incident.unread:
        return _not_yet(told)
    return "nothing is known to have been down"


def _not_yet(told: Told) -> str:
    """Return words for: this has not happened yet. What came after the close is not a part of an
    incident's times. In an incident that can't be read completely, it may have been recorded."""
    if told.incident.unread:
        return "not known"
    return "not before it was closed" if told.times.closed else "not yet"


def _after(moment: str, lost: str) -> str:
    seconds = seconds_between(lost, moment)
    return when(moment) + (f", {lasted(seconds)} after the loss" if seconds else "")


def _downtime(told: Told) -> Section:
    times = told.times
    pairs = []
    last = "the incident's close, and longer" if times.closed else "now"
    for role, down in times.down.items():
        spans = "; ".join(
            f"{'not known to serve ' if span.doubted else ''}"
            f"{'' if span.exact else 'since before '}{when(span.start)} to"
            f" {when(span.end, span.start) if span.end else last}"
            f"{' or before' if span.seen_end else ''}"
            for span in down.spans
        )
        pairs.append((role, f"{at_least(down)} ({spans})"))
    if times.down:
        between = max(0.0, times.any_down.seconds - times.in_runs)
        pairs.append(
            (
                "altogether",
                f"{at_least(times.any_down)}: {lasted(times.in_runs)} during runs,"
                f" {lasted(between)} outside of runs",
            )
        )
    if told.within is not None:
        of = told.within.incident.id
        pairs.append(("of", f"the incident {of}, to which this belongs: pryv-tui report {of}"))
    return Section("Downtime", pairs=tuple(pairs))


PAST = " (the content that was checked was replaced or moved aside since)"


def checked_lines(told: Told) -> list[str]:
    """Return what was compared, with what was expected and what was found."""
    found = [line for run in restores(told) for line in run.checks]
    now = asked_of_now(told)
    for audit in audits_of(told):
        past = "" if audit in now else PAST
        found.append(f"{when(audit.time)}: {audit_words(audit.outcome, audit.remains)}{past}")
        found += [f"Not checked then: {line}" for line in audit.not_checked]
    return list(dict.fromkeys(found))


def runs_alone(told: Told) -> str:
    """Return a sentence on what a report of single runs does not show."""
    where = (
        f"their incidents tell that: {'; '.join(f'pryv-tui report {one}' for one in told.parts)}"
        if told.parts
        else "these runs belong to no incident known here"
    )
    return (
        "It is not told here how long services were down before, between and after these runs,"
        f" since a run knows only what it stopped itself; {where}"
    )


def doubts(told: Told) -> list[str]:
    """Return what is not known, or is doubtful, in sentences."""
    found = list(told.incident.unread)
    if told.incident.kind == "runs" and told.within is None:
        found.append(runs_alone(told))
    if told.times.clock_back:
        found.append(
            f"The clock of the machine went back by {lasted(told.times.clock_back)} or more:"
            " durations are doubtful"
        )
    inexact = [role for role, down in told.times.down.items() if not down.exact]
    if inexact:
        found.append(
            f"It is not known since when {', '.join(inexact)} did not serve; if somebody knows"
            " it: pryv-tui incident declare --lost-at TIME"
        )
    if seen := [role for role, down in told.times.down.items() if down.at_most]:
        found.append(
            f"It is not known when exactly {', '.join(seen)} served again, only when it was first"
            " seen to serve. The time it was down is counted up to that moment"
        )
    found += [
        f"{counted(run.unread, 'line')} of the journal of {run.id} can't be read"
        for run in told.runs
        if run.unread
    ]
    return found


def as_json(
    told: Told, *, now: str, by: str, tool: str, given: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return the report for programs (docs/formats.md)."""
    times, one = told.times, told.incident
    return {
        "v": VERSION,
        "made": now,
        "made_by": by,
        "tool": tool,
        "incident": None if one.kind == "runs" else _harmless(_incident(told)),
        "times": _harmless(
            {
                name: getattr(times, name) or None
                for name in ("lost", "noticed", "decided", "serving", "proved", "closed")
            }
            | {"lost_source": times.lost_source or None}
        ),
        "down": {plain(role): _down(down) for role, down in times.down.items()},
        "any_down": _down(times.any_down),
        "in_runs_seconds": times.in_runs,
        "clock_back_seconds": times.clock_back,
        "timeline": [moment.clean(plain)._asdict() for moment in timeline(told)],
        "runs": [_harmless(_run(run)) for run in told.runs],
        "audits": [_harmless(msgspec.to_builtins(audit)) for audit in audits_of(told)],
        "lost": _plain(lost_lines(told), given),
        "checked": _plain(checked_lines(told), given),
        "remains": _plain([*remains_lines(told), *ended_lines(told)], given),
        "not_known": _plain(doubts(told), given),
    }


def _plain(lines: Sequence[str], given: tuple[str, ...]) -> list[str]:
    return [completed(plain(line), given) for line in lines]


def _incident(told: Told) -> dict[str, Any]:
    one = told.incident
    return brief_json(told) | {
        "machine": one.machine,
        "opened_by": msgspec.to_builtins(one.opened_by),
        "closed_by": msgspec.to_builtins(one.closed_by) if one.closed else None,
        "closed_text": one.closed_text,
        "notes": [msgspec.to_builtins(note) for note in one.notes],
    }


def _run(run: RunFacts) -> dict[str, Any]:
    told = msgspec.to_builtins(run)
    assert isinstance(told, dict)
    told.pop("marks")
    return told


def _down(down: Down) -> dict[str, Any]:
    return {
        "seconds": down.seconds,
        "exact": down.exact,
        "since": down.since or None,
        "spans": [msgspec.to_builtins(span) | {"end": span.end or None} for span in down.spans],
    }


def _harmless(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {plain(str(key)): _harmless(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_harmless(item) for item in value]
    return value


def sections_of(report: Report) -> Iterable[tuple[str, list[str]]]:
    """Yield each section's heading, and its lines as plain text."""
    for section in report.sections:
        lines = [f"{name}: {value}" for name, value in section.pairs]
        lines += [moment.line for moment in section.moments]
        lines += [act.line for act in section.acts]
        yield section.heading, [*lines, *section.lines]
