"""Check the preconditions of a drill in a sandbox, which must not disturb the live platform."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.file_systems import nearest
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.acts import follow_or_cancel
from pryv_tui.operations.audit.whose import CHOOSE
from pryv_tui.operations.drilling.places import is_held, kept_here
from pryv_tui.operations.drilling.pressure import Pressure, pressure_now
from pryv_tui.operations.drilling.spec import LEAST_MEMORY, LEAST_OF_APPLICATION, NotMade
from pryv_tui.operations.guards.line import GuardLine, failed, not_now, ok, unknown
from pryv_tui.operations.guards.place import SPACE_RESERVE, privilege_guard, sizes
from pryv_tui.operations.guards.restore import whose_lines
from pryv_tui.operations.plan import quote
from pryv_tui.operations.sets.known_good import seen_good, words_changed
from pryv_tui.operations.sets.targets import targets_for
from pryv_tui.operations.site import Site
from pryv_tui.phrases import counted
from pryv_tui.platform.roles import DATABASE_SERVICES
from pryv_tui.reading import read_whole
from pryv_tui.vault.manifest import SetManifest
from pryv_tui.vault.set_files import FILES_NAME, SEAL, SET_JSON
from pryv_tui.vault.sets import BackupSet

KEPT_FREE = 512 << 20
"""Bytes of memory that must stay free for the live platform during a drill."""


def drill_guards(
    site: Site,
    deployment: Deployment,
    backup: BackupSet,
    folder: str,
    containers: int,
    not_made: Sequence[NotMade] = (),
    going_on: GoingOn | None = None,
    expected_seconds: float | None = None,
    services: int = 0,
    unread: Sequence[str] = (),
) -> list[GuardLine]:
    """Check every precondition of a drill, before anything of its sandbox is made.

    Args:
        folder: the folder that the sandbox will be made in.
        containers: the number of database servers in the sandbox.
        not_made: the containers that can't be made.
        going_on: the run that is using the platform now.
        expected_seconds: the time that the last completed drill took; None if not known.
        services: the number of other containers in the sandbox.
        unread: descriptions of the parts of the services' configuration that were not read.
    """
    lines = [*_set_lines(site, deployment, backup), privilege_guard(site)]
    lines.append(place_line(site, deployment, Path(folder)))
    if backup.usable and backup.here:
        lines.append(words_line(backup))
        lines += links_lines(backup)
    if backup.manifest is not None:
        lines.append(_room_line(Path(folder), backup.manifest.bytes))
    lines.append(memory_line(available_memory(), containers, services, practice=site.practice))
    lines += pressure_lines(
        Pressure() if site.practice else pressure_now(),
        site.settings.drill_load,
        site.settings.drill_stalled,
        practice=site.practice,
    )
    lines.append(unwell_line(deployment))
    lines.append(_going_on_line(going_on))
    lines += [
        not_now("drills", f"the drill {one.drill} is running", follow_or_cancel(one.drill))
        for one in kept_here(site.state)
        if is_held(site.state, one.drill)
    ]
    lines += [_not_made_line(backup, one) for one in not_made]
    if not not_made:
        every = counted(containers + services, "container")
        lines.append(ok("images", f"{every}, each image is here"))
    if unread:
        told = f"not read, and may name servers to connect to: {'; '.join(unread)}"
        lines.append(unknown("configuration", told))
    # A failed drill gives no expected duration, nor does one whose run was removed from here.
    last = (
        f"the last drill that completed took {expected_seconds:.0f} s"
        if expected_seconds
        else "how long a drill takes is not known here yet"
    )
    lines.append(ok("duration", last))
    return lines


def _not_made_line(backup: BackupSet, one: NotMade) -> GuardLine:
    name = f"{'image' if one.image else 'container'} {one.service}"
    serves = one.service not in DATABASE_SERVICES
    if one.image and serves:
        return failed(
            name,
            one.why,
            f"Get it by hand, then try again: {quote('docker', 'pull', one.image)}. Or drill the"
            f" data alone: pryv-tui drill run {backup.id} --depth data",
        )
    if one.image:
        get = quote("docker", "pull", one.image)
        return failed(name, one.why, f"Get it by hand, then try again: {get}")
    if serves:
        return failed(
            name,
            one.why,
            f"Drill the data alone: pryv-tui drill run {backup.id} --depth data",
        )
    return failed(
        name,
        one.why,
        "Declare that service in the root's compose files, the way its container was made; then"
        " take a backup.",
    )


def _set_lines(site: Site, deployment: Deployment, backup: BackupSet) -> list[GuardLine]:
    why = backup.why_not("restore")
    if why is not None:
        return [failed("set", why.what, why.remedy)]
    manifest = backup.need("restore")
    lines = [ok("set", f"{backup.id} is complete")]
    if not backup.here:
        lines.append(
            failed(
                "set here",
                f"the files of {backup.id} are in {backup.repository} alone, not on this machine",
                f"Fetch them: pryv-tui fetch {backup.id}",
            )
        )
    lines += whose_lines(site, deployment, backup)
    return [*lines, *_other_platform(deployment, manifest)]


def words_line(backup: BackupSet) -> GuardLine:
    """Check that a set's manifest was not changed after the backup: a drill relies on it."""
    if problems := words_changed(backup):
        return failed(
            "words of the set",
            f"the manifest of {backup.id} was changed after it was written: {'; '.join(problems)}",
            f"See what is wrong with it: pryv-tui verify {backup.id}",
        )
    if (backup.folder / SEAL).is_file():
        return ok("words of the set", "its seal is whole")
    if (known := seen_good(backup)) is not None:
        told = (
            f"it has no seal; its manifest is the same as when the set was verified, {known.time}"
        )
        return ok("words of the set", told)
    return unknown(
        "words of the set",
        "it has no seal, like sets of earlier versions, and was not verified here before: it is"
        f" not known whether its {SET_JSON} was changed since it was made",
    )


