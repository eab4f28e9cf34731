"""Build the plan of a restore from a set and what is known about the platform. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.errors import FormatError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.operations.facts import NewerFound
from pryv_tui.operations.lost.words import lacking, restore_words
from pryv_tui.operations.plan import DOWN, Likeness, Plan, Step, expected_of, numbered
from pryv_tui.operations.plans.here import Here, here_of, layout_here, unwell_lines
from pryv_tui.operations.plans.transfer import Repository, fetch_step
from pryv_tui.operations.root.by_hand import disk_lines
from pryv_tui.operations.services.standing import others_lines
from pryv_tui.operations.sets.known_good import Known, chosen_words
from pryv_tui.operations.sets.missing_roles import Missing
from pryv_tui.operations.sets.targets import Target, taken_together, targets_for
from pryv_tui.operations.steps.bringing_back.ask_newer import AskNewer
from pryv_tui.operations.steps.bringing_back.audit_live import AuditLive
from pryv_tui.operations.steps.bringing_back.check_restore import CheckRestore
from pryv_tui.operations.steps.bringing_back.close_restore import CloseRestore
from pryv_tui.operations.steps.bringing_back.copy_back import CopyBack
from pryv_tui.operations.steps.bringing_back.keep_copied import KeepCopied
from pryv_tui.operations.steps.bringing_back.keep_store import KeepStore
from pryv_tui.operations.steps.bringing_back.move_aside import MoveAside
from pryv_tui.operations.steps.bringing_back.place_redis import PlaceRedis
from pryv_tui.operations.steps.bringing_back.restore_offline import RestoreOffline, goes_offline
from pryv_tui.operations.steps.bringing_back.restore_store import RestoreStore
from pryv_tui.operations.steps.services.ask_services import AskServices
from pryv_tui.operations.steps.services.restart_policy import GiveRestarts, NoRestarts, policies_of
from pryv_tui.operations.steps.services.start_services import Phase, others_steps
from pryv_tui.operations.steps.services.stop_services import stop_step
from pryv_tui.operations.steps.sets.verify_set import VerifySet
from pryv_tui.platform.casualties import in_words, summary
from pryv_tui.platform.disks import below
from pryv_tui.platform.questions import FRONT_DOOR, questions
from pryv_tui.platform.roles import CONFIG_FOLLOWER, DATABASE_SERVICES
from pryv_tui.vault.manifest import RecreatedFolder, SetHost, SetManifest, gap_lines
from pryv_tui.vault.redis_saved import place_form
from pryv_tui.vault.sets import BackupSet

_KEEPS = "keeps its files, which are already copied back"
REGISTER_SERVICES = ("register", "dns", "config_leader", "nginx", "mail", "admin_panel")


def restore_plan(
    deployment: Deployment,
    backup: BackupSet,
    *,
    roles: Sequence[str] = (),
    run_id: str,
    asides: Mapping[str, str] | None = None,
    ran: Mapping[str, Sequence[str]] | None = None,
    kept: Mapping[str, Collection[str]] | None = None,
    policies: Mapping[tuple[str, str], str] | None = None,
    repository: Repository | None = None,
    expected: Mapping[Likeness, float] | None = None,
    missing: Sequence[Missing] = (),
    unwell: Mapping[str, Mapping[str, str]] | None = None,
    newer: Sequence[NewerFound] = (),
    workers: int = 0,
    known: Known | None = None,
    within: float = 0.0,
) -> Plan:
    """Plan a restore.

    Before the first change, the set is compared with the platform and verified. Then, on each host:
    stop the containers, remove restart policies, move the content aside, copy the set's files back,
    start only the databases, restore their content. Then register starts first, and the rest after
    it. At the end, if core or register was restored, the live platform is audited.

    Args:
        asides: by host, the folder with the former content that an unfinished restore has moved.
        ran: by host, the containers that were running before that restore.
        kept: by host to which that restore had copied all files, the stores that it had restored.
        repository: from which the set is fetched if it is not on this machine.
        policies: by host and container, restart policies that earlier runs have not set again.
        expected: by kind of step (`Likeness`), the seconds that it took last time.
        missing: roles that are not found here but are in sets.
        unwell: by host that earlier runs stopped, containers unhealthy before, with the reason.
        newer: the counts of data newer than the set that an unfinished restore of it has made.
        workers: number of mongorestore's parallel workers; 0: its default.
        known: the set's last full verification, if it is verified only while it is copied back.
        within: for how many seconds that verification counts.

    Raises:
        PryvTuiError: `refused`, the set is not complete, or does not fit on this platform's hosts.
    """
    manifest = backup.need("read")
    targets = targets_for(deployment, manifest, roles)
    parts = {one.host: {e.name: e for e in manifest.hosts}[one.set_host] for one in targets}
    chosen = tuple(role for target in targets for role in parts[target.host].roles)
    kept = kept or {}
    back = {
        host: _kept_stores(parts[host], stores) for host, stores in kept.items() if host in parts
    }
    copied = tuple(target for target in targets if target.host not in kept)
    steps: list[Step] = []
    if copied:
        # Report reasons to refuse before anything is fetched or read, which may take hours.
        steps.append(CheckRestore(set_id=backup.id, targets=targets, kept=tuple(kept), early=True))
        if repository is not None and not backup.here:
            steps.append(fetch_step(repository, backup))
        steps.append(
            VerifySet(
                folder=backup.path,
                set_id=backup.id,
                hosts=tuple(target.set_host for target in copied),
                known=known.time if known is not None else "",
                within=within,
            )
        )
    steps.append(CheckRestore(set_id=backup.id, targets=targets, kept=tuple(kept)))
    if {"core", "register"} & set(chosen):
        hosts = {target.host for target in targets}
        begun = {host: aside for host, aside in (asides or {}).items() if host in hosts}
        counted = tuple(newer)
        steps.append(AskNewer(set_id=backup.id, targets=targets, begun=begun, before=counted))
    states = {target.host: deployment.host(target.host) for target in targets}
    disks = {host: below(state.mounted.disks) for host, state in states.items() if state}
    here = {
        target.host: here_of(
            parts[target.host],
            states[target.host],
            (ran or {}).get(target.host, ()),
            (unwell or {}).get(target.host),
        )
        for target in targets
    }
    steps += [stop_step(host, found.now) for host, found in here.items()]
    restarts = {
        target.host: found
        for target in targets
        if (found := policies_of(deployment, target.host, policies))
    }
    steps += [NoRestarts(host=host, policies=found) for host, found in restarts.items()]
    for target in targets:
        if target not in copied:
            steps.append(
                KeepCopied(
                    host=target.host,
                    root=target.root,
                    aside=(asides or {})[target.host],
                    set_id=backup.id,
                    run=run_id,
                    recreated=tuple(
                        folder
                        for folder in parts[target.host].recreated
                        if folder not in back[target.host].values()
                    ),
                )
            )
    for target in copied:
        steps.append(
            MoveAside(
                host=target.host,
                root=target.root,
                aside=(asides or {}).get(
                    target.host, str(own_folder.aside(Path(target.root), run_id))
                ),
                set_id=backup.id,
                disks=disks.get(target.host, ()),
            )
        )
    for target in copied:
        part = parts[target.host]
        steps.append(
            CopyBack(
                host=target.host,
                source=f"{backup.path}/{part.name}",
                root=target.root,
                files=part.files,
                bytes=part.bytes,
                folders=part.folders,
                recreated=part.recreated,
                links=part.links if part.tree else None,
                index=part.index,
                disks=disks.get(target.host, ()),
                tree=part.tree,
                set_id=backup.id,
            )
        )
    for target in targets:
        steps += _database_steps(
            target,
            here[target.host],
            parts[target.host],
            states[target.host],
            back.get(target.host, {}),
            backup.id,
            workers,
        )
    steps += [GiveRestarts(host=host, policies=found) for host, found in restarts.items()]
    steps += _service_steps(targets, here, parts, manifest.domain)
    steps += others_steps({host: found.now for host, found in here.items()}, later=True)
    steps.append(
        CloseRestore(
            roots={target.host: target.root for target in targets},
            disks=tuple((host, disk) for host, found in disks.items() for disk in found),
            looks=bool({"core", "register"} & set(chosen)),
        )
    )
    if {"core", "register"} & set(chosen):
        # This step is the last one: no audit is made while a root has the marker of a restore.
        steps.append(AuditLive(set_id=backup.id))
    made = numbered(steps)
    return Plan(
        kind="restore",
        roles=chosen,
        steps=made,
        domain=manifest.domain,
        set_id=backup.id,
        notice=_notice(manifest),
        effects=(
            *_still_missing(missing, backup),
            *(chosen_words(known) if known is not None and copied else ()),
            *_effects(targets, parts, kept),
            *others_lines(states.values()),
            *unwell_lines(here),
            *disk_lines(
                [state for state in states.values() if state is not None],
                "restored in place; its present content is moved aside on the same disk",
            ),
        ),
        expected=expected_of(made, expected or {}),
        while_copying="chosen" if known is not None else "",
    )


def _notice(manifest: SetManifest) -> tuple[str, ...]:
    """The lines about the timing gap with this set's own numbers, and the result of its audit."""
    lines = tuple(gap_lines(manifest))
    if not manifest.casualties:
        # The set was not audited, or had nothing to audit.
        return (*lines, f"Records that the gap cost were not counted: pryv-tui audit {manifest.id}")
    told = f"Counted when the set was made: {in_words(manifest.casualties)}."
    # Certain losses come before possible ones.
    return (told, *lines) if summary(manifest.casualties) else (*lines, told)


