"""Guards: named checks that say OK, WARNING or FAILED, each with its remedy.

`doctor` shows them, a run enforces them before it changes anything.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import humanize
import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.mounts import mounts_below
from pryv_tui.operations.compose import compose_program
from pryv_tui.operations.context import GuardOutcome, RunContext, own_folder
from pryv_tui.operations.hints import completed
from pryv_tui.operations.marker import read_marker
from pryv_tui.operations.site import Site
from pryv_tui.operations.targets import Target, hosts_for
from pryv_tui.platform.gap import HoldKind
from pryv_tui.platform.release import facts_of, same_line
from pryv_tui.platform.roles import ROLES
from pryv_tui.vault.copy import Selection, count_tree
from pryv_tui.vault.formats.errors import FormatError
from pryv_tui.vault.formats.influx_backup import database_names
from pryv_tui.vault.influx_offline import LARGE
from pryv_tui.vault.sets import BackupSet

SPACE_RESERVE = 64 << 20
"""Bytes that stay free beside what is written: metadata, journals, other writers."""

FORBIDDEN_ROOTS: tuple[str, ...] = (
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/opt",
    "/proc",
    "/root",
)
FORBIDDEN_ROOTS += ("/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/var", "/var/lib")


class GuardLine(msgspec.Struct, frozen=True, kw_only=True):
    """One check and what came of it."""

    name: str
    outcome: GuardOutcome
    text: str
    remedy: str = ""


def ok(name: str, text: str) -> GuardLine:
    return GuardLine(name=name, outcome="ok", text=text)


def warning(name: str, text: str, remedy: str) -> GuardLine:
    return GuardLine(name=name, outcome="warning", text=text, remedy=remedy)


def failed(name: str, text: str, remedy: str) -> GuardLine:
    return GuardLine(name=name, outcome="failed", text=text, remedy=remedy)


def enforce(ctx: RunContext, lines: Iterable[GuardLine]) -> None:
    """Journal every line; refuse if one failed.

    Raises:
        PryvTuiError: `refused`, with the first failed line's text and remedy.
    """
    refused: list[GuardLine] = []
    for line in lines:
        remedy = completed(line.remedy, ctx.site.settings.given)
        ctx.report.guard(line.name, line.outcome, line.text, remedy)
        if line.outcome == "failed":
            refused.append(line)
        elif line.outcome == "warning":
            ctx.warn(f"{line.text}. {line.remedy}")
    if refused:
        text = "; ".join(f"{line.name}: {line.text}" for line in refused)
        raise PryvTuiError("refused", text, refused[0].remedy)


def engine_guard(state: HostState) -> GuardLine:
    name = f"engine {state.name}"
    if state.reachable:
        return ok(name, f"{state.engine} answers")
    return failed(name, state.problem, state.remedy)


def privilege_guard(site: Site) -> GuardLine:
    """Copying owners, modes and secrets needs root; a practice platform is the user's own."""
    if site.practice:
        return ok("privileges", "a practice platform needs none")
    if os.geteuid() == 0:
        return ok("privileges", "running as root")
    return failed(
        "privileges",
        f"running as user {os.geteuid()}: files of the platform belong to others and can't be"
        " copied with their owners",
        "Run it with sudo.",
    )


def forbidden(root: Path) -> bool:
    """Whether a folder can't be a platform's root, however it is spelled."""
    real = Path(os.path.realpath(root))
    return str(real) in FORBIDDEN_ROOTS or real == Path.home() or real.parent == Path("/home")


def root_guard(state: HostState) -> GuardLine:
    """The root exists and looks like an installation, and all evidence agrees on it."""
    name = f"root {state.name}"
    root = state.root_path
    if forbidden(root):
        return failed(name, f"{root} can't be a platform's root", "Name the real one with --root.")
    if not state.root_exists:
        return failed(
            name,
            f"the root {root} (from {state.root_source}) does not exist",
            "Name it with --root or PRYV_CONF_ROOT; on a new machine, restore a set.",
        )
    if root.is_symlink():
        return failed(
            name,
            f"the root {root} is a symbolic link to {root.resolve()}",
            f"Name the real folder: --root {root.resolve()}",
        )
    if not (root / "pryv").is_dir():
        return failed(
            name,
            f"{root} does not look like a Pryv.io installation: it has no folder pryv",
            "Name the root with --root.",
        )
    if state.disagreements:
        return warning(
            name,
            f"the root is taken to be {root}; {'; '.join(state.disagreements)}",
            "Make sure that this is the installation that you mean.",
        )
    return ok(name, f"{root} (from {state.root_source})")


