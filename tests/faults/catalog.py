"""The faults of the matrix. Disks are real ones; what is a stand-in says so."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec

from pryv_tui.filesystem.file_systems import FileSystem
from pryv_tui.practice.faults import FAULTS
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.vault.lists.sums import SumsWriter
from pryv_tui.vault.manifest import RecreatedFolder, decode, encode
from pryv_tui.vault.seal import seal
from pryv_tui.vault.vault import Vault
from tests.faults.around import AROUND
from tests.faults.bench import AtFile, AtName, Bench, Filler, hooked, remount, small_disk
from tests.faults.in_files import IN_FILES
from tests.faults.in_stores import IN_STORES
from tests.faults.making import (
    before_first,
    emptied_after,
    nothing,
    root_on_a_small_disk,
    vault_on_a_small_disk,
)
from tests.faults.matrix import During, Fault, Maker, Operation
from tests.faults.nested import bench_on_disks, disk_away, disk_for_reading_only, held_fast

PAGE = 4096
"""Bytes that tmpfs gives a file at once."""
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


# --- files that go away or are no files ----------------------------------------------------------


@contextmanager
def vanishing(bench: Bench, _operation: Operation) -> Iterator[None]:
    """A file that somebody takes away between its listing and its reading."""
    passing = bench.root / "pryv/core/data/passing.tmp"

    def there() -> None:
        passing.write_text("soon gone")

    def gone(path: Path) -> None:
        if path == passing:
            path.unlink()

    there()
    try:
        with hooked(AtName("passing.tmp", gone)):
            yield
    finally:
        passing.unlink(missing_ok=True)


def in_data(grow: Callable[[Path], None]) -> Callable[[Path], None]:
    """Something of a root that lies where attachments do."""
    return lambda root: grow(root / "pryv/core/data")


def special_files(data: Path) -> None:
    os.mkfifo(data / "fifo", 0o640)
    # A socket's path may be no longer than 107 bytes.
    listener, here = socket.socket(socket.AF_UNIX), Path.cwd()
    os.chdir(data)
    try:
        listener.bind("socket")
    finally:
        os.chdir(here)
        listener.close()
    os.mknod(data / "device", stat.S_IFCHR | 0o600, os.makedev(1, 3))


def is_special(name: str) -> bool:
    return name in ("file pryv/core/data/socket", "file pryv/core/data/device")


def odd_names(data: Path) -> None:
    top = data / os.fsdecode(b"odd \xff\xfe")
    top.mkdir()
    for name in (b"latin-\xe9", b"\x01\x1b[2J", b"line\nbreak", b" -> ", b"\\", b"x" * 255):
        (top / os.fsdecode(name)).write_bytes(name)
        (top / os.fsdecode(b"l" + name[:200])).symlink_to(os.fsdecode(name))
        (top / os.fsdecode(b"d" + name[:200])).mkdir()


def deep(data: Path) -> None:
    folder = data
    for level in range(200):
        folder = folder / f"d{level}"
        folder.mkdir()
        (folder / "file").write_text(str(level))


def outward(data: Path) -> None:
    """Links to a file, a folder, the root of all, and nowhere."""
    outside = data.parents[6] / "outside"
    outside.mkdir()
    (outside / "not-ours").write_text("of somebody else")
    (data / "to-file").symlink_to(outside / "not-ours")
    (data / "to-folder").symlink_to(outside)
    (data / "to-all").symlink_to("/")
    (data / "up").symlink_to("../../../../../../../outside")
    (data / "nowhere").symlink_to("/does/not/exist")


@contextmanager
def outside_untouched(bench: Bench, _operation: Operation) -> Iterator[None]:
    outside = bench.root.parents[3] / "outside"
    before = outside.stat()
    yield
    assert [entry.name for entry in outside.iterdir()] == ["not-ours"]
    assert (outside / "not-ours").read_text() == "of somebody else"
    after = outside.stat()
    same = ("st_mode", "st_uid", "st_gid", "st_mtime_ns")
    assert all(getattr(before, name) == getattr(after, name) for name in same)
    for backup in bench.complete():
        assert not list(backup.folder.rglob("not-ours")), "what a link leads to is not copied"


# --- sets from elsewhere -------------------------------------------------------------------------


def hostile(change: Callable[[Path, Path, Any], Any]) -> Maker:
    """A bench whose set somebody prepared to write outside of the root.

    `change` receives the host's part of the set, the folder outside and the manifest, whose
    changed form it gives back.
    """

    @contextmanager
    def bench(folder: Path) -> Iterator[Bench]:
        made = Bench(folder)
        outside = made.root.parents[3] / "outside"
        outside.mkdir()
        (outside / "not-ours").write_text("of somebody else")
        (backup,) = made.complete()
        assert backup.manifest is not None
        part = backup.host_folder(backup.manifest.hosts[0].name)
        manifest = change(part, outside, decode((backup.folder / "set.json").read_bytes()))
        (backup.folder / "set.json").write_bytes(encode(manifest))
        seal(backup.folder)  # who makes such a set can do that too
        yield made

    return bench


def _without_tree(manifest: Any, **more: Any) -> Any:
    """The manifest of a set from before the list of links: they are not checked."""
    host = msgspec.structs.replace(manifest.hosts[0], tree="", **more)
    return msgspec.structs.replace(manifest, hosts=(host,))


def folder_is_a_link(part: Path, outside: Path, manifest: Any) -> Any:
    """A folder of the set leads outside; a file in it is listed with its right hash."""
    inside = part / "files/pryv/core/data/users"
    inside.rename(part / "elsewhere")
    inside.symlink_to(outside)
    (part / "elsewhere").rename(outside / "users")
    for entry in sorted((outside / "users").iterdir()):
        entry.rename(outside / entry.name)
    (outside / "users").rmdir()
    return _without_tree(manifest)


def recreated_below_a_link(part: Path, outside: Path, manifest: Any) -> Any:
    """A folder that is to be made again lies beyond a link of the set."""
    (part / "files/pryv/evil").symlink_to(outside)
    planted = RecreatedFolder("pryv/evil/planted", 0, 0, 0o777)
    return _without_tree(manifest, recreated=(*manifest.hosts[0].recreated, planted))


@contextmanager
def nothing_planted(bench: Bench, _operation: Operation) -> Iterator[None]:
    outside = bench.root.parents[3] / "outside"
    before = sorted(path.name for path in outside.rglob("*"))
    yield
    assert sorted(path.name for path in outside.rglob("*")) == before


# --- full and read-only disks --------------------------------------------------------------------


def vault_full(number: int) -> During:
    """Full to the last byte as the file of that number is begun; for others from the start."""

    @contextmanager
    def during(bench: Bench, operation: Operation) -> Iterator[None]:
        filler = Filler(bench.site.vault.folder.parent)
        with emptied_after(filler):
            if operation == "backup":
                with hooked(AtFile(number, filler.fill)):
                    yield
            else:
                filler.fill()
                yield

    return during


@contextmanager
def vault_full_at_sums(bench: Bench, _operation: Operation) -> Iterator[None]:
    """All files are copied; the list of hashes has no room any more."""
    filler, close = Filler(bench.site.vault.folder.parent), SumsWriter.close

    def full(writer: SumsWriter) -> None:
        filler.fill()
        close(writer)

    with emptied_after(filler), patch.object(SumsWriter, "close", full):
        yield


@contextmanager
def vault_full_at_set_json(bench: Bench, _operation: Operation) -> Iterator[None]:
    """All is there but what the set says of itself."""
    filler, complete = Filler(bench.site.vault.folder.parent), Vault.complete

    def full(vault: Vault, *words: Any) -> Path:
        filler.fill()
        return complete(vault, *words)

    with emptied_after(filler), patch.object(Vault, "complete", full):
        yield


@contextmanager
def vault_full_at_rename(bench: Bench, _operation: Operation) -> Iterator[None]:
    filler, rename = Filler(bench.site.vault.folder.parent), Path.rename

    def full(path: Path, target: Any) -> Path:
        if path.name.endswith(".partial"):
            filler.fill()
        return rename(path, target)

    with emptied_after(filler), patch.object(Path, "rename", full):
        yield


@contextmanager
def rename_has_no_room(_bench: Bench, _operation: Operation) -> Iterator[None]:
    """A stand-in for file systems whose folders grow at a rename; tmpfs has no need to."""
    rename = Path.rename

    def full(path: Path, target: Any) -> Path:
        if path.name.endswith(".partial"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return rename(path, target)

    with patch.object(Path, "rename", full):
        yield


@contextmanager
def vault_read_only(bench: Bench, _operation: Operation) -> Iterator[None]:
    disk = bench.site.vault.folder.parent
    remount(disk, "ro")
    try:
        yield
    finally:
        remount(disk, "rw")


@contextmanager
def root_full(bench: Bench, operation: Operation) -> Iterator[None]:
    """A restore finds no room in the middle of copying back, and its undo neither: see the test
    of that. A backup writes its dumps there, and an undo its mark."""
    filler = Filler(bench.root)
    with emptied_after(filler):
        if operation == "restore":
            with hooked(AtFile(10, filler.fill)):
                yield
        else:
            filler.fill()
            yield


@contextmanager
def state_on_a_small_disk(folder: Path) -> Iterator[Bench]:
    with small_disk(folder / "disk", 8) as disk:
        yield Bench(folder, state=disk / "state")


@contextmanager
def state_full_before(bench: Bench, _operation: Operation) -> Iterator[None]:
    filler = Filler(bench.site.state.parent)
    with emptied_after(filler):
        filler.fill()
        yield


@contextmanager
def state_full(bench: Bench, operation: Operation) -> Iterator[None]:
    """Full to the last byte as the first tool runs, a file is copied back, a container stops."""
    filler = Filler(bench.site.state.parent)

    def fill() -> None:
        filler.fill()
        # The journal's last page too has room; a reader passes over empty lines.
        journal = max(
            bench.site.state.glob("runs/*/journal.jsonl"), key=lambda p: p.stat().st_mtime
        )
        with journal.open("ab") as file:
            file.write(b"\n" * (-journal.stat().st_size % PAGE))

    with emptied_after(filler):
        if operation == "restore":
            with hooked(AtFile(10, fill)):
                yield
        else:
            with before_first("exec" if operation == "backup" else "stop", fill):
                yield


# --- the clock -----------------------------------------------------------------------------------


class Yesterday(datetime):
    """A clock that was set back by a day."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) - timedelta(days=1)


