"""What an operator sees first: roles, containers, folders, the last backup, what needs a person."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.aside import RELEASING, kept_folders
from pryv_tui.operations.hints import container_command
from pryv_tui.operations.marker import read_marker
from pryv_tui.operations.own_sets import newest_set, told_domain
from pryv_tui.operations.since import age_of
from pryv_tui.operations.site import Site
from pryv_tui.platform.roles import ROLES
from pryv_tui.vault.checks import Verification
from pryv_tui.vault.copy import Selection, count_tree
from pryv_tui.vault.sets import BackupSet

OLD_BACKUP_HOURS = 24.0

Level = Literal["info", "warning", "failed"]


class Attention(msgspec.Struct, frozen=True):
    """Something that needs a person."""

    level: Level
    text: str
    remedy: str


class FolderSize(msgspec.Struct, frozen=True):
    """A folder of a role with its size."""

    path: str
    kind: str
    bytes: int
    files: int


class Doing(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has stopped or opened on purpose and not put back yet: no fault of its own."""

    run: str
    about: frozenset[str] = frozenset()
    """The run itself, and those whose work it takes over."""
    held: frozenset[tuple[str, str]] = frozenset()
    """Host and name of the containers that it stopped or paused, and has to let go on."""
    roots: frozenset[tuple[str, str]] = frozenset()
    """Host and root of what it replaces."""

    def holds(self, host: str, container: Container) -> bool:
        """Whether this container is down because of the run. A crash loop never is."""
        down = container.state in ("exited", "paused", "created")
        return down and (host, container.name) in self.held

    def replaces(self, host: str, root: str, marked_by: str) -> bool:
        """Whether a root is half-restored because of the run."""
        return (host, root) in self.roots or marked_by in self.about


class GoingOn(Doing, frozen=True, kw_only=True):
    """The run that goes on now."""

    kind: str
    since: str = ""
    """When it began."""
    roles: frozenset[str] = frozenset()
    inside: frozenset[tuple[str, str]] = frozenset()
    """Host and name of the containers in which its current step has programs run."""


OWN_FOLDERS: dict[str, tuple[str, ...]] = {
    name: tuple(
        folder.path
        for folder in role.folders
        if folder.kind == "travels"
        and not any(folder in other.folders for other in ROLES.values() if other is not role)
    )
    for name, role in ROLES.items()
}
"""Per role the folders that no other role has."""


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """All that the overview shows."""

    deployment: Deployment
    sets: tuple[BackupSet, ...]
    last: BackupSet | None
    attention: tuple[Attention, ...]
    going_on: GoingOn | None = None
    lost: tuple[str, ...] = ()
    """Roles that the last backup holds and that are not here."""


def overview(
    site: Site,
    deployment: Deployment,
    going_on: GoingOn | None = None,
    left: Sequence[Doing] = (),
) -> Overview:
    """Look at the vault now, and say what of all this needs a person; folder sizes are asked for
    apart.

    Args:
        deployment: the platform as it was found just now.
        going_on: the run that goes on now, as its journal tells it.
        left: what runs left half-done; it is told as such, not each of its traces.
    """
    problems: list[Attention] = []
    try:
        sets = tuple(site.vault.sets())
    except PryvTuiError as error:
        sets = ()
        problems.append(Attention("failed", error.what, error.remedy))
    last = newest_set(sets, told_domain(deployment), practice=site.practice)
    problems += attention(deployment, sets, last, going_on, left)
    if going_on is not None:
        text = f"The {going_on.kind} {going_on.run} is going on."
        problems.insert(0, Attention("info", text, f"Follow it: pryv-tui attach {going_on.run}"))
    return Overview(
        deployment=deployment,
        sets=sets,
        last=last,
        attention=tuple(problems),
        going_on=going_on,
        lost=tuple(lost_roles(deployment, last, going_on)),
    )


