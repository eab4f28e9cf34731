"""Folders of a practice platform's root on real disks of their own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pryv_tui.practice.machines.host import PracticeHost
from pryv_tui.practice.platform import PracticePlatform
from tests.faults.bench import Bench, NoDisk, remount, small_disk

DISKS = ("pryv/core/data", "pryv/core/data/users", "pryv/mongodb/data")
"""One of attachments, one mounted inside it, one inside a folder that is left out of a set."""


@contextmanager
def nested_disks(root: Path, disks: Sequence[str] = DISKS, megabytes: float = 90) -> Iterator[None]:
    """Mount disks on folders of a root; their content is moved onto them.

    Raises:
        NoDisk: nothing can be mounted here.
    """
    with ExitStack() as stack:
        for disk in disks:
            stack.enter_context(moved_to_a_disk(root / disk, megabytes))
        yield


@contextmanager
def moved_to_a_disk(place: Path, megabytes: float) -> Iterator[None]:
    before = place.with_name(f"{place.name}.before")
    place.mkdir(parents=True, exist_ok=True)
    place.rename(before)
    with small_disk(place, megabytes):
        shutil.copytree(before, place, symlinks=True, dirs_exist_ok=True)
        shutil.copystat(before, place)
        place.chmod(before.stat().st_mode & 0o7777)
        shutil.rmtree(before)
        yield


def see_the_disks(host: PracticeHost) -> None:
    """Containers mount folders by their inodes: those that run have the old ones."""
    running = [c.name for c in host.engine.containers() if c.running]
    for name in running:
        host.engine.stop(name)
    for name in sorted(running, key=lambda name: "mongo" not in name):
        host.engine.start(name)


@contextmanager
def bench_on_disks(folder: Path, disks: Sequence[str] = DISKS) -> Iterator[Bench]:
    """A practice platform with a set, parts of whose root are disks of their own.

    Raises:
        NoDisk: nothing can be mounted here.
    """
    made = PracticePlatform.create(folder / "platform", users=4, attachments=6)
    (host,) = made.hosts
    root = host.root_hint
    assert root is not None
    with nested_disks(root, disks):
        see_the_disks(host)
        yield Bench(folder, made=PracticePlatform.open(made.folder))


@contextmanager
def disk_away(bench: Bench, _operation: object) -> Iterator[None]:
    """One of the disks is not mounted for a while; what it holds is kept elsewhere."""
    place, side = bench.root / DISKS[2], bench.root.parent / "side"
    side.mkdir(exist_ok=True)
    subprocess.run(["mount", "--bind", place, side], check=True)
    subprocess.run(["umount", "--lazy", place], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "--bind", side, place], check=True)
        subprocess.run(["umount", side], check=True)


@contextmanager
def disk_for_reading_only(bench: Bench, operation: object) -> Iterator[None]:
    """A backup reads only, but of a dump folder: it is none of these."""
    remount(bench.root / DISKS[0], "ro")
    try:
        yield
    finally:
        remount(bench.root / DISKS[0], "rw")


@contextmanager
def held_fast(bench: Bench, _operation: object) -> Iterator[None]:
    """An entry of the root that nobody may rename."""
    place = bench.root / "run-pryv"
    done = subprocess.run(["chattr", "+i", place], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoDisk(f"no flags here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", place], check=True)
