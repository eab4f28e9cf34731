"""`verify`: check a set by a run, or in this process if no run can be started."""

from __future__ import annotations

import math
import re
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any, Literal

import click
import humanize
import msgspec

from pryv_tui.cli.base.options import everywhere, is_quiet, run_options, settings, site
from pryv_tui.cli.base.output import (
    echo,
    print_json,
    print_json_line,
    reason,
    result_stands,
    say,
)
from pryv_tui.cli.base.telling import reason_of
from pryv_tui.cli.base.unnamed import typed_set
from pryv_tui.cli.base.watching import last_word_of, watch
from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.hosts.engine import Stream
from pryv_tui.operations.context import GuardOutcome, RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.drilling.facts import DrillFact
from pryv_tui.operations.facts import CheckedSet, NewerFound, SeenContainer
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.site import Site
from pryv_tui.platform.gap import Timeline
from pryv_tui.runs.planning.request import plan_verify
from pryv_tui.runs.record.events import AnyEvent, RunFinished
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.start import NoState, start_run
from pryv_tui.sanitize import sanitized
from pryv_tui.who import who_is_here


class Share(click.ParamType[int]):
    """A share such as `5%`, converted to a number of parts, here 20."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?) ?%", value.strip())
        if found is None or not 0.1 <= float(found[1]) <= 100:
            self.fail(f"{value!r} is not a percentage; write it like 5%, at least 0.1%", param, ctx)
        return math.ceil(100 / float(found[1]))


@click.command()
@click.argument("set_name", metavar="SET", required=False)
@click.option(
    "--sample",
    "parts",
    type=Share(),
    default=1,
    metavar="SHARE",
    help="Read only this share of it, like 5%: a different part each time, so that 20 checks read"
    " all of it.",
)
@run_options
@everywhere
def verify(set_name: str | None, parts: int, as_json: bool, detach: bool) -> None:
    """Check every file and dump of a set against what the set recorded about them."""
    result_stands()
    where = site()
    # Planned once here, so that what can't be checked is reported before a run is started.
    made = plan_verify(where, typed_set(where, set_name, "verify").id, parts)
    try:
        record = start_run(settings(), "verify", set_id=made.set_id, parts=parts)
    except NoState as error:
        if detach:
            raise
        say(
            f"{error.what}. This command checks the set by itself instead: there is no journal,"
            " nobody else can follow it, and it ends when this terminal closes.",
            err=True,
        )
        sys.exit(_here(where, made, as_json=as_json))
    if as_json and not detach:
        sys.exit(_told_as_json(record))
    watch(record, as_json=False, detach=detach)


def _told_as_json(record: RunRecord) -> int:
    """Wait for a check, print its result as JSON, and return the exit code."""
    last = b""

    def heard(line: bytes, event: AnyEvent) -> None:
        nonlocal last
        last = line if isinstance(event, RunFinished) else last

    end = last_word_of(record, heard)
    if end.verified is not None:
        _print(end.verified, record.id, end.exit)
    else:
        print_json_line(last, always=True)
    reason_of(end, record.id)
    return end.exit


def _print(found: CheckedSet, run: str, code: int) -> None:
    told = {"id": found.id, **msgspec.to_builtins(found.check), "run": run}
    print_json(told, always=code != Exit.DONE)


def _here(where: Site, made: Plan, *, as_json: bool) -> int:
    """Check a set in this process, and return the exit code."""
    cancel = threading.Event()
    reporter = _Terminal(quiet=as_json or is_quiet())
    ctx = RunContext(
        site=where,
        deployment=where.unseen(),
        reporter=reporter,
        cancel=cancel,
        run_id="",
        set_id=made.set_id,
    )
    ctx.by = who_is_here()
    failure: PryvTuiError | None = None
    before = signal.signal(signal.SIGINT, lambda _number, _frame: cancel.set())
    try:
        for step in made.steps:
            step.perform(ctx)
    except PryvTuiError as error:
        if ctx.facts.verified is None:
            raise
        failure = error
    finally:
        signal.signal(signal.SIGINT, before)
        reporter.clear()
    code = Exit.WARNINGS if ctx.facts.warnings else Exit.DONE
    code = failure.exit if failure is not None else code
    told = f"{made.set_id}: {failure.what}." if failure is not None else ctx.facts.headline
    if as_json and ctx.facts.verified is not None:
        _print(ctx.facts.verified, "", int(code))
    if not as_json:
        echo(told)
    if code != Exit.DONE:
        reason(told, ctx.facts.warnings, said=True)
    return int(code)


class _Terminal:
    """Prints a check that has no journal. The methods for other kinds of steps do nothing."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._watched = sys.stderr.isatty() and not quiet

    def output(self, stream: Stream, chunk: bytes) -> None:
        if not self._quiet:
            click.echo(sanitized(chunk.decode("utf-8", "replace")), nl=False, err=True)

    def progress(self, done: int, total: int, unit: str) -> None:
        if self._watched:
            read = humanize.naturalsize(done, binary=True)
            of = f" of {humanize.naturalsize(total, binary=True)}" if total else ""
            click.echo(f"\r\x1b[K{read}{of}", nl=False, err=True)

    def clear(self) -> None:
        """Erase the progress line."""
        if self._watched:
            click.echo("\r\x1b[K", nl=False, err=True)

    def note(self, text: str, level: Literal["info", "warning"] = "info") -> None:
        if not self._quiet:
            self.clear()
            say(f"WARNING {text}" if level == "warning" else text)

    def guard(self, name: str, outcome: GuardOutcome, text: str, remedy: str) -> None: ...

    def gap(self, known: Timeline) -> None: ...

    def found(self, host: str, containers: Sequence[SeenContainer]) -> None: ...

    def newer(self, found: Sequence[NewerFound]) -> None: ...

    def drilled(self, fact: DrillFact) -> None: ...

    def owe(self, owed: Owed) -> None: ...

    def settle(self, owed: Owed) -> None: ...


COMMANDS = (verify,)
