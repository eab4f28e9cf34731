"""Redis' snapshot format (RDB): read the names of the keys, and the server of each account.

Versions 1 to 12 (Redis up to 7.4), from rdb.h and rdb.c of Redis. Values are skipped, not decoded;
the checksum at the end covers them. Existing libraries stop at version 9, or can't read a snapshot
that is followed by an append-only file.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import IO

from pryv_tui.formats.crc64 import crc64
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.lzf import decompress
from pryv_tui.phrases import counted

MAGIC = b"REDIS"
OLDEST, NEWEST = 1, 12
Keys = dict[int, set[bytes]]
"""Names of the keys, by the number of the server's database."""

_SLOT_INFO, _FUNCTION, _MODULE_AUX, _IDLE, _FREQUENCY, _AUX = 0xF4, 0xF5, 0xF7, 0xF8, 0xF9, 0xFA
_RESIZE, _EXPIRE_MS, _EXPIRE, _SELECT, _END = 0xFB, 0xFC, 0xFD, 0xFE, 0xFF
_BLOCK = 1 << 20
LONGEST_NAME = 16 << 20
"""Most bytes of a key's name: Redis allows 512 MB; register's names have about 100."""
HELD = 200 << 20
SERVER = b":server"
"""Suffix of register's keys whose value is a user's core: `<username>:server`."""
LONGEST_SERVER = 512
"""Most bytes of such a value that are kept: a host's name has at most 253."""
KEY_BYTES = 100
"""Bytes of memory that a key takes in addition to its name, roughly."""


class RdbReader:
    """Reads one snapshot from the file's current position; afterwards the position is at its end.

    The file must be buffered, since it is read in small pieces.

    Args:
        most: most bytes of memory for all keys.
    """

    def __init__(self, file: IO[bytes], path: Path, *, most: int = HELD) -> None:
        self._most = most
        self._file = file
        self._path = path
        self._crc = 0
        self._checked: list[bytes] = []
        self._held = 0
        self.servers: dict[bytes, bytes] = {}
        """Values of the keys that end with `SERVER`; equal values share one object."""
        self._names: dict[bytes, bytes] = {}

    def keys(self) -> Keys:
        """Read the snapshot to its end, and return its keys.

        Expired keys are included: the server drops them only when it loads the file.

        Raises:
            FormatError: the snapshot is cut off or damaged, of an unknown version, or has too many
                keys.
        """
        version = self._version()
        keys: Keys = {}
        database = held = 0
        while True:
            opcode = self._byte()
            if opcode == _END:
                break
            if opcode == _SELECT:
                database = self._length()
            elif opcode not in _SKIPPED:
                name = self._string(wanted=True)
                if opcode == 0 and name.endswith(SERVER):
                    self._server(name)
                else:
                    _value(self, opcode)
                held += len(name) + KEY_BYTES
                if held > self._most:
                    what = f"its keys need more than {self._most >> 20} MB of memory"
                    raise self._wrong(what)
                keys.setdefault(database, set()).add(name)
            else:
                _SKIPPED[opcode](self)
        self._checksum(version)
        return keys

    def _server(self, key: bytes) -> None:
        value = self._string(wanted=True)
        if len(value) <= LONGEST_SERVER:
            self.servers[key] = self._names.setdefault(value, value)

    def _version(self) -> int:
        head = self._take(9)
        if head[:5] != MAGIC or not head[5:].isdigit():
            raise self._wrong("is not a Redis snapshot")
        version = int(head[5:])
        if not OLDEST <= version <= NEWEST:
            raise self._wrong(f"is a snapshot of version {version}: {NEWEST} is the newest known")
        return version

    def _checksum(self, version: int) -> None:
        if version < 5:
            return
        self._settle()
        computed = self._crc
        (written,) = struct.unpack("<Q", self._take(8))
        # A server with `rdbchecksum no` writes 0.
        if written not in (0, computed):
            raise self._wrong("does not match its checksum")

    def _wrong(self, what: str) -> FormatError:
        return FormatError(self._path, self._file.tell(), what)

    def _take(self, count: int) -> bytes:
        if count > _BLOCK:
            # In pieces: a damaged length must not demand more memory than the file has bytes.
            parts = []
            while count > 0:
                parts.append(self._take(min(count, _BLOCK)))
                count -= _BLOCK
            return b"".join(parts)
        data = self._file.read(count)
        if len(data) != count:
            raise self._wrong("cut off")
        self._checked.append(data)
        self._held += count
        if self._held >= _BLOCK:
            self._settle()
        return data

    def _settle(self) -> None:
        """Update the checksum with the bytes read; done in blocks, which is much faster."""
        self._crc = crc64(b"".join(self._checked), self._crc)
        self._checked.clear()
        self._held = 0

    def _skip(self, count: int) -> None:
        while count > 0:
            count -= len(self._take(min(count, _BLOCK)))

    def _byte(self) -> int:
        return self._take(1)[0]

    def _length(self) -> int:
        length, encoded = self._encoded_length()
        if encoded:
            raise self._wrong("a length was expected")
        return length

    def _lengths(self, count: int) -> None:
        for _ in range(count):
            self._length()

    def _encoded_length(self) -> tuple[int, bool]:
        """Read a length, or the number of a string encoding (rdbLoadLenByRef).

        Returns:
            The number, and whether it is that of an encoding.
        """
        first = self._byte()
        kind = first >> 6
        if kind == 0:
            return first & 0x3F, False
        if kind == 1:
            return (first & 0x3F) << 8 | self._byte(), False
        if kind == 3:
            return first & 0x3F, True
        if first == 0x80:
            return int.from_bytes(self._take(4), "big"), False
        if first == 0x81:
            return int.from_bytes(self._take(8), "big"), False
        raise self._wrong(f"no length begins with {first:#04x}")

    def _string(self, *, wanted: bool = False) -> bytes:
        """Read a string.

        Numbers are always decoded. Text is returned only if `wanted`; otherwise it is skipped, and
        empty bytes are returned.
        """
        length, encoded = self._encoded_length()
        if not encoded:
            if wanted:
                self._need_name(length)
                return self._take(length)
            self._skip(length)
        elif length in (0, 1, 2):
            number = self._take(1 << length)
            return b"%d" % int.from_bytes(number, "little", signed=True)
        elif length == 3:
            packed, unpacked = self._length(), self._length()
            if wanted:
                self._need_name(max(packed, unpacked))
                try:
                    return decompress(self._take(packed), unpacked)
                except ValueError as error:
                    raise self._wrong(str(error)) from error
            self._skip(packed)
        else:
            raise self._wrong(f"unknown string encoding {length}")
        return b""

    def _need_name(self, length: int) -> None:
        if length > LONGEST_NAME:
            raise self._wrong(f"the name of a key would have {counted(length, 'byte')}")

    def _strings(self, count: int) -> None:
        for _ in range(count):
            self._string()

    def _score(self) -> None:
        """Skip a sorted set's score in its old form: length and digits, or a mark (inf, nan)."""
        length = self._byte()
        if length < 253:
            self._skip(length)

    def _module(self) -> None:
        """Skip a module's value: its id, then typed parts until part 0
        (rdbLoadCheckModuleValue)."""
        self._length()
        while (part := self._length()) != 0:
            if part in (1, 2):
                self._length()
            elif part in (3, 4):
                self._skip(4 if part == 3 else 8)
            elif part == 5:
                self._string()
            else:
                raise self._wrong(f"unknown part {part} of a module's value")

    def _stream(self, form: int) -> None:
        """Skip a stream with its consumer groups (rdbLoadObject; forms 1 to 3)."""
        self._strings(2 * self._length())
        self._lengths(3 if form == 1 else 8)
        for _ in range(self._length()):
            self._string()
            self._lengths(2 if form == 1 else 3)
            for _ in range(self._length()):
                self._skip(16 + 8)
                self._length()
            for _ in range(self._length()):
                self._string()
                self._skip(8 if form < 3 else 16)
                self._skip(16 * self._length())


