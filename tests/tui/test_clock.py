"""Every screen tells the time, in UTC, and costs next to nothing by it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pryv_tui.tui.widgets import topbar
from tests.tui.driving import opened
from tests.tui.stills.still import standing_still
from tests.tui.stills.still_parts import NOW


async def test_the_clock_goes_on_and_draws_its_line_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with standing_still(tmp_path, practice=True) as site:
        async with opened(site.settings, (80, 24), site) as operator:
            await operator.sees("12:00 UTC")
            page = operator.page
            refreshed: list[object] = []
            monkeypatch.setattr(topbar, "utc_now", lambda: NOW + timedelta(minutes=61))
            monkeypatch.setattr(page, "refresh", lambda *more, **_most: refreshed.append(more))
            page.top._tick()
            await operator.sees("13:01 UTC")
            assert refreshed == [], "no whole screen is drawn for a minute"
            first = operator.text.splitlines()[0]
            assert first.rstrip().endswith("1 host  13:01 UTC") and len(first.rstrip()) <= 80
            await operator.keys("s")
            await operator.sees("13:01 UTC")
