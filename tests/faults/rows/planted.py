"""Faults of what lies in the root as it is copied: special files, odd names, links out of it."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from pryv_tui.vault.manifest import RecreatedFolder, decode, encode
from pryv_tui.vault.seal import seal
from tests.faults.bench import AtName, Bench, hooked
from tests.faults.matrix import Maker, Operation

PAGE = 4096
"""Bytes that tmpfs gives a file at once."""


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