OUTSIDE_ALLOWED = ("/dev/", "/etc/", "/proc/", "/run/", "/sys/", "/var/run/", "/usr/share/")
"""Where a container may mount from without holding data of the platform: sockets, time zones."""


def inside_guard(state: HostState) -> GuardLine:
    """All that the containers keep lies under the root: what lies elsewhere is in no set."""
    name = f"data {state.name}"
    root = state.root_path
    stores = {layout.container: layout for layout in state.layout.stores.values()}
    outside = []
    for container in state.containers:
        for mount in container.mounts:
            source = Path(mount.source)
            if root == source or root in source.parents:
                continue
            ends = (mount.source, mount.destination)
            if any(f"{end}/".startswith(OUTSIDE_ALLOWED) for end in ends):
                continue
            outside.append(f"{container.name}: {mount.source}")
            layout = stores.get(container.name)
            if layout and mount.destination in (layout.dump_inside, layout.data_inside):
                return failed(
                    name,
                    f"{container.name} keeps {mount.destination} in {mount.source}, outside the"
                    f" root {root}: it would not be in the set",
                    "Name the root that the containers use with --root.",
                )
    links = [
        f"{root / path}"
        for path in ("pryv", "pryv/core", "pryv/core/data", "pryv/redis", "pryv/redis/data")
        if (root / path).is_symlink()
    ]
    if outside or links:
        return warning(
            name,
            "these lie outside the root and are not in the set: "
            + ", ".join([*outside[:4], *(f"{link} (a symbolic link)" for link in links)]),
            "Back them up apart, and say so in your plan.",
        )
    return ok(name, "all that the containers keep lies under the root")


def orphan_guard(site: Site, state: HostState) -> GuardLine:
    """No dump of an earlier run still works in a container: two into one folder would mix."""
    from pryv_tui.operations.stores import STORES

    name = f"dumps running {state.name}"
    for store, layout in state.layout.stores.items():
        container = state.container(store)
        if container is None or not container.running:
            continue
        try:
            processes = site.host(state.name).engine.processes(layout.container)
        except PryvTuiError as error:
            return failed(name, error.what, error.remedy)
        words = STORES[store].dump_programs
        running = [line for line in processes if any(word in line for word in words)]
        if running:
            return failed(
                name,
                f"in {layout.container} an earlier dump or restore still runs: {running[0]}",
                f"Wait for it, or end it: docker exec {layout.container} pkill -f {words[0]}",
            )
    return ok(name, "no dump of an earlier run is left in a container")


def dump_folder_guard(state: HostState) -> GuardLine:
    """Dump folders are on the root's own file system, so that old dumps can be moved aside."""
    name = f"dumps {state.name}"
    root = state.root_path
    for store, layout in state.layout.stores.items():
        folder = root / layout.dump
        if layout.dump and folder.is_dir() and folder.stat().st_dev != root.stat().st_dev:
            return failed(
                name,
                f"the dump folder of {store}, {folder}, is on another file system than the root:"
                " what it holds can't be moved aside",
                "Empty it and unmount it, or dump by hand.",
            )
    needed = sum(_data_bytes(state, store) for store in ("mongodb", "influxdb"))
    free = free_bytes(root)
    text = f"up to {size(needed)} of dumps, {size(free)} free at {root}"
    if free < needed + SPACE_RESERVE:
        return failed(name, text, "Free space there: the databases stop on a full disk.")
    return ok(name, text)


