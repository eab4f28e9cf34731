"""Trees to copy, and a comparison that shares nothing with the code that copies."""

# Paths here are bytes, which pathlib does not take.
# ruff: noqa: PTH101, PTH102, PTH115, PTH211

from __future__ import annotations

import os
import socket
import stat
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

ROOT = os.geteuid() == 0
Facts = tuple[Any, ...]
"""All that a file, a folder or a link is."""


class Entry(NamedTuple):
    """What to make in a folder."""

    kind: str
    content: Any
    mode: int
    owner: int
    mtime_ns: int
    xattrs: dict[str, bytes]


def names() -> st.SearchStrategy[bytes]:
    """File names: any bytes that the system takes, the awkward ones often."""
    odd = [
        b"new\nline",
        b"back\\slash",
        b"\\n",
        b"cr\r",
        b" blank ",
        b"-rf",
        b"*",
        b"\xff\xfe",
        b"...",
    ]
    usable = st.binary(min_size=1, max_size=30).filter(
        lambda name: b"/" not in name and b"\0" not in name and name not in (b".", b"..")
    )
    return st.sampled_from(odd) | st.sampled_from([b"a", b"b", b"c.log", "ü".encode()]) | usable


def times() -> st.SearchStrategy[int]:
    """Times in nanoseconds, from 1902 to 2400: what ext4 can hold."""
    return st.integers(-(2**31) + 10, 13_569_465_600).flatmap(
        lambda second: st.integers(0, 999_999_999).map(lambda part: second * 10**9 + part)
    )


def acl(*entries: tuple[int, int, int]) -> bytes:
    """A POSIX ACL as the kernel keeps it in an attribute: version 2, then tag, rights, id."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


NOBODY = 0xFFFFFFFF
SOME_ACL = acl((1, 7, NOBODY), (2, 4, 9999), (4, 4, NOBODY), (0x10, 6, NOBODY), (0x20, 0, NOBODY))


def xattrs(folder: bool) -> st.SearchStrategy[dict[str, bytes]]:
    """Attributes of an entry, sometimes with ACLs."""
    found = {"user.a": st.binary(max_size=20), "system.posix_acl_access": st.just(SOME_ACL)}
    if folder:
        found["system.posix_acl_default"] = st.just(SOME_ACL)
    return st.just({}) | st.fixed_dictionaries({}, optional=found)


def contents() -> st.SearchStrategy[list[tuple[int, bytes]]]:
    """A file as pieces at offsets: the space between them is a hole."""
    dense = st.binary(max_size=3000).map(lambda data: [(0, data)])
    piece = st.tuples(st.integers(0, 40).map(lambda page: page * 4096), st.binary(max_size=5000))
    return dense | st.lists(piece, max_size=3)


def entries(kind: str, content: st.SearchStrategy[Any]) -> st.SearchStrategy[Entry]:
    """Entries of one kind."""
    attributed = xattrs(kind == "folder") if kind in ("file", "folder") else st.just({})
    owners = st.sampled_from([0, 9999, 65534]) if ROOT else st.just(os.geteuid())
    modes = st.integers(0, 0o7777)
    if not ROOT:
        modes = modes.map(lambda mode: mode | 0o700)
    return st.builds(Entry, st.just(kind), content, modes, owners, times(), attributed)


def trees() -> st.SearchStrategy[dict[bytes, Entry]]:
    """Whole trees, every kind of file in them that travels."""
    targets = names() | st.sampled_from([b"/etc/passwd", b"../..", b"nowhere", b"."])
    leaf = (
        entries("file", contents())
        | entries("link", targets)
        | entries("fifo", st.none())
        | entries("hard link", st.integers(0, 20))
    )
    inside = st.dictionaries(names(), leaf, max_size=5)
    return st.recursive(
        inside,
        lambda deeper: st.dictionaries(names(), leaf | entries("folder", deeper), max_size=5),
        max_leaves=12,
    )


def make(tree: dict[bytes, Entry], folder: bytes) -> None:
    """Make a tree in an existing folder."""
    _make(tree, folder, [])


def _make(tree: dict[bytes, Entry], folder: bytes, made: list[bytes]) -> None:
    for name, entry in tree.items():
        path = folder + b"/" + name
        if entry.kind == "folder":
            os.mkdir(path)
            _make(entry.content, path, made)
        elif entry.kind == "link":
            os.symlink(entry.content, path)
            made.append(path)
        elif entry.kind == "fifo":
            os.mkfifo(path)
            made.append(path)
        elif entry.kind == "hard link":
            if made:
                os.link(made[entry.content % len(made)], path, follow_symlinks=False)
            continue
        else:
            with open(path, "wb") as file:
                for offset, data in entry.content:
                    file.seek(offset)
                    file.write(data)
                    file.truncate(max(offset + len(data), file.tell()))
            made.append(path)
        _dress(path, entry)


def _dress(path: bytes, entry: Entry) -> None:
    os.chown(path, entry.owner, entry.owner, follow_symlinks=False)
    if entry.kind != "link":
        os.chmod(path, entry.mode)
        for name, value in entry.xattrs.items():
            os.setxattr(path, name, value)
    os.utime(path, ns=(entry.mtime_ns + 10**9, entry.mtime_ns), follow_symlinks=False)


def make_socket(path: Path) -> None:
    """Leave a socket behind."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.close()


def seen(root: Path, counts: Callable[[str], bool] = lambda path: True) -> dict[bytes, Facts]:
    """Everything that counts of a tree, by path: the root is `.`.

    Args:
        counts: whether a path is to be looked at. The others are known as names of a file alone.
    """
    first_names: dict[tuple[int, int], bytes] = {}
    found: dict[bytes, Facts] = {}
    top = os.fsencode(root)
    for path in sorted(_paths(top)):
        full = top + b"/" + path
        status = os.lstat(full)
        first = None
        if not stat.S_ISDIR(status.st_mode):
            first = first_names.setdefault((status.st_dev, status.st_ino), path)
        if not counts(os.fsdecode(path)):
            continue
        content: bytes | None = None
        if stat.S_ISREG(status.st_mode):
            with open(full, "rb", buffering=0) as file:
                content = file.read()
        elif stat.S_ISLNK(status.st_mode):
            content = os.readlink(full)
        named = os.listxattr(full, follow_symlinks=False)
        attributes = {name: os.getxattr(full, name, follow_symlinks=False) for name in named}
        found[path] = (
            oct(status.st_mode),
            status.st_uid,
            status.st_gid,
            status.st_mtime_ns,
            content,
            attributes,
            first,
        )
    return found


def _paths(top: bytes) -> Iterator[bytes]:
    """Every path below a folder, relative to it; itself is `.`."""
    yield b"."
    pending = [b""]
    while pending:
        folder = pending.pop()
        try:
            entries = list(os.scandir(top + b"/" + folder))
        except OSError:
            continue  # its own line is there, and nobody may look inside
        for entry in entries:
            path = folder + b"/" + entry.name if folder else entry.name
            yield path
            if entry.is_dir(follow_symlinks=False):
                pending.append(path)
