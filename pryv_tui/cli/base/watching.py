"""Follow a run from the command line, until it ends or the operator leaves it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Collection, Sequence
from functools import partial
from types import FrameType

import click

from pryv_tui.cli.base.options import site
from pryv_tui.cli.base.output import (
    echo,
    print_json_line,
    reason,
    result_stands,
    say,
)
from pryv_tui.cli.base.streams import output_lost
from pryv_tui.cli.base.telling import Narrator, reason_of
from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.operations.plan import Plan
from pryv_tui.runs.left import look_after
from pryv_tui.runs.now import kinds_planned
from pryv_tui.runs.record.events import AnyEvent, RunFinished, RunStarted, StepFinished
from pryv_tui.runs.record.history import RunRecord, state_of, untold
from pryv_tui.runs.record.report import after_lines
from pryv_tui.runs.record.tries import never_began
from pryv_tui.runs.start import BEGINS_SECONDS, beginning, follow, request_cancel


def say_before(what: str, made: Plan, *, detach: bool = False) -> None:
    """Print what a run will do before it begins. For a detached run this goes to stderr, since
    scripts read only the id on stdout."""
    say(what, err=detach)
    for step in made.steps:
        say(f"  {step.title}", err=detach)
    for line in made.effects:
        say(f"  {line}", err=detach)


def watch(record: RunRecord, *, as_json: bool, detach: bool, since: Sequence[str] = ()) -> None:
    """Follow a run until it ends, and exit with its exit code.

    If detached, return after its id was printed and it has begun.

    Args:
        since: what happened to the run after its end, if it is over.
    """
    if detach:
        result_stands(record.id)
        echo(record.id)
        if output_lost():
            reason(
                f"the {record.kind} {record.id} is running, but its id could not be printed",
                [f"Follow it: pryv-tui attach {record.id}"],
            )
            sys.exit(int(Exit.WARNINGS))
        _leave(record)
        return
    sys.exit(follow_to_end(record, as_json=as_json, since=since))


def _leave(record: RunRecord) -> None:
    """Return when a run has begun.

    If the run was refused or failed before that, exit with its exit code.

    A caller that leaves at once can't learn of that in another way: cron does not look again.
    """
    came = beginning(record)
    if came.end is not None:
        reason_of(came.end, record.id)
        sys.exit(came.end.exit)
    if came.state == "died":
        raise _died(record, ())
    if came.state == "waiting":
        reason(
            f"the {record.kind} {record.id} was started, but has not begun after"
            f" {BEGINS_SECONDS:.0f} s",
            [f"Follow it: pryv-tui attach {record.id}"],
        )
        sys.exit(int(Exit.WARNINGS))


def follow_to_end(record: RunRecord, *, as_json: bool, since: Sequence[str] = ()) -> int:
    """Follow a run until it ends, even if nobody reads the output any more. Return its exit
    code."""
    narrator = Narrator(since, state_of(record))

    def tell(line: bytes, event: AnyEvent) -> None:
        if as_json:
            # Programs read the end of a failed run with `--quiet` too.
            failed = isinstance(event, RunFinished) and event.exit != Exit.DONE
            print_json_line(line, always=failed)
        else:
            narrator.tell(event)

    end = last_word_of(record, tell, since)
    reason_of(end, record.id, since, state_of(record))
    return end.exit


def last_word_of(
    record: RunRecord, tell: Callable[[bytes, AnyEvent], None], since: Sequence[str] = ()
) -> RunFinished:
    """Follow a run until it ends, and return its last event.

    Args:
        tell: called with each event and its journal line.
        since: what happened to the run after its end, if it is over.

    Raises:
        PryvTuiError: `step-failed`: the run died.
    """
    result_stands(record.id)
    end: RunFinished | None = None
    steps: list[AnyEvent] = []
    before = signal.signal(signal.SIGINT, partial(_interrupted, record))
    try:
        for line, event in follow(record):
            tell(line, event)
            if isinstance(event, RunFinished):
                end = event
            elif isinstance(event, RunStarted | StepFinished):
                steps.append(event)
    finally:
        signal.signal(signal.SIGINT, before)
    if end is None:
        raise _died(record, kinds_planned(steps)[1], since)
    return end


def _died(record: RunRecord, done: Collection[str], since: Sequence[str] = ()) -> PryvTuiError:
    what = f"the run {record.id} died: its process is gone and did not record how it ended"
    if since:
        return PryvTuiError("step-failed", f"{what}. {' '.join(since)}")
    remedy = f"{_after(record, done)} (its journal: {record.journal})"
    return PryvTuiError("step-failed", what, remedy)


def _after(record: RunRecord, done: Collection[str]) -> str:
    """Return what to do about a run whose process is gone, judged by what it left if that is known.

    Args:
        done: the kinds of the run's steps that were done.
    """
    after = look_after(site(), record)
    told = [after.advice.text] if after is not None and after.advice is not None else []
    if never_began(record):
        return " ".join(["It never began: nothing was done.", *told])
    if (why := untold(record)) and not told:
        return f"What it did is not known: {why}."
    return " ".join([*told, *after_lines(record.kind, record.set, after, done)])


def _interrupted(record: RunRecord, _number: int, _frame: FrameType | None) -> None:
    """Ask what an interrupt (Ctrl+C) means. If there is nobody to ask, end this view, but never the
    run."""
    answer = "d"
    if sys.stdin.isatty() and sys.stderr.isatty():
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            click.echo(f"\nThe {record.kind} {record.id} continues without this view.", err=True)
            answer = click.prompt(
                "d: leave it running; c: cancel it; f: follow it again",
                type=click.Choice(["d", "c", "f"]),
                default="d",
                err=True,
            )
        except (click.Abort, EOFError):
            pass
    if answer == "c":
        # The run puts back what it stopped, and this view follows it to its end.
        request_cancel(record)
    if answer in ("c", "f"):
        signal.signal(signal.SIGINT, partial(_interrupted, record))
        return
    say(
        f"\nNo longer following; the run continues. To follow it again: pryv-tui attach"
        f" {record.id}; to end it: pryv-tui cancel {record.id}",
        err=True,
        always=True,
    )
    sys.exit(int(Exit.CANCELLED))