def _data_bytes(state: HostState, store: str) -> int:
    """Bytes that a store's data folder takes up on its disk.

    Not the length of its files: InfluxDB lays out 32 MiB for the series of every database, almost
    all of it a hole.
    """
    layout = state.layout.stores.get(store)
    if layout is None:
        return 0
    total = 0
    for folder, _folders, names in os.walk(state.root_path / layout.data):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(Path(folder) / name).st_blocks * 512
    return total


def marker_guard(state: HostState) -> GuardLine:
    name = f"half-restored {state.name}"
    marker = read_marker(state.root_path) if state.root_exists else None
    if marker is None:
        return ok(name, "no restore was left half-done")
    return failed(
        name,
        f"{state.root} is half-restored: the run {marker.run} (set {marker.set_id}) did not finish",
        "Bring it to its end, or put back what was there: pryv-tui recover",
    )


def containers_guard(state: HostState) -> GuardLine:
    """The stores that have to be dumped run."""
    name = f"stores {state.name}"
    needed = [store for role in state.roles for store in ROLES[role].stores if store != "sqlite"]
    down = []
    for store in needed:
        container = state.container(store)
        if container is None:
            down.append(f"pryvio_{store} does not exist")
        elif not container.running:
            down.append(f"{container.name} is {container.state}")
    if down:
        return failed(
            name,
            f"a backup needs its stores running: {', '.join(down)}",
            "Start the services (run-pryv in the root), then try again.",
        )
    return ok(name, f"{', '.join(needed) or 'no store'} running" if needed else "no store here")


def vault_guard(site: Site, roots: Sequence[Path]) -> GuardLine:
    """The vault can be written, and neither holds the other."""
    vault = site.vault.folder
    real = vault.resolve()
    for root in roots:
        base = root.resolve()
        if real == base or base in real.parents:
            return failed(
                "vault",
                f"the vault {vault} lies inside the root {root}: a set would hold the sets",
                "Name a folder outside the root with --vault.",
            )
        if real in base.parents:
            return failed(
                "vault",
                f"the root {root} lies inside the vault {vault}",
                "Name another folder with --vault.",
            )
    probe = real
    while not probe.exists() and probe != probe.parent:
        probe = probe.parent
    if not os.access(probe, os.W_OK):
        return failed(
            "vault", f"the vault {vault} can't be written", "Mend its owner, or name another."
        )
    if not probe.is_dir():
        return failed("vault", f"{probe} is no folder: {vault} can't be made", "Name another.")
    if shutil.disk_usage(probe).total == 0:
        return failed(
            "vault",
            f"the vault {vault} would lie on a file system that keeps no files ({probe})",
            "Name a folder on a disk with --vault.",
        )
    return ok("vault", str(vault))


def state_guard(site: Site, roots: Sequence[Path]) -> GuardLine:
    """Journals and the lock lie outside the root: a restore would move them aside."""
    real = site.state.resolve()
    for root in roots:
        base = root.resolve()
        if real == base or base in real.parents:
            return failed(
                "state",
                f"the state folder {site.state} lies inside the root {root}",
                "Name another with --state.",
            )
    return ok("state", str(site.state))


CLOCK_SECONDS = 60.0
"""How far two machines' clocks may differ before it is worth a word."""


