"""How the command line prints a run: its events as they come, and how it ended.

Not in `output`: most commands print no run, and should not load what this needs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
import humanize

from pryv_tui.cli.base import options
from pryv_tui.cli.base.output import WORDS, echo, reason, say
from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.operations.acts import act_words
from pryv_tui.operations.audit.last_look import last_look
from pryv_tui.operations.facts import LiveFound
from pryv_tui.runs.record.became import stand_now
from pryv_tui.runs.record.events import (
    AnyEvent,
    CancelAsked,
    GuardChecked,
    Note,
    Output,
    ProgressMade,
    RunFinished,
    RunPlanned,
    RunStarted,
    StepFinished,
    StepStarted,
    with_plan,
)
from pryv_tui.runs.record.history import resolve_run
from pryv_tui.runs.record.report import Offers, asked_by, cancel_words, report, urgent


def reason_of(
    end: RunFinished, run: str, since: Sequence[str] = (), state: Path | None = None
) -> None:
    """Print why a run did not end with 0, after its end was printed; nothing if it did end with 0.

    Args:
        run: the run's id.
        since: what happened to the run after its end.
        state: the platform's state folder; a live audit there may show what has been settled since.
    """
    if end.exit == Exit.DONE:
        return
    more = urgent(end, since, _later(state, end), _offers(state, end))
    named = f"the run {run} ended: {end.outcome}"
    kept = [f"To see all that it printed: pryv-tui attach {run}"] if run else []
    reason(f"{named}. {end.what}" if end.what else named, [*more, *kept], said=True)


class Narrator:
    """Print a run's events as plain lines."""

    def __init__(self, since: Sequence[str] = (), state: Path | None = None) -> None:
        """Prepare, before the first event.

        Args:
            since: what happened to the run after its end, if it is over.
            state: the platform's state folder; a live audit there may show what has been settled
                since.
        """
        self._since = since
        self._state = state
        self._steps: list[str] = []
        self._started: RunStarted | None = None
        self._open_line = ""
        self._progress = sys.stderr.isatty()
        self._shown = False

    def tell(self, event: AnyEvent) -> None:
        if options.is_quiet():
            return
        if self._shown and not isinstance(event, ProgressMade):
            click.echo("\r\x1b[K", nl=False, err=True)
            self._shown = False
        if isinstance(event, RunStarted):
            self._started = with_plan(self._started, event)
            self._steps = [view.step for view in event.plan]
        if isinstance(event, RunPlanned):
            echo(f"  Now planned, with the set {event.set}")
            for line in event.notice:
                echo(f"  {line}")
        elif isinstance(event, RunStarted):
            practice = "PRACTICE " if event.practice else ""
            about = f" set {event.set}" if event.set else ""
            what = act_words(event.kind)
            echo(f"{practice}{what} of {event.domain}{about} (run {event.run})")
            for line in (*asked_by(event), *event.notice):
                echo(f"  {line}")
        elif isinstance(event, StepStarted):
            number = self._steps.index(event.step) + 1 if event.step in self._steps else 0
            echo(f"[{number}/{len(self._steps)}] {event.title}")
            for command in event.command:
                echo(f"    $ {command}")
        elif isinstance(event, Output):
            self._output(event)
        elif isinstance(event, GuardChecked):
            echo(f"    {WORDS[event.outcome]:8}{event.name}: {event.text}")
            if event.outcome != "ok" and event.remedy:
                say(f"            {event.remedy}")
        elif isinstance(event, Note):
            mark = "WARNING " if event.level == "warning" else ""
            say(f"    {mark}{event.text}")
        elif isinstance(event, ProgressMade) and self._progress:
            self._tell_progress(event)
        elif isinstance(event, StepFinished):
            self._flush()
            tail = f": {event.reason}" if event.reason else ""
            echo(f"    {event.outcome} after {event.seconds:.1f} s{tail}")
        elif isinstance(event, CancelAsked):
            echo(f"    {cancel_words(event)}")
        elif isinstance(event, RunFinished):
            self._flush()
            tell_end(self._started, event, self._since, self._state)

    def _output(self, event: Output) -> None:
        lines = (self._open_line + event.text).split("\n")
        self._open_line = lines.pop()
        for line in lines:
            echo(f"    | {line}")

    def _flush(self) -> None:
        if self._open_line:
            echo(f"    | {self._open_line}")
            self._open_line = ""

    def _tell_progress(self, event: ProgressMade) -> None:
        if event.unit == "bytes":
            # naturalsize adds the unit itself
            done, total = (humanize.naturalsize(n, binary=True) for n in (event.done, event.total))
        else:
            done, total = str(event.done), f"{event.total} {event.unit}"
        click.echo(f"\r\x1b[K    {done} of {total}", nl=False, err=True)
        self._shown = True


def tell_end(
    started: RunStarted | None,
    end: RunFinished,
    since: Sequence[str] = (),
    state: Path | None = None,
) -> None:
    """Print how a run ended, in the same words as the interface.

    Args:
        since: what happened to the run after its end.
        state: the platform's state folder; a live audit there may show what has been settled since.
    """
    echo("")
    for line in report(started, end, since, _later(state, end), _offers(state, end)).split("\n"):
        echo(line)


def _later(state: Path | None, end: RunFinished) -> LiveFound | None:
    """Return the newest live audit, if the run's end has one to compare with; else None."""
    return last_look(state) if state is not None and end.live is not None else None


def _offers(state: Path | None, end: RunFinished) -> Offers:
    """Return which of a result's offers can still be done."""
    try:
        record = resolve_run(state, end.run) if state is not None and end.offers else None
    except PryvTuiError:
        return Offers()
    return stand_now(state, record, end.offers) if state and record else Offers()
