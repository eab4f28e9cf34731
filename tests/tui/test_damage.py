"""A damaged file keeps no screen waiting."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import open_site
from tests.damage.kinds import DAMAGE
from tests.tui.driving import opened


@pytest.mark.parametrize(
    "name", ["request.json", "worker.json", "journal.jsonl", "verified.json", "set.json"]
)
async def test_the_interface_shows_the_rest(with_set: Settings, name: str) -> None:
    site = open_site(with_set)
    (backup,) = site.vault.sets()
    run = next((Path(with_set.state) / "runs").iterdir())
    if name == "verified.json":
        (backup.folder / name).write_text('{"time": "then", "outcome": "good"}')
    path = (run if (run / name).exists() else backup.folder) / name
    DAMAGE["one byte flipped"](path)
    async with opened(with_set) as operator:
        await operator.sees("Last backup" if name != "set.json" else "backup")
        await operator.keys("s")
        await operator.on("SetsScreen")
        await operator.sees(backup.id)
        await operator.keys("escape")
        await operator.on("OverviewScreen")
        await operator.keys("u")
        await operator.on("RunsScreen")
        await operator.sees(run.name[:16])
