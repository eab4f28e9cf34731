"""What a dead run left is the first thing that the overview says."""

from __future__ import annotations

import sys
from pathlib import Path

from pryv_tui.runs.left import left_behind
from pryv_tui.runs.recovery import overview_with_leftovers, start_recovery
from pryv_tui.runs.start import start_run
from tests.kill.campaign import Campaign
from tests.kill.killing import wait


def test_a_dead_restore_is_said_first_and_is_gone_after_recover(tmp_path: Path) -> None:
    campaign = Campaign(tmp_path)
    site = campaign.site
    before = overview_with_leftovers(site).attention
    assert not [item for item in before if "recover" in item.remedy]
    record = start_run(
        campaign.settings,
        "restore",
        set_id=campaign.set_id,
        worker=(sys.executable, "-m", "tests.kill.worker", "100", "after"),
    )
    assert wait(record) is None, "it was killed"
    first = overview_with_leftovers(site).attention[0]
    assert first.level == "failed"
    assert record.id in first.text
    assert "pryv-tui recover --finish" in first.remedy
    (left,) = left_behind(site, site.discover())
    campaign.must_end(lambda: start_recovery(site, left))
    after = overview_with_leftovers(site).attention
    assert not [item for item in after if "recover" in item.remedy]
