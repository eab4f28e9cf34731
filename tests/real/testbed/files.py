"""Files of an installation: attachments, SQLite, odd ones; made, and read back as digests."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from .stores import digest_of

OWNER = 9999
OURS = ".pryv-tui"
"""What the tool keeps in a root for itself is no part of the installation."""
OLD_NS = 1_600_000_000_123_456_789
"""A modification time with nanoseconds, long past."""


def user_folder(data: Path, user_id: str) -> Path:
    """A user's folder from 1.8 on: the last three characters of the id, reversed."""
    c, b, a = user_id[-1], user_id[-2], user_id[-3]
    return data / "users" / c / b / a / user_id


def attachment_path(data: Path, numbers: tuple[int, ...], user: str, event: str, file: str) -> Path:
    """Where an attachment lies in a release."""
    if numbers >= (1, 9):
        return user_folder(data, user) / "attachments" / event / file
    return data / "attachments" / user / event / file


TRIES = 50
"""How often a folder is removed into which somebody writes."""


def write(path: Path, content: bytes | str, *, mode: int = 0o644, owner: int = OWNER) -> None:
    """Write a file and the folders above it, all of one owner."""
    make_folder(path.parent, owner=owner)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    os.chown(path, owner, owner)


def make_folder(path: Path, *, owner: int = OWNER, mode: int = 0o755) -> None:
    """Make a folder and those missing above it, of one owner; what exists stays as it is."""
    missing = []
    current = path
    while not current.exists():
        missing.append(current)
        current = current.parent
    for folder in reversed(missing):
        folder.mkdir()
        folder.chmod(mode)
        os.chown(folder, owner, owner)


def age(path: Path, ns: int = OLD_NS) -> None:
    """Give a file or folder a modification time of the past."""
    os.utime(path, ns=(ns, ns), follow_symlinks=False)


def make_odd_files(folder: Path) -> None:
    """Everything that a copy of files gets wrong when it is careless."""
    make_folder(folder)
    names: list[bytes] = [
        b"a name with spaces",
        b"two\nlines",
        b"not-utf8-\xff\xfe",
        b"-dash",
        "ünïcode".encode(),
        b"quote'and\"double",
        b"back\\slash",
        b"tab\there",
        b"*",
    ]
    for name in names:
        path = Path(os.fsdecode(os.fsencode(folder) + b"/" + name))
        write(path, b"odd: " + name)
        age(path)
    plain = folder / "plain"
    write(plain, "the target of links\n")
    os.setxattr(plain, "user.pryv.note", b"kept\x00with zero")
    (folder / "soft").symlink_to("plain")
    os.chown(folder / "soft", OWNER, OWNER, follow_symlinks=False)
    age(folder / "soft")
    (folder / "dangling").symlink_to("/nowhere/at all")
    (folder / "hard").hardlink_to(plain)
    age(plain)
    sparse = folder / "sparse"
    with sparse.open("wb") as stream:
        stream.write(b"head")
        stream.seek(8 * 1024 * 1024)
        stream.write(b"tail")
    os.chown(sparse, 0, 33)
    sparse.chmod(0o1750)
    age(sparse)
    write(folder / "empty", b"", mode=0o000)
    write(folder / "read only", b"r", mode=0o400, owner=1234)
    make_folder(folder / "empty folder", owner=4321, mode=0o2770)
    os.setxattr(folder / "empty folder", "user.pryv.folder", b"x")
    age(folder / "empty folder")
    age(folder)


def make_certificate(folder: Path, domain: str) -> None:
    """A self-signed certificate and its key, where nginx's configuration expects them."""
    make_folder(folder, mode=0o700)
    key, certificate = folder / f"{domain}-key.pem", folder / f"{domain}-bundle.crt"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-days", "30", "-subj", f"/CN=*.{domain}"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    for path, mode in ((key, 0o600), (certificate, 0o644)):
        path.chmod(mode)
        os.chown(path, OWNER, OWNER)


