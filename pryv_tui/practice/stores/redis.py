"""A miniature Redis 5. Its content is computed from the append-only file, as after a start of the
real one.

`redis_dump.rdb` is written but never read: with `appendonly yes` only the append-only file is used.
So a restored dump alone gives an empty register, here as in reality.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pryv_tui.practice.locking import locked_folder, write_atomically
from pryv_tui.practice.stores import rdb, resp

Value = bytes | dict[bytes, bytes]

AOF = "appendonly.aof"
RDB = "redis_dump.rdb"
WACTIV = "wactiv"


class RedisStore:
    """The keys in one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data

    @property
    def aof(self) -> Path:
        return self.data / AOF

    def ensure(self) -> None:
        """Create an empty append-only file in an empty folder, as Redis does."""
        if not self.aof.exists():
            self.aof.touch(mode=0o640)

    def append(self, commands: Iterable[Sequence[bytes | str]]) -> None:
        """Run commands that change keys, by appending them to the file."""
        text = b"".join(resp.encode(command) for command in commands)
        with locked_folder(self.data):
            descriptor = os.open(self.aof, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
            try:
                os.write(descriptor, text)
            finally:
                os.close(descriptor)

    def load(self) -> dict[bytes, Value]:
        """Return all keys, computed from the append-only file; a cut-off end is ignored.

        Raises:
            resp.Broken: the file is damaged in the middle.
        """
        keys, data = self._begins()
        for name, *words in self._commands(data):
            match name.upper():
                case b"SET":
                    keys[words[0]] = words[1]
                case b"HSET" | b"HMSET":
                    value = keys.setdefault(words[0], {})
                    if isinstance(value, dict):
                        value.update(zip(words[1::2], words[2::2], strict=True))
                case b"DEL":
                    for word in words:
                        keys.pop(word, None)
        return keys

    def _begins(self) -> tuple[dict[bytes, Value], bytes]:
        """Return the keys of a dump at the start of the file, and the commands after it."""
        data = self.aof.read_bytes()
        if not data.startswith(b"REDIS"):
            return {}, data
        try:
            keys, end = rdb.decode(data)
        except ValueError as error:
            raise resp.Broken(0, 0, f"Bad dump at the start: {error}") from error
        return keys, data[end:]

    @staticmethod
    def _commands(data: bytes) -> Iterator[resp.Command]:
        try:
            yield from resp.decode(data)
        except resp.Broken as error:
            if not error.truncated:
                raise

    def rewrite(self) -> None:
        """Replace the append-only file by the shortest one with the same content."""
        with locked_folder(self.data):
            status = self.aof.stat()
            out = [resp.encode(("SELECT", "0"))]
            for key, value in sorted(self.load().items()):
                if isinstance(value, dict):
                    pairs = [word for pair in value.items() for word in pair]
                    out.append(resp.encode((b"HMSET", key, *pairs)))
                else:
                    out.append(resp.encode((b"SET", key, value)))
            write_atomically(self.aof, b"".join(out), mode=status.st_mode & 0o777)
            if os.geteuid() == 0:
                os.chown(self.aof, status.st_uid, status.st_gid)

    def users(self) -> int:
        """Return the number of accounts that register has, without the one that it makes for
        itself."""
        names = [key for key in self.load() if key.endswith(b":users")]
        return len(names) - (f"{WACTIV}:users".encode() in names)

    def make_wactiv(self) -> None:
        """Create register's own user `wactiv`, as register does at every boot."""
        if f"{WACTIV}:users".encode() not in self.load():
            self.append(user_commands(WACTIV, WACTIV, f"{WACTIV}@example.com", 0, "core"))


def user_commands(
    username: str, user_id: str, email: str, registered: int, server: str
) -> list[tuple[str, ...]]:
    """Return the commands that register runs for a new account."""
    return [
        (
            *("HMSET", f"{username}:users", "id", user_id, "username", username),
            *("email", email, "registeredTimestamp", str(registered)),
        ),
        ("SET", f"{username}:server", server),
        ("SET", f"{email}:email", username),
    ]