def _still_missing(missing: Sequence[Missing], backup: BackupSet) -> tuple[str, ...]:
    """The sentences about missing roles that a restore of this set does not restore."""
    found = [one for one in lacking(missing, backup) if not one.meant]
    return tuple(f"{'. '.join(restore_words(one, backup.id))}." for one in found)


def _effects(
    targets: Sequence[Target], parts: Mapping[str, SetHost], kept: Collection[str]
) -> tuple[str, ...]:
    lines = [
        f"{one.root} on {one.host} {_KEEPS if one.host in kept else 'is replaced'}"
        f" ({', '.join(parts[one.host].roles)})."
        for one in targets
    ]
    lines += taken_together(targets, {part.name: part.roles for part in parts.values()})
    return (
        *lines,
        DOWN,
        "The present content is moved aside, not deleted; undo puts it back.",
        "Data written since the set was made is not in the set; if the platform still has it, it"
        " stays in the content that is moved aside.",
    )


def _kept_stores(part: SetHost, back: Collection[str]) -> dict[str, RecreatedFolder]:
    """Return by store in `back` (already restored) its data folder, if a restore recreates it."""
    folders = {folder.path: folder for folder in part.recreated}
    return {
        store: folders[layout.data]
        for store, layout in part.layout.stores.items()
        if store in back and store in part.stores and layout.data in folders
    }


