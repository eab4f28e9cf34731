"""Redis' append-only file: replay its commands to find out which keys exist.

The commands are RESP arrays of bulk strings (aof.c), with `#TS:` lines between them from Redis 7. A
file may begin with a snapshot (`aof-use-rdb-preamble`, the default since Redis 5).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import IO

from pryv_tui.formats.errors import FormatError, unread
from pryv_tui.formats.rdb import (
    HELD,
    KEY_BYTES,
    LONGEST_NAME,
    LONGEST_SERVER,
    MAGIC,
    SERVER,
    Keys,
    RdbReader,
)
from pryv_tui.reading import open_file

# Commands whose first argument is a key that exists afterwards.
_CREATES = frozenset(
    b"APPEND BITFIELD DECR DECRBY GEOADD GETSET HINCRBY HINCRBYFLOAT HMSET HSET HSETNX INCR INCRBY"
    b" INCRBYFLOAT LPUSH PFADD PFMERGE PSETEX RESTORE RPUSH SADD SDIFFSTORE SET SETBIT SETEX SETNX"
    b" SETRANGE SINTERSTORE SUNIONSTORE XADD XSETID ZADD ZDIFFSTORE ZINCRBY ZINTERSTORE"
    b" ZRANGESTORE ZUNIONSTORE GEOSEARCHSTORE".split()
)
# Commands that neither create nor remove a key.
_KEEPS = frozenset(
    b"EXPIRE EXPIREAT FUNCTION HEXPIRE HPERSIST HPEXPIRE HPEXPIREAT LINSERT LSET LTRIM PERSIST"
    b" PEXPIRE PEXPIREAT PING PUBLISH REPLCONF SCRIPT SPUBLISH XACK XAUTOCLAIM XCLAIM XDEL"
    b" XTRIM".split()
)
# Commands that remove elements. The key is removed with its last element; which one is the last is
# not known here.
_TAKES = frozenset(
    b"HDEL HGETDEL LPOP LREM RPOP SPOP SREM ZPOPMAX ZPOPMIN ZREM ZREMRANGEBYLEX ZREMRANGEBYRANK"
    b" ZREMRANGEBYSCORE".split()
)
# Commands that move an element from the first key to the second.
_MOVES = frozenset(b"BLMOVE BRPOPLPUSH LMOVE RPOPLPUSH SMOVE".split())
LONGEST = 512 * 1024 * 1024
"""Bytes of the longest argument (`proto-max-bulk-len`)."""
MOST = 1024 * 1024
"""Most arguments of one command (the protocol's limit for a request)."""
COMMAND_BYTES = 64 << 20
"""Most bytes of arguments kept in memory for one command, or for one transaction."""


class _Torn(Exception):
    """The file ends within a command."""


class KeySpace:
    """The keys that exist; each command updates them."""

    def __init__(self) -> None:
        self.keys: Keys = {}
        self.unsure: set[bytes] = set()
        """Keys that lost elements; if the last one, the key no longer exists."""
        self.not_understood: set[bytes] = set()
        """Names of commands that this module does not know."""
        self.servers: dict[bytes, bytes] = {}
        """Values of the keys that end with `SERVER`.

        A removed key may still be listed. A key changed by anything but a SET is not listed. Equal
        values share one object.
        """
        self._values: dict[bytes, bytes] = {}
        self.added = 0
        """Bytes of memory that the keys take, roughly; removed keys count until `weigh` is
        called."""
        self._database = 0

    def load(self, reader: RdbReader) -> None:
        """Start with the keys of a snapshot.

        Raises:
            FormatError: see `RdbReader.keys`.
        """
        self.keys = reader.keys()
        self.servers = reader.servers

    def _set(self, key: bytes, value: bytes | None) -> None:
        """Record the server of an account, if `key` is such a key; None if the value is unknown."""
        if not key.endswith(SERVER):
            return
        self.servers.pop(key, None)
        if value is not None and len(value) <= LONGEST_SERVER:
            self.servers[key] = self._values.setdefault(value, value)

    def weigh(self) -> int:
        """Measure and return the bytes of memory that the keys take now, roughly."""
        names = (name for keys in self.keys.values() for name in keys)
        self.added = sum(len(name) + KEY_BYTES for name in names)
        return self.added

    def begin_file(self) -> None:
        """Select database 0, as Redis does at the beginning of each file."""
        self._database = 0

    def apply(self, command: list[bytes]) -> None:
        """Apply a command's effect on the keys.

        Raises:
            ValueError: an argument should be a number, and is not.
            IndexError: the command lacks an argument.
        """
        name = command[0].upper()
        keys = self.keys.setdefault(self._database, set())
        if name in _CREATES:
            if command[1] not in keys:
                self.added += len(command[1]) + KEY_BYTES
            keys.add(command[1])
            self._set(command[1], command[2] if name in (b"SET", b"SETNX", b"GETSET") else None)
        elif name in (b"DEL", b"UNLINK", b"GETDEL"):
            keys.difference_update(command[1:])
        elif name == b"SELECT":
            self._database = int(command[1])
        elif name in _TAKES:
            if command[1] in keys:
                self.unsure.add(command[1])
        elif name in _MOVES:
            self.unsure.add(command[1])
            keys.add(command[2])
        elif name not in _KEEPS:
            self._seldom(name, command, keys)

    def _seldom(self, name: bytes, command: list[bytes], keys: set[bytes]) -> None:
        if name in (b"RENAME", b"RENAMENX"):
            keys.discard(command[1])
            keys.add(command[2])
            self._set(command[2], self.servers.get(command[1]))
        elif name in (b"MSET", b"MSETNX"):
            keys.update(command[1::2])
            for key, value in zip(command[1::2], command[2::2], strict=False):
                self._set(key, value)
        elif name == b"MOVE":
            keys.discard(command[1])
            self.keys.setdefault(int(command[2]), set()).add(command[1])
        elif name == b"COPY":
            self._copy(command)
        elif name == b"BITOP":
            keys.add(command[2])
        elif name == b"XGROUP":
            if command[1].upper() == b"CREATE":
                keys.add(command[2])
        elif name == b"FLUSHDB":
            keys.clear()
        elif name == b"FLUSHALL":
            self.keys.clear()
        elif name == b"SWAPDB":
            first, second = int(command[1]), int(command[2])
            held = self.keys.get(first, set())
            self.keys[first] = self.keys.get(second, set())
            self.keys[second] = held
        else:
            self.not_understood.add(name)

    def _copy(self, command: list[bytes]) -> None:
        options = [argument.upper() for argument in command[3:]]
        target = self._database
        if b"DB" in options:
            target = int(options[options.index(b"DB") + 1])
        self.keys.setdefault(target, set()).add(command[2])


def replay(path: Path, space: KeySpace, *, most: int = COMMAND_BYTES) -> int | None:
    """Replay one file into a key space.

    Args:
        most: most bytes of arguments of one command, or of one transaction.

    Returns:
        None, or the offset at which the file is torn: it ends within a command or an open `MULTI`.
        The server cuts that part off when it loads the file (`aof-load-truncated`), so it is not
        applied here.

    Raises:
        FormatError: the file can't be read, or is damaged before its end.
    """
    try:
        with open_file(path, buffer=1 << 18) as file:
            begins = file.read(len(MAGIC))
            file.seek(0)
            if begins == MAGIC:
                space.load(RdbReader(file, path))
            space.begin_file()
            return _commands(file, path, space, most)
    except OSError as error:
        raise unread(path, error) from error


def _commands(file: IO[bytes], path: Path, space: KeySpace, most: int) -> int | None:
    held: list[list[bytes]] | None = None
    waiting = 0
    sound = start = file.tell()
    try:
        while (command := _command(file, most)) is not None:
            name = command[0].upper()
            if name == b"MULTI":
                held, waiting = [], 0
            elif name == b"EXEC":
                for each in held or ():
                    space.apply(each)
                held = None
            elif held is not None:
                held.append(command)
                waiting += sum(map(len, command)) + KEY_BYTES * len(command)
                if waiting > most:
                    what = f"a transaction (MULTI) needs more than {most >> 20} MB of memory"
                    raise FormatError(path, start, what)
            else:
                space.apply(command)
            start = file.tell()
            if held is None:
                sound = start
            if space.added > HELD and space.weigh() > HELD:
                raise FormatError(path, start, f"its keys need more than {HELD >> 20} MB of memory")
    except _Torn:
        return sound
    except (ValueError, IndexError) as error:
        raise FormatError(path, start, f"can't be read as a command: {error}") from error
    return sound if held is not None else None


def _command(file: IO[bytes], most: int) -> list[bytes] | None:
    """Return the next command; None at the end of the file."""
    while (line := file.readline(1 << 16)).startswith(b"#"):
        if not line.endswith(b"\n"):
            raise _Torn
    if not line:
        return None
    count = _number(line, b"*", MOST)
    if count == 0:
        raise ValueError("a command without a name")
    # Values don't matter here. So a large argument is skipped, and so are all arguments after the
    # first `most` bytes.
    found: list[bytes] = []
    held = 0
    for _ in range(count):
        found.append(_argument(file, held > most))
        held += len(found[-1])
    return found


def _argument(file: IO[bytes], passed: bool) -> bytes:
    """Return the next argument; if it is large or `passed` is set, only its hash."""
    length = _number(file.readline(64), b"$", LONGEST)
    if passed or length > LONGEST_NAME:
        digest = hashlib.sha256()
        left = length
        while left and (piece := file.read(min(left, 1 << 20))):
            digest.update(piece)
            left -= len(piece)
        end = file.read(2)
        if left or len(end) < 2:
            raise _Torn
        if end != b"\r\n":
            raise ValueError("an argument does not end where it should")
        return b"\0" + digest.digest()
    data = file.read(length + 2)
    if len(data) < length + 2:
        raise _Torn
    if data[-2:] != b"\r\n":
        raise ValueError("an argument does not end where it should")
    return data[:-2]


def _number(line: bytes, mark: bytes, most: int) -> int:
    if not line.endswith(b"\r\n") and len(line) < 32 and line[:1] in (mark, b""):
        raise _Torn
    if line[:1] != mark or not line[1:-2].isdigit() or not line.endswith(b"\r\n"):
        raise ValueError(f"{mark.decode()} and a number were expected")
    number = int(line[1:])
    if number > most:
        raise ValueError(f"{number} is more than the server accepts")
    return number
