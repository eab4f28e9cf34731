"""Restores that die, and what operators do then other than recover them: nothing is lost, nothing
is started on half a root, and no half is called the whole."""

from __future__ import annotations

import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.operations.root.marker import read_marker
from pryv_tui.runs.left import left_behind
from pryv_tui.runs.planning.request import plan_undo
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.recovery import first_look, start_recovery
from pryv_tui.runs.start import start_run
from tests.kill.campaign import Campaign
from tests.kill.killing import wait

DATABASES = {"pryvio_mongodb", "pryvio_influxdb", "pryvio_redis"}


class Night:
    """A cluster, and an operator."""

    def __init__(self, folder: Path) -> None:
        self.campaign = Campaign(folder, form="cluster")
        self.steps = self.campaign.steps_of("restore")

    def at(self, part: str, number: int = 0) -> int:
        return [n for n, step in enumerate(self.steps, start=1) if part in step][number]

    def restore(self, at: int = 0, when: str = "step", **more: Any) -> RunRecord:
        """A restore; with `at` one that is killed, cancelled or fails there."""
        if at:
            more["worker"] = (sys.executable, "-m", "tests.kill.worker", str(at), when)
        return start_run(self.campaign.settings, "restore", set_id=self.campaign.set_id, **more)

    def dies(self, at: int, **more: Any) -> RunRecord:
        record = self.restore(at, **more)
        assert wait(record) is None
        return record

    def ends(self, record: RunRecord) -> RunFinished:
        end = wait(record)
        assert end is not None
        self.nothing_runs_on_half_a_root()
        return end

    def undo_at(self, part: str, run: RunRecord, when: str = "step", word: str = "") -> RunRecord:
        """An undo that is killed, cancelled or fails where a step of that kind begins."""
        settings = self.campaign.settings
        plan = plan_undo(self.campaign.site, self.campaign.site.discover(), run.id)
        at = next(n for n, step in enumerate(plan.steps, start=1) if part in step.id)
        worker = (sys.executable, "-m", "tests.kill.worker", str(at), when)
        return start_run(settings, "undo", undone_run=run.id, worker=worker, word=word)

    def undo(self, run: RunRecord) -> RunFinished:
        return self.ends(start_run(self.campaign.settings, "undo", undone_run=run.id))

    def nothing_runs_on_half_a_root(self) -> None:
        for state in self.campaign.site.discover().hosts:
            if state.root and read_marker(Path(state.root)) is not None:
                up = {c.name for c in state.containers if c.running}
                assert up <= DATABASES, (state.name, up)

    def is_as_it_was(self) -> None:
        site = self.campaign.site
        assert not left_behind(site, site.discover())
        assert self.campaign.contents() == self.campaign.lived
        self.campaign.check_policies()


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)


def test_a_plain_restore_over_a_dead_one_is_undone_with_it(night: Night) -> None:
    first = night.dies(night.at("move-aside", 1))
    plain = night.restore()
    assert night.ends(plain).outcome == "complete"
    refused = night.undo(first)
    assert refused.outcome == "refused"
    assert plain.id in refused.what
    told = [item.remedy for item in first_look(night.campaign.site).overview.attention]
    assert told
    assert not any(f"undo {first.id}" in text or f"release {first.id}" in text for text in told)
    let_go = start_run(night.campaign.settings, "release", released_run=first.id)
    assert night.ends(let_go).outcome == "refused", "the rest could not be undone any more"
    assert night.undo(plain).outcome == "complete"
    night.is_as_it_was()


def test_two_that_died_are_rolled_back_as_one(night: Night) -> None:
    night.dies(night.at("copy-back"))
    night.dies(night.at("move-aside", 1))
    site = night.campaign.site
    (newest, *_rest) = left_behind(site, site.discover())
    end = night.campaign.must_end(partial(start_recovery, site, newest, "roll-back"))
    assert end.what == "The content from before the restore is back, as it was then."
    night.is_as_it_was()


def test_an_undo_says_which_root_it_could_not_bring_back(night: Night) -> None:
    """Somebody has removed by hand what lay aside of one machine."""
    record = night.restore()
    assert night.ends(record).outcome == "complete"
    core = next(s for s in night.campaign.site.discover().hosts if s.name == "core")
    assert core.root is not None
    shutil.rmtree(Path(core.root) / ".pryv-tui/aside" / record.id)
    end = night.undo(record)
    assert end.outcome == "warnings"
    assert end.what.startswith("Content from before")
    assert any("core" in text and "does not exist any more" in text for text in end.warnings)


def test_one_that_goes_on_and_is_cancelled_rolls_all_of_it_back(night: Night) -> None:
    dead = night.dies(night.at("copy-back"))
    second = night.restore(night.at("move-aside", 2), "cancelled", continues=dead.id)
    end = night.ends(second)
    assert end.outcome == "cancelled"
    assert "The former content is in place." in end.what
    assert not any("half-restored" in text for text in end.remains)
    night.is_as_it_was()


@pytest.mark.parametrize("how", ["cancelled", "failed"])
def test_one_that_stops_before_it_moved_anything_starts_nothing(night: Night, how: str) -> None:
    night.dies(night.at("copy-back"))
    end = night.ends(night.restore(night.at("no-restarts"), how))
    assert end.outcome == how
    assert "in place" not in end.what
    assert any("stay stopped" in text and "recover" in text for text in end.remains)
    told = [item.text for item in first_look(night.campaign.site).overview.attention]
    assert not any(text.startswith(("Core is gone", "Core, ")) for text in told), told
    site = night.campaign.site
    (left,) = left_behind(site, site.discover())
    night.campaign.must_end(partial(start_recovery, site, left, "roll-back"))
    night.is_as_it_was()


def test_what_users_wrote_before_a_late_finish_is_said_to_be_moved_aside(night: Night) -> None:
    night.dies(night.at("close-restore"))
    site = night.campaign.site
    (left,) = left_behind(site, site.discover())
    assert "data written there since the run stopped is moved aside" in left.choices["finish"]
    end = night.campaign.must_end(partial(start_recovery, site, left, "finish"))
    told = first_look(site).overview.attention
    swept = [item for item in told if "with data written since" in item.text]
    assert len(swept) == 3
    assert all(f"release {end.run}" in item.remedy for item in swept)
    assert not any("cancelled" in item.text for item in told)
    assert all("only here" in item.remedy for item in swept)


def test_a_restore_that_ended_well_is_not_half_way_because_a_later_one_is(night: Night) -> None:
    whole = night.restore()
    assert night.ends(whole).outcome == "complete"
    dead = night.dies(night.at("copy-back"))
    site = night.campaign.site
    assert [left.run for left in left_behind(site, site.discover())] == [dead.id]