def _other_platform(deployment: Deployment, manifest: SetManifest) -> list[GuardLine]:
    """Fail if a set's machines or roles show that it belongs to another platform, as for a restore.

    If there is no role here, nothing can be compared: then any set of the domain is accepted.
    """
    way = CHOOSE
    if not deployment.roles:
        return []
    several = len(manifest.hosts), len(deployment.hosts)
    if several[0] > 1 == several[1] or (manifest.form == "single-node" and several[1] > 1):
        here, there = (counted(many, "machine") for many in reversed(several))
        return [failed("form", f"the set is of {there}, this platform has {here}", way)]
    try:
        targets = targets_for(deployment, manifest, ())
    except PryvTuiError as error:
        return [failed("machines", error.what, way)]
    lines = []
    parts = {part.name: part for part in manifest.hosts}
    for target in targets:
        state, part = deployment.host(target.host), parts[target.set_host]
        # Fewer roles here than in the set mean that a role was lost. A role that is not in the set
        # means that the set is of another platform.
        if state is not None and not set(state.roles) <= set(part.roles):
            told = (
                f"this part of the set holds {', '.join(part.roles)}, but {state.name} has"
                f" {', '.join(state.roles)}"
            )
            lines.append(failed(f"roles {state.name}", told, way))
    return lines


def links_lines(backup: BackupSet) -> list[GuardLine]:
    """Fail if a set has a symbolic link on a path where a restore or a server writes: the writing
    could land outside the sandbox."""
    lines = []
    for part in backup.need("read").hosts:
        files = backup.host_folder(part.name) / FILES_NAME
        paths = {folder.path for folder in part.recreated}
        paths |= {p for one in part.layout.stores.values() for p in (one.data, one.dump) if p}
        ways = {way for path in paths for way in (Path(path), *Path(path).parents)}
        links = sorted(str(way) for way in ways if (files / way).is_symlink())
        if links:
            lines.append(
                failed(
                    f"links {part.name}",
                    f"the set has a symbolic link at {', '.join(links)}: what is written there"
                    " could land outside the sandbox",
                    "Choose a set that holds a real folder there: pryv-tui list",
                )
            )
    return lines


def place_line(site: Site, deployment: Deployment, folder: Path) -> GuardLine:
    """Check that a sandbox's folder is in no root, not in the vault, does not exist, and can be
    made; links are resolved."""
    real = Path(os.path.realpath(folder))
    taken = {f"the root of {s.name}": s.root for s in deployment.hosts if s.root}
    taken["the vault"] = str(site.vault.folder)
    for what, path in taken.items():
        other = Path(os.path.realpath(path))
        if real == other or other in real.parents:
            return failed(
                "sandbox",
                f"the sandbox {folder} would lie inside {what}, {path}",
                "Name a folder elsewhere with --sandbox.",
            )
    if folder.exists() or folder.is_symlink():
        return failed(
            "sandbox", f"{folder} is there already", "Name another folder with --sandbox."
        )
    # The parent must exist, because a person may have mistyped its name, or its disk may not be
    # mounted. Folders below the state folder are made.
    if not (folder.parent.is_dir() or site.state in folder.parents):
        return failed(
            "sandbox",
            f"{folder.parent} does not exist, and a drill makes no folder but its own",
            "Mount the disk that it is on, or make the folder, then try again:"
            f" {quote('mkdir', '-p', str(folder.parent))}",
        )
    above = nearest(real)
    if not os.access(above, os.W_OK | os.X_OK):
        return failed(
            "sandbox",
            f"no folder can be made in {above}",
            "Name a folder elsewhere with --sandbox.",
        )
    return ok("sandbox", str(folder))


