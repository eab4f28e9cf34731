"""How the command line prints: plain lines for people, JSON lines for programs.

This module also decides whether anything is printed. With `--quiet` only reasons, errors and calls
with `always` are printed. In every other mode a reason goes to standard error as well, so that it
is found if the other output is discarded, as in cron jobs.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

import click
import msgspec

from pryv_tui.cli.base import options
from pryv_tui.cli.base.streams import is_utf8, same_place
from pryv_tui.clock import timestamp
from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.operations.commands import completed, typed
from pryv_tui.phrases import cells
from pryv_tui.sanitize import LINE_END, one_line, sanitized, sanitized_json

_NOT_ASCII = re.compile("[^\x00-\x7f]")

WORDS = {"ok": "OK", "not_known": "UNKNOWN", "warning": "WARNING", "failed": "FAILED"}


def print_json(value: Any, *, indent: bool = True, always: bool = False) -> None:
    """Print a value as JSON on standard output, even if it has names that are not text.

    Args:
        always: print it with `--quiet` too.
    """
    try:
        encoded = msgspec.json.encode(value)
        if indent:
            encoded = msgspec.json.format(encoded, indent=2)
    except UnicodeEncodeError:
        # A name that is not UTF-8: JSON can hold it only escaped.
        plain = msgspec.to_builtins(value)
        encoded = json.dumps(plain, indent=2 if indent else None).encode()
    print_json_line(encoded, always=always)


def print_json_line(encoded: bytes, *, always: bool = False) -> None:
    """Print JSON unchanged, or in ASCII if the output's encoding is not UTF-8 (RFC 8259)."""
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
    """Declare that this command's exit code is its result, even if the output can't be printed.

    Args:
        run: the run whose result it is; the run's journal contains the output.
    """
    context = click.get_current_context(silent=True)
    if context is not None:
        kept = f"To see all of it: {typed(options.given(), 'attach', run)}" if run else ""
        told = f"The exit code tells the result. {kept}".strip()
        context.find_root().ensure_object(dict)["result"] = told


def echo(text: str = "", *, err: bool = False, always: bool = False) -> None:
    """Print a line for a person.

    Text of a set, a container or a journal can't control the terminal, nor end the line: otherwise
    what follows could look like a line of this program.

    Args:
        always: print it with `--quiet` too.
    """
    if always or not options.is_quiet():
        click.echo(sanitized(text).replace("\n", LINE_END), err=err)


def say(text: str, *, err: bool = False, always: bool = False) -> None:
    """Print a line for a person. Commands in it get the options that name the same platform."""
    echo(completed(text, options.given()), err=err, always=always)


def fail(error: PryvTuiError, *, as_json: bool = False) -> NoReturn:
    """Print what happened and what to do, and exit with the exit code from the error table."""
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
    """Print on standard error why a command does not exit with 0, in every mode.

    Args:
        said: the reason was also printed on standard output; then it is not repeated if both
            streams go to the same place.
    """
    if said and not options.is_quiet() and same_place():
        return
    echo(f"pryv-tui: {what}", err=True, always=True)
    for line in more:
        say(f"  {line}", err=True, always=True)


def table(rows: Iterable[tuple[str, ...]], *, fits: int = 0) -> None:
    """Print rows in columns as wide as their widest cell. The first row is the heading.

    Args:
        fits: most cells in a line; if rows are longer, the last columns go on a second line. 0: no
            limit.
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
    """Return how many columns fit in a line."""
    room, many = fits, 0
    for width in widths:
        room -= width + (2 if many else 0)
        if room < 0:
            break
        many += 1
    return max(many, 1)
