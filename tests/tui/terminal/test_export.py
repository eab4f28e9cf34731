"""A screen saved as a picture and as text."""

from __future__ import annotations

import stat
from pathlib import Path
from xml.etree import ElementTree

from pryv_tui.operations.settings.resolve import Settings
from tests.tui.driving import opened


async def test_a_screen_is_saved_as_a_picture_and_as_text(with_set: Settings) -> None:
    async with opened(with_set) as operator:
        await operator.on("OverviewScreen")
        await operator.sees("Attention")
        await operator.keys("ctrl+e")
        await operator.sees("Saved: ")
        folder = Path(with_set.state) / "screens"
        (picture,) = folder.glob("*-overview.svg")
        root = ElementTree.fromstring(picture.read_text())
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        text = picture.with_suffix(".txt").read_text()
        assert "PRACTICE" in text
        assert "Roles and containers" in text
        assert len(text.splitlines()) == 24
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())]
        assert modes == [0o700, 0o600, 0o600], "what it shows is people's"


async def test_a_state_folder_that_takes_nothing_is_said(with_set: Settings) -> None:
    async with opened(with_set) as operator:
        await operator.on("OverviewScreen")
        await operator.sees("Attention")
        (Path(with_set.state) / "screens").write_text("no folder")
        await operator.keys("ctrl+e")
        await operator.sees("could not be saved")
        assert (Path(with_set.state) / "screens").read_text() == "no folder"
