"""`redis-cli`, without a terminal: the commands that a backup runs, and those with which a person
looks things up."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from pryv_tui.practice.stores import rdb
from pryv_tui.practice.stores.redis import AOF, RDB, RedisStore
from pryv_tui.practice.tools.context import Context

_REFUSED = "Could not connect to Redis at 127.0.0.1:{port}: Connection refused\n"


def run(context: Context) -> int:
    words = list(context.arguments)
    port = "6379"
    scan, pattern, snapshot, quoted = False, "*", "", False
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option == "--scan":
            scan = True
        elif option in ("--pattern", "-h", "-p", "-n", "--rdb") and words:
            value = words.pop(0)
            snapshot = value if option == "--rdb" else snapshot
            pattern = value if option == "--pattern" else pattern
            port = value if option == "-p" else port
        elif option in ("--raw", "--no-raw"):
            quoted = option == "--no-raw"
        else:
            context.err(f"Unrecognized option or bad number of args for: '{option}'\n")
            return 1
    try:
        store = RedisStore(context.held("/app/data"))
    except FileNotFoundError:
        port, store = "6379", None
    if store is None or port != "6379":
        context.err(_REFUSED.format(port=port))
        return 1
    if snapshot:
        return _send(context, store, snapshot)
    if scan:
        context.out(_lines(_matching(store, pattern)))
        return 0
    name = words[0].upper() if words else "PING"
    if name == "SCAN" and quoted:
        context.out(_scanned(store, words[1:]))
        return 0
    if name == "MGET" and quoted:
        context.out(_many(store, words[1:]))
        return 0
    command = _COMMANDS.get(name)
    if command is None:
        arguments = "".join(f"`{word}`, " for word in words[1:])
        context.out(f"ERR unknown command `{words[0]}`, with args beginning with: {arguments}\n\n")
        return 0
    context.out(command(context, store, words[1:]))
    return 0


def _send(context: Context, store: RedisStore, target: str) -> int:
    """Do `--rdb`: write a snapshot as a replica would get it; messages go to standard error."""
    content = rdb.encode(store.load())
    context.err(f"SYNC sent to master, writing {len(content)} bytes to '{target}'\n")
    if target == "-":
        context.out(content)
    else:
        context.writable(target).write_bytes(content)
    context.err("Transfer finished with success.\n")
    return 0


def _config(_context: Context, _store: RedisStore, words: Sequence[str]) -> str:
    settings = {
        "appendonly": "yes",
        "appendfilename": AOF,
        "dbfilename": RDB,
        "dir": "/app/data",
        "save": "900 1 300 10 60 10000",
        "requirepass": "",
    }
    if len(words) != 2 or words[0].upper() != "GET":
        return "ERR Unknown subcommand or wrong number of arguments for CONFIG\n\n"
    found = [(name, value) for name, value in settings.items() if fnmatchcase(name, words[1])]
    return "".join(f"{name}\n{value}\n" for name, value in found) or "\n"


def _ping(_context: Context, _store: RedisStore, _words: Sequence[str]) -> str:
    return "PONG\n"


def _dbsize(_context: Context, store: RedisStore, _words: Sequence[str]) -> str:
    return f"{len(store.load())}\n"


def _save(context: Context, store: RedisStore, _words: Sequence[str]) -> str:
    context.spend(1)
    path = store.data / RDB
    path.write_bytes(rdb.encode(store.load()))
    if os.geteuid() == 0:
        status = store.data.stat()
        os.chown(path, status.st_uid, status.st_gid)
    return "OK\n"


def _rewrite(context: Context, store: RedisStore, _words: Sequence[str]) -> str:
    if _rewriting(context, store):
        return "ERR Background append only file rewriting already in progress\n\n"
    if context.pace > 0:
        due = _due(context)
        due.parent.mkdir(exist_ok=True)
        due.write_text(str(time.time() + context.pace), encoding="ascii")
    elif not context.fault("redis-rewrite-fails"):
        store.rewrite()
    return "Background append only file rewriting started\n"


def _due(context: Context) -> Path:
    """Return the file with the time when the background rewrite ends. It is beside the root, so
    that it is never copied with the root."""
    return context.machine.log_folder / "redis-rewrite-due"


def _rewriting(context: Context, store: RedisStore) -> bool:
    """Whether a rewrite is still running. If its end time has passed, it is completed now."""
    due = _due(context)
    try:
        if time.time() < float(due.read_text(encoding="ascii")):
            return True
        due.unlink()
    except FileNotFoundError:
        return False
    if not context.fault("redis-rewrite-fails"):
        store.rewrite()
    return False


def _info(context: Context, store: RedisStore, words: Sequence[str]) -> str:
    rewriting = int(_rewriting(context, store))
    status = "err" if context.fault("redis-rewrite-fails") else "ok"
    size = store.aof.stat().st_size
    lines = [
        "# Persistence",
        "loading:0",
        "rdb_changes_since_last_save:0",
        "rdb_bgsave_in_progress:0",
        f"rdb_last_save_time:{int(store.aof.stat().st_mtime)}",
        "rdb_last_bgsave_status:ok",
        "rdb_last_bgsave_time_sec:-1",
        "rdb_current_bgsave_time_sec:-1",
        "rdb_last_cow_size:0",
        "aof_enabled:1",
        f"aof_rewrite_in_progress:{rewriting}",
        "aof_rewrite_scheduled:0",
        "aof_last_rewrite_time_sec:0",
        "aof_current_rewrite_time_sec:-1",
        f"aof_last_bgrewrite_status:{status}",
        "aof_last_write_status:ok",
        "aof_last_cow_size:0",
        f"aof_current_size:{size}",
        f"aof_base_size:{size}",
        "aof_pending_rewrite:0",
        "aof_buffer_length:0",
        "aof_rewrite_buffer_length:0",
        "aof_pending_bio_fsync:0",
        "aof_delayed_fsync:0",
    ]
    server = [
        "# Server",
        "redis_version:5.0.14",
        "redis_mode:standalone",
        "config_file:/app/conf/redis.conf",
    ]
    if not words:
        lines = [*server, "", *lines, "", "# Replication", "role:master"]
    elif words[0].lower() == "server":
        lines = server
    elif words[0].lower() != "persistence":
        return "\n"
    return "".join(f"{line}\r\n" for line in lines) + "\n"


def _get(_context: Context, store: RedisStore, words: Sequence[str]) -> str:
    value = store.load().get(words[0].encode()) if words else None
    if isinstance(value, dict):
        return "WRONGTYPE Operation against a key holding the wrong kind of value\n\n"
    return f"{value.decode()}\n" if value is not None else "\n"


def _hgetall(_context: Context, store: RedisStore, words: Sequence[str]) -> str:
    value = store.load().get(words[0].encode()) if words else None
    if not isinstance(value, dict):
        return "\n"
    return "".join(f"{k.decode()}\n{v.decode()}\n" for k, v in value.items())


def _exists(_context: Context, store: RedisStore, words: Sequence[str]) -> str:
    keys = store.load()
    return f"{sum(word.encode() in keys for word in words)}\n"


def _keys(_context: Context, store: RedisStore, words: Sequence[str]) -> bytes:
    return _lines(_matching(store, words[0] if words else "*"))


def _matching(store: RedisStore, pattern: str) -> list[bytes]:
    return [key for key in store.load() if fnmatchcase(key, pattern.encode())]


def _scanned(store: RedisStore, words: Sequence[str]) -> str:
    """Answer `SCAN` with all keys at once, so the cursor is 0 again."""
    given = dict(zip((word.upper() for word in words[1::2]), words[2::2], strict=False))
    keys = _matching(store, given.get("MATCH", "*"))
    if not keys:
        return '1) "0"\n2) (empty list or set)\n'
    width = len(str(len(keys)))
    rows = [f"{at:>{width}}) {_quoted(key)}\n" for at, key in enumerate(keys, 1)]
    return f'1) "0"\n2) {"   ".join(rows)}'


def _eval(_context: Context, store: RedisStore, words: Sequence[str]) -> str:
    """Answer `EVAL`. No scripts are run; only the one that asks when the newest of some users
    registered is answered."""
    if "registeredTimestamp" not in "".join(words[:1]):
        return "ERR Error compiling script\n"
    keys = store.load()
    hashes = [keys.get(os.fsencode(word)) for word in words[2:]]
    told = [one.get(b"registeredTimestamp", b"0") for one in hashes if isinstance(one, dict)]
    return f"{max(map(int, told), default=0)}\n"


def _many(store: RedisStore, words: Sequence[str]) -> str:
    """Answer `MGET` in the format for people: a value that is not a string is shown as nil."""
    keys, width = store.load(), len(str(len(words)))
    values = [keys.get(os.fsencode(word)) for word in words]
    told = [_quoted(value) if isinstance(value, bytes) else "(nil)" for value in values]
    return "".join(f"{at:>{width}}) {value}\n" for at, value in enumerate(told, 1))


def _quoted(key: bytes) -> str:
    """Return a string as the real one writes it for people (sdscatrepr)."""
    short = {0x5C: "\\\\", 0x22: '\\"', 10: "\\n", 13: "\\r", 9: "\\t", 7: "\\a", 8: "\\b"}
    plain = (short.get(c) or (chr(c) if 0x20 <= c < 0x7F else f"\\x{c:02x}") for c in key)
    return f'"{"".join(plain)}"'


def _lines(keys: Sequence[bytes]) -> bytes:
    """Return the keys byte for byte, one per line, as the real one prints them without a
    terminal."""
    return b"".join(key + b"\n" for key in keys)


_COMMANDS: dict[str, Callable[[Context, RedisStore, Sequence[str]], str | bytes]] = {
    "PING": _ping,
    "DBSIZE": _dbsize,
    "SAVE": _save,
    "BGREWRITEAOF": _rewrite,
    "INFO": _info,
    "CONFIG": _config,
    "GET": _get,
    "HGETALL": _hgetall,
    "EXISTS": _exists,
    "KEYS": _keys,
    "EVAL": _eval,
}
