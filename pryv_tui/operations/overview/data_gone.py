"""Alarms about data that is gone while its role still exists, and how to bring it back. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.emptied.gone import DataGone, Untold, gone_clause, gone_key, lost_by
from pryv_tui.operations.overview.attention import Attention, of_roles
from pryv_tui.operations.sets.missing_roles import is_missing
from pryv_tui.operations.sets.way_back import way_back
from pryv_tui.vault.sets import BackupSet

ELSEWHERE = "If another vault holds a set of it, name that: --vault DIR"


class Told(NamedTuple):
    """What one role on one machine has lost."""

    role: str
    host: str
    text: str
    """What is lost, as a sentence without its full stop."""
    remedy: str
    key: str
    """The key by which a person accepts the loss, if the data was erased on purpose."""
    about: str
    """A short form of the facts for which the acceptance is valid."""


def told_gone(
    gone: Sequence[DataGone], deployment: Deployment, sets: Sequence[BackupSet]
) -> list[Told]:
    """The losses, one entry for each role on each machine.

    A role that has no file on any machine is left out: it is reported as a missing role.
    """
    found = []
    for host, role in dict.fromkeys((one.host, one.role) for one in gone):
        mine = lost_by(gone, role, host)
        whole = not all(one.service for one in mine)
        if whole and is_missing(role, deployment):
            continue
        clause = f"the files of {role} are gone" if whole else gone_clause(mine)
        text = f"{host}: {clause} ({'; '.join(one.words for one in mine)})"
        found.append(Told(role, host, text, back_words(mine, deployment, sets), *gone_key(mine)))
    return found


def back_words(lost: Sequence[DataGone], deployment: Deployment, sets: Sequence[BackupSet]) -> str:
    """Say how to bring back what one role of a machine has lost, and what to do before that.

    Args:
        lost: the losses of one role on one machine; at least one.
    """
    held = max(one.set for one in lost)
    holder = next((one for one in sets if one.id == held), None)
    first = " ".join(dict.fromkeys(filter(None, (one.first for one in lost))))
    if holder is None:
        return f"{first} {ELSEWHERE}".lstrip()
    back = way_back(deployment, holder, (lost[0].role,)).words + _with_it(lost[0], holder)
    return (
        f"{first} Then, if it is still gone, bring it back: {back}"
        if first
        else (f"Bring it back: {back}")
    )


def _with_it(one: DataGone, holder: BackupSet) -> str:
    """A clause with the other machines that the restore replaces too; empty if none.

    A restore of a role takes all machines of the set that have this role.
    """
    parts = holder.manifest.hosts if holder.manifest is not None else ()
    having = [part.name for part in parts if one.role in part.roles]
    others = [name for name in having if name != one.host]
    if len(having) < 2:
        return ""
    return f" ({one.role} on {', '.join(others)} goes back to that set too)"


def data_attention(
    gone: Sequence[DataGone],
    untold: Sequence[Untold],
    deployment: Deployment,
    sets: Sequence[BackupSet],
) -> list[Attention]:
    """A failure for each loss of data, and a note for each store that could not be asked."""
    found = [
        Attention("failed", f"{one.text}.", one.remedy, one.key, one.about)
        for one in told_gone(gone, deployment, sets)
    ]
    notes = [
        Attention("info", f"{one.words}.", "", but=f"what {one.store} holds is not known")
        for one in untold
    ]
    return of_roles([*found, *notes])
