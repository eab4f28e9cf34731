"""What a set's own words and lists say is checked with what a restore uses of them: no value in
them trips a restore that no check has named.

Each set here is sealed again after it was changed, as somebody who means harm would do it.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.sets.verify import verify_set
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.runs.record.events import OwedNoted, RunFinished
from pryv_tui.vault.seal import seal
from tests.helpers import copied
from tests.journeys.performing import perform

ROLES = ("core", "register", "static-web")
HOST = "single"
SAMPLE = 120
"""Changed values of all that there are; other ones with another seed."""
RESTORES = 2


class Bench:
    """A practice platform with one set, to be spoilt."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        platform = copied.new(folder / "p", users=2, attachments=2)
        (root,) = (folder / "p/hosts").glob("*/root")
        (root / "link").symlink_to("pryv")
        found = resolve_settings(practice=str(platform.folder), environment={})
        self.settings: Settings = msgspec.structs.replace(found, settle=0.0)

    def backup(self, patch: pytest.MonkeyPatch) -> None:
        perform(self.settings, "20260101T000000Z-backup-aa", "backup", patch, roles=ROLES)
        self.vault = open_site(self.settings).vault
        (made,) = self.vault.sets()
        self.set = made.folder
        self.words: dict[str, Any] = json.loads((self.set / "set.json").read_text())
        subprocess.run(["cp", "-a", str(self.set), str(self.folder / "kept")], check=True)

    @property
    def part(self) -> Path:
        return self.set / HOST

    def told(self, words: dict[str, Any]) -> str:
        """What a check says of a set with these words: `good`, or what is wrong."""
        (self.set / "set.json").write_text(json.dumps(words))
        for name in ("verified.json", "checks.json"):
            (self.set / name).unlink(missing_ok=True)
        seal(self.set)
        (found,) = self.vault.sets()
        if found.state != "complete":
            return found.problem
        try:
            return "; ".join(verify_set(self.vault, found).problems) or "good"
        except PryvTuiError as error:
            return error.what

    def listed_anew(self, name: str, key: str, change: Callable[[bytes], bytes]) -> str:
        """The same of a set one of whose lists was changed, its hash told again."""
        path = self.part / name
        before = path.read_bytes()
        content = change(before)
        assert content != before
        path.unlink()
        path.write_bytes(content)
        words = copy.deepcopy(self.words)
        words["hosts"][0][key] = hashlib.sha256(content).hexdigest()
        return self.told(words)

    def mend(self) -> None:
        shutil.rmtree(self.set)
        subprocess.run(["cp", "-a", str(self.folder / "kept"), str(self.set)], check=True)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = Bench(tmp_path_factory.mktemp("restorable"))
    with pytest.MonkeyPatch.context() as patch:
        made.backup(patch)
    assert made.told(made.words) == "good"
    yield made


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield path, node
    if isinstance(node, dict | list):
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in pairs:
            yield from places(value, (*path, key))