def need_place(site: Site, deployment: Deployment, backup: BackupSet, named: Path) -> None:
    """Check that a sandbox can be made in a folder that a person named.

    This is done before the drill starts, so that a mistyped folder is no failed drill.

    Raises:
        PryvTuiError: `refused`, the folder is not suitable, or its disk has too little room.
    """
    lines = [place_line(site, deployment, named / "pryvdrill")]
    if lines[0].outcome == "ok" and backup.manifest is not None:
        lines.append(_room_line(named, backup.manifest.bytes))
    for line in lines:
        if line.outcome == "failed":
            raise PryvTuiError("refused", f"{line.name}: {line.text}", line.remedy)


def _room_line(folder: Path, held: int) -> GuardLine:
    above = nearest(folder)
    free = shutil.disk_usage(above).free
    # The restored files, and the data that databases load from their dumps.
    needed = 2 * held + SPACE_RESERVE
    wants, has = sizes(needed, free)
    text = f"{wants} needed on the disk of {above}, {has} free"
    if free < needed:
        return failed(
            "space",
            text,
            "Name a folder on a larger disk with --sandbox, or free some space there.",
        )
    return ok("space", text)


def memory_line(
    available: int | None, containers: int, services: int = 0, *, practice: bool = False
) -> GuardLine:
    """Check that there is enough memory for a drill's containers in addition to the platform's.

    Args:
        available: bytes of free memory; None if not known, which is no failure.
        containers: the number of database servers.
        services: the number of other containers, which need less memory than a database server.
    """
    if practice:
        return ok("memory", "a practice platform needs none")
    if available is None:
        return unknown("memory", "this machine does not tell how much is free")
    needed = containers * LEAST_MEMORY + services * LEAST_OF_APPLICATION + KEPT_FREE
    also = f" and {counted(services, 'service')}" if services else ""
    of = f" for {counted(containers, 'database')}{also}" if services else ""
    wants, has = sizes(needed, available)
    text = f"{wants} needed{of}, {has} free"
    if available < needed:
        return not_now(
            "memory",
            f"{text}: the platform itself would run short of memory",
            "Wait until more memory is free (free -m shows it), then try again.",
        )
    return ok("memory", text)


def pressure_lines(
    now: Pressure, load: int, stalled: int, *, practice: bool = False
) -> list[GuardLine]:
    """Check that the machine is not so busy that a drill would slow the platform down.

    Args:
        now: the kernel's figures.
        load: percent of the processors; at this load or more no drill begins. 0: no limit.
        stalled: percent of the last minute; if all tasks waited as long or longer, none begins.
    """
    if practice:
        return [ok("pressure", "not asked on a practice platform")]
    lines = []
    if now.load is None:
        lines.append(unknown("load", "this machine does not tell its load"))
    else:
        text = f"{now.load:.0f} % of the processors in the last minute"
        lines.append(
            not_now("load", f"{text}; a drill begins below {load} %", _wait("drill_load"))
            if load and now.load >= load
            else ok("load", text)
        )
    for name, share in (("memory", now.memory), ("disk", now.disk)):
        if share is None:
            told = f"whether tasks wait for {name} is not known on this machine"
            lines.append(unknown(f"pressure {name}", told))
            continue
        text = f"tasks waited for {name} during {share:.0f} % of the last minute"
        lines.append(
            not_now(
                f"pressure {name}",
                f"{text}; a drill begins below {stalled} %",
                _wait("drill_stalled"),
            )
            if share >= stalled
            else ok(f"pressure {name}", text)
        )
    return lines


def _wait(key: str) -> str:
    return (
        "Wait until the machine has less to do (vmstat 5 shows it), then try again; or allow"
        f" more with `{key}` in the configuration."
    )


def unwell_line(deployment: Deployment) -> GuardLine:
    """Report the live containers that are unhealthy or keep restarting, according to the engine.

    The line is never a failure, because an unhealthy container may be the reason for the drill.
    """
    ill = [
        f"{one.name} on {state.name} {'keeps restarting' if again else 'is unhealthy'}"
        for state in deployment.hosts
        for one in state.containers
        if (again := one.state == "restarting") or one.health == "unhealthy"
    ]
    dark = [f"not known for {one.name}" for one in deployment.hosts if not one.reachable]
    well = "according to the engine, none is unhealthy or keeps restarting"
    return (unknown if dark else ok)("containers", "; ".join([*ill, *dark]) or well)


def available_memory() -> int | None:
    """Return the bytes of memory available without swapping (proc(5), MemAvailable); None if not
    known."""
    try:
        text = read_whole("/proc/meminfo").decode("ascii", "replace")
    except OSError:
        return None
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["MemAvailable:"]:
            return int(words[1]) * 1024
    return None


def _going_on_line(going_on: GoingOn | None) -> GuardLine:
    if going_on is None:
        return ok("runs", "no other run is using the platform")
    return not_now(
        "runs",
        f"the {going_on.kind} {going_on.run} is running: a drill would take disk and memory from"
        " it",
        follow_or_cancel(going_on.run),
    )
