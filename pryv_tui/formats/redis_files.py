"""Redis' data files at rest: can they be read, and which users of the register do they hold?

Where `appendonly yes` is set (Pryv.io's register), the append-only file is what the server loads;
a snapshot beside it is ignored. Redis up to 6 has one `appendonly.aof`, Redis 7 a folder with a
manifest that names a base and increments (https://redis.io/docs/management/persistence).
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
"""Bytes of the largest manifest that is read; a server's has some 300."""
AOF_NAME = APPEND_NAME
FOLDER_NAME = APPEND_FOLDER
USERS = b":users"
"""How the keys end that hold the register's users, one hash for each: `<username>:users`."""


class RedisContents(msgspec.Struct, frozen=True, kw_only=True):
    """What the server would find, told by the keys."""

    kind: Literal["rdb", "aof", "appendonlydir"]
    keys: int
    users: tuple[str, ...]
    """The names before `:users`, sorted and as they are (`account_of`). Every register makes one of
    its own, `wactiv`."""
    servers: dict[str, str] = {}
    """By the name of a user: on which core its account is, as far as register says it."""
    torn: bool = False
    """The append-only file ends within a command; the server drops that, and so does this."""
    torn_file: str = ""
    torn_at: int = 0
    """Byte offset in `torn_file` up to which it is sound."""
    unsure: tuple[str, ...] = ()
    """Users' keys that fields were removed from after the last snapshot or rewrite, and that
    would be gone if it was the last one. They count as there."""
    not_understood: tuple[str, ...] = ()
    """Commands in the append-only file that this reader does not know, and passed over."""


def read_redis(folder: Path) -> RedisContents | None:
    """Read what a server with `appendonly yes` would load from its data folder.

    Returns:
        `None` if there is nothing to load; with a snapshot alone, what that holds (a server with
        `appendonly yes` would ignore it and start empty).

    Raises:
        FormatError: a part is missing or damaged.
    """
    if (folder / FOLDER_NAME).is_dir():
        return read_append_folder(folder / FOLDER_NAME)
    if (folder / AOF_NAME).exists():
        return read_aof(folder / AOF_NAME)
    snapshots = sorted(folder.glob("*.rdb"))
    if len(snapshots) > 1:
        raise FormatError(
            folder, "", f"holds {counted(len(snapshots), 'snapshot')}: which one counts?"
        )
    return read_rdb(snapshots[0]) if snapshots else None


def read_form(folder: Path, form: Form) -> RedisContents | None:
    """Read the very file that a server's own words name; what lies beside it does not count.

    Args:
        folder: where the data folder of the form lies.

    Returns:
        `None` if that file is not there.

    Raises:
        FormatError: it, or a part of it, is damaged; or a part is missing.
    """
    if form.kind == "rdb":
        path = folder / form.snapshot
        return read_rdb(path) if path.exists() else None
    if form.append_folder:
        inside = folder / form.append_folder
        if (inside / f"{form.append}.manifest").exists():
            return read_append_folder(inside, form.append)
    # Redis 7 too reads the single file of before, where it has no manifest, and makes it its own.
    path = folder / form.append
    return read_aof(path) if path.exists() else None


def read_rdb(path: Path) -> RedisContents:
    """Read a snapshot to its checksum.

    Raises:
        FormatError: it is no snapshot, cut off or damaged; `StandsBehind`, more than that.
    """
    space = KeySpace()
    try:
        with open_file(path, buffer=1 << 18) as file:
            space.load(RdbReader(file, path))
            end = file.tell()
            if file.read(1):
                raise StandsBehind(path, end, "something stands behind the snapshot's end")
    except OSError as error:
        raise unread(path, error) from error
    return _contents("rdb", space)


def read_aof(path: Path) -> RedisContents:
    """Replay a single append-only file, with or without a snapshot at its start.

    Raises:
        FormatError: it is damaged elsewhere than at its end.
    """
    space = KeySpace()
    return _contents("aof", space, path.name, replay(path, space))


def read_append_folder(folder: Path, append: str = "") -> RedisContents:
    """Replay the files that an append-only folder's manifest names.

    Args:
        append: the server's `appendfilename`, by which it finds its manifest. Not known: the only
            one, or the one of the usual name.

    Raises:
        FormatError: the manifest or a file it names is missing or damaged; a torn end is allowed
            in the last file only, as the server does.
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
    """The names of the base and the increments, in order (aof.c, aofLoadManifestFromDisk)."""
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
            raise FormatError(path, f"line {number}", "is no line of a manifest") from error
        if "/" in name:
            raise FormatError(path, f"line {number}", "names a file elsewhere")
        if kind != "h":  # history: files that are no longer needed
            (base if kind == "b" else increments).append((sequence, name))
    if len(base) > 1 or not (base or increments):
        raise FormatError(path, path.name, "does not name one base and its increments")
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
    """The account that a user's key is of, by the very name that core has for it, since the two are
    compared: control characters and all, whoever shows it sees to them. Bytes that are no text, of
    which core has none, are written out, since JSON can't hold them."""
    return key.removesuffix(USERS).decode("utf-8", "backslashreplace")
