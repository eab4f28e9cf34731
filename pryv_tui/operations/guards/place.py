"""Guards about this machine: privileges, the vault, the state folder, the clock, free space."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import humanize

from pryv_tui.clock import utc_now
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.answering import see_that_it_answers
from pryv_tui.filesystem.file_systems import file_system_of, nearest
from pryv_tui.filesystem.holes import keeps_holes
from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.acceptance import fingerprint
from pryv_tui.operations.guards.line import GuardLine, failed, ok, warning
from pryv_tui.operations.plan import quote
from pryv_tui.operations.root.devices import looked_up
from pryv_tui.operations.sets.known_vaults import KEY, known_at, look
from pryv_tui.operations.sets.parent import parents_for
from pryv_tui.operations.site import Site, practice_owner
from pryv_tui.operations.stores.room import data_bytes as data_bytes
from pryv_tui.ownership import distrust
from pryv_tui.phrases import counted
from pryv_tui.vault.copying.count import count_room
from pryv_tui.vault.files.types import Selection
from pryv_tui.vault.restic.leftovers import freed_bytes
from pryv_tui.vault.sets import BackupSet
from pryv_tui.vault.vault import vault_error

SPACE_RESERVE = 64 << 20
"""Bytes to keep free for metadata, journals and other writers."""

CLOCK_SECONDS = 60.0
"""If the newest set is more than this many seconds in the future, that is a warning."""


def privilege_guard(site: Site) -> GuardLine:
    """Check that this process runs as root: without that it can't copy files with their owners. A
    practice platform does not need it."""
    if site.practice:
        return ok("privileges", "a practice platform needs none")
    if os.geteuid() == 0:
        return ok("privileges", "running as root")
    return failed(
        "privileges",
        f"running as user {os.geteuid()}: files of the platform belong to other users, and"
        " copying them with their owners needs root",
        "Run it with sudo.",
    )


def vault_guard(site: Site, roots: Sequence[Path]) -> GuardLine:
    """Check the vault before a backup: it responds, can be written, and is the known one.

    Neither may the vault be inside a root, nor a root inside the vault.
    """
    vault = site.vault.folder
    try:
        see_that_it_answers(vault)
        real = Path(os.path.realpath(vault))
    except (OSError, PryvTuiError) as error:
        told = error if isinstance(error, PryvTuiError) else vault_error(vault, error)
        return failed("vault", told.what, told.remedy)
    if entwined := _entwined(vault, real, roots):
        return entwined
    if vault.is_symlink():
        return failed(
            "vault",
            f"the vault {vault} is a symbolic link to {real}",
            f"Name the real folder: --vault {shlex.quote(str(real))}",
        )
    probe = nearest(real)
    if not os.access(probe, os.W_OK):
        return failed(
            "vault",
            f"the vault {vault} can't be written",
            "Correct its owner or mode, or name another vault with --vault.",
        )
    if not probe.is_dir():
        return failed(
            "vault", f"{probe} is not a folder: {vault} can't be made", "Name another with --vault."
        )
    if shutil.disk_usage(probe).total == 0:
        return failed(
            "vault",
            f"the vault {vault} would lie on a file system that keeps no files ({probe})",
            "Name a folder on a disk with --vault.",
        )
    return identity_guard(site)


def _entwined(vault: Path, real: Path, roots: Sequence[Path]) -> GuardLine | None:
    """Fail if the vault is inside a root, or a root inside the vault; None if neither is."""
    for root in roots:
        base = Path(os.path.realpath(root))
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
    return None


def identity_guard(site: Site) -> GuardLine:
    """Check that the vault is the known one, and is on the same file system as before."""
    try:
        found = look(site)
    except PryvTuiError as error:
        return failed("vault", error.what, error.remedy)
    if found is not None:
        return failed("vault", found.text, found.remedy, key=KEY, about=found.about)
    folder = site.vault.folder
    new = "" if known_at(site.state, folder) else ", not used from here before"
    return ok("vault", f"{folder}{new}; on {file_system_of(folder).words}")


def vault_guard_readable(site: Site, roots: Sequence[Path]) -> GuardLine:
    vault = site.vault.folder
    try:
        see_that_it_answers(vault)
        entwined = _entwined(vault, Path(os.path.realpath(vault)), roots)
    except (OSError, PryvTuiError):
        entwined = None
    # A restore only reads the vault, so the vault need not be writable.
    return entwined or ok("vault", str(vault))


def vault_owner_guards(site: Site) -> list[GuardLine]:
    """Warn if other users can write to the vault; empty if they can't.

    They could change a set together with its hashes, and it would be restored with root's rights.
    """
    vault = site.vault.folder
    found = distrust(vault, also=practice_owner(site.settings))
    if found is None:
        return []
    closes = (
        f"Correct that: {found.closes}" if found.closes else "Name a folder of your own: --vault"
    )
    return [
        warning(
            "vault owner",
            f"{found.why}: so the sets in {vault}, and their hashes, may have been changed",
            f"See who owns the sets: {quote('ls', '-la', vault)}. {closes}.",
            key="vault-owner",
            about=fingerprint(str(found.path), found.why),
        )
    ]


def state_guard(site: Site, roots: Sequence[Path]) -> GuardLine:
    """Check that the state folder is not in a root: a restore would move it aside, with journals
    and lock."""
    real = Path(os.path.realpath(site.state))
    for root in roots:
        base = Path(os.path.realpath(root))
        if real == base or base in real.parents:
            return failed(
                "state",
                f"the state folder {site.state} lies inside the root {root}",
                "Name another with --state.",
            )
    return ok("state", str(site.state))


def clock_guard(latest: BackupSet | None) -> GuardLine:
    """Warn if the newest set is from the future: then the times of sets and gaps are wrong."""
    created = latest.manifest.created if latest and latest.manifest else ""
    try:
        ahead = (datetime.fromisoformat(created) - utc_now()).total_seconds()
    except (ValueError, TypeError):
        return ok("clock", "no set to compare it with")
    if latest and ahead > CLOCK_SECONDS:
        return warning(
            "clock",
            f"the set {latest.id} was made {ahead:.0f} s in the future: this machine's clock was"
            " set back, or was ahead then",
            "Compare the clock with another one (timedatectl). The next set counts as the latest.",
        )
    return ok("clock", "later than the newest set")


def free_bytes(folder: Path) -> int:
    """Return the free bytes on the disk of a folder; the folder need not exist yet."""
    probe = folder
    while not probe.exists() and probe != probe.parent:
        probe = probe.parent
    return shutil.disk_usage(probe).free


def same_disk(one: Path, other: Path) -> bool:
    """Whether two folders, which need not exist yet, are on the same file system."""
    found = []
    for folder in (one, other):
        probe = folder
        while not probe.exists() and probe != probe.parent:
            probe = probe.parent
        found.append(probe.stat().st_dev)
    return found[0] == found[1]


def other_work(site: Site) -> str:
    """Return the remedy if there is too little room on this machine for the sets of a repository.

    PRYV_TUI_WORK has no effect on a practice platform: the sets of its repository are always in a
    folder beside it.
    """
    if site.practice:
        return (
            "Free space there: sets of a practice platform's repository lie beside that platform."
        )
    return "Free space there, or name another folder in PRYV_TUI_WORK."


def free_for_a_set(site: Site) -> tuple[int, str]:
    """Return the free bytes in the folder where sets are made and fetched, and the same in words.

    Remains of interrupted fetches from a repository count as free, because they are removed first.
    """
    vault = site.vault.folder
    free = free_bytes(vault)
    left = freed_bytes(vault) if site.vault.repository else 0
    told = f"{size(free + left)} free at {vault}"
    if left:
        told += f", {size(left)} of it once the remains of an earlier run are removed (done first)"
    return free + left, told


def size(count: int) -> str:
    return humanize.naturalsize(count, binary=True)


def sizes(needed: int, free: int) -> tuple[str, str]:
    """Return two sizes in words, with enough digits that different sizes look different."""
    for places in range(1, 10):
        told = [
            humanize.naturalsize(one, binary=True, format=f"%.{places}f") for one in (needed, free)
        ]
        if told[0] != told[1] or needed == free:
            return told[0], told[1]
    return counted(needed, "byte"), counted(free, "byte")


def expected_bytes(hosts: Sequence[HostState], latest: BackupSet | None) -> tuple[int, str]:
    """Estimate how many bytes a backup will write, from the last set or else from a scan.

    Returns:
        the bytes, and the source of the estimate in words.
    """
    names = {host.name for host in hosts}
    if latest and latest.manifest and names <= {host.name for host in latest.manifest.hosts}:
        known = sum(host.bytes for host in latest.manifest.hosts if host.name in names)
        return int(known * 1.1), f"from the set {latest.id}, and a tenth more"
    total = 0
    for host in hosts:
        if host.root_exists:
            selection = Selection(leave_out=host.layout.all_left_out, no_snapshots=True)
            total += count_room(host.root_path, selection)[1]
            # The dumps do not exist yet, so the data folders' size is taken instead.
            total += sum(data_bytes(host, store) for store in ("mongodb", "influxdb"))
    return total, "from a scan"


def _scanned(site: Site, hosts: Sequence[HostState], domain: str, *, full: bool) -> tuple[int, str]:
    """Estimate by a scan how many bytes a backup will write; return them, and the source in words.

    Not counted are unchanged files that will be linked to a parent set (unless `full`), and the
    holes in files if the vault's file system keeps them.
    """
    sets = () if full else site.vault.sets()
    parents = parents_for(sets, practice=site.practice, domain=domain, hosts=hosts)
    length = total = 0
    for host in hosts:
        selection = Selection(
            leave_out=host.layout.all_left_out, sqlite=host.layout.sqlite, no_snapshots=True
        )
        parent = parents.get(host.name)
        if parent is not None:
            parent = looked_up(parent, host.root_path)  # as the copy does
        found = count_room(host.root_path, selection, parent=parent)
        length, total = length + found[0], total + found[1]
        more = sum(data_bytes(host, store) for store in ("mongodb", "influxdb"))
        length, total = length + more, total + more
    names = ", ".join(sorted({parent.set_id for parent in parents.values()}))
    source = f"from a scan, unchanged files linked to {names}" if names else "from a scan"
    return with_holes(length, total, site.vault.folder, source)


HOLES_TOLD = 1 << 20
"""If the holes in files have fewer bytes together, the text does not mention them."""


def with_holes(length: int, data: int, target: Path, source: str) -> tuple[int, str]:
    """Return the bytes that a copy of files needs, and the source of that figure in words.

    Args:
        length: bytes of the files, holes included.
        data: bytes of the files without holes.
        target: the folder that they are copied to; its file system may not keep holes.
        source: the source of both figures, in words.
    """
    holes = length - data
    if holes < HOLES_TOLD:
        return length, source
    if keeps_holes(target):
        return data, f"{source}, {size(holes)} of holes not counted"
    return length, f"{source}, {size(holes)} of it holes, which the file system there can't keep"


def space_guard(
    site: Site,
    hosts: Sequence[HostState],
    *,
    domain: str = "",
    full: bool = True,
    latest: BackupSet | None = None,
    beside: int = 0,
) -> GuardLine:
    """Check that there is room for a backup's set.

    Args:
        full: whether no file is linked to an earlier set.
        latest: the newest set, from which the size is estimated.
        beside: bytes of dumps that stay on the vault's disk until the set is complete.
    """
    try:
        needed, source = expected_bytes(hosts, latest)
        free, told = free_for_a_set(site)
        if free < needed + beside + SPACE_RESERVE:
            # A scan of all files is slow, so it is made only if the first estimate does not fit.
            needed, source = _scanned(site, hosts, domain, full=full)
    except (OSError, PryvTuiError) as error:
        return warning(
            "space",
            f"the size could not be estimated: {error}",
            f"Watch the free space there: {quote('df', '-h', nearest(site.vault.folder))}",
        )
    text = f"about {size(needed)} needed ({source}), {told}"
    if beside:
        text += f"; dumps of {size(beside)} are on the same disk until the set is whole"
    if free < needed + beside + SPACE_RESERVE:
        return failed("space", text, "Free space there, or name another vault with --vault.")
    return ok("space", text)
