"""One root by any of its names has one lock, also while it is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.lock import (
    PlatformLock,
    lock_path,
    root_identities,
)
from pryv_tui.runs.record.events import RunFinished
from tests.journeys.performing import perform
from tests.runs.locks.holding import HOLDER


class TestOneRoot:
    """One lock for one root, wherever it lies and however it is reached."""

    def busy(self, folder: Path, first: Path, second: Path, change: str = "") -> bool:
        one = PlatformLock(folder / "a.lock")
        two = PlatformLock(folder / "b.lock", patience=0.0)
        one.acquire_root(first)
        if change:
            first.mkdir()
        try:
            two.acquire_root(second)
        except PryvTuiError as error:
            assert error.exit == Exit.BUSY
            return True
        finally:
            two.release()
            one.release()
        return False

    def test_that_is_missing(self, tmp_path: Path) -> None:
        assert self.busy(tmp_path, tmp_path / "root", tmp_path / "root")

    def test_that_is_missing_and_then_is_not(self, tmp_path: Path) -> None:
        assert self.busy(tmp_path, tmp_path / "root", tmp_path / "root", "made")

    def test_through_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "root").mkdir()
        (tmp_path / "link").symlink_to("root")
        assert self.busy(tmp_path, tmp_path / "root", tmp_path / "link")

    def test_that_is_missing_behind_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "holder").mkdir()
        (tmp_path / "link").symlink_to("holder")
        assert self.busy(tmp_path, tmp_path / "holder/root", tmp_path / "link/root")

    def test_by_another_name(self, tmp_path: Path) -> None:
        """As where it is mounted twice: what it is, not only where, tells it."""
        (tmp_path / "root").mkdir()
        known = set(root_identities(tmp_path / "root"))
        (tmp_path / "root").rename(tmp_path / "other")
        assert known & set(root_identities(tmp_path / "other"))

    def test_that_is_missing_in_a_folder_of_another_name(self, tmp_path: Path) -> None:
        (tmp_path / "holder").mkdir()
        known = set(root_identities(tmp_path / "holder/root"))
        (tmp_path / "holder").rename(tmp_path / "other")
        assert known & set(root_identities(tmp_path / "other/root"))
        assert not known & set(root_identities(tmp_path / "other/another"))

    def test_a_run_takes_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        platform = PracticePlatform.create(tmp_path / "p", users=1, attachments=0)
        settings = resolve_settings(practice=str(platform.folder), environment={})
        root = open_site(settings).discover().hosts[0].root_path
        other = PlatformLock(lock_path(settings).with_name("other.lock"))
        other.acquire(HOLDER)
        other.acquire_root(root)
        try:
            name = "20260101T000000Z-backup-aa"
            (*_, end) = perform(settings, name, "backup", monkeypatch, roles=("core",))
        finally:
            other.release()
        assert isinstance(end, RunFinished)
        assert end.exit == Exit.BUSY and HOLDER.run in end.what

    def test_another_one_is_free(self, tmp_path: Path) -> None:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
        assert not self.busy(tmp_path, tmp_path / "one", tmp_path / "two")
        assert not self.busy(tmp_path, tmp_path / "three", tmp_path / "four")

    def test_a_platform_may_name_one_twice(self, tmp_path: Path) -> None:
        held = PlatformLock(tmp_path / "a.lock")
        held.acquire_root(tmp_path / "root")
        files = set(tmp_path.iterdir())
        held.acquire_root(tmp_path / "root")
        assert set(tmp_path.iterdir()) == files, "the same locks"
        held.release()
