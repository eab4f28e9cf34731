"""Write the casualties of a set as a table beside it, for the person who settles them."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.operations.audit.from_set import Audit
from pryv_tui.operations.audit.owners import owner_of
from pryv_tui.platform.casualties import KINDS, commands_or_why
from pryv_tui.sanitize import UNSEEN

_ACTS = re.compile(rf"(^|;)(?=[\s{re.escape(UNSEEN)}]*[=+\-@'\uff1d\uff0b\uff0d\uff20]|[\t\r\n\0])")
"""Matches a place where a spreadsheet could begin a formula.

Includes the wide forms of `=+-@`, which some spreadsheets treat as the plain ones.
"""
_GUARDED = re.compile(r"(^|;)'")


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: names come from outside.

    A `'` is put before a leading `=`, `+`, `-`, `@`, `'`, tab or line end, at the cell's start and
    after each `;`, which some spreadsheets take for a separator. Invisible characters before it are
    skipped. `unguarded` restores the cell.
    """
    return _ACTS.sub(r"\1'", cell)


def unguarded(cell: str) -> str:
    """Return the cell that was given to `guarded`."""
    return _GUARDED.sub(r"\1", cell)


def write_csv(found: Audit, vault: Path, domain: str) -> Path | None:
    """Write all casualties to a CSV file beside the set, one per line; return the file's path.

    The set itself is never changed. Cells are `guarded`. If there are no casualties no file is
    written (None), and an earlier audit's file is removed.

    Raises:
        PryvTuiError: `step-failed`, the vault can't be written.
    """
    path = vault / f"{found.set}.casualties.csv"
    if not found.total:
        with contextlib.suppress(OSError):
            path.unlink()
        return None
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("group", "kind", "name", "consequence", "remedy", "commands", "account"))
    for each in KINDS:
        for name in found.names(each.group, each.name):
            lines = "; ".join(commands_or_why(each, name, domain))
            whose = owner_of(name, found.people)
            cells = (each.group, each.name, name, each.consequence, each.remedy, lines, whose)
            writer.writerow(map(guarded, cells))
    try:
        write_durably(path, text.getvalue().encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise PryvTuiError("step-failed", f"{path} can't be written: {error.strerror}") from error
    return path
