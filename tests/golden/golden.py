"""Golden files, unpacked where a test may use them, and how what is said now is held to them."""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import re
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pryv_tui.practice.inodes import identity
from tests.journeys.program import Ended, pryv_tui

HERE = Path(__file__).parent
VERSIONS = tuple(sorted(file.parent.name for file in HERE.glob("*/answers.json.xz")))
PLACE = "/srv/pryv"
"""Where the older programs made them."""


@dataclass(frozen=True)
class Answer:
    """What an older program said to these words, and how it exited."""

    platform: str
    kind: str
    words: tuple[str, ...]
    exit: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        """Standard output as JSON, or as a list of its lines that are JSON; else None."""
        return told(self.out)


@dataclass(frozen=True)
class Golden:
    """What one version left behind, unpacked in a folder of its own."""

    version: str
    folder: Path

    @classmethod
    def unpack(cls, version: str, folder: Path) -> Golden:
        """Put it there, with owners and times, as if it had been made there: journals, sets and
        the practice engine tell the place, and its containers see the folders that are there now.
        """
        packed = lzma.decompress((HERE / version / "platforms.tar.xz").read_bytes())
        tar = ["tar", "-C", str(folder), "-x", "-p", "--strip-components=1", "--numeric-owner"]
        subprocess.run(tar, input=packed, check=True)
        for file in folder.rglob("*.json*"):
            parts = file.relative_to(folder).parts
            if "files" in parts or not file.is_file():
                continue
            text = file.read_text()
            if PLACE in text and str(folder) != PLACE:
                file.write_text(text.replace(PLACE, str(folder)))
            if file.name == "set.json":
                same_files(file)
                seal(file)
            if file.name == "engine.json":
                mount_again(file)
        return cls(version, folder)

    @property
    def kept(self) -> Path:
        """Where its files are kept."""
        return HERE / self.version

    @cached_property
    def answers(self) -> list[Answer]:
        packed = (HERE / self.version / "answers.json.xz").read_bytes()
        return [
            Answer(**{**one, "words": tuple(one["words"])})
            for one in json.loads(lzma.decompress(packed))
        ]

    def of(self, kind: str) -> list[Answer]:
        """`look`: asked in the state that is unpacked. `act`: one after the other, from there."""
        return [answer for answer in self.answers if answer.kind == kind]

    def ask(self, answer: Answer, words: tuple[str, ...] | None = None) -> Ended:
        """The same words to today's program; it speaks of the place of the older one."""
        said = [word.replace(PLACE, str(self.folder)) for word in words or answer.words]
        now = pryv_tui(*said, "--practice", self.folder / answer.platform)
        here = str(self.folder)
        return Ended(now.exit, now.out.replace(here, PLACE), now.err.replace(here, PLACE))


def same_files(file: Path) -> None:
    """A set knows the files that it was made of by inode and time of change, which unpacking gave
    anew: the files that lie there now are the same ones where size and time are.

    Args:
        file: the set's `set.json`, which tells the index's hash.
    """
    text = file.read_text()
    for host in json.loads(text)["hosts"]:
        index = file.parent / host["name"] / "INDEX"
        sums = index.with_name("SHA256SUMS")
        names = iter(os.fsdecode(sums.read_bytes()).split("\n"))
        lines = []
        for line in index.read_text().splitlines():
            if not line.startswith("walk "):
                line = _now(line, Path(host["root"], next(names)[66:].removeprefix("files/")))
            lines.append(line + "\n")
        old = hashlib.sha256(index.read_bytes()).hexdigest()
        index.write_text("".join(lines))
        text = text.replace(old, hashlib.sha256(index.read_bytes()).hexdigest())
    file.write_text(text)


def _now(line: str, live: Path) -> str:
    mark, _, _, size, changed, other = line.split()
    if not live.is_file() or int(other) < 0:
        return line
    seen = live.stat()
    if (str(seen.st_size), str(seen.st_mtime_ns)) != (size, changed):
        return line
    return f"{mark} {seen.st_dev} {seen.st_ino} {size} {changed} {seen.st_ctime_ns}"


def seal(file: Path) -> None:
    """Of a set whose `set.json` tells another place now."""
    sums = file.with_name("set.sha256")
    if sums.exists():
        now = hashlib.sha256(file.read_bytes()).hexdigest()
        sums.write_text(re.sub(r"(?m)^\w{64}(?=  set\.json$)", now, sums.read_text()))


def mount_again(file: Path) -> None:
    """The practice engine knows folders by their inodes, as mounts do: they are others now."""
    engine = json.loads(file.read_text())
    for container in engine["containers"].values():
        for mount in container["mounts"]:
            if mount.get("seen"):
                mount["seen"] = identity(Path(mount["source"]))
    file.write_text(json.dumps(engine))


def told(out: str) -> Any:
    try:
        return json.loads(out)
    except ValueError:
        pass
    lines = out.splitlines()
    if not lines or not all(line.startswith("{") for line in lines):
        return None
    return [json.loads(line) for line in lines]


def differences(before: Any, now: Any, where: str = "") -> list[tuple[str, Any, Any]]:
    """What was there and is not, or is another thing now; what is new is no difference."""
    if isinstance(before, dict) and isinstance(now, dict):
        found: list[tuple[str, Any, Any]] = []
        for key, value in before.items():
            name = f"{where}.{key}" if where else key
            if key not in now:
                found.append((name, value, "is gone"))
            else:
                found += differences(value, now[key], name)
        return found
    if isinstance(before, list) and isinstance(now, list):
        if len(before) != len(now):
            return [(f"{where}[]", before, now)]
        pairs = zip(before, now, strict=True)
        return [one for old, new in pairs for one in differences(old, new, f"{where}[]")]
    return [] if before == now and type(before) is type(now) else [(where, before, now)]
