"""The operator's own file: who was erased since the set was made, by name.

A restore of the set brings these accounts back. They have to be erased again, and whoever does so
has to know whom; nobody else has. So the names stand in this file alone, which only its owner can
read, and in no other part of the evidence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from pryv_tui.filesystem.durable import write_durably
from pryv_tui.operations.commands import erase_command
from pryv_tui.reading import read_whole
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.sanitize import one_line

NAME = "erased-accounts.txt"
LEFT_BY_RUN = "erased.names"
"""In a run's folder: names, one a line, that the run found and that its journal must not hold."""


def names_in(records: Iterable[RunRecord]) -> list[list[str]]:
    """What the runs have left of names in their folders."""
    found = []
    for one in records:
        try:
            content = read_whole(Path(one.folder) / LEFT_BY_RUN, follow=False)
        except OSError:
            continue
        found.append([name for name in content.decode("utf-8", "replace").split("\n") if name])
    return found


def write_operators_file(folder: Path, drill: str, names: Collection[str]) -> str:
    """Write it, where there are names; its name, or nothing.

    Raises:
        OSError: it can't be written.
    """
    if not names:
        return ""
    lines = [
        f"# Drill {drill}: these accounts are in the set, and the live platform had them no more.",
        "# A restore of that set brings them back: erase each again, when the restore is done.",
        "# This file is the operator's alone. Remove it when it is no longer needed.",
        "",
        *(one_line(name) for name in sorted(names)),
        "",
        "# How, on core's machine, by the vendor's tool (delete-user.md of its configuration"
        " template):",
        *(f"# {erase_command(name)}" for name in sorted(names)),
    ]
    write_durably(folder / NAME, ("\n".join(lines) + "\n").encode())
    return NAME