def others(value: Any) -> list[Any]:
    """Values that could stand there instead."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [-1, value + 1, 2**62, 0]
    if isinstance(value, float):
        return [-1.0, 1e300]
    if isinstance(value, str):
        return ["", "x", "../x", "a" * 5000, "x/y", "/"]
    if isinstance(value, list):
        return [[], [*value, *value[:1]]]
    return [{}] if isinstance(value, dict) else [1, "x"]


def changed(words: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    tree = copy.deepcopy(words)
    node: Any = tree
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return tree


def test_either_a_check_names_it_or_a_restore_does_not_stumble(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    pick = random.Random(21)
    every = [
        (path, other)
        for path, value in places(bench.words)
        for other in others(value)
        if path and other != value
    ]
    passed = []
    for path, other in pick.sample(every, SAMPLE):
        words = changed(bench.words, path, other)
        if bench.told(words) == "good":
            passed.append((path, other))
    assert passed and len(passed) < SAMPLE
    # What a restore takes to work with, before what it only tells.
    telling = [one for one in passed if {"layout", "recreated", "mounts"} & set(one[0])] or passed
    for number, (path, other) in enumerate(pick.sample(telling, min(RESTORES, len(telling)))):
        assert bench.told(changed(bench.words, path, other)) == "good"
        run = f"2026010{number + 2}T000000Z-restore-aa"
        events = perform(
            bench.settings, run, "restore", monkeypatch, roles=ROLES, set_id=bench.set.name
        )
        end = events[-1]
        moved = any(isinstance(e, OwedNoted) and e.owed.kind == "aside" for e in events)
        assert isinstance(end, RunFinished)
        assert end.outcome in ("complete", "warnings") or not moved, (path, other, end.what)


NAMED = [
    (("files",), 1),
    (("folders",), 1),
    (("folders",), -1),
    (("links",), 1),
    (("stores", "influxdb", "shards"), 7),
    (("stores", "influxdb", "with_points"), 7),
    (("stores", "influxdb", "metadata", "offset"), 1 << 40),
    (("stores", "influxdb", "metadata", "bytes"), -1),
    (("stores", "redis", "users"), 1),
    (("stores", "redis", "form", "place"), {"kind": "aof", "folder": "../x", "name": "y"}),
    (
        ("stores", "redis", "form", "place"),
        {"kind": "rdb", "folder": "link/redis", "name": "job"},
    ),
    (
        ("stores", "redis", "form", "place"),
        {"kind": "rdb", "folder": ".pryv-tui/aside", "name": "job"},
    ),
    (("stores", "sqlite", "files"), 99),
    (("recreated", 0, "uid"), 1 << 40),
    (("recreated", 0, "mode"), -1),
    (("recreated", 0, "path"), "link/x"),
    (("recreated", 0, "path"), "pryv/pryv.yml"),
    (("recreated", 0, "path"), "pryv/pryv.yml/x"),
    (("recreated", 0, "path"), "x" * 300),
]


@pytest.mark.parametrize(("where", "value"), NAMED, ids=lambda one: str(one)[:40])
def test_what_would_trip_a_restore_is_named(
    bench: Bench, where: tuple[Any, ...], value: Any
) -> None:
    words = copy.deepcopy(bench.words)
    node = words["hosts"][0]
    for key in where[:-1]:
        node = node[key]
    if value in (1, -1) and where[-1] in ("files", "folders", "links", "users"):
        value = node[where[-1]] + value
    node[where[-1]] = value
    assert bench.told(words) != "good"


def test_our_own_folder_in_a_set_is_named(bench: Bench) -> None:
    """Listed as all the rest, in lists whose hashes and counts are right."""
    own = bench.part / "files/.pryv-tui"
    words = copy.deepcopy(bench.words)
    host = words["hosts"][0]
    try:
        own.mkdir(mode=0o755)
        (own / "restoring.json").write_text("{}")
        more = {
            "SHA256SUMS": hashlib.sha256(b"{}").hexdigest().encode()
            + b"  files/.pryv-tui/restoring.json\n",
            "TREE": b"d 755 %d %d files/.pryv-tui\0" % (os.getuid(), os.getgid()),
        }
        for key, name in (("sums", "SHA256SUMS"), ("tree", "TREE")):
            path = bench.part / name
            content = more[name] + path.read_bytes()
            path.unlink()
            path.write_bytes(content)
            host[key] = hashlib.sha256(content).hexdigest()
        host["files"] += 1
        host["folders"] += 1
        host["index"] = ""
        told = bench.told(words)
        assert told.endswith(
            ".pryv-tui is a folder of this program in a root, and never part of a set"
        ), told
        assert ";" not in told, "nothing else is wrong with it"
    finally:
        bench.mend()


def alone(index: bytes) -> bytes:
    """As of files none of which had further names."""
    return index.replace(b"\nS ", b"\ns ").replace(b"\nX ", b"\nx ")


LISTS: list[tuple[str, str, Callable[[bytes], bytes]]] = [
    ("TREE", "tree", lambda was: was.split(b"\0", 1)[1]),
    ("TREE", "tree", lambda was: was.replace(b"d 755 ", b"d 4755 ", 1)),
    ("TREE", "tree", lambda was: b"d 755 0 0 files/more\0" + was),
    ("TREE", "tree", lambda was: was.replace(b" -> pryv\0", b" -> /etc\0", 1)),
    ("TREE", "tree", lambda was: was + b"no record\0"),
    ("TREE", "tree", lambda was: was[:-1]),
    ("SHA256SUMS", "sums", lambda was: was.split(b"\n", 1)[1]),
    ("SHA256SUMS", "sums", lambda was: bytes([was[0] ^ 1]) + was[1:]),
    ("SHA256SUMS", "sums", lambda was: was.replace(b"  files/", b"  files/../", 1)),
    ("SHA256SUMS", "sums", lambda was: was + was.splitlines(keepends=True)[0]),
    ("INDEX", "index", lambda was: was.replace(b"walk 0\n", b"walk 99999999999\n", 1)),
    ("INDEX", "index", lambda was: was.replace(b"walk 0\n", b"walk -1\n", 1)),
    ("INDEX", "index", lambda was: was + b"s one 2 3 4 5\n"),
    ("INDEX", "index", lambda was: was + b"s 1 2 3\n"),
    # Of none of these files it says that it had further names, which is all that a restore asks.
    ("INDEX", "index", lambda was: alone(was) + b"s 1 2 3 4 5\n"),
    ("INDEX", "index", lambda was: alone(was).replace(b"walk 0\n", b"walk 5000000\n", 1)),
    ("INDEX", "index", lambda was: alone(was).replace(b"walk 0\n", b"walk 7\n", 1)),
    ("INDEX", "index", lambda was: b"walk 0\n" * 101 + alone(was)),
]


@pytest.mark.parametrize(("name", "key", "change"), LISTS)
def test_so_is_each_value_of_a_list(
    bench: Bench, name: str, key: str, change: Callable[[bytes], bytes]
) -> None:
    try:
        assert bench.listed_anew(name, key, change) != "good"
    finally:
        bench.mend()
