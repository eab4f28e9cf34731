"""Build the plan that copies single files out of a set; existing files are not replaced. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.plan import Plan, Step, numbered
from pryv_tui.operations.steps.bringing_back.bring_files import BringFiles
from pryv_tui.vault.matching import Matched
from pryv_tui.vault.set_files import FILES_NAME, SUMS_NAME
from pryv_tui.vault.sets import BackupSet


def bring_plan(
    deployment: Deployment,
    backup: BackupSet,
    patterns: Sequence[str],
    matched: Mapping[str, Matched],
    *,
    run_id: str,
    vault: str,
    to: str = "",
    rests: Mapping[str, tuple[str, ...]] | None = None,
) -> Plan:
    """Plan to copy the files that match patterns, from each part of the set that has such files.

    Args:
        patterns: see `match`.
        matched: the matching files, by host of the set.
        run_id: the name of the new folder below the root.
        vault: the folder of the vault, which is refused as target.
        to: a folder for the files, with a folder in it for each host; empty: below each root.
        rests: by host, partial copies below its root from earlier runs; they are removed first.

    Raises:
        PryvTuiError: `refused`, no file matches, or there is no folder for the files.
    """
    manifest = backup.need("files")
    if to and (Path(vault) == Path(to) or Path(vault) in Path(to).parents):
        raise PryvTuiError(
            "refused",
            f"{to} is in the vault: a set is never changed",
            "Name another folder with --to.",
        )
    steps: list[Step] = []
    for part in manifest.hosts:
        found = matched.get(part.name)
        if found is None or not found.paths:
            continue
        state = deployment.host(part.name)
        if to:
            target = f"{to}/{part.name}"
        elif state is not None and state.root and state.root_exists:
            target = str(own_folder.files(Path(state.root)) / run_id)
        else:
            raise PryvTuiError(
                "refused",
                f"{part.name} has no root here to put the files into",
                "Name a folder with --to.",
            )
        steps.append(
            BringFiles(
                host=part.name,
                source=f"{backup.path}/{part.name}",
                target=target,
                patterns=tuple(pattern.strip("/") for pattern in patterns),
                files=len(found.paths),
                bytes=found.bytes,
                sums=part.sums,
                index=part.index,
                rests=() if to else (rests or {}).get(part.name, ()),
            )
        )
    if not steps:
        raise PryvTuiError(
            "refused",
            f"in the set {backup.id} no file matches {', '.join(patterns)}",
            f"Paths are relative to the root, like those after {FILES_NAME}/ in the set's"
            f" {SUMS_NAME}; `*` stands for anything, also for `/`.",
        )
    left = [rest for step in steps if isinstance(step, BringFiles) for rest in step.rests]
    return Plan(
        kind="files",
        roles=manifest.roles,
        steps=numbered(steps),
        domain=manifest.domain,
        set_id=backup.id,
        effects=(
            *(f"Removed first, as remains of an earlier run: {rest}." for rest in left),
            f"No{' other' if left else ''} existing file is touched, and nothing is stopped:"
            " the files are put into a separate folder, from which you take what you need.",
        ),
    )
