"""That what a role's users need is gone, while the role is there: as what needs a person, and what
brings it back. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.emptied.files import DataGone, gone_clause
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.operations.sets.way_back import way_back
from pryv_tui.vault.sets import BackupSet

ELSEWHERE = "If another vault holds a set of it, name that: --vault DIR"


class Told(NamedTuple):
    """What is gone of one role on one machine."""

    role: str
    host: str
    text: str
    """Without its stop."""
    remedy: str


def told_gone(
    gone: Sequence[DataGone], deployment: Deployment, sets: Sequence[BackupSet]
) -> list[Told]:
    """One of each role on each machine. A role of which all files are gone is told as gone, and
    not here."""
    found = []
    for host, role in dict.fromkeys((one.host, one.role) for one in gone if one.service):
        mine = [one for one in gone if (one.host, one.role) == (host, role)]
        text = f"{host}: {gone_clause(mine)} ({'; '.join(one.words for one in mine)})"
        found.append(Told(role, host, text, back_words(mine, deployment, sets)))
    return found


def back_words(lost: Sequence[DataGone], deployment: Deployment, sets: Sequence[BackupSet]) -> str:
    """How what one role of a machine has lost comes back, and what is done before that."""
    held = max(one.set for one in lost)
    holder = next((one for one in sets if one.id == held), None)
    first = " ".join(dict.fromkeys(filter(None, (one.first for one in lost))))
    if holder is None:
        return f"{first} {ELSEWHERE}".lstrip()
    back = way_back(deployment, holder, (lost[0].role,)).words
    return (
        f"{first} Then, if it is still gone, bring it back: {back}"
        if first
        else (f"Bring it back: {back}")
    )


def data_attention(
    gone: Sequence[DataGone], deployment: Deployment, sets: Sequence[BackupSet]
) -> list[Attention]:
    """The same as what needs a person before all else."""
    return [
        Attention("failed", f"{one.text}.", one.remedy) for one in told_gone(gone, deployment, sets)
    ]
