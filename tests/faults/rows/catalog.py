"""The faults of the matrix. Disks are real ones; what is a stand-in says so."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pryv_tui.practice.faults import FAULTS
from pryv_tui.practice.platform import PracticePlatform
from tests.faults.bench import Bench
from tests.faults.making import (
    nothing,
    root_on_a_small_disk,
    vault_on_a_small_disk,
)
from tests.faults.matrix import During, Fault, Maker, Operation
from tests.faults.nested import bench_on_disks, disk_away, disk_for_reading_only, held_fast
from tests.faults.rows.around import AROUND
from tests.faults.rows.in_files import IN_FILES
from tests.faults.rows.in_stores import IN_STORES
from tests.faults.rows.on_disks import (
    clock_back,
    clock_back_meanwhile,
    rename_has_no_room,
    root_full,
    state_full,
    state_full_before,
    state_on_a_small_disk,
    vault_copied,
    vault_full,
    vault_full_at_rename,
    vault_full_at_set_json,
    vault_full_at_sums,
    vault_not_mounted,
    vault_read_only,
)
from tests.faults.rows.planted import (
    deep,
    folder_is_a_link,
    hostile,
    in_data,
    is_special,
    nothing_planted,
    odd_names,
    outside_untouched,
    outward,
    recreated_below_a_link,
    special_files,
    vanishing,
)

NOT_WRITTEN = "only a backup writes there"


# --- faults of the practice platform -------------------------------------------------------------


def practice(name: str) -> During:
    @contextmanager
    def during(bench: Bench, _operation: Operation) -> Iterator[None]:
        bench.platform.faults.set(name)
        try:
            yield
        finally:
            bench.platform.faults.clear()
            for host in bench.platform.hosts:
                host.engine.containers()  # what looped runs again as soon as somebody looks

    return during


def with_containers(change: Callable[[PracticePlatform], None]) -> Maker:
    """A bench whose containers are not all as the templates have them."""

    @contextmanager
    def bench(folder: Path) -> Iterator[Bench]:
        made = Bench(folder)
        change(made.platform)
        yield made

    return bench


def renamed(platform: PracticePlatform) -> None:
    """What compose 1.x leaves of a container that it failed to replace, and others by hand."""
    for name, new in (
        ("pryvio_core", "0123456789ab_pryvio_core"),
        ("pryvio_mongodb", "mongo-prod"),
        ("pryvio_redis", "pryv-redis-1"),
        ("pryvio_nginx", "front"),
    ):
        platform.rename_container(name, new)


def foreign(platform: PracticePlatform) -> None:
    """Somebody else's, each with a part of the root mounted."""
    platform.add_container("files", ["pryv/core/data"])
    platform.add_container("exporter", ["pryv/nginx/log:ro"])
    platform.add_container("pryvio_backup_old", ["."])


NOT_A_STORE = {"container-loops": " (one that holds no data, `mfa`, also before the run)"}
"""Faults that are tried on one service."""

PRACTICE_SAYS: dict[str, dict[Operation, str]] = {
    "mongodump-fails": {"backup": "mongodump failed", "restore": "mongodump failed"},
    "mongodump-empty": {"backup": "dumped no collection", "restore": "dumped no collection"},
    "mongodump-short": {"backup": "differ", "restore": "restored"},
    "mongorestore-failures": {"backup": "complete", "restore": "were not restored"},
    "influxd-backup-fails": {"backup": "influxd backup failed", "restore": "restored"},
    "influx-database-exists": {"backup": "complete", "restore": "restored"},
    "container-dies": {"backup": "mongodb", "restore": "mongodb"},
    "disk-full": {"backup": "No space left", "restore": "No space left"},
    "unreadable-file": {"backup": "attachments", "restore": "attachments"},
    "changing-log": {"backup": "complete", "restore": "restored"},
    "changing-file": {"backup": "notes of the operator.txt changed", "restore": "restored"},
    "engine-gone": {"backup": "Docker daemon", "restore": "Docker daemon"},
    "redis-rewrite-fails": {"backup": "Redis", "restore": "restored"},
    "container-will-not-stop": {"backup": "stop", "restore": "stop", "undo": "stop"},
    "container-will-not-start": {"backup": "complete", "restore": "start", "undo": "start"},
    "container-loops": {"backup": "complete", "restore": "pryvio_mfa", "undo": "pryvio_mfa"},
}


@contextmanager
def attachments_gone(bench: Bench, _operation: Operation) -> Iterator[None]:
    """Attached files that are not there, though nobody deletes anything meanwhile."""
    data = bench.root / "pryv/core/data"
    users = [path.parent for path in data.glob("users/*/*/*/*/attachments")]
    times = {path: path.stat().st_mtime_ns for path in users}
    for number, user in enumerate(users):
        (user / "attachments").rename(bench.root.with_name(f"attachments-{number}"))
        os.utime(user, ns=(0, 0))
    for above in {above for user in users for above in user.parents if data in above.parents}:
        os.utime(above, ns=(0, 0))
    try:
        yield
    finally:
        for number, user in enumerate(users):
            bench.root.with_name(f"attachments-{number}").rename(user / "attachments")
            os.utime(user, ns=(times[user], times[user]))


def _disk(
    name: str,
    what: str,
    during: During,
    *,
    bench: Maker | None = vault_on_a_small_disk,
    only_backup: bool = True,
    says: dict[Operation, str] | None = None,
) -> Fault:
    elsewhere: dict[Operation, str] = {"restore": NOT_WRITTEN, "undo": NOT_WRITTEN}
    return Fault(
        name,
        what,
        during,
        bench=bench,
        kept=True,
        says=says or {},
        not_there=elsewhere if only_backup else {},
    )


