"""Copies of a set that were bad when they were taken: each with a fault, and, where that is asked
for, with lists and hashes that agree with it, so that no check of hashes can find it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import msgspec

from pryv_tui.operations.stores.mongodb import MongoDB
from pryv_tui.operations.stores.redis import Redis
from pryv_tui.platform.layout import Layout
from pryv_tui.practice.stores.redis import WACTIV, RedisStore
from pryv_tui.vault.lists.index import digest_of_list
from pryv_tui.vault.lists.sums import parse_line, sums_line
from pryv_tui.vault.seal import seal
from pryv_tui.vault.set_files import (
    CHECKS,
    FILES_NAME,
    INDEX_NAME,
    SET_JSON,
    SUMS_NAME,
    TREE_NAME,
    VERIFIED,
)

DUMP = "pryv/mongodb/backup/pryv-node/events.bson"


def copied(folder: Path, name: str) -> Path:
    """A copy of a set beside it, under a name of its own; it is a good one."""
    made = folder.with_name(name)
    subprocess.run(["cp", "-a", folder, made], check=True)
    for known in (VERIFIED, CHECKS):
        (made / known).unlink(missing_ok=True)
    _said(made, id=name)
    return made


def files_of(folder: Path) -> Path:
    (part,) = folder.glob(f"*/{FILES_NAME}")
    return part


def relisted(folder: Path, *, counted: bool = False) -> None:
    """Write a set's lists, hashes and seal anew, after what lies there now.

    Args:
        counted: its figures too, as a backup that counts what it finds writes them.
    """
    tree = json.loads((folder / SET_JSON).read_bytes())
    for host in tree["hosts"]:
        part = folder / host["name"]
        host["files"], host["bytes"] = _lists(part)
        host["sums"] = digest_of_list(part / SUMS_NAME)
        host["index"] = digest_of_list(part / INDEX_NAME)
        if counted:
            layout = msgspec.convert(host["layout"], Layout)
            holds = host["stores"]
            holds["mongodb"] |= MongoDB().count(part / FILES_NAME, layout)
            holds["redis"] |= Redis().check(part / FILES_NAME, layout, holds["redis"])
    _said(folder, **tree)


def _lists(part: Path) -> tuple[int, int]:
    """What is not there any more goes from both lists, with its line; the rest keeps its place."""
    index = iter((part / INDEX_NAME).read_bytes().splitlines(keepends=True))
    sums, told, size = b"", b"", 0
    at = next(index)
    assert at.startswith(b"walk 0")
    told += at
    for line in (part / SUMS_NAME).read_bytes().splitlines():
        mark = next(index)
        if mark.startswith(b"walk "):
            told += b"walk %d\n" % len(sums)
            mark = next(index)
        path, _digest = parse_line(line)
        file = part / os.fsdecode(path)
        if file.exists():
            content = file.read_bytes()
            size += len(content)
            sums += sums_line(hashlib.sha256(content).digest(), path)
            told += mark
    (part / SUMS_NAME).write_bytes(sums)
    (part / INDEX_NAME).write_bytes(told)
    return sums.count(b"\n"), size


def _said(folder: Path, **changed: Any) -> None:
    place = folder / SET_JSON
    place.write_text(json.dumps(json.loads(place.read_bytes()) | changed, indent=1))
    seal(folder)


def truncated_dump(files: Path) -> None:
    content = (files / DUMP).read_bytes()
    (files / DUMP).write_bytes(content[: len(content) // 2])


def shorter_dump(files: Path) -> None:
    """Cut where a document ends: nothing of it can be seen in the file."""
    content, at = (files / DUMP).read_bytes(), 0
    while at < len(content) // 2:
        at += int.from_bytes(content[at : at + 4], "little")
    (files / DUMP).write_bytes(content[:at])


def missing_shard(files: Path) -> None:
    min((files / "pryv/influxdb/backup").glob("*.tar.gz")).unlink()


def stale_redis(files: Path) -> None:
    """As it was on the first day: nobody had registered yet."""
    store = RedisStore(files / "pryv/redis/data")
    store.aof.write_bytes(b"")
    store.append([("HSET", f"{WACTIV}:users", "username", WACTIV)])


def flipped_byte(files: Path) -> None:
    attached = min(one for one in files.rglob("attachments/*/*") if one.is_file())
    content = bytearray(attached.read_bytes())
    content[len(content) // 2] ^= 1
    attached.write_bytes(bytes(content))


def account_missing_in_core(files: Path) -> None:
    (index,) = files.rglob("user-index.db")
    with contextlib.closing(sqlite3.connect(index)) as database:
        database.execute("DELETE FROM id4name WHERE rowid=(SELECT min(rowid) FROM id4name)")
        database.commit()


def lost_configuration(files: Path) -> None:
    min(one for one in files.rglob("conf/*") if one.is_file()).unlink()


def lost_dump_folder(files: Path) -> None:
    """The folder of a store's dump is gone, with all that lay in it."""
    shutil.rmtree(files / "pryv/influxdb/backup")


def lost_attachment_folder(files: Path) -> None:
    """The folder of an event's attachment is gone."""
    shutil.rmtree(next(one for one in files.rglob("attachments/*/*") if one.is_file()).parent)


def strange_list(files: Path) -> None:
    """The list of folders and links is not the one that the set names."""
    with (files.parent / TREE_NAME).open("ab") as tree:
        tree.write(b"d 0755 0 0 somewhere\n")
