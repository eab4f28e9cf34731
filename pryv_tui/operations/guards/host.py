"""Guards about one machine: its engine, its root, its containers' data, dumps that still run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.home import home
from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.acceptance import fingerprint, key_of
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.commands import container_command, end_orphan, reads_on
from pryv_tui.operations.containers.ending import kept_free
from pryv_tui.operations.guards import place
from pryv_tui.operations.guards.busy import program_line
from pryv_tui.operations.guards.line import GuardLine, failed, ok, warning
from pryv_tui.operations.guards.place import SPACE_RESERVE, size
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.root.stopped import former_mount, go_on_first, save_first
from pryv_tui.operations.site import Site
from pryv_tui.operations.stores.room import DumpSize, dumps_bytes
from pryv_tui.platform.disks import below, holder_of
from pryv_tui.platform.services import NORMAL_OUTSIDE

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

OUTSIDE_NAMED = 4
OUTSIDE_ALLOWED = ("/dev/", "/etc/", "/proc/", "/run/", "/sys/", "/var/run/", "/usr/share/")
"""Prefixes of paths that have no data of the platform, such as sockets and time zones. Mounts from
there are ignored."""


def engine_guard(state: HostState) -> GuardLine:
    name = f"engine {state.name}"
    if state.reachable:
        return ok(name, f"{state.engine} answers")
    return failed(name, state.problem, state.remedy)


def forbidden(root: Path) -> bool:
    """Whether a folder can't be a platform's root, such as `/etc` or a home folder; links are
    resolved."""
    real = Path(os.path.realpath(root))
    return str(real) in FORBIDDEN_ROOTS or real == home() or real.parent == Path("/home")


def root_guard(state: HostState) -> GuardLine:
    """Check that the root exists and looks like an installation of Pryv.io; warn if the sources for
    its path disagree."""
    name = f"root {state.name}"
    root = state.root_path
    if forbidden(root):
        return failed(name, f"{root} can't be a platform's root", "Name the real one with --root.")
    if where := dangling(root):
        return failed(
            name,
            f"the root {root} is a link to {where}, and nothing is there",
            f"Mount the disk that {where} is on; or name another root with --root.",
        )
    if not state.root_exists:
        return failed(
            name,
            f"the root {root} (from {state.root_source}) does not exist",
            "Name it with --root or PRYV_CONF_ROOT; on a new machine, restore a set.",
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
            key=key_of("root", state.name),
            about=fingerprint(str(root), *state.disagreements),
        )
    return ok(name, f"{root} (from {state.root_source}){_link_words(root)}")


def _link_words(root: Path) -> str:
    real = Path(os.path.realpath(root))
    return f", which is {real} by a link" if real != root else ""


def dangling(root: Path) -> str:
    """Return the target of a root that is a broken symbolic link; empty if it is no broken link."""
    return os.path.realpath(root) if root.is_symlink() and not root.exists() else ""


def inside_guard(state: HostState) -> GuardLine:
    """Check that all data of the containers is in the root, because nothing else is backed up."""
    name = f"data {state.name}"
    root = state.root_path
    stores = {layout.container: layout for layout in state.layout.stores.values()}
    outside, normal = [], []
    for container in state.containers:
        for mount in container.mounts:
            source = Path(mount.source)
            if root == source or root in source.parents:
                continue
            ends = (mount.source, mount.destination)
            if any(f"{end}/".startswith(OUTSIDE_ALLOWED) for end in ends):
                continue
            if (container.service, mount.destination) in NORMAL_OUTSIDE:
                normal.append(f"{container.name}: {mount.source}")
                continue
            outside.append(f"{container.name}: {mount.source}")
            layout = stores.get(container.name)
            if layout and mount.destination in (layout.dump_inside, layout.data_inside):
                return failed(
                    name,
                    f"{container.name} keeps {mount.destination} in {mount.source}, which is"
                    f" outside the root {root} and would not be in the set",
                    "Name the root that the containers use with --root.",
                )
    links = [
        f"{root / path}"
        for path in ("pryv", "pryv/core", "pryv/core/data", "pryv/redis", "pryv/redis/data")
        if (root / path).is_symlink()
    ]
    if outside or links:
        shown = [*outside[:OUTSIDE_NAMED], *(f"{link} (a symbolic link)" for link in links)]
        more = len(outside) - OUTSIDE_NAMED
        return warning(
            name,
            f"these lie outside the root {root} on {state.name} and are not in the set: "
            + ", ".join(shown)
            + (f", and {more} more" if more > 0 else ""),
            "Back these up separately, and say so in your recovery plan.",
            key=key_of("outside", state.name),
            about=fingerprint(*sorted(outside), *links),
        )
    text = "every folder that is mounted into the containers lies under the root"
    if normal:
        text += f", except for the machine's own login at Docker's registry ({', '.join(normal)})"
    return ok(name, text)


def only_looks(line: str) -> bool:
    """Whether a command line is a mongodump that writes to standard output and to no file.

    The live audit runs it like that. If the program is a script, the first word is its interpreter,
    and the second may be an option of that. A shell's `-c` line does not count, because it may
    redirect the output to a file.
    """
    words = line.split()
    option = "".join(words[1:2])
    first = 3 if option.startswith("-") and "c" not in option else 2
    return (
        any(word.endswith("mongodump") for word in words[:first])
        and "--archive" in words
        and not any(word.startswith(("-o", "--out", "--archive=")) for word in words)
    )


def orphan_guard(site: Site, state: HostState, going_on: GoingOn | None = None) -> GuardLine:
    """Check that no dump or restore of an earlier run is still running in a container.

    Two dumps into the same folder would mix their files.

    Args:
        going_on: the run that is using the platform now; a program may belong to that run.
    """
    from pryv_tui.operations.stores import STORES

    name = f"dumps running {state.name}"
    for store, layout in state.layout.stores.items():
        container = state.container(store)
        # In a paused container the program is paused too, and continues when the container does.
        if container is None or container.state not in ("running", "paused"):
            continue
        try:
            processes = site.host(state.name).engine.processes(layout.container)
        except PryvTuiError as error:
            return failed(name, error.what, error.remedy)
        words = STORES[store].dump_programs
        first = go_on_first(container, state.name, practice=site.practice)
        running = [line for line in processes if any(word in line for word in words)]
        looks = [line for line in running if only_looks(line)]
        if looks and looks == running and going_on is None:
            # It writes to no dump folder, so a backup need not wait for it.
            return warning(
                name,
                f"a program in {layout.container} reads the database and prints what it holds, as"
                " a check of the live platform does (`audit --live`, or the end of a restore or"
                f" an undo): {looks[0]}",
                first + reads_on(layout.container, state.name),
            )
        if running and going_on is not None:
            return program_line(name, going_on, state, layout.container, running[0])
        if running:
            return failed(
                name,
                f"an earlier dump or restore is still running in {layout.container}: {running[0]}",
                first + end_orphan(layout.container, state.name),
            )
    return ok(name, "no dump of an earlier run is still running in a container")


def dump_folder_guard(state: HostState, sizes: Mapping[str, DumpSize] | None = None) -> GuardLine:
    """Check that dump folders can be emptied, and that their disks have room for new dumps.

    A database stops when its disk is full.

    Args:
        sizes: by store, the expected size of its dump; None if not known.
    """
    name = f"dumps {state.name}"
    root, disks = state.root_path, below(state.mounted.disks)
    needed: dict[Path, dict[str, DumpSize]] = {}
    for store, layout in state.layout.stores.items():
        if not layout.dump:
            continue
        disk = root / holder_of(layout.dump, disks)
        for inner in disks:
            if inner.startswith(f"{layout.dump}/"):
                return failed(
                    name,
                    f"something is mounted inside the dump folder of {store}, at {root / inner}:"
                    " a dump needs an empty folder",
                    f"Mount it elsewhere: umount {root / inner}",
                )
        if sizes and store in sizes:
            needed.setdefault(disk, {})[store] = sizes[store]
    texts = []
    for disk, most in (needed or {root: {}}).items():
        bytes_, free = dumps_bytes(most), place.free_bytes(disk)
        keep = kept_free(disk) if sizes else SPACE_RESERVE
        by = "; ".join(
            f"{size(found.bytes)} of {store} by {found.source}"
            + ("" if found.certain else ", and it may be several times that")
            for store, found in most.items()
        )
        texts.append(f"about {size(bytes_)} of dumps ({by or 'none'}), {size(free)} free at {disk}")
        if free < bytes_ + keep:
            return failed(
                name,
                f"{texts[-1]}, of which {size(keep)} have to stay free",
                "Free space on that disk: the databases stop when it is full.",
            )
    return ok(name, "; ".join(texts) + "; a dump is stopped before it fills the disk")


def marker_guard(state: HostState, going_on: GoingOn | None = None) -> GuardLine:
    name = f"half-restored {state.name}"
    if not state.root_exists:
        return ok(name, "not checked: there is no root")
    marker = read_marker(state.root_path)
    if marker is None:
        return ok(name, "no restore was left half-done")
    if going_on is not None and going_on.replaces(state.name, str(state.root_path), marker.run):
        return ok(name, f"the {going_on.kind} {going_on.run} is replacing {state.root} now")
    return failed(
        name,
        f"{state.root} is half-restored: the run {marker.run} (set {marker.set_id}) did not finish",
        "Finish it, or put back what was there before: pryv-tui recover",
    )


def mounts_guard(site: Site, state: HostState) -> GuardLine:
    """Check that running containers use the root's present folders, and not former ones.

    If a folder is replaced while a container uses it, the container continues to write into the old
    folder. That data would not be in a copy of the root.
    """
    name = f"mounts {state.name}"
    engine = site.host(state.name).engine
    root = state.root_path
    for container in state.containers:
        mount = former_mount(engine, container, root)
        if mount is not None:
            return failed(
                name,
                f"{container.name} still uses the folder that was at {mount.source} before it was"
                " replaced, and writes into that former folder",
                save_first(engine, container, mount, state, practice=site.practice),
            )
    others = [other.container for other in state.others]
    for container in others:
        mount = former_mount(engine, container, root)
        if mount is not None:
            # If the old folder was only renamed, it may still be in the root.
            old = engine.former(container.name, mount) or "that former folder"
            return warning(
                name,
                f"{container.name}, which is not part of the platform, still uses the folder that"
                f" was at {mount.source} before it was replaced, and writes into {old}",
                f"{go_on_first(container, state.name, practice=site.practice)}Save the data"
                " there if you need it, then restart the container, so that it uses the present"
                f" folder: {container_command('restart', container.name, state.name)}",
            )
    return ok(name, "the running containers use the present folders of the root")