def _database_steps(
    target: Target,
    here: Here,
    part: SetHost,
    state: HostState | None,
    back: Mapping[str, RecreatedFolder],
    set_id: str,
    workers: int,
) -> list[Step]:
    databases = tuple(n for service in DATABASE_SERVICES for n in here.of((service,)))
    layout = layout_here(part.layout, state)
    steps: list[Step] = []
    influxdb = state.container("influxdb") if state else None
    found = influxdb.environment if influxdb else {}
    offline = goes_offline(part.stores.get("influxdb"), found)
    if offline and "influxdb" not in back:
        steps.append(
            RestoreOffline(
                host=target.host,
                store="influxdb",
                root=target.root,
                layout=layout,
                holds=part.stores["influxdb"],
            )
        )
    redis = part.stores.get("redis", {})
    try:
        other = place_form(redis)
    except FormatError as error:
        raise PryvTuiError("set-damaged", f"the set's record of Redis: {error}") from error
    if other is not None:
        steps.append(PlaceRedis(host=target.host, root=target.root, holds=redis, set_id=set_id))
    if databases:
        steps.append(here.start(target, "databases", databases))
    for store in ("mongodb", "influxdb", "redis"):
        if store in back:
            steps.append(
                KeepStore(
                    host=target.host,
                    store=store,
                    root=target.root,
                    layout=layout,
                    holds=part.stores[store],
                    data=back[store],
                    offline=offline and store == "influxdb",
                    workers=workers if store == "mongodb" else 0,
                )
            )
        elif store in part.stores:
            steps.append(
                RestoreStore(
                    host=target.host,
                    store=store,
                    root=target.root,
                    layout=layout,
                    holds=part.stores[store],
                    offline=offline and store == "influxdb",
                    workers=workers if store == "mongodb" else 0,
                )
            )
    return steps


def _service_steps(
    targets: Sequence[Target],
    here: Mapping[str, Here],
    parts: Mapping[str, SetHost],
    domain: str,
) -> list[Step]:
    """Plan the starts: first register's host if it is restored here, then the rest, and at the end
    the questions whether all applications answer.

    Core on another host is started only after register has answered. If nginx on register's host
    serves other applications too, such as core, all of them start together, nginx last: when nginx
    starts, it looks up the name of each service behind it (`upstream` in the templates), and ends
    if one is not running. A config follower starts last on its host. It asks the config leader on
    register's host, and restarts nothing until the leader tells it to.
    """
    steps: list[Step] = []

    def start(target: Target, phase: Phase, containers: Sequence[str]) -> None:
        if containers:
            steps.append(here[target.host].start(target, phase, containers))

    ordered = sorted(targets, key=lambda t: "register" not in parts[t.host].roles)
    cores = [target.host for target in targets if "core" in parts[target.host].roles]
    alone: set[str] = set()
    for target in ordered:
        found = here[target.host]
        first = found.of((*DATABASE_SERVICES, *REGISTER_SERVICES))
        followers = found.of((CONFIG_FOLLOWER,))
        if "register" in parts[target.host].roles and not set(found.wanted) - {*first, *followers}:
            alone.add(target.host)
            start(target, "register", first)
            steps += _ask(target.host, ["register"], found, domain, early=True)
    for target in ordered:
        found = here[target.host]
        start(target, "rest", found.wanted)
        late = "register" in parts[target.host].roles and target.host not in alone
        if late and set(cores) - {target.host}:
            steps += _ask(target.host, ["register"], found, domain, early=True)
    for target in ordered:
        number = cores.index(target.host) + 1 if target.host in cores else 1
        roles = parts[target.host].roles
        steps += _ask(target.host, roles, here[target.host], domain, core=number)
    return steps


def _ask(
    host: str,
    roles: Sequence[str],
    here: Here,
    domain: str,
    *,
    core: int = 1,
    early: bool = False,
) -> list[Step]:
    """Return the step that asks a host's applications; empty if the domain or nginx is missing."""
    asked = tuple(q for q in questions(roles, host, core) if here.of((q.service,)))
    if not asked or "." not in domain or not here.of((FRONT_DOOR,)):
        return []
    return [AskServices(host=host, domain=domain, questions=asked, early=early, front=here.front)]
