"""Build the plan that verifies a set. Pure."""

from __future__ import annotations

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.plan import Plan, numbered
from pryv_tui.operations.steps.sets.check_set import CheckSet
from pryv_tui.reading import ShortOfRights
from pryv_tui.vault.checks import next_part
from pryv_tui.vault.set_files import SET_JSON
from pryv_tui.vault.sets import BackupSet


def verify_plan(backup: BackupSet, *, parts: int = 1, location: str = "") -> Plan:
    """Plan to read all of a set, or its next part.

    Args:
        parts: the number of checks that together read the whole set; 1: this one reads everything.
        location: the repository that is the vault, in the form for restic; empty for a folder.

    Raises:
        PryvTuiError: `set-damaged`, the set has no readable manifest, so it is not known what it
            should contain; `rights`, this user may not read it.
    """
    if backup.state == "closed":
        raise ShortOfRights(f"{backup.id} can't be checked: {backup.problem}")
    manifest = backup.manifest
    if manifest is None:
        raise PryvTuiError(
            "set-damaged",
            f"{backup.id} is {backup.state}: {backup.problem or f'it has no {SET_JSON}'}",
            "It is not a complete set: nothing says what it should hold. Choose a complete one:"
            " pryv-tui list"
            if backup.state == "partial"
            else None,
        )
    here = backup.here or not backup.repository
    step = CheckSet(
        set_id=backup.id,
        folders=tuple(str(backup.host_folder(host.name)) for host in manifest.hosts)
        if here
        else (),
        location=location,
        in_repository=bool(backup.snapshot),
        part=next_part(backup.checks, parts) if parts > 1 else 1,
        parts=parts,
    )
    return Plan(
        kind="verify",
        roles=manifest.roles,
        steps=numbered([step]),
        domain=manifest.domain,
        set_id=backup.id,
        effects=(
            "The running platform is not touched. The set is only read; the result is written"
            " down beside its files.",
        ),
    )
