"""SIGKILL to the worker at places all over its journal: nothing is lost, recover settles it.

Here at every few events; `python -m tests.kill.campaign` does every one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.platform.gap import GapChoices, HoldKind
from pryv_tui.runs.left import Choice
from pryv_tui.runs.record.events import Note
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.vault.native.library import LIBRARY
from tests.kill.campaign import HOLD_DEADLINE, Campaign
from tests.kill.drilling import OnPractice
from tests.kill.killing import Kind, Stopped
from tests.kill.removal import Removal, Removing
from tests.suite.turns import parts


@parts(3)
@pytest.mark.parametrize(
    ("kind", "choice", "step"),
    [
        ("backup", None, 23),
        ("restore", "finish", 37),
        ("restore", "roll-back", 41),
        ("undo", None, 19),
    ],
)
def test_a_kill_loses_nothing(
    tmp_path: Path, kind: Kind, choice: Choice | None, step: int, part: slice
) -> None:
    campaign = Campaign(tmp_path)
    campaign.everywhere(kind, step=step, choice=choice, part=part)
    assert campaign.kills >= 1


@pytest.mark.skipif(not Path(LIBRARY).exists(), reason="the library was not built")
@pytest.mark.parametrize(
    ("kind", "choice"), [("backup", None), ("restore", "finish"), ("restore", "roll-back")]
)
def test_a_fault_in_the_library_ends_a_run_as_a_kill_does(
    tmp_path: Path, kind: Kind, choice: Choice | None
) -> None:
    """Its threads are the run's process: all of it ends, and is settled as what was killed."""
    campaign = Campaign(tmp_path)
    assert campaign.one(kind, 1, "abort", choice)
    assert campaign.kills == 1


@pytest.mark.skipif(not Path(LIBRARY).exists(), reason="the library was not built")
@pytest.mark.parametrize(
    ("kind", "choice"), [("backup", None), ("restore", "finish"), ("restore", "roll-back")]
)
def test_a_run_that_is_cancelled_while_a_disk_does_not_answer_ends_as_one_that_was_killed(
    tmp_path: Path, kind: Kind, choice: Choice | None
) -> None:
    """Nobody waits for that for ever, and nothing is put back beside who may write yet."""
    campaign = Campaign(tmp_path)
    assert campaign.one(kind, 1, "hang", choice)
    assert campaign.kills == 1
    (died,) = (run for run in all_runs(campaign.site.state) if run.state == "died")
    said = [event.text for event in JournalReader(died.journal).read() if isinstance(event, Note)]
    assert [one for one in said if one.startswith("waits for the disk of ")]
    assert [one for one in said if one.startswith("a disk does not answer, so this run ends here")]


@parts(3)
def test_a_kill_on_a_cluster_loses_nothing(tmp_path: Path, part: slice) -> None:
    campaign = Campaign(tmp_path, form="cluster")
    campaign.everywhere("restore", step=67, part=part)
    assert campaign.kills >= 1


@pytest.mark.parametrize(
    ("how", "part", "choice"),
    [
        ("cancelled", "copy-back", None),
        ("failed", "move-aside", "roll-back"),
        ("failed", "start-rest", "finish"),
    ],
)
def test_a_restore_that_stops_on_the_second_machine_loses_nothing(
    tmp_path: Path, how: Stopped, part: str, choice: Choice | None
) -> None:
    campaign = Campaign(tmp_path, form="cluster")
    steps = campaign.steps_of("restore")
    at = [number for number, step in enumerate(steps, start=1) if part in step]
    assert campaign.stopped("restore", at[1], how, choice)


@parts(3)
def test_a_roll_back_starts_machines_on_which_nothing_was_moved_yet(
    tmp_path: Path, part: slice
) -> None:
    campaign = Campaign(tmp_path, form="cluster")
    steps = campaign.steps_of("restore")
    moves = [n for n, step in enumerate(steps, start=1) if "move-aside" in step]
    assert len(moves) >= 3
    for at in moves[part]:
        assert campaign.one("restore", at, "step", "roll-back")


@pytest.mark.parametrize("root", [1, 2, 3])
@pytest.mark.parametrize(
    ("kind", "choice"), [("restore", "finish"), ("restore", "roll-back"), ("undo", None)]
)
def test_a_kill_between_two_roots_that_are_done_loses_nothing(
    tmp_path: Path, kind: Kind, choice: Choice | None, root: int
) -> None:
    """A cluster has three roots: some count as whole already, the others do not yet."""
    campaign = Campaign(tmp_path, form="cluster")
    assert campaign.one(kind, root, "unmarked", choice)
    assert campaign.kills == 1


def test_a_kill_while_something_is_held_leaves_nothing_held(tmp_path: Path) -> None:
    """`python -m tests.kill.campaign --hold` kills as each step begins."""
    campaign = Campaign(tmp_path)
    places: tuple[tuple[HoldKind, str], ...] = (
        ("registrations", "copy-ahead-redis"),
        ("everything", "release-hold"),
    )
    for hold, part in places:
        campaign.gap = GapChoices(hold=hold, hold_deadline=HOLD_DEADLINE)
        steps = campaign.steps_of("backup")
        at = next(n for n, step in enumerate(steps, start=1) if part in step)
        assert campaign.one("backup", at, "step", None)
    assert (campaign.kills, campaign.let_go) == (2, 2)


@parts(3)
def test_a_kill_while_containers_are_stopped_and_started_at_once_loses_nothing(
    tmp_path: Path, part: slice
) -> None:
    """`python -m tests.kill.campaign --together` kills at each of them."""
    campaign = Campaign(tmp_path)
    moments: tuple[tuple[Kind, int, str, Choice | None], ...] = (
        ("restore", 4, "stopping", None),
        ("restore", 6, "stopped", "roll-back"),
        ("restore", 15, "stopped", "finish"),
        ("restore", 2, "starting", "finish"),
        ("restore", 9, "started", "roll-back"),
        ("undo", 5, "started", None),
    )
    for kind, at, when, choice in moments[part]:
        assert campaign.one(kind, at, when, choice), (kind, at, when)
    assert campaign.kills == len(moments[part])


@pytest.mark.parametrize(
    ("kind", "when", "step"),
    [("prune", "after", 5), ("prune", "unlink", 130), ("files", "before", 4)],
)
def test_a_kill_while_sets_go_or_files_come_harms_no_other_set(
    tmp_path: Path, kind: Removal, when: str, step: int
) -> None:
    assert Removing(tmp_path).everywhere(kind, when, step) >= 2


def test_a_drill_that_is_killed_touches_nothing_and_is_on_record_as_broken_off(
    tmp_path: Path,
) -> None:
    """`python -m tests.kill.campaign --drill` kills everywhere."""
    drilled = OnPractice(tmp_path)
    assert drilled.one(4, "step")
    drilled.at_step("redis", "ended")
    assert drilled.one(90, "unlink")
    assert drilled.kills == 3
