"""Read Redis' data files: check that they are readable, and find register's users in them.

With `appendonly yes` (as in Pryv.io's register) the server loads the append-only file, and ignores
a snapshot beside it. Up to Redis 6 that is one `appendonly.aof`; Redis 7 has a folder with a
manifest that lists a base and increments (https://redis.io/docs/management/persistence).
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from pryv_tui.filesystem.paths import printable
from pryv_tui.formats.aof import KeySpace, replay
from pryv_tui.formats.errors import FormatError, StandsBehind, unread
from pryv_tui.formats.rdb import SERVER, RdbReader
from pryv_tui.formats.redis_conf import APPEND_FOLDER, APPEND_NAME, Form
from pryv_tui.phrases import counted
from pryv_tui.reading import open_file, read_whole

MANIFEST = 64 << 10
"""Most bytes of a manifest that are read; a real one has about 300."""
AOF_NAME = APPEND_NAME
FOLDER_NAME = APPEND_FOLDER
USERS = b":users"
"""Suffix of the keys for register's users, one hash each: `<username>:users`."""


class RedisContents(msgspec.Struct, frozen=True, kw_only=True):
    """The keys that a server would find in its data files."""

    kind: Literal["rdb", "aof", "appendonlydir"]
    keys: int
    users: tuple[str, ...]
    """Names of the users (the keys without `:users`), sorted, as `account_of` gives them.

    Each register also has a user of its own, `wactiv`.
    """
    servers: dict[str, str] = {}
    """The core of each user's account, by user name; users for whom register has no core are left
    out."""
    torn: bool = False
    """Whether the append-only file ends within a command; the server drops that command, and so
    does this reader."""
    torn_file: str = ""
    torn_at: int = 0
    """Byte offset in `torn_file` at which the incomplete part begins."""
    unsure: tuple[str, ...] = ()
    """Users whose key lost fields after the last snapshot or rewrite; they are counted as present.

    If a key lost its last field, it no longer exists.
    """
    not_understood: tuple[str, ...] = ()
    """Commands in the append-only file that this reader does not know, and skipped."""


def read_redis(folder: Path) -> RedisContents | None:
    """Read what a server with `appendonly yes` would load from its data folder.

    Returns:
        The content; None if there are no data files. If there is only a snapshot, the content of
        that (the server itself would ignore it and start empty).

    Raises:
        FormatError: a part is missing or damaged, or there are several snapshots.
    """
    if (folder / FOLDER_NAME).is_dir():
        return read_append_folder(folder / FOLDER_NAME)
    if (folder / AOF_NAME).exists():
        return read_aof(folder / AOF_NAME)
    snapshots = sorted(folder.glob("*.rdb"))
    if len(snapshots) > 1:
        raise FormatError(
            folder, "", f"has {counted(len(snapshots), 'snapshot')}: it is unknown which is valid"
        )
    return read_rdb(snapshots[0]) if snapshots else None


def read_form(folder: Path, form: Form) -> RedisContents | None:
    """Read the file that a server's configuration names, and ignore other data files beside it.

    Args:
        folder: the data folder of the form, as a path on this machine.

    Returns:
        The content; None if the file is missing.

    Raises:
        FormatError: the file is damaged; or a file named in its manifest is missing or damaged.
    """
    if form.kind == "rdb":
        path = folder / form.snapshot
        return read_rdb(path) if path.exists() else None
    if form.append_folder:
        inside = folder / form.append_folder
        if (inside / f"{form.append}.manifest").exists():
            return read_append_folder(inside, form.append)
    # Without a manifest, Redis 7 also loads the single file of older releases, and converts it.
    path = folder / form.append
    return read_aof(path) if path.exists() else None


def read_rdb(path: Path) -> RedisContents:
    """Read a snapshot and check its checksum.

    Raises:
        FormatError: it is not a snapshot, or is cut off or damaged.
        StandsBehind: bytes follow its end.
    """
    space = KeySpace()
    try:
        with open_file(path, buffer=1 << 18) as file:
            space.load(RdbReader(file, path))
            end = file.tell()
            if file.read(1):
                raise StandsBehind(path, end, "more bytes follow the snapshot's end")
    except OSError as error:
        raise unread(path, error) from error
    return _contents("rdb", space)


