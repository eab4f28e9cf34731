"""A vault is known by its mark and its file system: what is not it is refused, with a way out."""

from __future__ import annotations

import os
import shutil
from functools import partial
from pathlib import Path

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem import file_systems
from pryv_tui.filesystem.file_systems import FileSystem
from pryv_tui.operations.guards.place import vault_guard
from pryv_tui.operations.sets import known_vaults
from pryv_tui.operations.sets.known_vaults import (
    ACCEPT,
    KnownVault,
    Present,
    doubt,
    known_at,
    look,
    remember,
    require,
)
from pryv_tui.operations.site import Site
from pryv_tui.vault.mark import MARK, Mark, Stamp
from tests.hosts.machines import StillHost
from tests.operations.kit import context

DISK = FileSystem(kind="ext4", source="/dev/sdb1", uuid="AAAA", number="7", mount="/srv/backup")
ROOT = FileSystem(kind="ext4", source="/dev/sda1", uuid="BBBB", number="9", mount="/")
SHARE = FileSystem(kind="nfs4", source="nas:/backup", mount="/srv/backup")
HERE = "/srv/backup/pryv"


def known(name: str = "one", file_system: FileSystem = DISK, inode: int = 5) -> KnownVault:
    return KnownVault(
        id=name,
        stamp=Stamp(str(inode), 1000),
        file_system=file_system,
        since="2026-01-01T00:00:00Z",
        used="2026-02-01T00:00:00Z",
        last_set="20260201T000000Z",
    )


def found(
    name: str | None = "one", file_system: FileSystem = DISK, inode: int = 5, **more: object
) -> Present:
    fields: dict[str, object] = {
        "folder": HERE,
        "there": True,
        "empty": name is None,
        "file_system": file_system,
        "mark": Mark(id=name) if name else None,
        "marked": name is not None,
        "stamp": Stamp(str(inode), 1000) if name else None,
    }
    return Present(**{**fields, **more})  # type: ignore[arg-type]


class TestWhatIsNoDoubt:
    def test_the_first_use(self) -> None:
        assert doubt((), found(None, ROOT)) is None
        assert doubt((), found(None, ROOT, there=False)) is None

    def test_the_very_vault(self) -> None:
        assert doubt((known(),), found()) is None

    @pytest.mark.parametrize(
        "file_system",
        [
            # the disk is /dev/sdc1 after a reboot
            msgspec.structs.replace(DISK, source="/dev/sdc1"),
            # its UUID was changed, or it was copied block by block to a larger one
            msgspec.structs.replace(DISK, uuid="CCCC", number="8"),
            # mounted elsewhere, and bound to where it was
            msgspec.structs.replace(DISK, mount="/mnt/disk"),
            # a file system that tells nothing
            FileSystem(),
        ],
    )
    def test_the_very_vault_on_a_disk_of_another_name(self, file_system: FileSystem) -> None:
        assert doubt((known(),), found("one", file_system)) is None

    def test_its_owner_was_changed_on_its_own_disk(self) -> None:
        assert doubt((known(),), found("one", DISK, inode=99)) is None
        assert doubt((known("one", SHARE),), found("one", SHARE, inode=99)) is None

    def test_its_mark_was_removed_on_its_own_disk_and_sets_are_left(self) -> None:
        assert doubt((known(),), found(None, DISK, empty=False)) is None

    def test_two_disks_that_take_turns(self) -> None:
        other = msgspec.structs.replace(DISK, uuid="DDDD", number="11")
        both = (known("one"), known("two", other, 8))
        assert doubt(both, found("one")) is None
        assert doubt(both, found("two", other, 8)) is None


