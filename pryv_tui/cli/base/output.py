"""How the command line says things: plain lines for people, JSON lines for programs.

Whether anything is said at all is decided here too: with `--quiet` only `reason` prints, and what
is given to `fail`, both on standard error; and a reason goes there in every other mode as well,
so that it is found where the rest of the output goes nowhere, as cron's jobs have it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click
import humanize
import msgspec

from pryv_tui.cli.base import options
from pryv_tui.cli.base.streams import is_utf8, same_place
from pryv_tui.clock import timestamp
from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.operations.acts import act_words
from pryv_tui.operations.audit.last_look import last_look
from pryv_tui.operations.commands import completed, typed
from pryv_tui.operations.facts import LiveFound
from pryv_tui.phrases import cells
from pryv_tui.runs.record.became import stand_now
from pryv_tui.runs.record.events import (
    AnyEvent,
    CancelAsked,
    GuardChecked,
    Note,
    Output,
    ProgressMade,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from pryv_tui.runs.record.history import resolve_run
from pryv_tui.runs.record.report import Offers, asked_by, cancel_words, report, urgent
from pryv_tui.sanitize import LINE_END, one_line, sanitized, sanitized_json

_NOT_ASCII = re.compile("[^\x00-\x7f]")

WORDS = {"ok": "OK", "warning": "WARNING", "failed": "FAILED"}


def print_json(value: Any, *, indent: bool = True, always: bool = False) -> None:
    """A value as JSON on standard output, whatever its names are made of.

    Args:
        always: with `--quiet` too.
    """
    try:
        encoded = msgspec.json.encode(value)
        if indent:
            encoded = msgspec.json.format(encoded, indent=2)
    except UnicodeEncodeError:
        # A name that is not UTF-8, which JSON can only hold escaped.
        plain = msgspec.to_builtins(value)
        encoded = json.dumps(plain, indent=2 if indent else None).encode()
    print_json_line(encoded, always=always)


def print_json_line(encoded: bytes, *, always: bool = False) -> None:
    """JSON as it is; in ASCII where the output's encoding is not that of JSON (RFC 8259)."""
    if options.is_quiet() and not always:
        return
    text = sanitized_json(encoded.decode())
    if not is_utf8(sys.stdout):
        text = _NOT_ASCII.sub(_escaped, text)
    click.echo(text)


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def result_stands(run: str = "") -> None:
    """What this command exits with is its result, whether or not any of it can be printed.

    Args:
        run: the run whose result it is, and whose journal holds what it said.
    """
    context = click.get_current_context(silent=True)
    if context is not None:
        kept = f"All of it: {typed(options.given(), 'attach', run)}" if run else ""
        told = f"The exit code says what came of it. {kept}".strip()
        context.find_root().ensure_object(dict)["result"] = told


def echo(text: str = "", *, err: bool = False, always: bool = False) -> None:
    """A line for a person. What a set, a container or a journal says can't act on the terminal,
    nor end the line: what it says after that would look like a line of ours.

    Args:
        always: with `--quiet` too.
    """
    if always or not options.is_quiet():
        click.echo(sanitized(text).replace("\n", LINE_END), err=err)


def say(text: str, *, err: bool = False, always: bool = False) -> None:
    """A line for a person; the commands that it names mean the platform that was asked for."""
    echo(completed(text, options.given()), err=err, always=always)


def fail(error: PryvTuiError, *, as_json: bool = False) -> NoReturn:
    """Say what happened and what to do, and exit as the error table says."""
    remedy = completed(error.remedy, options.given())
    if as_json:
        outcome = "refused" if error.exit in (Exit.USAGE, Exit.REFUSED, Exit.BUSY) else "failed"
        print_json(
            {
                "v": 1,
                "time": timestamp(),
                "run": "",
                "event": "run_finished",
                "outcome": outcome,
                "exit": int(error.exit),
                "set": "",
                "what": error.what,
                "remains": [],
                "next": [remedy] if remedy else [],
            },
            indent=False,
            always=True,
        )
    reason(error.what, [remedy] if remedy else [])
    sys.exit(int(error.exit))


