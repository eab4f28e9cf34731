"""An answer about what was left half-done is carried out only while that is still half-done: a
question may have been open for an hour, and somebody else may have settled it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from pryv_tui.cli.main import cli
from pryv_tui.errors import PryvTuiError
from pryv_tui.runs.left import Choice, Left, left_behind
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.recovery import plan_recovery, start_recovery
from tests.journeys.restores.test_resume import Stopped


def _settled(stopped: Stopped, by: Choice) -> Left:
    """What was left of a restore, as it was told before another run settled it."""
    site = stopped.site
    (left,) = left_behind(site, site.discover())
    stopped.outcome(start_recovery(site, left, by))
    assert not left_behind(site, site.discover())
    return left


@pytest.mark.parametrize("then", ["finish", "roll-back"])
@pytest.mark.parametrize("by", ["finish", "roll-back"])
def test_what_another_settled_is_not_settled_again(
    tmp_path: Path, by: Choice, then: Choice
) -> None:
    stopped = Stopped(tmp_path)
    left = _settled(stopped, by)
    runs, there = len(all_runs(stopped.site.state)), stopped.platform.contents()
    with pytest.raises(PryvTuiError, match="settled") as told:
        plan_recovery(stopped.site, stopped.site.discover(), left, then)
    assert told.value.name == "refused"
    with pytest.raises(PryvTuiError, match="settled") as told:
        start_recovery(stopped.site, left, then)
    assert told.value.name == "refused" and "pryv-tui status" in told.value.remedy
    assert len(all_runs(stopped.site.state)) == runs, "a run was started"
    assert stopped.platform.contents() == there
    # What it names tells that there is nothing to settle.
    options = ["--practice", str(stopped.platform.folder), "status"]
    seen = CliRunner().invoke(cli, options)
    assert "half-way" not in seen.output and "recover" not in seen.output, seen.output


def test_what_is_still_half_done_is_settled(tmp_path: Path) -> None:
    stopped = Stopped(tmp_path)
    site = stopped.site
    (left,) = left_behind(site, site.discover())
    assert plan_recovery(site, site.discover(), left, "roll-back").steps
    stopped.ended(start_recovery(site, left, "roll-back"))
    assert stopped.platform.contents() == stopped.lived