def _value(reader: RdbReader, kind: int) -> None:
    """Skip a value of the type `kind` (RDB_TYPE_* in rdb.h)."""
    try:
        walk = _VALUES[kind]
    except KeyError:
        raise reader._wrong(f"unknown type of value {kind}") from None
    walk(reader)


def _scored(reader: RdbReader) -> None:
    for _ in range(reader._length()):
        reader._string()
        reader._score()


def _scored_binary(reader: RdbReader) -> None:
    for _ in range(reader._length()):
        reader._string()
        reader._skip(8)


def _nodes(reader: RdbReader) -> None:
    for _ in range(reader._length()):
        reader._length()
        reader._string()


def _timed_hash(reader: RdbReader) -> None:
    for _ in range(reader._length()):
        reader._length()
        reader._strings(2)


def _after_time(walk: Callable[[RdbReader], object]) -> Callable[[RdbReader], None]:
    def both(reader: RdbReader) -> None:
        reader._skip(8)
        walk(reader)

    return both


_VALUES: dict[int, Callable[[RdbReader], object]] = {
    0: lambda reader: reader._string(),
    1: lambda reader: reader._strings(reader._length()),
    2: lambda reader: reader._strings(reader._length()),
    3: _scored,
    4: lambda reader: reader._strings(2 * reader._length()),
    5: _scored_binary,
    7: RdbReader._module,
    14: lambda reader: reader._strings(reader._length()),
    15: lambda reader: reader._stream(1),
    18: _nodes,
    19: lambda reader: reader._stream(2),
    21: lambda reader: reader._stream(3),
    22: _timed_hash,
    24: _after_time(_timed_hash),
    25: _after_time(RdbReader._string),
} | dict.fromkeys((9, 10, 11, 12, 13, 16, 17, 20, 23), RdbReader._string)
"""Functions that skip a value, by type; in the last line, each value is one string."""

_SKIPPED: dict[int, Callable[[RdbReader], object]] = {
    _SLOT_INFO: lambda reader: reader._lengths(3),
    _FUNCTION: RdbReader._string,
    _MODULE_AUX: RdbReader._module,
    _IDLE: RdbReader._length,
    _FREQUENCY: RdbReader._byte,
    _AUX: lambda reader: reader._strings(2),
    _RESIZE: lambda reader: reader._lengths(2),
    _EXPIRE_MS: lambda reader: reader._skip(8),
    _EXPIRE: lambda reader: reader._skip(4),
}
"""Functions that skip the parts between the keys, by opcode."""