def attention(
    deployment: Deployment,
    sets: tuple[BackupSet, ...],
    last: BackupSet | None,
    going_on: GoingOn | None = None,
    left: Sequence[Doing] = (),
) -> list[Attention]:
    """What needs a person, the worst first; not what the run that goes on is busy with."""
    found: list[Attention] = []
    backing_up = going_on is not None and going_on.kind == "backup"
    for state in deployment.hosts:
        doing = (*left, going_on) if going_on is not None else tuple(left)
        found += _host_attention(state, deployment.domain, doing)
    if not deployment.roles:
        remedy = "To bring a platform back on this machine, restore a set."
        if all(state.reachable for state in deployment.hosts):
            found.append(Attention("info", "No role of a Pryv.io platform was found here.", remedy))
    elif last is None and not backing_up:
        found.append(
            Attention("warning", "There is no backup set yet.", "Take one: pryv-tui backup")
        )
    if last and last.manifest:
        age = age_hours(last.manifest.created)
        if deployment.roles and age > OLD_BACKUP_HOURS and not backing_up:
            text = f"The last backup is {age_of(age * 3600)} old."
            found.append(Attention("warning", text, "Take one: pryv-tui backup"))
        absent = [role for role in deployment.roles if role not in last.manifest.roles]
        if absent:
            found.append(
                Attention(
                    "warning",
                    f"The last backup does not hold {', '.join(absent)}.",
                    "Back every role up together: the gap between them is smallest then.",
                )
            )
    if last and last.manifest and all(state.reachable for state in deployment.hosts):
        lost = lost_roles(deployment, last, going_on)
        if lost and deployment.roles:
            found.append(
                Attention(
                    "failed",
                    f"{gone_words(lost)}: in the last backup, but not found here.",
                    f"Bring it back: pryv-tui restore {last.id}",
                )
            )
    for backup in sets:
        if backup.state == "damaged":
            found.append(
                Attention(
                    "warning",
                    f"The set {backup.id} is damaged: {backup.problem}",
                    f"See all of it: pryv-tui verify {backup.id}",
                )
            )
        elif backup.state == "complete" and backup.repository and not backup.snapshot:
            if backing_up or (going_on is not None and going_on.kind == "send"):
                continue
            found.append(
                Attention(
                    "warning",
                    f"The set {backup.id} is on this machine alone: it was not sent to"
                    f" {backup.repository}.",
                    f"Send it: pryv-tui send {backup.id}",
                )
            )
    order = {"failed": 0, "warning": 1, "info": 2}
    return sorted(found, key=lambda item: order[item.level])


def gone_words(lost: Sequence[str]) -> str:
    """That roles are gone, as a sentence begins."""
    names = [each.title for name, each in ROLES.items() if name in lost]
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} gone"


def glimpse(deployment: Deployment) -> tuple[bool, ...]:
    """Whether the roots and the roles' own folders are there: a look at some folders, so cheap that
    it can be taken each second. No engine tells that a folder went."""
    return tuple(
        os.path.lexists(path)
        for state in deployment.hosts
        if state.root
        for path in (
            state.root_path,
            *(state.root_path / own for role in state.roles for own in OWN_FOLDERS[role]),
        )
    )


def lost_roles(
    deployment: Deployment, last: BackupSet | None, going_on: GoingOn | None = None
) -> list[str]:
    """Roles that the last backup holds and that are not found now, nor being brought back.

    One that has containers and no folder is not there: an undo puts back a disaster too.
    """
    if last is None or last.manifest is None:
        return []
    coming = going_on.roles if going_on is not None and going_on.kind == "restore" else ()
    return [
        role
        for role in last.manifest.roles
        if role not in coming
        and (role not in deployment.roles or all(map(partial(_bare, role), deployment.hosts)))
    ]


def _bare(role: str, state: HostState) -> bool:
    """Whether a machine has nothing of a role's own in its root; a role that owns no folder of
    its own is never told by that."""
    if role not in state.roles:
        return True
    own = OWN_FOLDERS[role]
    if not own or not state.root or not state.root_exists:
        return False
    return not any((state.root_path / path).exists() for path in own)


def _host_attention(state: HostState, domain: str, doing: Sequence[Doing]) -> list[Attention]:
    found: list[Attention] = []
    if not state.reachable:
        found.append(Attention("failed", f"{state.name}: {state.problem}", state.remedy))
    for text in state.disagreements:
        found.append(Attention("warning", f"{state.name}: {text}", "Settle it with --root."))
    root = Path(state.root) if state.root else None
    marker = read_marker(root) if root and state.root_exists else None
    if marker and not any(d.replaces(state.name, str(root), marker.run) for d in doing):
        found.append(
            Attention(
                "failed",
                f"{state.name}: {state.root} is half-restored (run {marker.run}).",
                f"Restore again, or: pryv-tui undo {marker.run}",
            )
        )
    for container in state.containers:
        if any(d.holds(state.name, container) for d in doing):
            continue
        if not container.running:
            log = container_command("logs", container.name, state.name)
            what = f"{state.name}: {container.name} is {container.state}."
            found.append(Attention("warning", what, f"Read its log: {log}"))
    if root and state.root_exists:
        busy = frozenset(run for d in doing for run in d.about)
        found += _kept_attention(state.name, root, domain, busy)
    return found


def _kept_attention(host: str, root: Path, domain: str, busy: frozenset[str]) -> list[Attention]:
    """What runs have moved aside in a root, and how it is put back or let go."""
    kept = kept_folders(root)
    going = {path.name.removesuffix(RELEASING) for path in kept if path.name.endswith(RELEASING)}
    found = []
    for folder in sorted({(path.parent.name, path.name.split(".", 1)[0]) for path in kept}):
        where, run = folder
        if run in busy:
            # It can't be put back or let go by itself before that run's work is settled.
            continue
        release = f"pryv-tui release {run} --confirm {domain}"
        if run in going:
            text, remedy = f"content of the run {run} is half removed.", f"Remove it: {release}"
        elif where == "undone":
            text = f"content moved aside by the run {run} is still there."
            remedy = f"Remove it for good: {release}"
        else:
            text = f"content moved aside by the run {run} is still there."
            remedy = f"Put it back: pryv-tui undo {run}; or remove it for good: {release}"
        found.append(Attention("info", f"{host}: {text}", remedy))
    return found


