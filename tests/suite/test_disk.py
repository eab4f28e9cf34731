"""The disk that tests get for themselves, and the machine's own where there can be none."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.helpers.in_memory import MEMORY, ROOM
from tests.suite import disk
from tests.suite.disk import DISK, TEMPORARY, choose_disk, left_over, let_go, mounted

_MINE = f"pryv-disk-{os.getpid()}-"


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where pytest has just begun."""
    for name in (DISK, TEMPORARY):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", "/tmp")


class Asked:
    """What pytest's configuration is asked for here."""

    def __init__(self, basetemp: str | None = None) -> None:
        self.option = SimpleNamespace(basetemp=basetemp)
        self.ends: list[Any] = []

    def add_cleanup(self, act: Any) -> None:
        self.ends.append(act)


def choose(asked: Asked) -> None:
    choose_disk(asked)  # type: ignore[arg-type]


@pytest.fixture
def place(fresh: None) -> Any:
    if (made := mounted()) is None:
        pytest.skip("no disk can be mounted here: that takes root, mkfs.ext4 and 12 GiB of memory")
    yield made
    if made.exists():
        let_go(made)


def mounts() -> dict[str, str]:
    """The kinds of file systems of this process's disks, by mount point."""
    rows = [line.split() for line in disk.MOUNTS.read_text().splitlines()]
    return {row[4]: row[row.index("-") + 1] for row in rows if _MINE in row[4]}


def files() -> set[Path]:
    """Its mount points and images."""
    places = (Path(tempfile.gettempdir()), MEMORY)
    return {path for place in places for path in place.glob(f"{_MINE}*")}


def test_it_is_an_ext4_with_a_journal_and_goes_with_all_that_is_on_it(place: Path) -> None:
    assert mounts()[str(place)] == "ext4"
    device = os.minor(place.stat().st_dev)
    told = subprocess.run(["dumpe2fs", "-h", f"/dev/loop{device}"], capture_output=True, text=True)
    assert "has_journal" in told.stdout
    (place / "file").write_bytes(b"x" * (1 << 20))
    let_go(place)
    assert not place.exists()
    assert str(place) not in mounts()
    assert not any(place.name in left.name for left in files())


def test_it_is_let_go_while_something_is_at_work_there(place: Path) -> None:
    with (place / "file").open("wb") as file:
        let_go(place)
        assert not place.exists()
        file.write(b"x")


def test_the_run_has_its_temporary_folders_there_and_none_later(fresh: None) -> None:
    asked = Asked()
    choose(asked)
    if DISK not in os.environ:
        pytest.skip("no disk can be mounted here: that takes root, mkfs.ext4 and 12 GiB of memory")
    made = Path(os.environ[DISK])
    with tempfile.TemporaryDirectory() as folder:
        assert Path(folder).parent == made
    started = [sys.executable, "-c", "import tempfile; print(tempfile.gettempdir())"]
    told = subprocess.run(started, capture_output=True, text=True, check=True).stdout
    assert told.strip() == str(made)
    for end in asked.ends:
        end()
    assert not made.exists()
    assert tempfile.gettempdir() == "/tmp"


@pytest.mark.parametrize("said", [DISK, TEMPORARY, "--basetemp"])
def test_who_says_where_gets_no_other(
    fresh: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str
) -> None:
    if said.startswith("--"):
        asked = Asked(str(tmp_path))
    else:
        asked = Asked()
        monkeypatch.setenv(said, str(tmp_path))
    before = (mounts(), dict(os.environ))
    choose(asked)
    assert (mounts(), dict(os.environ), asked.ends) == (*before, [])


@pytest.mark.parametrize("lacks", ["root", "room", "tools", "the right to mount"])
def test_where_it_can_t_be_mounted_nothing_is_left_and_nothing_is_said(
    fresh: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lacks: str
) -> None:
    if lacks == "root":
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
    elif lacks == "room":
        monkeypatch.setattr(disk, "free_in", lambda _folder: ROOM)
    elif lacks == "tools":
        monkeypatch.setenv("PATH", str(tmp_path))
    else:
        (tmp_path / "mkfs.ext4").write_text("#!/bin/sh\nexit 0\n")
        (tmp_path / "mount").write_text("#!/bin/sh\nexit 32\n")
        for tool in tmp_path.iterdir():
            tool.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
    before = (mounts(), files())
    asked = Asked()
    choose(asked)
    assert DISK not in os.environ
    assert TEMPORARY not in os.environ
    assert (mounts(), files()) == before
    assert not asked.ends


def test_what_a_killed_run_left_is_known_and_what_a_living_one_has_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    rows = [
        f"1 2 7:0 / /tmp/pryv-disk-{ended.pid}-1 rw - ext4 /dev/loop0 rw",
        f"1 2 7:0 / /tmp/pryv-disk-{os.getpid()}-1 rw - ext4 /dev/loop1 rw",
        f"1 2 7:0 / /tmp/pryv-disk-{ended.pid}-1/below rw - tmpfs tmpfs rw",
        f"1 2 7:0 / /srv/my-pryv-disk-{ended.pid}-1 rw - ext4 /dev/sdb rw",
        "1 2 7:0 / / rw - ext4 /dev/vda rw",
    ]
    (tmp_path / "mountinfo").write_text("\n".join(rows))
    monkeypatch.setattr(disk, "MOUNTS", tmp_path / "mountinfo")
    assert list(left_over()) == [Path(f"/tmp/pryv-disk-{ended.pid}-1")]
