"""The result of a run in words: for the screen, the clipboard and the command line. Pure.

Results are pasted into tickets and channels. They tell: how the run ended, what was done and when,
up to which time the data is complete, the evidence, the gap, what remains and what to do next. What
removes something comes last. If the run did not reach its end, what remains and what to do next
come before the evidence.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec

from pryv_tui.clock import moment_of, shown
from pryv_tui.operations.acts import act_words
from pryv_tui.operations.advice import Advice, advice_lines
from pryv_tui.operations.audit.afterwards import (
    is_later,
    settled_since,
    settled_words,
    without,
)
from pryv_tui.operations.commands import completed
from pryv_tui.operations.comparing.newer_words import newer_words
from pryv_tui.operations.facts import LiveFound
from pryv_tui.operations.kind import kind_of
from pryv_tui.platform.gap import span
from pryv_tui.runs.record.events import CancelAsked, RunFinished, RunStarted
from pryv_tui.sanitize import one_line

REMAINS = "What remains"
SETTLED = "Settled since"
NEWER = "Data newer than the set, and not in place now"
NEXT = "What to do next"
REMOVE = "What may be removed later"
THEN = {
    REMAINS: "What remained at the run's end",
    NEXT: "What to do, at the run's end",
    REMOVE: "What could be removed at the run's end",
}
"""The headings used instead, if something has happened since the run's end."""
CHECKED = "Checked, expected and found"
DONE = ("complete", "warnings")


CONFIRMED = {"dialog": "in a dialog", "typed": "typed", "option": "--confirm"}


class Aftermath(NamedTuple):
    """What is left of a run whose process is gone."""

    advice: Advice | None = None
    """Advice on what to do about the rest; None if nothing has to be settled."""
    instead: str = ""
    """Why nothing has to be settled although the run left something: another run settled it, or it
    can't be said now. Empty if the run left nothing."""


class Part(NamedTuple):
    """A section of a result; a blank line separates it from the next."""

    lines: tuple[str, ...]
    heading: str = ""
    """The heading above the lines; empty if there is none."""
    texts: tuple[str, ...] = ()
    """The same lines as in the run's end event, without bullets."""


class Offers(NamedTuple):
    """The offers of a result, as texts, divided into those that are still possible and those that
    are not. If that is not known, an offer is in neither field."""

    still: frozenset[str] = frozenset()
    """Offers that are still possible."""
    past: frozenset[str] = frozenset()
    """Offers that are no longer possible."""


NO_OFFERS = Offers()


def text_of(parts: Sequence[Part]) -> str:
    """Return a result as one text."""
    return "\n\n".join(
        "\n".join([*([f"{part.heading}:"] if part.heading else []), *part.lines]) for part in parts
    )


def report(
    started: RunStarted | None,
    end: RunFinished,
    since: Sequence[str] = (),
    later: LiveFound | None = None,
    offers: Offers = NO_OFFERS,
) -> str:
    """Return the whole result, as one text."""
    return text_of(past_parts(report_parts(started, end, later), since, offers))


def past_parts(
    parts: Sequence[Part], since: Sequence[str], offers: Offers = NO_OFFERS
) -> list[Part]:
    """Return a result as it is shown if something has happened since its end.

    What happened comes first. What there was to do at the end is shown as past, except for what can
    still be done. An offer that is no longer possible is always shown as past.

    Args:
        since: what happened, one sentence each; empty if the result is still right.
    """
    if not since and not offers.past:
        return list(parts)
    told = [_part(since)] if since else []
    for part in parts:
        if part.heading not in THEN:
            told.append(part)
            continue
        now = [
            text in offers.still or not (since or text in offers.past)
            for text in part.texts or part.lines
        ]
        told += [_those(part, now, part.heading), _those(part, [not one for one in now],
                                                         THEN[part.heading])]  # fmt: skip
    return [part for part in told if part.lines]


def _those(part: Part, chosen: Sequence[bool], heading: str) -> Part:
    def of(lines: Sequence[str]) -> tuple[str, ...]:
        return tuple(line for line, is_one in zip(lines, chosen, strict=False) if is_one)

    return Part(of(part.lines), heading, of(part.texts))


def urgent(
    end: RunFinished,
    since: Sequence[str] = (),
    later: LiveFound | None = None,
    offers: Offers = NO_OFFERS,
) -> list[str]:
    """Return what an operator has to know and do about a run's end: its warnings and next steps.

    If something has happened since, that comes first, followed only by what can still be done."""
    end, _settled = _as_of_now(end, later)
    told = dict.fromkeys([*end.warnings, *end.next])
    if since:
        return [*since, *(text for text in told if text in offers.still)]
    return [text for text in told if text not in offers.past]


