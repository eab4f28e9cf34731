"""The operator's own file: who was erased since the set was made, by name.

A restore of the set brings these accounts back. They have to be erased again, and whoever does so
has to know whom; nobody else has. So the names stand in this file alone, which only its owner can
read, and in no other part of the evidence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from pryv_tui.drills import model
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.operations.commands import erase_command
from pryv_tui.operations.drilling.facts import Erased
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


def erasures_of(told: Sequence[Erased], file: str, names: int) -> model.Erasures:
    """What a record says of them. Pure.

    Args:
        told: what each role said, register and core.
        file: of the names; empty where there are none.
        names: how many names the runs have left.
    """
    if not told:
        return model.Erasures(why="nobody asked the live platform which accounts it still has")
    unknown = [one for one in told if one.count is None]
    count = None if unknown else _accounts([one.count or 0 for one in told], names)
    why = "; ".join(dict.fromkeys(one.why for one in unknown if one.why))
    if count is None and not unknown:
        why = "register and core each had some no more, and how many of these are the same is lost"
    return model.Erasures(count=count, by_role=tuple(told), file=file, why=why)


def _accounts(counts: Sequence[int], names: int) -> int | None:
    """How many accounts these are: one that was erased is gone from register and from core, and is
    counted by each of them.

    Args:
        names: how many names were left of them all; fewer than one of them counted tell nothing.
    """
    some = [one for one in counts if one]
    if len(some) <= 1:
        return sum(some)
    return names if names >= max(some) else None