class TestDoubt:
    @pytest.mark.parametrize(
        "present",
        [
            found(None, ROOT),
            found(None, ROOT, there=False),
            found(None, ROOT, empty=False),
            found(None, DISK),  # emptied by hand, on its own disk
            found(None, DISK, empty=False, marked=True),  # a mark of nonsense
            found("other", ROOT, 3),
            found("other", DISK, 3),
            found("one", ROOT, 3),  # a copy below the mount point
            found("one", msgspec.structs.replace(DISK, uuid="CCCC", number="3"), 3),
            found("one", msgspec.structs.replace(DISK, mount="/"), 3),  # below a subvolume
        ],
    )
    def test_each_is_told_with_both_places_and_a_way_out(self, present: Present) -> None:
        told = doubt((known(),), present)
        assert told is not None
        assert HERE in told.text
        assert "UUID AAAA" in told.text and present.file_system.words in told.text
        assert ACCEPT in told.remedy

    def test_where_it_was_mounted_is_said(self) -> None:
        told = doubt((known(),), found(None, ROOT))
        assert told is not None
        assert "Mount its disk at /srv/backup" in told.remedy

    def test_a_share_that_is_not_mounted(self) -> None:
        told = doubt((known("one", SHARE),), found(None, ROOT))
        assert told is not None and "nfs4 nas:/backup" in told.text

    def test_what_once_was_accepted_below_the_mount_is_doubted_again(self) -> None:
        """The folder under the mount point was the vault for a night, then the disk came back."""
        both = (known("below", ROOT, 3), known("one"))
        assert doubt(both, found("one")) is None
        told = doubt(both, found("below", ROOT, 3))
        assert told is not None and "used last" in told.text

    def test_a_first_use_where_fstab_misses_a_disk(self) -> None:
        unmounted = ("UUID=AAAA", "/srv/backup")
        told = doubt((), found(None, ROOT, unmounted=unmounted))
        assert told is not None
        assert "/etc/fstab" in told.text and "mount /srv/backup" in told.remedy
        assert doubt((), found(None, ROOT, unmounted=unmounted, empty=False)) is None

    def test_what_it_is_about_changes_with_what_is_there(self) -> None:
        one = doubt((known(),), found(None, ROOT))
        two = doubt((known(),), found("other", ROOT))
        assert one is not None and two is not None and one.about != two.about


def site_in(folder: Path) -> Site:
    ctx, _ = context(folder, StillHost("core"))
    return ctx.site