def report_parts(
    started: RunStarted | None, end: RunFinished, later: LiveFound | None = None
) -> list[Part]:
    """Return the whole result, in sections.

    Args:
        started: None if the run ended before its plan was known.
        later: the newest live audit. What it shows to be settled is not offered any more.
    """
    end, since = _as_of_now(end, later)
    sections = [_part(verdict(started, end.outcome, end.what)), _part(facts(started, end))]
    checks = _section(CHECKED, end.checks)
    gap = _section("Timing gap of the set", end.gap)
    newer = _section(NEWER, newer_words(end.newer, end.asides))
    to_do = [
        _section(SETTLED, since),
        _section(REMAINS, end.remains),
        _section(NEXT, [text for text in end.next if text not in end.warnings]),
    ]
    warnings = _section("Warnings", end.warnings)
    if end.outcome in DONE:
        sections += [warnings, newer, checks, gap, *to_do]
    else:
        sections += [*to_do, warnings, newer, checks, gap]
    sections.append(_section(REMOVE, end.removal))
    return [part for part in sections if part.lines]


def _as_of_now(end: RunFinished, later: LiveFound | None) -> tuple[RunFinished, list[str]]:
    """Return a run's end without what a later live audit shows to be settled, and what that is, in
    words."""
    if end.live is None or later is None or not is_later(later, end.live):
        return end, []
    gone = settled_since(end.live, later)
    left = msgspec.structs.replace(
        end, warnings=without(end.warnings, gone), next=without(end.next, gone)
    )
    return left, settled_words(end.live, later)


NOT_LOOKED = "See what it left, and finish it or roll it back: pryv-tui recover"


def died(
    started: RunStarted | None,
    run: str,
    journal: str,
    given: tuple[str, ...] = (),
    done: Collection[str] = (),
) -> str:
    """Return what is known about a run whose process is gone, as one text."""
    return text_of(died_parts(started, run, journal, given, done))


def died_parts(
    started: RunStarted | None,
    run: str,
    journal: str,
    given: tuple[str, ...] = (),
    done: Collection[str] = (),
    after: Aftermath | None = None,
) -> list[Part]:
    """Return what is known about a run whose process is gone, in sections.

    Args:
        given: the options that the program was started with, for commands that people paste.
        done: the kinds of the run's steps that were done.
        after: what the run left; None if that was not checked.
    """
    what = "The run died: its process is gone and did not record how it ended."
    told = [verdict(started, "died", what), [f"Run: {run}"]]
    kind, set_id = (started.kind, started.set) if started is not None else ("", "")
    steps = [
        *(completed(line, given) for line in after_lines(kind, set_id, after, done)),
        f"Its journal shows how far it got: {journal}",
    ]
    if after is not None and after.advice is not None:
        told[0].append(after.advice.text)
    if started is not None:
        told[1] += [
            *asked_by(started),
            f"Began: {shown(started.time)}",
            *_about(started, started.set),
        ]
    return [*map(_part, told), _section(NEXT, steps)]


def after_lines(
    kind: str, set_id: str, after: Aftermath | None, done: Collection[str] = ()
) -> list[str]:
    """Return what to do about a run whose process is gone, in sentences.

    Args:
        after: what the run left; None if that was not checked.
        done: the kinds of the run's steps that were done.
    """
    if after is not None and after.advice is not None:
        return advice_lines(after.advice)
    if after is not None and after.instead:
        return [after.instead]
    known = kind_of(kind)
    all_done = known.is_done(done)
    if after is None and known.holds_platform and not all_done:
        return [NOT_LOOKED]
    return [known.after_death(set_id, done=all_done)]


def _part(lines: Sequence[str], heading: str = "") -> Part:
    """Return a section in which each item is kept to one line, whatever characters it contains."""
    return Part(tuple(map(one_line, lines)), heading)


def verdict(started: RunStarted | None, outcome: str, what: str) -> list[str]:
    """Return how a run ended: a line with the outcome, then a sentence."""
    named = "Run"
    if started is not None:
        practice = "PRACTICE " if started.practice else ""
        kind = act_words(started.kind).capitalize()
        # A run that never began may not know the platform; then name the set instead.
        about = started.domain or (f"the set {started.set}" if started.set else "")
        named = f"{practice}{kind}{f' of {about}' if about else ''}"
    return [f"{named}: {outcome.upper()}", *([what] if what else [])]


