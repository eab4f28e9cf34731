"""Check the preconditions of a restore: the set belongs to the platform, the machines are ready."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import structs

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.engine import Container, Mount
from pryv_tui.hosts.ownership import TOP_FOLDERS
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.audit.whose import CHOOSE, whose
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.guards import place
from pryv_tui.operations.guards.busy import busy_guard
from pryv_tui.operations.guards.compose import powers_guard, set_files_guard
from pryv_tui.operations.guards.disks import restore_disks
from pryv_tui.operations.guards.host import dangling, engine_guard, forbidden
from pryv_tui.operations.guards.line import GuardLine, failed, ok, unknown, warning
from pryv_tui.operations.guards.links import restored_links
from pryv_tui.operations.guards.place import (
    SPACE_RESERVE,
    other_work,
    privilege_guard,
    size,
    state_guard,
    vault_guard_readable,
    vault_owner_guards,
)
from pryv_tui.operations.guards.room import restore_room
from pryv_tui.operations.lost.here import missing_here
from pryv_tui.operations.lost.words import lacking, note_words, restore_words
from pryv_tui.operations.root.compose import compose_program
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.root.moving import stays_at_top
from pryv_tui.operations.root.stopped import living_elsewhere, save_first
from pryv_tui.operations.sets.missing_roles import Missing, bare_roles, own_of
from pryv_tui.operations.sets.targets import Target
from pryv_tui.operations.site import Site
from pryv_tui.phrases import counted
from pryv_tui.platform.release import same_line
from pryv_tui.vault.set_files import FILES_NAME
from pryv_tui.vault.sets import BackupSet


def restore_guards(
    site: Site,
    deployment: Deployment,
    backup: BackupSet,
    targets: Sequence[Target],
    kept: Sequence[str] = (),
    going_on: GoingOn | None = None,
) -> list[GuardLine]:
    """Check every precondition of a restore of a set onto these targets.

    Args:
        kept: hosts on which an earlier run has already copied the files back.
        going_on: the run that is using the platform now, if the caller only wants to show the
            lines.
    """
    lines: list[GuardLine] = [busy_guard(going_on)] if going_on is not None else []
    why = backup.why_not("restore")
    if why is not None:
        return [*lines, failed("set", why.what, why.remedy)]
    manifest = backup.need("restore")
    lines.append(ok("set", f"{backup.id} is complete"))
    lines.append(privilege_guard(site))
    lines += whose_lines(site, deployment, backup, _OF_ANOTHER)
    if manifest.form == "single-node" and len(deployment.hosts) > 1:
        lines.append(
            failed(
                "form",
                "the set is of a single-node platform, this one has several machines",
                "Restore it on one machine, without the configuration file.",
            )
        )
    for target in targets:
        state = deployment.host(target.host)
        part = next(h for h in manifest.hosts if h.name == target.set_host)
        if state is None:
            continue
        lines.append(engine_guard(state))
        lines.append(_roles_line(state, part.roles))
        lines.append(_release_line(state, part.release))
        root = Path(target.root)
        lines.append(_target_root_line(state, root, kept=target.host in kept))
        part_files = backup.host_folder(part.name) / FILES_NAME
        lines += restore_disks(site, state, root, backup.id, part, part_files)
        lines.append(restore_room(state, root, part, part_files, kept=target.host in kept))
        lines += restored_links(state, root, part.layout)
        marker = read_marker(root)
        if marker is None and state.reachable:
            # Not needed after an unfinished restore: it has moved the former folders aside.
            lines.append(_living_line(site, state))
        if marker is not None and marker.undoes:
            lines.append(
                failed(
                    f"half-undone {state.name}",
                    f"the undo {marker.run} stopped half-way in {root}: it contains former and"
                    " restored content, mixed",
                    "Finish it first: pryv-tui recover",
                )
            )
        elif marker is not None:
            lines.append(
                ok(
                    f"half-restored {state.name}",
                    f"a restore in {root} did not finish (run {marker.run}); "
                    + (
                        "the files that it has brought back stay"
                        if target.host in kept
                        else "what it put there is moved aside too"
                    ),
                )
            )
        present = {c.name for c in state.containers}
        ran = {image.container for image in part.images if image.running}
        if state.reachable and ran - present and compose_program(site.host(state.name)) is None:
            lines.append(
                failed(
                    f"compose {state.name}",
                    f"containers are missing ({', '.join(sorted(ran - present)[:4])}) and there is"
                    " neither docker-compose nor docker compose to bring them up",
                    "Install one: apt-get install docker-compose",
                )
            )
        if backup.here:
            machine = site.host(state.name)
            lines += set_files_guard(state, part_files, str(root), part.images, machine)
            powers = powers_guard(state, part_files, str(root))
            lines += [powers] if powers is not None else []
    if not backup.here:
        free, told = place.free_for_a_set(site)
        text = f"{size(manifest.bytes)} needed to fetch the set, {told}"
        if free < manifest.bytes + SPACE_RESERVE:
            lines.append(failed("space to fetch", text, other_work(site)))
        else:
            lines.append(ok("space to fetch", text))
    lines += _missing_lines(site, deployment, backup)
    roots = [Path(t.root) for t in targets]
    lines += [vault_guard_readable(site, roots), *vault_owner_guards(site)]
    lines.append(state_guard(site, roots))
    return lines


def _living_line(site: Site, state: HostState) -> GuardLine:
    """Fail if a database still uses a folder that was moved away or replaced. Once it is stopped,
    what it has written there is not in the root, and is easily lost."""
    name = f"mounts {state.name}"
    engine = site.host(state.name).engine
    living = living_elsewhere(engine, state.containers, state)
    if not living:
        return ok(name, "the databases use the present folders of the root")
    # Several containers may use the same folder; the remedy names each folder once.
    folders: dict[str, tuple[Container, Mount]] = {}
    for one, mount in living:
        folders.setdefault(mount.source, (one, mount))
    told = [f"{one.name} does not use {source}" for source, (one, _) in folders.items()]
    practice = site.practice
    saved = [
        save_first(engine, one, mount, state, practice=practice) for one, mount in folders.values()
    ]
    names = dict.fromkeys(one.name for one, _ in living)
    stop = "; ".join(container_command("stop", each, state.name) for each in names)
    return failed(
        name,
        f"{', '.join(told)} but a folder that was there before: the data may be in no other"
        " folder, and might not be found again once the container is stopped",
        f"{'. '.join(saved)}. If none of that data is wanted: {stop}; then try again.",
    )


def _missing_lines(site: Site, deployment: Deployment, backup: BackupSet) -> list[GuardLine]:
    """Report the missing roles that a restore of this set would not restore."""
    try:
        sets = site.vault.sets()
    except PryvTuiError as error:
        return [warning("missing roles", f"other sets can't be looked at: {error.what}",
                        error.remedy)]  # fmt: skip
    found = missing_here(site, deployment, sets)
    return [
        *(
            warning("missing roles", *restore_words(one, backup.id))
            for one in lacking(found, backup)
            if not one.meant
        ),
        *(
            structs.replace(ok("missing roles", _meant_words(one, backup)), accepted=said)
            for one in lacking(found, backup)
            if one.meant
            for said in (one.accepted.words if one.accepted is not None else "",)
        ),
    ]


def _meant_words(one: Missing, backup: BackupSet) -> str:
    if one.accepted is None:
        return note_words(one)[0]
    return f"{restore_words(one, backup.id)[0]}; {one.accepted.words}"


_OF_ANOTHER = (
    "Choose a set of this platform. If the set is of a platform that was here before: first stop"
    " the containers and move the content of the roots elsewhere, or restore on an empty machine."
)


def whose_lines(
    site: Site, deployment: Deployment, backup: BackupSet, remedy: str = CHOOSE
) -> list[GuardLine]:
    """Check that a set belongs to the platform that is here (`audit.whose`)."""
    return [
        structs.replace(ok(one.name, one.text), accepted=one.accepted)
        if one.fits
        else failed(one.name, one.text, one.remedy, key=one.key, about=one.about)
        for one in whose(site, deployment, backup, remedy)
    ]


def _roles_line(state: HostState, roles: Sequence[str]) -> GuardLine:
    name = f"roles {state.name}"
    # Fewer roles here than in the set mean that a role was lost. A role that is not in the set
    # means that this is the wrong machine.
    if set(state.roles) <= set(roles):
        if not state.roles:
            known = f"{state.name}: what runs there is not known"
            return (ok if state.reachable else unknown)(
                name,
                f"{', '.join(roles)} onto {'an empty machine' if state.reachable else known}",
            )
        here = state.root_path if state.root and state.root_exists else None
        bare = bare_roles(here, state.roles, own_of(state)) if here is not None else ()
        # A role with containers but without files counts as gone.
        gone = [role for role in roles if role not in state.roles or role in bare]
        missing = f"; {', '.join(gone)} not here now: made again from the set" if gone else ""
        return ok(name, f"{', '.join(roles)} onto {', '.join(state.roles)}{missing}")
    return failed(
        name,
        f"this part of the set holds {', '.join(roles)}, but {state.name} has"
        f" {', '.join(state.roles)}",
        "Restore it on the machine that has these roles.",
    )


def _release_line(state: HostState, release: str | None) -> GuardLine:
    name = f"release {state.name}"
    if release is None or state.release is None:
        # If nothing of the platform is here yet, there is nothing to compare with.
        nothing = state.reachable and not state.containers
        return (ok if nothing else unknown)(
            name,
            f"set {release or 'not known'}, here {state.release or 'not known'}: not compared",
        )
    if same_line(release, state.release):
        return ok(name, f"set {release}, here {state.release}")
    return failed(
        name,
        f"the set is of release {release}, the containers here are {state.release}",
        "Bring up the set's release first: data of one release does not fit another.",
    )


def _target_root_line(state: HostState, root: Path, *, kept: bool = False) -> GuardLine:
    name = f"root {state.name}"
    if forbidden(root):
        return failed(name, f"{root} can't be a platform's root", "Name it with --root.")
    if where := dangling(root):
        return failed(
            name,
            f"the root {root} is a link to {where}, and nothing is there",
            f"Mount the disk that {where} is on, or make the folder: mkdir -p {where}",
        )
    if not root.exists():
        return ok(name, f"{root} does not exist yet; it will be made")
    if not root.is_dir():
        return failed(name, f"{root} is not a folder", "Name the root with --root.")
    stays = stays_at_top(root)
    entries = [entry for entry in root.iterdir() if entry.name not in stays]
    alien = entries and not any(entry.name in TOP_FOLDERS for entry in entries)
    if alien and not own_folder.of(root).exists():
        return failed(
            name,
            f"{root} holds {counted(len(entries), 'entry', 'entries')} and none of"
            f" {', '.join(TOP_FOLDERS)}, which a Pryv.io installation has",
            "Name the right root with --root, or a folder that is empty.",
        )
    if state.mount_root is not None and state.mount_root != str(root):
        return failed(
            name,
            f"the root is {root} (from {state.root_source}), but the containers here use"
            f" {state.mount_root}: they would continue with the old data",
            f"Name the root that they use: --root {state.mount_root}",
        )
    if kept:
        return ok(name, f"{root}; an earlier run has brought its files back, and they stay")
    if not entries:
        return ok(name, f"{root}; nothing there has to be moved aside")
    return ok(
        name,
        f"{root}; its {counted(len(entries), 'entry is', 'entries are')} moved aside, not deleted",
    )