_HOSTILE: dict[Operation, str] = {"backup": "it reads no set", "undo": "it reads no set"}

CATALOG: tuple[Fault, ...] = (
    *(
        Fault(
            name,
            kind.what + NOT_A_STORE.get(name, ""),
            practice(f"{name}:mfa" if name in NOT_A_STORE else name),
            says=PRACTICE_SAYS[name],
        )
        for name, kind in FAULTS.items()
    ),
    Fault(
        "renamed-containers",
        "core, mongodb, redis and nginx have other names than the templates give them",
        nothing,
        bench=with_containers(renamed),
    ),
    Fault(
        "foreign-containers",
        "containers that are none of the platform's have parts of its root mounted, one of them"
        " with a name like its own",
        nothing,
        bench=with_containers(foreign),
    ),
    Fault(
        "file-vanishes",
        "a file goes between its listing and its reading",
        vanishing,
        not_there={"restore": "nobody works in a vault", "undo": "it renames whole folders"},
    ),
    Fault(
        "special-files",
        "a fifo, a socket and a device in the root (the last two hold no data; they are noted)",
        nothing,
        grow=in_data(special_files),
        but=is_special,
    ),
    Fault("odd-names", "names that are not UTF-8", nothing, grow=in_data(odd_names)),
    Fault("deep-tree", "a tree 200 levels deep", nothing, grow=in_data(deep)),
    Fault(
        "links-outside",
        "symbolic links that lead out of the root (never followed)",
        outside_untouched,
        grow=in_data(outward),
    ),
    *IN_FILES,
    *IN_STORES,
    *AROUND,
    Fault(
        "hostile-folder-link",
        "a set in which a folder is a link to one outside",
        nothing_planted,
        bench=hostile(folder_is_a_link),
        not_there=_HOSTILE,
        says={"restore": "is missing"},
    ),
    Fault(
        "hostile-recreated",
        "a set that wants a folder made beyond a link",
        nothing_planted,
        bench=hostile(recreated_below_a_link),
        not_there=_HOSTILE,
    ),
    _disk(
        "vault-full",
        "the vault's disk (a real one) is full in the middle of the copy, or before",
        vault_full(10),
        only_backup=False,
        says={"backup": "No space left"},
    ),
    _disk(
        "vault-full-sums",
        "the same when the list of hashes is written",
        vault_full_at_sums,
        says={"backup": "SHA256SUMS"},
    ),
    _disk(
        "vault-full-set-json",
        "the same when `set.json` is written",
        vault_full_at_set_json,
        says={"backup": "is full"},
    ),
    _disk(
        "vault-full-rename",
        "the same at the last rename, which needs no room there",
        vault_full_at_rename,
    ),
    _disk(
        "vault-full-rename-fails",
        "the last rename finds no room (a stand-in for the system's error)",
        rename_has_no_room,
        says={"backup": "is full"},
    ),
    _disk(
        "vault-read-only",
        "the vault's disk (a real one) is mounted read-only",
        vault_read_only,
        only_backup=False,
        says={"backup": "can't be written"},
    ),
    Fault(
        "vault-not-mounted",
        "an empty folder lies where the vault was: its disk is not mounted",
        vault_not_mounted,
        says={"backup": "went there"},
        not_there={"restore": "the set lies on that disk"},
    ),
    Fault(
        "vault-copied",
        "a copy of the vault lies in its place, on another file system",
        vault_copied,
        says={"backup": "is a copy of the vault"},
    ),
    Fault(
        "attachments-gone",
        "attached files are missing at the source, and nobody deleted them during the backup",
        attachments_gone,
        says={"backup": "nothing in it shows a deletion while the backup was made"},
        not_there={"restore": "it reads a set", "undo": "it reads no set"},
        but=lambda name: "/attachments" in name,
    ),
    _disk(
        "root-full",
        "the root's disk (a real one) is full: in the middle of copying back, else before",
        root_full,
        bench=root_on_a_small_disk,
        only_backup=False,
        says={"restore": "No space left", "undo": "is full"},
    ),
    _disk(
        "state-full-before",
        "the state folder's disk (a real one) is full before the run",
        state_full_before,
        bench=state_on_a_small_disk,
        only_backup=False,
        says={"backup": "is full", "restore": "is full", "undo": "is full"},
    ),
    _disk(
        "state-full",
        "the state folder's disk (a real one) is full in the middle of the run",
        state_full,
        bench=state_on_a_small_disk,
        only_backup=False,
        says={"backup": "is full", "restore": "is full", "undo": "is full"},
    ),
    _disk(
        "disk-away",
        "a disk that was mounted below the root is not mounted",
        disk_away,
        bench=bench_on_disks,
        only_backup=False,
        says={"backup": "mounted", "restore": "mounted", "undo": "mounted"},
    ),
    _disk(
        "disk-read-only",
        "a disk that is mounted below the root (a real one) is mounted read-only",
        disk_for_reading_only,
        bench=bench_on_disks,
        only_backup=False,
        says={"restore": "read-only", "undo": "read-only"},
    ),
    _disk(
        "held-fast",
        "an entry of the root is immutable (chattr +i)",
        held_fast,
        bench=None,
        only_backup=False,
        says={"restore": "immutable", "undo": "immutable"},
    ),
    Fault(
        "clock-back",
        "the clock was set back by a day since the set was made",
        clock_back,
        says={"backup": "this machine's clock was set back"},
    ),
    Fault(
        "clock-back-meanwhile",
        "the clock is set back by a day while files are copied",
        clock_back_meanwhile,
        says={"backup": "was set back during the backup"},
        not_there={"undo": "it copies no files"},
    ),
)
