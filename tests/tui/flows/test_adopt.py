"""A backup that was made by hand becomes a set, from the interface."""

from __future__ import annotations

import shutil
from pathlib import Path

from textual.widgets import Input

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from tests.practice.kit import DUMP, INFLUX_BACKUP, run
from tests.tui.driving import opened


def by_hand(settings: Settings, folder: Path) -> Path:
    (host,) = PracticePlatform.open(Path(settings.practice or "")).hosts
    assert run(host, "pryvio_mongodb", DUMP).code == 0
    assert run(host, "pryvio_influxdb", INFLUX_BACKUP).code == 0
    shutil.copytree(host.root_hint or Path(), folder, symlinks=True)
    return folder


async def test_a_folder_is_looked_at_then_asked_about_then_a_set(
    with_set: Settings, tmp_path: Path
) -> None:
    folder = by_hand(with_set, tmp_path / "by-hand")
    async with opened(with_set, (120, 40)) as operator:
        await operator.keys("s")
        await operator.sees("✓ complete")
        await operator.keys("A")
        await operator.on("AskFolder")
        await operator.keys("enter")
        await operator.sees("✗ nothing is typed yet")
        operator.app.screen.query_one("#folder", Input).value = "by-hand"
        await operator.keys("enter")
        await operator.sees("✗ type the whole path")
        operator.app.screen.query_one("#folder", Input).value = str(tmp_path / "nothing")
        await operator.keys("enter")
        await operator.sees("can't be read")
        assert len(open_site(with_set).vault.sets()) == 1
        await operator.keys("A")
        await operator.on("AskFolder")
        operator.app.screen.query_one("#folder", Input).value = str(folder)
        await operator.keys("enter")
        await operator.on("Confirm")
        await operator.sees("becomes")
        assert len(open_site(with_set).vault.sets()) == 1
        await operator.keys("tab", "enter")
        await operator.on("RunScreen")
        await operator.sees("Adopt of practice.pryv.example")
        await operator.until(
            lambda: any(
                backup.manifest is not None and backup.manifest.adopted is not None
                for backup in open_site(with_set).vault.sets()
            ),
            "the set",
        )
        await operator.sees("COMPLETE")
