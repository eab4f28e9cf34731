"""A vault on a real disk of its own that is not mounted: nothing is made in the folder below it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.vault.mark import MARK
from tests.faults.bench import NoDisk, small_disk
from tests.journeys.program import Ended, Practice


class OnADisk:
    """A practice platform whose vault lies on a disk that comes and goes."""

    def __init__(self, folder: Path, disk: Path) -> None:
        self.platform = Practice.create(folder / "platform", "--users", "1", "--attachments", "1")
        self.mount_point = folder / "mnt"
        self.mount_point.mkdir()
        self.vault = self.mount_point / "vault"
        self._disk = disk

    def mount(self) -> None:
        subprocess.run(["mount", "--bind", self._disk, self.mount_point], check=True)

    def umount(self) -> None:
        subprocess.run(["umount", "--lazy", self.mount_point], check=True)

    def run(self, *words: object) -> Ended:
        return self.platform.run(*words, "--vault", self.vault)

    def below(self) -> list[str]:
        return sorted(path.name for path in self.mount_point.rglob("*"))


@pytest.fixture
def on_a_disk(tmp_path: Path) -> Iterator[OnADisk]:
    try:
        with small_disk(tmp_path / "disk", 400) as disk:
            made = OnADisk(tmp_path, disk)
            made.mount()
            try:
                yield made
            finally:
                subprocess.run(["umount", "--lazy", made.mount_point], check=False)
    except NoDisk as error:
        pytest.skip(str(error))


def test_a_disk_that_is_not_mounted_and_the_ways_out(on_a_disk: OnADisk) -> None:
    assert on_a_disk.run("backup").exit == 0
    on_a_disk.umount()

    # Unattended, asked, and looked at: each says it, and nothing is made.
    backup = on_a_disk.run("backup", "--json")
    assert backup.exit == 4
    assert backup.end["outcome"] == "refused"
    doctor = on_a_disk.run("doctor")
    assert doctor.exit == 1
    status = on_a_disk.run("status", "--json").json
    listed = on_a_disk.run("list")
    assert listed.exit == 4
    prune = on_a_disk.run("prune", "--keep-last", "1", "--confirm", "practice.pryv.example")
    assert prune.exit == 4
    for text in (backup.end["what"], doctor.out, status["attention"][0]["text"], listed.err):
        assert f"mounted at {on_a_disk.mount_point}" in text
    assert status["attention"][0]["level"] == "failed"
    assert "There is no backup set yet." not in [item["text"] for item in status["attention"]]
    assert on_a_disk.below() == []

    # Mounted again, it is the vault as before.
    on_a_disk.mount()
    assert on_a_disk.run("backup").exit == 0
    assert len(on_a_disk.run("list", "--json").json) == 2

    # Gone for good: a person says that the folder is the vault from now on.
    on_a_disk.umount()
    offered = on_a_disk.run("accept", "--json").json["acceptable"]
    assert [item["key"] for item in offered] == ["vault"]
    accepted = on_a_disk.run("accept", "vault", "--why", "the disk broke")
    assert accepted.exit == 0, accepted
    assert "accepted by" in accepted.out and "the disk broke" in accepted.out
    assert on_a_disk.below() == ["vault", MARK]
    assert on_a_disk.run("backup").exit == 0
    assert on_a_disk.run("doctor").exit == 0

    # The disk was mended after all; then it is missing once more.
    on_a_disk.mount()
    assert on_a_disk.run("backup").exit == 0
    on_a_disk.umount()
    again = on_a_disk.run("backup")
    assert again.exit == 4, again
    assert "used last" in again.out + again.err


def test_a_second_vault_is_a_first_use(on_a_disk: OnADisk, tmp_path: Path) -> None:
    assert on_a_disk.run("backup").exit == 0
    on_a_disk.umount()
    done = on_a_disk.platform.run("backup", "--vault", tmp_path / "second")
    assert done.exit == 0, done
    assert on_a_disk.run("accept", "nothing-of-that-name").exit == 2
