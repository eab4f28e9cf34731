"""The plan of a release: what was moved aside is removed for good. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from types import MappingProxyType

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.plan import Plan, numbered
from pryv_tui.operations.steps.bringing_back.release_aside import ReleaseAside

BEFORE = (
    "It is what was there before that restore. What was written after the last backup before it is"
    " nowhere else."
)
PUT_THERE = (
    "It is what a restore had put there; its set is as it was. What was written after that restore"
    " is nowhere else."
)


def _what(folders: Mapping[str, Sequence[str]]) -> list[str]:
    """What is let go: a restore moves aside what was there, an undo what a restore had brought."""
    kinds = {PurePosixPath(name).parent.name for names in folders.values() for name in names}
    return [
        text
        for kind, text in ((own_folder.ASIDE, BEFORE), (own_folder.UNDONE, PUT_THERE))
        if kind in kinds
    ]


def release_plan(
    deployment: Deployment,
    *,
    run: str,
    folders: Mapping[str, Sequence[str]],
    half_done: Sequence[str] = (),
    on_disks: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Plan:
    """Remove what a run has moved aside.

    Args:
        run: the restore or undo whose content is let go.
        folders: per host, the folders of it that are there, without the ending that a release
            which was stopped gave them.
        on_disks: per folder, where a part of it lies on disks that are mounted below the root.
        half_done: roots that a restore or undo has left half-done: theirs may be needed yet.

    Raises:
        PryvTuiError: `refused` when nothing is there, or when it may be needed yet.
    """
    if half_done:
        raise PryvTuiError(
            "refused",
            f"{', '.join(half_done)} is half-restored: what was there before may be needed yet",
            "Bring it to its end, or put back what was there: pryv-tui recover",
        )
    steps = []
    for host, names in folders.items():
        state = deployment.host(host)
        for name in names:
            steps.append(
                ReleaseAside(
                    host=host,
                    root=(state and state.root) or "",
                    folder=name,
                    on_disks=tuple(on_disks.get(name, ())),
                )
            )
    if not steps:
        raise PryvTuiError(
            "refused",
            f"nothing that the run {run} moved aside is there any more",
            "There is nothing to release; what lies aside is named by: pryv-tui status",
        )
    return Plan(
        kind="release",
        roles=deployment.roles,
        steps=numbered(steps),
        domain=deployment.domain,
        effects=(
            f"What the run {run} moved aside is removed for good: it can't be put back any more.",
            *_what(folders),
            "The running platform and the backup sets are not touched.",
        ),
    )
