"""What was left half-done, by a run or as a root alone tells it, and what of that is not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import Owed
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.operations.plan import PlanKind, quote
from pryv_tui.operations.site import Site
from pryv_tui.runs.now import ROOT_DEBTS
from pryv_tui.runs.on_disk import HalfRoot
from pryv_tui.runs.record.history import RunRecord, debts_of

Choice = Literal["finish", "roll-back"]


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """What one run left half-done, and what can be done about it."""

    run: str
    kind: str
    died: bool
    """Its worker is gone without a last word; False: it ended, with a root half-restored or a
    dump folder that was not given back."""
    set_id: str
    text: str
    outstanding: tuple[Owed, ...]
    choices: dict[str, str]
    """The safe choices and what each does."""
    default: Choice
    untold: bool = False
    """No journal here tells of it, only the root itself."""

    @property
    def replaces(self) -> bool:
        """Whether a choice replaces what is in a root, as a restore and an undo do."""
        return any(owed.kind in ROOT_DEBTS for owed in self.outstanding)


def half_root(site: Site, half: HalfRoot) -> Left:
    """What a root is left in by a run of which no journal here tells."""
    kind: PlanKind = "undo" if half.undoes else "restore"
    choices: dict[str, str] = {}
    default: Choice = "roll-back"
    if half.undoes and half.aside:
        choices["finish"] = "Go on putting the former content back, then start what ran."
        default = "finish"
    elif half.aside:
        choices["roll-back"] = (
            f"Put back what lies in {half.aside}, and start the containers of the machine: which"
            " of them ran before is not known. What is in the root now is moved aside."
        )
    if not half.undoes and half.set_id and set_is_there(site, half.set_id):
        choices["finish"] = (
            f"Restore the set {half.set_id} to the end; what is in the root now is moved aside."
        )
        default = "finish"
    why = "it has the mark of one" if half.marked else f"{half.aside} is on its way"
    owed = Owed(
        kind="return" if half.undoes else "aside",
        host=half.host,
        what=half.root,
        where=half.aside,
    )
    return Left(
        run=half.run,
        kind=kind,
        died=True,
        set_id=half.set_id,
        text=f"{half.root} on {half.host} is left half-way by the {kind} {half.run}: {why}, and no"
        " journal here tells of it.",
        outstanding=(owed,),
        choices=choices,
        default=default,
        untold=True,
    )


def unread(site: Site, records: Sequence[RunRecord]) -> list[Attention]:
    """What runs have written down and can't be read any more, a line each.

    Of runs that came to their end the debts are settled: their journals are not read for this.
    """
    found = []
    for record in records:
        problems = list(record.problems)
        if record.state == "died" and (lines := debts_of(record).unread):
            problems.append(
                f"{lines} {'line' if lines == 1 else 'lines'} of its journal can't be read; what it"
                " still had to put back may be told there"
            )
        if record.state == "died" and (doubted := debts_of(record).doubted):
            problems.append(
                f"{doubted} {'debt' if doubted == 1 else 'debts'} in its journal can't be ours,"
                " since what is moved lies in a folder of ours; nothing is done about it, and"
                " somebody has changed that journal"
            )
        for problem in problems:
            found.append(
                Attention(
                    "warning",
                    f"The {record.kind} {record.id}: {problem}.",
                    "Everything else goes on without it. When all runs that has to, move the run's"
                    f" folder away: {quote('mv', record.folder, f'{site.state}/')}",
                )
            )
    return found


def set_is_there(site: Site, set_id: str) -> bool:
    """Whether a set can be restored from now."""
    try:
        return site.vault.resolve(set_id).state == "complete"
    except PryvTuiError:
        return False