def age_hours(created: str) -> float:
    """Hours since a time as sets write it."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return 0.0
    return (datetime.now(UTC) - moment).total_seconds() / 3600


def folder_sizes(state: HostState) -> list[FolderSize]:
    """The folders of a host's roles that exist, with their sizes: a walk, so not for the event
    loop. A folder's size leaves out those listed below it on their own."""
    if not state.root_exists or not state.root:
        return []
    sizes = []
    own = [folder.path for folder in state.layout.folders if folder.kind == "recreated"]
    for folder in state.layout.folders:
        path = state.root_path / folder.path
        if not path.is_dir():
            continue
        below = tuple(other for other in own if other.startswith(folder.path + "/"))
        # As a backup counts: what SQLite keeps beside its databases is not taken.
        chosen = Selection(only=(folder.path,), leave_out=below, sqlite=state.layout.sqlite)
        try:
            count = count_tree(state.root_path, chosen)
        except (OSError, PryvTuiError):
            continue
        sizes.append(FolderSize(folder.path, folder.kind, count.bytes, count.files))
    return sizes


def store_states(state: HostState) -> list[dict[str, Any]]:
    """Per store whether its container runs."""
    found: list[dict[str, Any]] = []
    for role in state.roles:
        for store in ROLES[role].stores:
            if store == "sqlite":
                continue
            container = state.container(store)
            found.append(
                {
                    "store": store,
                    "reachable": bool(container and container.running),
                    "detail": f"{container.name} {container.state}"
                    if container
                    else "no container",
                }
            )
    return found


def set_json(backup: BackupSet, made_by: str = "") -> dict[str, Any]:
    """A set as `list --json` shows it.

    Args:
        made_by: the run that makes it now, of one that is not finished.
    """
    manifest = backup.manifest
    return {
        "id": backup.id,
        "label": manifest.label if manifest else "",
        "created": manifest.created if manifest else "",
        "roles": list(manifest.roles) if manifest else [],
        "domain": manifest.domain if manifest else "",
        "release": manifest.release if manifest else None,
        "files": manifest.files if manifest else 0,
        "bytes": manifest.bytes if manifest else 0,
        "state": backup.state,
        "verified": backup.verification.time
        if backup.verification and backup.verification.outcome == "good"
        else None,
        "last_check": _check_json(backup.checks[-1]) if backup.checks else None,
        "gap_seconds": manifest.gap.accounts_seconds if manifest else None,
        "warnings": list(manifest.warnings) if manifest else [],
        "practice": bool(manifest and manifest.practice),
        "problem": backup.problem,
        "repository": backup.repository or None,
        "snapshot": backup.snapshot or None,
        "here": backup.here,
        "made_by": made_by or None,
    }


def _check_json(check: Verification) -> dict[str, Any]:
    return {
        "time": check.time,
        "outcome": check.outcome,
        "part": check.part,
        "parts": check.parts,
        "files": check.files,
        "bytes": check.bytes,
    }


def status_json(found: Overview) -> dict[str, Any]:
    """The overview as `status --json` shows it."""
    deployment = found.deployment
    hosts = []
    for state in deployment.hosts:
        sizes = folder_sizes(state)
        stores = store_states(state)
        roles = []
        for role in state.roles:
            services = ROLES[role].services
            paths = {folder.path for folder in ROLES[role].folders}
            paths |= {layout.data for layout in state.layout.stores.values()}
            roles.append(
                {
                    "role": role,
                    "containers": [
                        {
                            "name": c.name,
                            "service": c.service,
                            "image": c.image,
                            "state": c.state,
                            "since": c.since,
                            "restarts": c.restarts,
                        }
                        for c in state.containers
                        if c.service in services
                    ],
                    "folders": [msgspec.to_builtins(size) for size in sizes if size.path in paths],
                    "stores": [s for s in stores if s["store"] in ROLES[role].stores],
                }
            )
        hosts.append(
            {
                "name": state.name,
                "engine": state.engine,
                "reachable": state.reachable,
                "root": state.root,
                "roles": roles,
            }
        )
    return {
        "platform": {
            "domain": deployment.domain,
            "release": deployment.release,
            "form": deployment.form,
            "practice": deployment.practice,
        },
        "hosts": hosts,
        "last_backup": set_json(found.last) if found.last else None,
        "attention": [msgspec.to_builtins(item) for item in found.attention],
    }
