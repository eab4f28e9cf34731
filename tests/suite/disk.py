"""A disk for the tests that need one: a file system of their own, which lies in memory.

On the machine's own disk they wait for each other's syncs. And an ext4 without a journal, as
machines in a cloud often have, gives no number of a deleted file away again for a minute: it looks
at each of them whenever a file is made, so that tests which make and remove thousands spent half of
their processor time there. This one has a journal, as the disks of operators have.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from tests.helpers.in_memory import MEMORY, ROOM, free_in

DISK = "PRYV_TUI_TEST_DISK"
"""Where the disk of this run is mounted, also for the processes of xdist."""
TEMPORARY = "TMPDIR"
"""Where Python, and whatever tests start, makes its temporary folders."""
SIZE = 8 << 30
"""Bytes that it can hold; it takes only what is in it."""
MOUNTS = Path("/proc/self/mountinfo")
_PREFIX = "pryv-disk-"
"""Short, and the process's number follows: tests make sockets, whose paths hold 107 characters."""
_OURS = re.compile(rf"/\S*/{_PREFIX}(\d+)-\d+$")


def choose_disk(config: pytest.Config) -> None:
    """Mount a disk for this run, and make temporary folders on it, unless somebody says where.

    Where it can't be mounted (no root, no room, no tools), the machine's own disk serves.
    """
    if DISK in os.environ or TEMPORARY in os.environ or config.option.basetemp:
        return
    for place in left_over():
        _unmount(place)
    disk = mounted()
    if disk is None:
        return
    os.environ[DISK] = os.environ[TEMPORARY] = str(disk)
    tempfile.tempdir = None  # it is asked for again
    config.add_cleanup(partial(let_go, disk))


def mounted() -> Path | None:
    """A new disk, by its mount point; None where there can be none."""
    if os.geteuid() != 0 or free_in(MEMORY) < ROOM + SIZE or shutil.which("mkfs.ext4") is None:
        return None
    place = _new_folder()
    with tempfile.NamedTemporaryFile(dir=MEMORY, prefix=f"{place.name}-") as image:
        image.truncate(SIZE)
        # Named for no longer than it takes: who is killed leaves a mount, and no file.
        made = _done("mkfs.ext4", "-q", "-F", "-E", "nodiscard", image.name) and _done(
            *("mount", "-o", "loop,discard,noinit_itable", image.name, str(place))
        )
    if not made:
        place.rmdir()
        return None
    place.chmod(0o1777)  # as /tmp: also programs of other users make their folders there
    return place


def _new_folder() -> Path:
    for number in count(1):
        place = Path(tempfile.gettempdir()).resolve() / f"{_PREFIX}{os.getpid()}-{number}"
        with suppress(FileExistsError):
            place.mkdir(mode=0o700)
            return place
    raise AssertionError("numbers do not end")


def let_go(place: Path) -> None:
    """Unmount the disk of a run, with all that is on it."""
    _unmount(place)
    for name in (DISK, TEMPORARY):
        os.environ.pop(name, None)
    tempfile.tempdir = None


def left_over() -> Iterator[Path]:
    """The disks of runs that were killed, by their mount points."""
    for line in MOUNTS.read_text().splitlines():
        place = line.split()[4]
        ours = _OURS.match(place)
        if ours and not Path("/proc", ours[1]).exists():
            yield Path(place)


def _unmount(place: Path) -> None:
    # Lazily: what a test has left running may be at work there.
    if _done("umount", "--lazy", str(place)):
        place.rmdir()


def _done(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