class TestOnADisk:
    """The real folder, with the file system that it is said to be on."""

    @pytest.fixture
    def disk(self, monkeypatch: pytest.MonkeyPatch) -> list[FileSystem]:
        now = [DISK]
        monkeypatch.setattr(known_vaults, "file_system_of", lambda _path: now[-1])
        return now

    def test_a_first_use_then_known(self, tmp_path: Path, disk: list[FileSystem]) -> None:
        site = site_in(tmp_path)
        assert look(site) is None
        made = remember(site, "A")
        assert (site.vault.folder / MARK).is_file()
        assert known_at(site.state, site.vault.folder) == (made,)
        assert look(site) is None
        assert remember(site).last_set == "A"

    def test_its_disk_is_not_mounted(self, tmp_path: Path, disk: list[FileSystem]) -> None:
        site = site_in(tmp_path)
        remember(site, "A")
        site.vault.folder.rename(tmp_path / "the disk")
        disk.append(ROOT)
        for there in (False, True):
            if there:
                site.vault.folder.mkdir()
            with pytest.raises(PryvTuiError) as caught:
                require(site)
            assert (caught.value.name, caught.value.exit) == ("refused", 4)
            line = vault_guard(site, [])
            assert (line.outcome, line.key) == ("failed", "vault")
            assert "the backup A went there" in line.text
        # mounted again
        site.vault.folder.rmdir()
        (tmp_path / "the disk").rename(site.vault.folder)
        assert vault_guard(site, []).outcome == "ok"

    def test_a_copy_with_rsync_on_another_disk_and_the_way_out(
        self, tmp_path: Path, disk: list[FileSystem]
    ) -> None:
        site = site_in(tmp_path)
        remember(site, "A")
        old = tmp_path / "old"
        site.vault.folder.rename(old)
        shutil.copytree(old, site.vault.folder)
        disk.append(msgspec.structs.replace(DISK, uuid="NEW", number="1"))
        told = look(site)
        assert told is not None and "is a copy" in told.text
        remember(site)
        assert look(site) is None
        # The old disk comes back into its place: it is not the vault any more.
        shutil.rmtree(site.vault.folder)
        old.rename(site.vault.folder)
        disk.append(DISK)
        assert look(site) is not None

    def test_a_second_vault_is_another_one(self, tmp_path: Path, disk: list[FileSystem]) -> None:
        site = site_in(tmp_path)
        remember(site, "A")
        site.vault.folder = tmp_path / "second"
        assert look(site) is None
        remember(site, "B")
        assert len(known_at(site.state, tmp_path / "second")) == 1
        assert len(known_at(site.state, tmp_path / "vault")) == 1

    def test_a_link_is_another_name_of_the_vault_that_is_known(
        self, tmp_path: Path, disk: list[FileSystem]
    ) -> None:
        """Known by the one name, named by the other when its disk is not mounted."""
        site = site_in(tmp_path)
        plain = site.vault.folder
        (tmp_path / "backups").symlink_to(plain.parent)
        linked = tmp_path / "backups" / plain.name
        remember(site, "A")
        site.vault.folder = linked
        assert look(site) is None
        assert [one.last_set for one in known_at(site.state, linked)] == ["A"]
        remember(site, "B")
        site.vault.folder = plain
        (one,) = known_at(site.state, plain)
        assert one.last_set == "B", "used last, by whatever name"
        plain.rename(tmp_path / "the disk")
        plain.mkdir()
        disk.append(ROOT)
        for folder in (plain, linked):
            site.vault.folder = folder
            told = look(site)
            assert told is not None and "the backup B went there" in told.text
        # Accepted by one name, it is the vault by both.
        remember(site)
        site.vault.folder = plain
        assert look(site) is None

    def test_what_is_known_can_not_be_read(self, tmp_path: Path, disk: list[FileSystem]) -> None:
        site = site_in(tmp_path)
        remember(site, "A")
        (site.state / known_vaults.NAME).write_bytes(b"{torn")
        line = vault_guard(site, [])
        assert line.outcome == "failed" and known_vaults.NAME in line.text

    def test_a_vault_that_can_not_be_looked_at(
        self, tmp_path: Path, disk: list[FileSystem], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        site = site_in(tmp_path)
        remember(site, "A")

        def stale(self: Path) -> object:
            raise OSError(116, "Stale file handle")

        monkeypatch.setattr(Path, "iterdir", stale)
        line = vault_guard(site, [])
        assert line.outcome == "failed"
        assert "does not answer" in line.text and "mount it again" in line.remedy


def test_numbers_that_need_all_of_64_bits_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems have such numbers, and such inodes."""
    largest = (1 << 64) - 1

    class Told:
        f_fsid = largest

    monkeypatch.setattr(os, "statvfs", lambda _path: Told)
    assert file_systems.file_system_of(tmp_path).number == "f" * 16
    site = site_in(tmp_path)
    stamp = Stamp(str(largest), 1)
    monkeypatch.setattr(known_vaults, "stamp_of", lambda _folder: stamp)
    made = remember(site)
    assert known_at(site.state, site.vault.folder) == (made,)
    assert made.stamp == stamp
    assert look(site) is None


class TestFileSystems:
    MOUNTS = (
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        "30 22 8:17 / /srv/my\\040disk rw shared:1 master:2 - ext4 /dev/sdb1 rw\n"
        "31 22 0:50 / /srv/nas rw - nfs4 nas:/backup rw\n"
        "32 22 0:51 / /srv/nas rw - nfs4 nas:/over rw\n"
    )

    @pytest.fixture
    def mounts(self, tmp_path: Path) -> Path:
        (tmp_path / "mounts").write_text(self.MOUNTS)
        return tmp_path / "mounts"

    def test_the_deepest_mount_and_the_last_of_them(self, mounts: Path) -> None:
        of = partial(file_systems._mounted, mounts=mounts)
        assert of(Path("/srv/my disk/pryv")) == ("ext4", "/dev/sdb1", "/srv/my disk")
        assert of(Path("/srv/nas")) == ("nfs4", "nas:/over", "/srv/nas")
        assert of(Path("/srv/nasty")) == ("ext4", "/dev/sda1", "/")

    @pytest.mark.parametrize(
        ("line", "path", "told"),
        [
            ("UUID=1 /mnt/b ext4 defaults 0 2", "/mnt/b/pryv", ("UUID=1", "/mnt/b")),
            ("UUID=1 /mnt/b ext4 noauto 0 2", "/mnt/b", ("UUID=1", "/mnt/b")),
            ("nas:/x /mnt/my\\040nas nfs soft", "/mnt/my nas/v", ("nas:/x", "/mnt/my nas")),
            ("UUID=1 /mnt/b ext4 defaults 0 2", "/mnt/bb", None),
            ("UUID=1 /srv/my\\040disk ext4 defaults", "/srv/my disk/v", None),
            ("# UUID=1 /mnt/b ext4 defaults", "/mnt/b", None),
            ("UUID=1 / ext4 defaults", "/mnt/b", None),
            ("UUID=1 none swap sw", "/mnt/b", None),
            ("nonsense", "/mnt/b", None),
        ],
    )
    def test_what_fstab_misses(
        self, mounts: Path, line: str, path: str, told: tuple[str, str] | None
    ) -> None:
        fstab = mounts.with_name("fstab")
        fstab.write_text(f"# static file systems\n{line}\n")
        assert file_systems.not_mounted(Path(path), fstab=fstab, mounts=mounts) == told

    def test_names_of_devices_say_nothing(self) -> None:
        bare = msgspec.structs.replace(DISK, kind="xfs", uuid="", number="1")
        assert not bare.is_same(bare)
        assert not SHARE.is_same(msgspec.structs.replace(SHARE, source="nas:/other"))