@contextmanager
def clock_back(_bench: Bench, _operation: Operation) -> Iterator[None]:
    with patch("pryv_tui.clock.datetime", Yesterday):
        yield


@contextmanager
def clock_back_meanwhile(_bench: Bench, _operation: Operation) -> Iterator[None]:
    with ExitStack() as stack:

        def back() -> None:
            stack.enter_context(patch("pryv_tui.clock.datetime", Yesterday))

        with hooked(AtFile(5, back)):
            yield


@contextmanager
def vault_not_mounted(bench: Bench, _operation: Operation) -> Iterator[None]:
    """An empty folder where the vault was (a stand-in for its mount point)."""
    vault = bench.site.vault.folder
    away = vault.rename(vault.with_name("the-vaults-disk"))
    vault.mkdir()
    try:
        yield
    finally:
        vault.rmdir()
        away.rename(vault)


@contextmanager
def vault_copied(bench: Bench, _operation: Operation) -> Iterator[None]:
    """A copy of the vault in its place, on another file system (which the test says it is)."""
    vault = bench.site.vault.folder
    away = vault.rename(vault.with_name("the-vaults-disk"))
    subprocess.run(["cp", "-a", away, vault], check=True)
    elsewhere = FileSystem(kind="ext4", source="/dev/other", uuid="OTHER", mount="/")
    try:
        with patch("pryv_tui.operations.sets.known_vaults.file_system_of", lambda _path: elsewhere):
            yield
    finally:
        shutil.rmtree(vault)
        away.rename(vault)


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
        says={"backup": "nothing was deleted there while the backup was made"},
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
        says={"restore": "reading only", "undo": "reading only"},
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
        says={"backup": "the clock of this machine went back"},
    ),
    Fault(
        "clock-back-meanwhile",
        "the clock is set back by a day while files are copied",
        clock_back_meanwhile,
        says={"backup": "was set back during the backup"},
        not_there={"undo": "it copies no files"},
    ),
)