def reason(what: str, more: Iterable[str] = (), *, said: bool = False) -> None:
    """Why a command does not exit with 0, on standard error, whatever was asked for.

    Args:
        said: it was printed on standard output: it is not said twice where both are one place.
    """
    if said and not options.is_quiet() and same_place():
        return
    echo(f"pryv-tui: {what}", err=True, always=True)
    for line in more:
        say(f"  {line}", err=True, always=True)


def reason_of(
    end: RunFinished, run: str, since: Sequence[str] = (), state: Path | None = None
) -> None:
    """Why a run did not end with 0, after its end was printed; nothing where it did.

    Args:
        run: whose end it is.
        since: what became of it after that.
        state: of the platform, where a later look tells what is settled since.
    """
    if end.exit == Exit.DONE:
        return
    more = urgent(end, since, _later(state, end), _offers(state, end))
    named = f"the run {run} ended: {end.outcome}"
    kept = [f"All of it: pryv-tui attach {run}"] if run else []
    reason(f"{named}. {end.what}" if end.what else named, [*more, *kept], said=True)


class Narrator:
    """Tells a run's events as plain lines."""

    def __init__(self, since: Sequence[str] = (), state: Path | None = None) -> None:
        """
        Args:
            since: what became of a run that is over.
            state: of the platform, where a later look tells what is settled since.
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
            self._started = event
            self._steps = [view.step for view in event.plan]
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
            done, total = (humanize.naturalsize(n, binary=True) for n in (event.done, event.total))
        else:
            done, total = str(event.done), str(event.total)
        click.echo(f"\r\x1b[K    {done} of {total} {event.unit}", nl=False, err=True)
        self._shown = True


def tell_end(
    started: RunStarted | None,
    end: RunFinished,
    since: Sequence[str] = (),
    state: Path | None = None,
) -> None:
    """How a run ended, in the words that the interface has for it too.

    Args:
        since: what became of it after that.
        state: of the platform, where a later look tells what is settled since.
    """
    echo("")
    for line in report(started, end, since, _later(state, end), _offers(state, end)).split("\n"):
        echo(line)


def _later(state: Path | None, end: RunFinished) -> LiveFound | None:
    """The last look at the live platform, where the run's end tells of one."""
    return last_look(state) if state is not None and end.live is not None else None


def _offers(state: Path | None, end: RunFinished) -> Offers:
    """Which of a result's offers can still be done."""
    try:
        record = resolve_run(state, end.run) if state is not None and end.offers else None
    except PryvTuiError:
        return Offers()
    return stand_now(state, record, end.offers) if state and record else Offers()


def table(rows: Iterable[tuple[str, ...]], *, fits: int = 0) -> None:
    """Rows in columns as wide as their widest cell; the first row is the heading.

    Args:
        fits: cells of a line: where a row is longer, its last columns go on a second line, between
            two cells and not in the middle of a word; 0 for any length.
    """
    listed = [tuple(one_line(cell) for cell in row) for row in rows]
    if not listed:
        return
    widths = [max(cells(row[i]) for row in listed) for i in range(len(listed[0]))]
    first = _columns(widths, fits) if fits else len(widths)
    for row in listed:
        padded = [
            cell + " " * (width - cells(cell)) for cell, width in zip(row, widths, strict=True)
        ]
        click.echo("  ".join(padded[:first]).rstrip())
        if first < len(padded):
            click.echo(f"    {'  '.join(padded[first:])}".rstrip())


def _columns(widths: Sequence[int], fits: int) -> int:
    """How many columns have room in a line."""
    room, many = fits, 0
    for width in widths:
        room -= width + (2 if many else 0)
        if room < 0:
            break
        many += 1
    return max(many, 1)
