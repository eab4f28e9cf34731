"""The operator's own file: names of the accounts that were erased since the set was made.

A restore of the set brings these accounts back, and the operator has to erase them again. Nobody
else needs the names. So they are in this file alone, which only its owner can read, and in no
other part of the evidence.
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
"""Name of a file in a run's folder: account names that the run found, one per line, which are kept
out of its journal."""


def names_in(records: Iterable[RunRecord]) -> list[list[str]]:
    """Return the account names that runs left in their folders: one list for each run that left
    any."""
    found = []
    for one in records:
        try:
            content = read_whole(Path(one.folder) / LEFT_BY_RUN, follow=False)
        except OSError:
            continue
        found.append([name for name in content.decode("utf-8", "replace").split("\n") if name])
    return found


def write_operators_file(folder: Path, drill: str, names: Collection[str]) -> str:
    """Write the operator's file and return its name. Without names, write nothing and return "".

    Raises:
        OSError: the file can't be written.
    """
    if not names:
        return ""
    lines = [
        (
            f"# Drill {drill}: these accounts are in the set, but were not on the live platform any"
            " more."
        ),
        "# A restore of that set brings them back: erase each of them again after the restore.",
        "# This file is for the operator alone. Remove it when it is no longer needed.",
        "",
        *(one_line(name) for name in sorted(names)),
        "",
        "# To do that on core's machine, with the vendor's tool (delete-user.md of its"
        " configuration template):",
        *(f"# {erase_command(name)}" for name in sorted(names)),
    ]
    write_durably(folder / NAME, ("\n".join(lines) + "\n").encode())
    return NAME


def erasures_of(told: Sequence[Erased], file: str, names: int) -> model.Erasures:
    """Return the part of a record about erased accounts. Pure.

    Args:
        told: the answers of register and core.
        file: the name of the file with the account names; empty if there is none.
        names: how many names of erased accounts are known.
    """
    if not told:
        return model.Erasures(why="nobody asked the live platform which accounts it still has")
    unknown = [one for one in told if one.count is None]
    count = None if unknown else _accounts([one.count or 0 for one in told], names)
    why = "; ".join(dict.fromkeys(one.why for one in unknown if one.why))
    if count is None and not unknown:
        why = (
            "register lacks some accounts and core lacks some, and it is not known how many of"
            " these are the same"
        )
    return model.Erasures(count=count, by_role=tuple(told), file=file, why=why)


def _accounts(counts: Sequence[int], names: int) -> int | None:
    """Return how many different accounts were erased; None if that is not certain, since register
    and core may both count the same account.

    Args:
        counts: what each role counted.
        names: how many names are known. If this is less than a role counted, some are missing.
    """
    some = [one for one in counts if one]
    if len(some) <= 1:
        return sum(some)
    return names if names >= max(some) else None
