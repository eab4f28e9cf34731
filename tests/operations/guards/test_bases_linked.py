"""Backups that link to a former set: what they link, read again, or copy."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec
import pytest

from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.guards.place import SPACE_RESERVE, space_guard
from pryv_tui.operations.sets.verify import verify_set
from pryv_tui.operations.steps.bringing_back.copy_back import CopyBack
from pryv_tui.vault.sets import Unfinished
from tests.operations.guards.based import Platform
from tests.operations.kit import DOMAIN


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform(tmp_path, settled_ns=-(10**20))


class TestBackup:
    def test_the_second_after_a_verify_links_and_says_so(self, platform: Platform) -> None:
        first, _ = platform.backup()
        assert (first.linked_from, first.linked_files) == ("", 0)
        assert platform.verify() == "good"
        (platform.root / "pryv/core/data/file0").write_text("changed")
        base = platform.vault.resolve("latest").id
        second, heard = platform.backup()
        assert (second.linked_from, second.linked_files, second.linked_bytes) == (base, 4, 4000)
        assert second.files == first.files, "a set holds everything"
        (told,) = [text for _, text in heard.notes if "linked to the set" in text]
        assert told.startswith("single-node: 2 files, 13 bytes copied and hashed; 4 files")
        assert platform.verify() == "good"

    def test_nobody_verified_the_first_so_each_file_is_read(self, platform: Platform) -> None:
        platform.backup()
        files = Path(platform.vault.sets()[0].path) / "single-node/files/pryv/core/data"
        spoilt = files / "file3"
        times = spoilt.stat()
        spoilt.write_text("y" * 1000)
        os.utime(spoilt, ns=(times.st_atime_ns, times.st_mtime_ns))
        second, _ = platform.backup()
        assert second.linked_files == 4, "the one that was damaged since is copied"
        assert platform.verify() == "good"

    def test_what_a_backup_left_that_did_not_finish_is_used(self, platform: Platform) -> None:
        """Killed in its copy: what is listed is linked; a file damaged since is not."""
        whole, _ = platform.backup()
        (made,) = platform.vault.sets()
        folder = Path(made.path)
        for name in ("set.json", "set.sha256", "RESTORE.md"):
            (folder / name).unlink()
        about = Unfinished(practice=True, domain=DOMAIN, roots={"single-node": str(platform.root)})
        (folder / "unfinished.json").write_bytes(msgspec.json.encode(about))
        lists = [folder / "single-node" / name for name in ("INDEX", "SHA256SUMS")]
        for path in lists:
            path.write_bytes(path.read_bytes()[:-90])  # in the middle of a line
        (folder / "single-node/files/pryv/core/data/file0").write_text("z" * 1000)
        folder.rename(folder.with_name(folder.name + ".partial"))
        second, _ = platform.backup()
        assert second.files == whole.files
        assert 0 < second.linked_files < 5
        assert second.linked_from == f"{made.id}.partial"
        assert platform.verify() == "good"

    @pytest.mark.parametrize("harm", ["none", "set", "rest"])
    def test_beside_a_set_too_and_the_set_is_not_read_again(
        self, platform: Platform, harm: str
    ) -> None:
        """What was copied since is linked; where the lists of one can't be used, to the other."""
        platform.backup()
        (first,) = platform.vault.sets()
        assert platform.verify() == "good"
        for number in range(3):
            (platform.root / f"pryv/core/data/new{number}").write_text("n" * 500)
        whole, _ = platform.backup()
        made = platform.vault.sets()[-1]
        folder = Path(made.path)
        for name in ("set.json", "set.sha256", "RESTORE.md"):
            (folder / name).unlink()
        about = Unfinished(practice=True, domain=DOMAIN, roots={"single-node": str(platform.root)})
        (folder / "unfinished.json").write_bytes(msgspec.json.encode(about))
        if harm == "set":
            former = platform.vault.sets()[0].folder / "single-node/INDEX"
            former.write_bytes(former.read_bytes()[:-1])
        elif harm == "rest":
            (folder / "single-node/INDEX").unlink()
        folder.rename(folder.with_name(folder.name + ".partial"))
        second, heard = platform.backup()
        assert second.files == whole.files
        assert whole.linked_files == 5
        assert second.linked_files == {"none": 8, "set": 8, "rest": 5}[harm]
        if harm == "set":
            assert second.linked_from == f"{made.id}.partial"
            assert any("differs from its hash" in text for _, text in heard.notes)
        else:
            assert second.linked_from == first.id
        assert platform.verify() == "good"

    def test_the_former_set_may_go(self, platform: Platform) -> None:
        platform.backup()
        assert platform.verify() == "good"
        platform.backup()
        shutil.rmtree(platform.vault.sets()[0].path)
        assert platform.verify() == "good"

    def test_full_links_nothing(self, platform: Platform) -> None:
        platform.backup()
        assert platform.verify() == "good"
        host, _ = platform.backup(linking="full")
        assert (host.linked_from, host.linked_files) == ("", 0)

    def test_a_set_found_damaged_is_not_linked_to_again(self, platform: Platform) -> None:
        platform.backup()
        assert platform.verify() == "good"
        former = platform.vault.resolve("latest")
        rotten = former.folder / "single-node/files/pryv/core/data/file1"
        rotten.write_text("y" * 1000)
        assert verify_set(platform.vault, former).outcome == "bad"
        host, _ = platform.backup()
        assert host.linked_files == 0
        assert platform.verify() == "good"

    @pytest.mark.parametrize("name", ["INDEX", "SHA256SUMS"])
    def test_a_list_damaged_since_is_a_warning_and_all_is_copied(
        self, platform: Platform, name: str
    ) -> None:
        platform.backup()
        assert platform.verify() == "good"
        path = platform.vault.resolve("latest").folder / "single-node" / name
        path.write_bytes(path.read_bytes() + b"\n")
        host, heard = platform.backup()
        assert host.linked_files == 0
        (warned,) = [text for level, text in heard.notes if level == "warning"]
        assert name in warned
        assert platform.verify() == "good"

    def test_what_shares_files_comes_back_as_files_of_their_own(self, platform: Platform) -> None:
        for _ in range(3):
            platform.backup()
            assert platform.verify() == "good"
        backup = platform.vault.resolve("latest")
        assert backup.manifest is not None
        host = backup.manifest.hosts[0]
        back = platform.folder / "back"
        step = CopyBack(
            host=host.name,
            source=f"{backup.path}/{host.name}",
            root=str(back),
            files=host.files,
            bytes=host.bytes,
            folders=host.folders,
            recreated=(),
            links=host.links,
            index=host.index,
        )
        ctx, _ = platform.context()
        step.perform(ctx)
        inside = backup.folder / "single-node/files/pryv/core/data/file3"
        assert inside.stat().st_nlink == 3
        files = [path for path in back.rglob("*") if path.is_file()]
        assert [path.stat().st_nlink for path in files] == [1] * host.files

    def test_room_is_needed_for_what_changed_alone(
        self, platform: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(3):
            folder = platform.root / f"folder{number}"
            folder.mkdir()
            (folder / "big").write_bytes(b"x" * 1_000_000)
        platform.backup()
        assert platform.verify() == "good"
        ctx, _ = platform.context()
        hosts: list[HostState] = list(ctx.deployment.hosts)
        from pryv_tui.operations.guards import place

        monkeypatch.setattr(place, "free_bytes", lambda _: SPACE_RESERVE + 1_000_000)
        assert space_guard(ctx.site, hosts).outcome == "failed", "there is no room for all"
        line = space_guard(ctx.site, hosts, domain=DOMAIN, full=False)
        assert line.outcome == "ok"
        assert "unchanged files linked to" in line.text
        (platform.root / "folder2/big").write_bytes(b"y" * 1_500_000)
        assert space_guard(ctx.site, hosts, domain=DOMAIN, full=False).outcome == "failed"
