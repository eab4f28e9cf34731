"""The acts of a scenario that only look: the results of `status`, `doctor`, `list` and `audit`, in
a few lines."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pryv_tui.drills.playing.ground import Ground
from pryv_tui.operations.audit.from_set import Audit, audit_set
from pryv_tui.operations.audit.integrity import agrees
from pryv_tui.operations.audit.live import LiveAudit, audit_live
from pryv_tui.operations.guards.doctor import doctor
from pryv_tui.operations.sets.known_vaults import resolve
from pryv_tui.phrases import counted
from pryv_tui.platform.casualties import KINDS
from pryv_tui.practice.harm import silent
from pryv_tui.practice.home import Home
from pryv_tui.reading import LINE, read_whole
from pryv_tui.runs.now import holds_now
from pryv_tui.runs.record.undos import brought_back
from pryv_tui.runs.recovery import first_look
from pryv_tui.vault.set_files import FILES_NAME

MOST = 12
"""The largest number of lines that fits on a page."""


NOTHING = "Nothing lacks its other half."
"""The line for an audit that found no casualty, and could check everything."""


class Seen(NamedTuple):
    """The outcome of a look, and the lines to show."""

    outcome: str
    said: list[str]


def status(ground: Ground) -> Seen:
    """Return roles, containers, the newest set, and what needs attention."""
    found = first_look(ground.site).overview
    said = []
    for state in found.deployment.hosts:
        roles = ", ".join(state.roles) or "no role"
        running = sum(one.running for one in state.containers)
        said.append(
            f"{state.name}: {roles}; {running} of"
            f" {counted(len(state.containers), 'container')} running"
        )
    said += [f"{one.level.upper()}: {one.text}" for one in found.attention if one.level != "info"]
    said.append(f"Newest set: {found.last.id}" if found.last is not None else "There is no set.")
    return Seen("done", said[:MOST])


def preconditions(ground: Ground) -> Seen:
    """Return the lines of `doctor` that are not OK."""
    site = ground.site
    deployment = site.discover()
    lines = doctor(
        site,
        deployment,
        holds_now(site),
        brought=partial(brought_back, site, deployment),
    )
    said = [
        f"{one.outcome.upper()}: {one.name}: {one.text}" for one in lines if one.outcome != "ok"
    ]
    return Seen("done", said[:MOST] or ["Every precondition is OK."])


def sets(ground: Ground, named: Mapping[str, str]) -> Seen:
    """Return the sets, oldest first, with their roles and the numbers of their files and documents.

    Args:
        named: the sets' ids, by their names in the story; these names are shown after the ids.
    """
    names = {made: f"{made} ({name})" for name, made in named.items()}
    said = []
    for one in ground.site.vault.sets():
        manifest = one.manifest
        if manifest is None:
            said.append(f"{names.get(one.id, one.id)}: {one.state}")
            continue
        files = sum(part.files for part in manifest.hosts)
        documents = sum(
            sum(part.stores.get("mongodb", {}).get("collections", {}).values())
            for part in manifest.hosts
        )
        said.append(
            f"{names.get(one.id, one.id)}: {', '.join(manifest.roles)}; {counted(files, 'file')},"
            f" {counted(documents, 'document')}"
        )
        said += [f"  WARNING: {line}" for line in manifest.warnings[:2]]
    return Seen("done", said[-MOST:] or ["There is no set."])


def audit_of(ground: Ground, set_id: str) -> Seen:
    """Return the casualties in a set: they arise because the platform was in use during its
    backup."""
    found = audit_set(resolve(ground.site, set_id))
    return Seen("warnings" if found.total else "done", kinds_said(found))


def audit_now(ground: Ground, set_id: str = "") -> Seen:
    """Return the casualties on the running platform."""
    live = live_now(ground, set_id)
    return Seen(outcome_of(live), kinds_said(live.found))


def live_now(ground: Ground, set_id: str = "") -> LiveAudit:
    """Audit the running platform.

    Args:
        set_id: a set whose audit is taken into account; empty if none.
    """
    site = ground.site
    backup = resolve(site, set_id) if set_id else None
    return audit_live(site, (backup, audit_set(backup)) if backup is not None else None)


def settled(live: LiveAudit) -> list[str]:
    """Return the casualties and the missing checks of a live audit, in words; empty if everything
    was checked and no casualty remains."""
    return kinds_said(live.found) if live.found.total or live.found.not_checked else []


def outcome_of(live: LiveAudit) -> str:
    """Return the outcome of a live audit, consistent with the exit code of `audit --live`."""
    if live.found.total:
        return "warnings"
    return "done" if live.checked else "failed"


def kinds_said(found: Audit) -> list[str]:
    """Return the casualties that an audit found and what it could not check, in at most `MOST`
    lines."""
    said = []
    for each in KINDS:
        names = found.names(each.group, each.name)
        if names:
            said.append(f"{each.title.capitalize()}: {', '.join(map(found.shown, names[:3]))}")
            said.append(f"  {each.consequence}")
    said += [f"Not checked: {one.what}: {one.why}" for one in found.not_checked]
    return said[:MOST] or [NOTHING]


def hashes(ground: Ground) -> Seen:
    """Compare an attached file, on the live platform and in each set, with the hash in its
    event."""
    path = silent.damaged_file(ground.place)
    said = [f"{path}:"]
    integrity = silent.integrity_of(ground.place, path)
    core = Home(ground.place).home_of("core")
    places = [("live", core.root / path)]
    for one in ground.site.vault.sets():
        places += [(one.id, one.host_folder(core.name) / FILES_NAME / path)]
    for where, file in places:
        said.append(f"  {where}: {_word(file, integrity)}")
    return Seen("done", said)


def file_is_good(ground: Ground) -> list[str]:
    """Return what is wrong with the live file that `hashes` examines; empty if the hash in its
    event matches."""
    path = silent.damaged_file(ground.place)
    live = Home(ground.place).home_of("core").root / path
    integrity = silent.integrity_of(ground.place, path)
    return [] if _agrees(live, integrity) else [f"{path} does not match the hash in its event"]


def _word(file: Path, integrity: str) -> str:
    found = _agrees(file, integrity)
    if found is None:
        return "not there"
    return "matches the hash in its event" if found else "does NOT match the hash in its event"


def _agrees(file: Path, integrity: str) -> bool | None:
    try:
        digest = hashlib.sha256(read_whole(file, limit=LINE)).digest()
    except OSError:
        return None
    return bool(agrees(digest, integrity))
