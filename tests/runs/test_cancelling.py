"""What a cancel does, in words; that the words are true: `tests/journeys/test_cancel_steps.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.operations.debts import Owed
from pryv_tui.operations.kinds import backup, restore, undo
from pryv_tui.operations.plan import StepView
from pryv_tui.runs import cancelling
from pryv_tui.runs.cancelling import outlook
from pryv_tui.runs.record.events import AnyEvent, OwedNoted, RunStarted, StepFinished, StepStarted

GUIDE = Path(__file__).parents[2] / "docs/operators-guide.md"
ASIDE = Owed(kind="aside", host="single", what="/var/pryv", where="/var/pryv/.pryv-tui/aside/R")


def run(kind: str, *names: str, leaves: str = "a part", nothing: bool = False,
        owed: Owed | None = None) -> list[AnyEvent]:  # fmt: skip
    """A run that is in the last but one of these steps."""
    plan = [
        StepView(step=name, title=name, host="single", command=(), leaves=leaves,
                 undone="undo it", destructive=False, kind=name.partition("-")[2],
                 leaves_nothing=nothing, undoable=True)
        for name in names
    ]  # fmt: skip
    events: list[AnyEvent] = [RunStarted(kind=kind, roles=["core"], plan=plan, pid=1)]
    for name in names[:-2]:
        events.append(StepStarted(step=name, title=name, command=[]))
        events.append(StepFinished(step=name, title=name, command=[], outcome="done", seconds=1.0))
    if owed is not None:
        events.append(OwedNoted(owed=owed))
    return [*events, StepStarted(step=names[-2], title=names[-2], command=[])]


def test_a_restore_after_something_was_moved_says_that_all_comes_back() -> None:
    said = outlook("restore", run("restore", "07-restore-store", "08-x", owed=ASIDE))
    assert said.whole == restore.AFTER
    assert said.step == (
        "It is at: 07-restore-store. If that step is stopped now, its work so far is moved"
        " aside with the rest: a part."
    )
    before = outlook("restore", run("restore", "03-stop-services", "04-x"))
    assert before.whole == restore.BEFORE
    assert "Undone" not in said.step + before.step, "nobody has to undo it by hand"


def test_a_step_of_the_way_back_says_that_it_is_cancelled_already() -> None:
    events = run("restore", "07-restore-store", "08-x", owed=ASIDE)
    events.append(StepStarted(step="back-01-put-back-root", title="Put it back", command=[]))
    assert outlook("restore", events).whole == cancelling.ALREADY


def test_a_backup_before_and_after_its_set_is_complete() -> None:
    before = outlook("backup", run("backup", "01-open-set", "02-dump-store", "03-complete-set"))
    assert before.whole == backup.LET_GO
    now = outlook("backup", run("backup", "01-open-set", "02-complete-set", "03-send-set"))
    assert now.whole == f"{backup.LET_GO} {backup.COMPLETING}"
    after = outlook("backup", run("backup", "01-complete-set", "02-send-set", "03-x"))
    assert after.whole == backup.WHOLE


@pytest.mark.parametrize(
    "kind",
    ["backup", "restore", "undo", "recover", "release", "prune", "files", "send", "fetch", "stop"],
)
def test_every_kind_of_run_says_it(kind: str) -> None:
    said = outlook(kind, run(kind, "01-a", "02-b"))
    assert said.whole.endswith(".")
    assert said.step.startswith("It is at: 01-a.")
    assert outlook(kind, []).step == ""


def test_a_step_that_leaves_nothing_says_so() -> None:
    events = run("backup", "01-dump-store", "02-x", nothing=True,
                 leaves="nothing: Redis rewrites its own file")  # fmt: skip
    assert outlook("backup", events).step.endswith(
        "That step leaves nothing: Redis rewrites its own file."
    )


def test_the_guide_says_the_same() -> None:
    text = " ".join(GUIDE.read_text(encoding="utf-8").split())
    for words in (
        backup.LET_GO,
        backup.WHOLE,
        restore.BEFORE,
        restore.AFTER,
        undo.BEFORE,
        cancelling.TO_ITS_END,
    ):
        assert words in text