def read_aof(path: Path) -> RedisContents:
    """Replay a single append-only file, with or without a snapshot at its start.

    Raises:
        FormatError: the file is damaged before its end; a torn end is reported in the result.
    """
    space = KeySpace()
    return _contents("aof", space, path.name, replay(path, space))


def read_append_folder(folder: Path, append: str = "") -> RedisContents:
    """Replay the files listed in an append-only folder's manifest.

    Args:
        append: the server's `appendfilename`, which names the manifest. If empty: the manifest with
            the default name, or else the only one.

    Raises:
        FormatError: the manifest or a listed file is missing or damaged. A torn end is accepted for
            the last file only, as by the server.
    """
    manifests = sorted(folder.glob("*.manifest"))
    usual = folder / f"{append or AOF_NAME}.manifest"
    if usual in manifests:
        manifests = [usual]
    if len(manifests) != 1 or (append and manifests != [usual]):
        raise FormatError(folder, "", f"holds {counted(len(manifests), 'manifest')} instead of one")
    names = _manifest(manifests[0])
    space = KeySpace()
    torn, last = None, ""
    for number, last in enumerate(names, 1):
        torn = replay(folder / last, space)
        if torn is not None and number < len(names):
            raise FormatError(folder / last, torn, "cut off, and not the last file")
    return _contents("appendonlydir", space, last, torn)


def _manifest(path: Path) -> list[str]:
    """The file names of the base and the increments, in order (aof.c, aofLoadManifestFromDisk)."""
    base: list[tuple[int, str]] = []
    increments: list[tuple[int, str]] = []
    try:
        text = read_whole(path, limit=MANIFEST).decode("utf-8", "surrogateescape")
    except OSError as error:
        raise unread(path, error) from error
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        try:
            words = shlex.split(line)
            told = dict(zip(words[::2], words[1::2], strict=True))
            name, sequence, kind = told["file"], int(told["seq"]), told["type"]
        except (ValueError, KeyError) as error:
            raise FormatError(path, f"line {number}", "is not a manifest's line") from error
        if "/" in name:
            raise FormatError(path, f"line {number}", "refers to a file in another folder")
        if kind != "h":  # history: old files, no longer needed
            (base if kind == "b" else increments).append((sequence, name))
    if len(base) > 1 or not (base or increments):
        raise FormatError(path, path.name, "lists several bases, or no files")
    return [name for _, name in base + sorted(increments)]


def _contents(
    kind: Literal["rdb", "aof", "appendonlydir"],
    space: KeySpace,
    file: str = "",
    torn: int | None = None,
) -> RedisContents:
    users = {key for keys in space.keys.values() for key in keys if key.endswith(USERS)}
    return RedisContents(
        kind=kind,
        keys=sum(map(len, space.keys.values())),
        users=_names(users),
        servers=_servers(users, space.servers),
        torn=torn is not None,
        torn_file=file if torn is not None else "",
        torn_at=torn or 0,
        unsure=_names(users & space.unsure),
        not_understood=tuple(sorted(printable(name) for name in space.not_understood)),
    )


def _names(keys: set[bytes]) -> tuple[str, ...]:
    return tuple(sorted(map(account_of, keys)))


def _servers(users: set[bytes], servers: Mapping[bytes, bytes]) -> dict[str, str]:
    found: dict[str, str] = {}
    held: dict[bytes, str] = {}
    for key in users:
        value = servers.get(key.removesuffix(USERS) + SERVER)
        if value:
            if value not in held:
                held[value] = value.decode("utf-8", "backslashreplace")
            found[account_of(key)] = held[value]
    return found


def account_of(key: bytes) -> str:
    """The account's name in a user's key, exactly as core has it, so that both can be compared.

    Control characters are kept: the caller must make them harmless before it prints the name. Bytes
    that are not UTF-8, which core never has, are escaped, since JSON can't represent them.
    """
    return key.removesuffix(USERS).decode("utf-8", "backslashreplace")
