"""Build the plan of a release: remove for good the content that a run moved aside.

`release_plan` is pure. `plan_release` calls it after it has looked for that content in the roots.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.acts import act_words
from pryv_tui.operations.kind import Past, kind_of
from pryv_tui.operations.plan import Plan, numbered
from pryv_tui.operations.root.aside import (
    MOVING,
    RELEASING,
    RETURNING,
    kept_folders,
    parts_of,
    why_unseen,
)
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.steps.bringing_back.release_aside import ReleaseAside

BEFORE = (
    "It is the content from before that restore. Data written between the last backup and the"
    " restore exists nowhere else."
)
PUT_THERE = (
    "It is the content that a restore had put there; the set itself stays. Data written after it"
    " exists nowhere else."
)


AS_IT_WAS = (
    "It is the content that an undo had put back, before that undo was itself undone. Data that is"
    " in no set exists nowhere else."
)


def _what(folders: Mapping[str, Sequence[str]], *, former: bool) -> list[str]:
    """The sentences about the kind of content that is removed: moved aside by a restore, by an
    undo, or by both.

    Args:
        folders: by host, the folders to remove.
        former: whether the content that an undo moved aside did not come from a restore.
    """
    put_there = AS_IT_WAS if former else PUT_THERE
    kinds = {PurePosixPath(name).parent.name for names in folders.values() for name in names}
    return [
        text
        for kind, text in ((own_folder.ASIDE, BEFORE), (own_folder.UNDONE, put_there))
        if kind in kinds
    ]


def plan_release(deployment: Deployment, past: Past, run: str) -> Plan:
    """Plan to remove for good the content that a restore or an undo moved aside.

    Raises:
        PryvTuiError: `run-unknown`; `refused`, the run has not ended, or the content does not exist
            any more, or it may still be needed.
    """
    moved = past.moved(run)
    if not kind_of(moved.kind).moves_roots:
        raise PryvTuiError(
            "refused",
            f"the run {moved.run} was not a restore or an undo ({act_words(moved.kind)}): it"
            " moved nothing aside",
            "To see what was moved aside: pryv-tui status",
        )
    if moved.goes_on:
        raise PryvTuiError(
            "refused",
            f"the run {moved.run} is still running",
            f"Wait for its end: pryv-tui attach {moved.run}",
        )
    if moved.kind == "restore" and moved.gone_on_with_by:
        raise PryvTuiError(
            "refused",
            f"the restore {moved.gone_on_with_by} continued {moved.run}, and uses the content that"
            f" {moved.run} moved aside",
            "Release both together, since one alone could not be undone any more: pryv-tui"
            f" release {moved.gone_on_with_by} --confirm {shlex.quote(deployment.domain)}",
        )
    folders: dict[str, list[str]] = {}
    half_done: list[str] = []
    unseen: list[str] = []
    hosts = {one.host for one in moved.asides}
    for state in deployment.hosts:
        there = bool(state.root) and state.root_exists
        why = why_unseen(state.root_path) if there else "no root is found there now"
        if why and (not hosts or state.name in hosts):
            unseen.append(f"on {state.name} {why}")
        if not state.root or not there:
            continue
        root = Path(state.root)
        own = {*(own_folder.undone(root, name) for name in moved.runs), *map(Path, moved.places)}
        # The run may have used another path to the root.
        own = {Path(os.path.realpath(path)) for path in own}
        names = []
        for path in kept_folders(root):
            plain = path.with_name(path.name.removesuffix(RELEASING))
            name, _, ending = plain.name.partition(".")
            if Path(os.path.realpath(plain.with_name(name))) not in own:
                continue
            if ending in (MOVING[1:], RETURNING[1:]):
                half_done.append(f"{state.root} on {state.name}")
            else:
                names.append(str(plain))
        if names:
            folders[state.name] = sorted(set(names))
            if read_marker(root) is not None:
                half_done.append(f"{state.root} on {state.name}")
    on_disks = {
        name: [str(part) for part in parts_of(Path(name)) if part.name == Path(name).name][1:]
        for names in folders.values()
        for name in names
    }
    return release_plan(
        deployment,
        run=moved.run,
        folders=folders,
        half_done=half_done,
        unseen=unseen,
        on_disks=on_disks,
        former=moved.former,
    )


def release_plan(
    deployment: Deployment,
    *,
    run: str,
    folders: Mapping[str, Sequence[str]],
    half_done: Sequence[str] = (),
    unseen: Sequence[str] = (),
    on_disks: Mapping[str, Sequence[str]] = MappingProxyType({}),
    former: bool = False,
) -> Plan:
    """Plan to remove the folders into which a run has moved content aside.

    Args:
        run: the id of that restore or undo.
        folders: by host, its folders that still exist, without the suffix that a stopped release
            gave them.
        on_disks: by folder, the folders with a part of its content on disks mounted below the root.
        former: whether the run is an undo that moved other content aside than a restore's.
        half_done: the roots that a restore or undo left half-done, so that their former content may
            be needed.
        unseen: the hosts on which the folders could not be looked for, with the reason, in words.

    Raises:
        PryvTuiError: `refused`, there is no such folder, or the content may still be needed.
    """
    if half_done:
        raise PryvTuiError(
            "refused",
            f"{', '.join(half_done)} is half-restored: what was there before may still be needed",
            "Finish it, or put back what was there before: pryv-tui recover",
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
    if not steps and unseen:
        raise PryvTuiError(
            "refused",
            f"it is not known whether the content that the run {run} moved aside still exists:"
            f" {'; '.join(unseen)}",
            "To see why it could not be looked for: pryv-tui doctor",
        )
    if not steps:
        raise PryvTuiError(
            "refused",
            f"nothing that the run {run} moved aside is there any more",
            "That run has nothing to release. To see what else was moved aside: pryv-tui status",
        )
    return Plan(
        kind="release",
        roles=deployment.roles,
        steps=numbered(steps),
        domain=deployment.domain,
        effects=(
            f"The content that the run {run} moved aside is removed for good: it can't be put back"
            " any more.",
            *_what(folders, former=former),
            "The running platform and the backup sets are not touched.",
        ),
    )