def facts(started: RunStarted | None, end: RunFinished) -> list[str]:
    """Return what was done, when, how long services were down, and up to which time the data is
    complete."""
    lines = [f"Run: {end.run}"] if end.run else []
    lines += [*asked_by(started), *cancelled_by(started, end)]
    if started is not None:
        # A backup that did not finish made no set: its planned name would look like one.
        planned = "" if kind_of(started.kind).makes_a_set else started.set
        lines += _about(started, end.set or planned)
        lines.append(
            f"Began: {shown(started.time)}; ended: {shown(end.time, started.time)}"
            f" ({_took(started.time, end.time)})"
        )
    lines += _down(started, end)
    if end.as_of:
        lines.append(f"Data as of: {shown(end.as_of)}; what was written later is not in it")
    return lines


def asked_by(started: RunStarted | None) -> list[str]:
    """Return who asked for the run, in one line; empty if that is not recorded."""
    if started is None or started.by is None:
        return []
    how = CONFIRMED.get(started.confirmed, "")
    return [f"Asked for{f' and confirmed ({how})' if how else ''} by: {started.by.words}"]


def cancel_words(event: CancelAsked) -> str:
    """Return who asked a run to end, and when."""
    by = event.by.words if event.by is not None else "not known"
    return f"Cancel asked for by: {by}, {shown(event.asked)}"


def cancelled_by(started: RunStarted | None, end: RunFinished) -> list[str]:
    """Return who asked the run to end, in one line; empty if nobody did, or an older program wrote
    the end."""
    if end.cancel_by is not None:
        return [f"Cancel asked for by: {end.cancel_by.words}"]
    if end.outcome == "cancelled" and started is not None and started.by is not None:
        return ["Cancel asked for by: not known: a signal told its process to end"]
    return []


def _about(started: RunStarted, set_id: str) -> list[str]:
    roles = [f"Roles: {', '.join(started.roles)}"] if started.roles else []
    return [*([f"Set: {set_id}"] if set_id else []), *roles]


def _down(started: RunStarted | None, end: RunFinished) -> list[str]:
    # Downtime from before the run belongs to no run: the incident's report has it. A restore after
    # a loss finds the lost role already down.
    moves = started is not None and kind_of(started.kind).moves_roots
    before = "; any service that was down before has been down for longer" if moves else ""
    if end.stopped_since:
        return [_down_with_earlier(end) + before]
    if end.down_from and end.down_to and _some_do_not_run(end):
        return [
            f"Services stopped by this run: since {shown(end.down_from)}, {_run_now(end)}{before}"
        ]
    if end.down_from and end.down_to:
        return [
            f"Services stopped by this run: {_took(end.down_from, end.down_to)}, from"
            f" {_clock(end.down_from)} to {shown(end.down_to, end.down_from)}{before}"
        ]
    if end.down_from:
        return [
            f"Services stopped by this run: since {shown(end.down_from)}, {_run_now(end)}{before}"
        ]
    if end.down_to and _some_do_not_run(end):
        return [f"Services stopped: before this run; {_run_now(end)}"]
    if end.down_to:
        return [f"Services stopped: before this run; they run since {shown(end.down_to)}"]
    return []


def _down_with_earlier(end: RunFinished) -> str:
    """Return the downtime of a run that continued others, from when the first of them stopped
    something."""
    first = end.stopped_since
    by = "by this run and those that it continued"
    if end.down_to and not _some_do_not_run(end):
        told = (
            f"Services stopped {by}: {_took(first, end.down_to)}, from {_clock(first)} to"
            f" {shown(end.down_to, first)}"
        )
        if end.down_from:
            told += f" ({_took(end.down_from, end.down_to)} of it by this run)"
        return told
    still = _run_now(end)
    since = f", by this run since {_clock(end.down_from)}" if end.down_from else ""
    return f"Services stopped {by}: since {shown(first)}{since}; {still}"


def _some_do_not_run(end: RunFinished) -> bool:
    """Whether a container that the run stopped is not running at its end, or may not be: it stays
    stopped for good, failed again, or its engine did not answer."""
    return end.stopped is not None and end.stopped.run != end.stopped.number


def _run_now(end: RunFinished) -> str:
    """Return how many of the containers that the run stopped are running at its end, in words."""
    none = not end.running or (end.stopped is not None and end.stopped.run == 0)
    return "and they still are" if none else f"now {end.running}"


def _section(title: str, items: Sequence[str]) -> Part:
    return _part([f"  - {item}" for item in items], title)._replace(texts=tuple(items))


def _clock(text: str) -> str:
    then = moment_of(text)
    return f"{then:%H:%M:%S}" if then else text


def _took(start: str, end: str) -> str:
    first, last = moment_of(start), moment_of(end)
    if first is None or last is None:
        return "not known for how long"
    return lasted(max(0.0, (last - first).total_seconds()))


def lasted(seconds: float) -> str:
    """Return a duration in seconds, in words."""
    return f"{seconds:.1f} s" if seconds < 10 else span(round(seconds))