def clock_guard(site: Site) -> GuardLine:
    """The newest set is not from the future: times of sets and gaps would mean nothing."""
    latest = site.vault.latest()
    created = latest.manifest.created if latest and latest.manifest else ""
    try:
        ahead = (datetime.fromisoformat(created) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return ok("clock", "no set to compare it with")
    if latest and ahead > CLOCK_SECONDS:
        return warning(
            "clock",
            f"the set {latest.id} was made {ahead:.0f} s from now: the clock of this machine went"
            " back, or was ahead then",
            "Compare it with another clock (timedatectl). The new set counts as the latest.",
        )
    return ok("clock", "later than the newest set")


def free_bytes(folder: Path) -> int:
    """Free bytes where a folder is, or would be made."""
    probe = folder
    while not probe.exists() and probe != probe.parent:
        probe = probe.parent
    return shutil.disk_usage(probe).free


def size(count: int) -> str:
    return humanize.naturalsize(count, binary=True)


def expected_bytes(site: Site, hosts: Sequence[HostState]) -> tuple[int, str]:
    """How many bytes a backup of these hosts will write: from last time, else a scan."""
    latest = site.vault.latest()
    names = {host.name for host in hosts}
    if latest and latest.manifest and names <= {host.name for host in latest.manifest.hosts}:
        known = sum(host.bytes for host in latest.manifest.hosts if host.name in names)
        return int(known * 1.1), f"from the set {latest.id}, and a tenth more"
    total = 0
    for host in hosts:
        if host.root_exists:
            selection = Selection(leave_out=host.layout.all_left_out)
            total += count_tree(host.root_path, selection).bytes
            # The dumps are not there yet: the data folders tell how large they may get.
            total += sum(_data_bytes(host, store) for store in ("mongodb", "influxdb"))
    return total, "from a scan"


def space_guard(site: Site, hosts: Sequence[HostState]) -> GuardLine:
    vault = site.vault.folder
    try:
        needed, source = expected_bytes(site, hosts)
        free = free_bytes(vault)
    except (OSError, PryvTuiError) as error:
        return warning(
            "space", f"the size could not be estimated: {error}", "Watch the vault's free space."
        )
    text = f"about {size(needed)} needed ({source}), {size(free)} free at {vault}"
    if free < needed + SPACE_RESERVE:
        return failed("space", text, "Free space there, or name another vault with --vault.")
    return ok("space", text)


def hold_guard(state: HostState, hold: HoldKind) -> GuardLine:
    """What is to be held can be, and holding it does what it is meant to."""
    name = f"hold {state.name}"
    service = "register" if hold == "registrations" else "nginx"
    container = state.container(service)
    if container is None or container.state in ("exited", "created", "dead"):
        return ok(name, f"pryvio_{service} does not run: nothing comes in through it")
    if container.state == "restarting":
        return failed(
            name,
            f"{container.name} starts again and again: it can't be held",
            f"Read its log: docker logs {container.name}",
        )
    facts = facts_of(state.release)
    if hold == "registrations" and facts is not None and not facts.register_first:
        return warning(
            name,
            f"before 1.8 (here {state.release}) an account that is being made in the very moment"
            " when register is paused may be in core's copy and not in register's",
            "Use --hold everything, or look for such an account before the set is restored.",
        )
    return ok(name, f"{container.name} is held during the backup")


def backup_guards(
    site: Site,
    deployment: Deployment,
    roles: Sequence[str],
    hold: HoldKind | None = None,
) -> list[GuardLine]:
    """Every precondition of a backup of these roles (all of them where none is named)."""
    lines = [engine_guard(state) for state in deployment.hosts]
    lines.append(privilege_guard(site))
    try:
        hosts = hosts_for(deployment, roles)
    except PryvTuiError as error:
        return [*lines, failed("roles", error.what, error.remedy)]
    if not hosts:
        lines.append(
            failed(
                "roles",
                "no role of a Pryv.io platform was found: there is nothing to back up",
                "Bring the platform up, or name its root with --root; to bring one back: restore.",
            )
        )
        return lines
    lines.append(ok("roles", ", ".join(role for state in hosts for role in state.roles)))
    idle = [s for s in deployment.hosts if not s.roles and not s.replica and s.reachable]
    if idle and len(deployment.hosts) > 1 and not roles:
        lines.append(
            failed(
                "roles",
                f"no role was found on {', '.join(s.name for s in idle)}: it would not be in the"
                " set",
                "Bring its services up (run-pryv), or name the roles to back up with --role.",
            )
        )
    try:
        latest = site.vault.latest()
    except PryvTuiError as error:
        return [*lines, failed("vault", error.what, error.remedy)]
    if latest and latest.manifest and not roles:
        lost = [role for role in latest.manifest.roles if role not in deployment.roles]
        if lost:
            lines.append(
                warning(
                    "roles",
                    f"{', '.join(lost)} was in the set {latest.id} and is not found now",
                    "If it is lost, restore it before anything else.",
                )
            )
    for state in hosts:
        root = root_guard(state)
        lines.append(root)
        if root.outcome == "failed":
            continue
        lines.append(marker_guard(state))
        lines.append(dump_folder_guard(state))
        if state.reachable:
            lines.append(containers_guard(state))
            lines += [inside_guard(state), orphan_guard(site, state)]
        held = {"register"} if hold == "registrations" else {"core", "register"}
        if hold is not None and held & set(state.roles):
            lines.append(hold_guard(state, hold))
    roots = [state.root_path for state in hosts]
    lines += [vault_guard(site, roots), state_guard(site, roots), clock_guard(site)]
    if not any(line.outcome == "failed" for line in lines):
        lines.append(space_guard(site, hosts))
    return lines


def restore_guards(
    site: Site,
    deployment: Deployment,
    backup: BackupSet,
    targets: Sequence[Target],
    kept: Sequence[str] = (),
) -> list[GuardLine]:
    """Every precondition of a restore of this set onto these targets.

    Args:
        kept: hosts whose files an earlier run has copied back already.
    """
    manifest = backup.manifest
    lines: list[GuardLine] = []
    if manifest is None or backup.state != "complete":
        return [
            failed(
                "set",
                f"{backup.id} is {backup.state}: {backup.problem}",
                "Choose a complete set: pryv-tui list",
            )
        ]
    lines.append(ok("set", f"{backup.id} is complete"))
    if manifest.practice != site.practice:
        kind, here = ("practice", "real") if manifest.practice else ("real", "practice")
        lines.append(
            failed(
                "practice",
                f"{backup.id} is a set of a {kind} platform, this is a {here} one",
                "Practice and real sets never mix: choose the right vault.",
            )
        )
    lines.append(privilege_guard(site))
    lines.append(_domain_line(deployment, manifest.domain))
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
        lines.append(_target_root_line(state, root))
        # What the databases make of their dumps comes on top of the files.
        dumps = sum(
            _tree_bytes(backup.host_folder(part.name) / "files" / layout.dump)
            for layout in part.layout.stores.values()
            if layout.dump
        )
        files = 0 if target.host in kept else part.bytes
        lines.append(_space_line(state, root, files + dumps))
        marker = read_marker(root)
        if marker is not None and marker.undoes:
            lines.append(
                failed(
                    f"half-undone {state.name}",
                    f"the undo {marker.run} stopped half-way in {root}: former and restored"
                    " content lie side by side",
                    "Bring it to its end first: pryv-tui recover",
                )
            )
        elif marker is not None:
            lines.append(
                ok(
                    f"half-restored {state.name}",
                    f"{root} holds a restore that did not finish (run {marker.run}); what it put"
                    " there is moved aside too, and kept",
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
    roots = [Path(t.root) for t in targets]
    lines += [vault_guard_readable(site, roots), state_guard(site, roots)]
    return lines


def vault_guard_readable(site: Site, roots: Sequence[Path]) -> GuardLine:
    line = vault_guard(site, roots)
    # A restore only reads the vault: a read-only one is no reason to refuse.
    return line if "inside" in line.text else ok("vault", str(site.vault.folder))


def _domain_line(deployment: Deployment, domain: str) -> GuardLine:
    if deployment.domain == domain:
        return ok("domain", domain)
    if deployment.domain_source == "the machine's name":
        return ok("domain", f"{domain}; no domain is configured here")
    return failed(
        "domain",
        f"the set is of {domain}, this platform is {deployment.domain}",
        "Choose a set of this platform, or restore on an empty machine.",
    )


def _roles_line(state: HostState, roles: Sequence[str]) -> GuardLine:
    name = f"roles {state.name}"
    # Fewer roles than the set holds is the disaster itself; another one is the wrong machine.
    if set(state.roles) <= set(roles):
        return ok(name, f"{', '.join(roles)} onto {', '.join(state.roles) or 'an empty machine'}")
    return failed(
        name,
        f"the set's part holds {', '.join(roles)}, on {state.name} live {', '.join(state.roles)}",
        "Restore it on the machine that has these roles.",
    )


def _release_line(state: HostState, release: str | None) -> GuardLine:
    name = f"release {state.name}"
    if release is None or state.release is None:
        known = release or state.release or "unknown"
        return ok(name, f"{known}; nothing here to compare it with")
    if same_line(release, state.release):
        return ok(name, f"set {release}, here {state.release}")
    return failed(
        name,
        f"the set is of release {release}, the containers here are {state.release}",
        "Bring up the set's release first; data of one is not for the other.",
    )


def _target_root_line(state: HostState, root: Path) -> GuardLine:
    name = f"root {state.name}"
    if forbidden(root):
        return failed(name, f"{root} can't be a platform's root", "Name it with --root.")
    if root.is_symlink():
        return failed(
            name,
            f"the root {root} is a symbolic link to {root.resolve()}",
            f"Name the real folder: --root {root.resolve()}",
        )
    if not root.exists():
        return ok(name, f"{root} does not exist yet; it is made")
    if not root.is_dir():
        return failed(name, f"{root} is no folder", "Name the root with --root.")
    entries = [entry for entry in root.iterdir() if entry != own_folder(root)]
    alien = entries and not any(
        entry.name in ("pryv", "config-leader", "config-follower") for entry in entries
    )
    if alien and not own_folder(root).exists():
        return failed(
            name,
            f"{root} holds {len(entries)} entries and none is a Pryv.io installation's",
            "Name the right root with --root, or empty this folder.",
        )
    if state.mount_root is not None and state.mount_root != str(root):
        return failed(
            name,
            f"the root is {root} (from {state.root_source}), but the containers here use"
            f" {state.mount_root}: they would go on with the old data",
            f"Name the root that they use: --root {state.mount_root}",
        )
    mounts = mounts_below(root)
    if mounts:
        return failed(
            name,
            f"{', '.join(map(str, mounts[:4]))} below {root}: mount points can't be moved aside",
            "Unmount them, or restore by hand as RESTORE.md in the set says.",
        )
    return ok(name, f"{root}; its {len(entries)} entries are moved aside, not deleted")


def _tree_bytes(folder: Path) -> int:
    try:
        return count_tree(folder, Selection()).bytes
    except (OSError, PryvTuiError):
        return 0


def _space_line(state: HostState, root: Path, needed: int) -> GuardLine:
    name = f"space {state.name}"
    free = free_bytes(root)
    text = f"{size(needed)} needed beside what is there, {size(free)} free at {root}"
    if free < needed + SPACE_RESERVE:
        return failed(name, text, "Free space there: the old content is kept until you release it.")
    return ok(name, text)


def influxdb_line(state: HostState) -> GuardLine | None:
    """How much metadata InfluxDB has, which decides whether its own restore can take it back.

    None where there is no InfluxDB, or its file can't be read.
    """
    layout = state.layout.stores.get("influxdb")
    if layout is None or not state.root_exists:
        return None
    path = state.root_path / layout.data / "meta/meta.db"
    try:
        content = path.read_bytes()
        names = database_names(path, content)
    except (OSError, FormatError):
        return None
    name = f"influxdb {state.name}"
    text = f"{len(names)} databases, {size(len(content))} of metadata"
    if len(content) <= LARGE:
        return ok(name, text)
    # Nothing that a person has to do something about: a restore by this program is not concerned.
    return ok(
        name,
        f"{text}: too much for `influxd restore` before InfluxDB 1.8.10, which fails on it; a"
        " restore by this program puts the files in place instead, and RESTORE.md says how by hand",
    )


def doctor(site: Site, deployment: Deployment) -> list[GuardLine]:
    """Every precondition as it is now."""
    lines = backup_guards(site, deployment, ())
    for state in deployment.hosts:
        databases = influxdb_line(state)
        if databases is not None:
            lines.append(databases)
        if state.reachable and compose_program(site.host(state.name)) is None:
            lines.append(
                warning(
                    f"compose {state.name}",
                    "neither docker-compose nor docker compose is there",
                    "A restore on a machine without containers needs one:"
                    " apt-get install docker-compose",
                )
            )
        for container in state.containers:
            if container.state == "restarting" or container.restarts > 3:
                lines.append(
                    warning(
                        f"container {container.name}",
                        f"{container.state}, restarted {container.restarts} times",
                        f"Read its log: docker logs {container.name}",
                    )
                )
    return lines