def write_database(path: Path, script: str, rows: Iterable[tuple[str, tuple[Any, ...]]]) -> None:
    """Make or extend a SQLite file in WAL mode, as Pryv's services hold theirs."""
    make_folder(path.parent)
    with closing(sqlite3.connect(path, timeout=20)) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(script)
        for statement, values in rows:
            connection.execute(statement, values)
    for made in path.parent.glob(f"{path.name}*"):
        os.chown(made, OWNER, OWNER)


def database_contents(path: Path) -> dict[str, Any]:
    """Per table of a SQLite file: rows and digest; what a stand-in's boot writes is left out."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as connection:
        check = connection.execute("PRAGMA quick_check").fetchone()[0]
        names = [
            row[0]
            for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        tables = {}
        for name in sorted(name for name in names if name != "standin_boots"):
            rows = [repr(row) for row in connection.execute(f'SELECT * FROM "{name}"')]
            tables[name] = {"rows": len(rows), "digest": digest_of(rows)}
        return {"check": check, "tables": tables}


def walk(root: Path) -> Iterator[Path]:
    """Everything under a folder, folders too, links not followed."""
    for folder, folders, names in os.walk(root):
        for name in [*folders, *names]:
            yield Path(folder) / name


def describe(path: Path, base: Path, *, mtime: bool = True) -> str:
    """A file with all that a backup has to keep, on one line."""
    status = path.lstat()
    name = path.relative_to(base)
    facts: list[Any] = [os.fsencode(name), stat.filemode(status.st_mode)]
    facts += [status.st_uid, status.st_gid]
    if mtime:
        facts.append(status.st_mtime_ns)
    if stat.S_ISLNK(status.st_mode):
        facts.append(str(path.readlink()))
    else:
        facts.append({key: os.getxattr(path, key) for key in sorted(os.listxattr(path))})
    if stat.S_ISREG(status.st_mode):
        facts.append(hashlib.sha256(path.read_bytes()).hexdigest())
        facts.append("links" if status.st_nlink > 1 else "")
        facts.append("sparse" if status.st_blocks * 512 < status.st_size else "")
    return repr(facts)


def attachments_contents(data: Path) -> dict[str, Any]:
    """Files, bytes and digest of all attachments; the layout of every release is looked at."""
    found = [
        path
        for path in walk(data)
        if path.is_file()
        and "attachments" in path.relative_to(data).parts[:-1]
        # Where this folder is a disk of its own, what was moved aside lies in it.
        and OURS not in path.relative_to(data).parts
    ]
    lines = [describe(path, data) for path in found]
    size = sum(path.stat().st_size for path in found)
    return {"files": len(found), "bytes": size, "digest": digest_of(lines)}


def configuration_contents(root: Path) -> dict[str, Any]:
    """Files and digest of configuration, scripts and secrets.

    Modification times and the leader's credentials are left out: leader and follower write theirs
    at each start.
    """
    lines = []
    for path in walk(root):
        parts = path.relative_to(root).parts
        if OURS in parts:
            continue
        wanted = len(parts) == 1 or "conf" in parts or "templates" in parts or path.suffix == ".yml"
        if wanted and path.is_file() and "log" not in parts:
            lines.append(describe(path, root, mtime=False))
    return {"files": len(lines), "digest": digest_of(lines)}


def _remove(folder: Path) -> None:
    """Remove a folder into which a container may be writing."""
    for _ in range(TRIES):
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)
            return
    shutil.rmtree(folder)


def empty_folder(folder: Path) -> None:
    """Remove what is in a folder, and not the folder (which may be a mount point).

    Mount points below it stay too, empty, and the folders above them: a disk is not lost by that.
    """
    for path in list(folder.iterdir()):
        if not path.is_dir() or path.is_symlink():
            path.unlink()
        elif any(each.is_mount() for each in (path, *walk(path)) if each.is_dir()):
            empty_folder(path)
        else:
            _remove(path)
