"""An undo is undone by its name: also one that was stopped and gone on with, and never one that is
half-way."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import StepView
from pryv_tui.operations.root.marker import Marker, remove_marker, write_marker
from pryv_tui.operations.sets.gone_again import needs_word
from pryv_tui.operations.steps.bringing_back.put_back_root import PutBackRoot
from pryv_tui.runs.planning.request import plan_undo
from pryv_tui.runs.record.chain import released_by, undoable
from pryv_tui.runs.record.events import (
    AnyEvent,
    OwedNoted,
    RunStarted,
    SettledNoted,
    StepFinished,
)
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.record.journal import done_at
from pryv_tui.runs.record.undos import Change, begun, contents, in_place_now, kept_by, undone_by
from tests.runs.test_recovery import Past


class Story(Past):
    """A restore of core, and undos after it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.root = self.folder / "core"
        self.moved = self.aside("core", "20260101T000000Z-restore-0000", mark=False)
        self.restore = super().run("restore", self.moved, end="complete", set_id="SET")

    def undo(self, of: str, where: str, *, end: str = "complete", keeps: str = "") -> str:
        """One that put back what lay there, and set aside what was in the root."""
        owed = Owed(kind="return", host="core", what=str(self.root), where=where)
        run = self.run("undo", owed, end=end, settled=(owed,) if end else (), undone_run=of)
        own_folder.undone(self.root, keeps or run).mkdir(parents=True, exist_ok=True)
        if end:
            Path(where).rmdir()
        return run

    def kept(self, run: str) -> str:
        return str(own_folder.undone(self.root, run))

    def moves(self, run: str) -> list[tuple[str, str]]:
        """What comes back from where, and where to what is there goes."""
        steps = plan_undo(self.site, discover(self.hosts), run).steps
        return [(step.aside, step.kept) for step in steps if isinstance(step, PutBackRoot)]

    def refused(self, run: str) -> PryvTuiError:
        with pytest.raises(PryvTuiError) as caught:
            self.moves(run)
        return caught.value


def test_undos_are_undone_in_turn_and_the_last_one_counts(tmp_path: Path) -> None:
    past = Story(tmp_path)
    first = past.undo(past.restore, past.moved.where)
    assert undone_by(past.site.state) == {past.restore: first}
    assert past.moves(first) == [(past.kept(first), past.kept("RUN"))]
    assert needs_word(plan_undo(past.site, discover(past.hosts), first))
    second = past.undo(first, past.kept(first))
    assert undone_by(past.site.state) == {first: second}, "what the restore brought is there"
    assert kept_by(past.site.state, past.restore) == second
    assert f"undo {second} --confirm" in past.refused(past.restore).remedy
    third = past.undo(second, past.kept(second))
    assert undone_by(past.site.state) == {second: third, past.restore: first}
    assert [one.id for one in undoable(past.site.state)] == [third]
    assert kept_by(past.site.state, first) == third


def test_one_that_was_stopped_and_the_one_that_went_on_set_aside_one_thing(tmp_path: Path) -> None:
    past = Story(tmp_path)
    dead = past.undo(past.restore, past.moved.where, end="")
    write_marker(
        past.root,
        Marker(run=dead, set_id="x", started="y", aside=past.moved.where, undoes=past.restore),
    )
    assert "is not complete, or its root is half-restored" in past.refused(dead).what
    assert undoable(past.site.state)[-1].id == past.restore, "not what is half-way"
    assert past.moves(past.restore) == [(past.moved.where, past.kept(dead))], "to where it began"
    remove_marker(past.root)
    last = past.undo(past.restore, past.moved.where, keeps=dead)
    assert past.refused(dead).remedy.startswith("Both are undone together: ")
    assert past.moves(last) == [(past.kept(dead), past.kept("RUN"))]
    assert [one.id for one in undoable(past.site.state)] == [last]
    past.run("release", end="complete", released_run=last)
    assert set(released_by(past.site.state, all_runs(past.site.state))) == {dead, last}


@pytest.mark.parametrize("end", ["", "failed"])
def test_one_that_stopped_when_all_was_back_has_undone_whatever_it_had_still_to_start(
    tmp_path: Path, end: str
) -> None:
    """Its containers are still owed, and what it set aside was not named: the content is back."""
    past = Story(tmp_path)
    owed = Owed(kind="return", host="core", what=str(past.root), where=past.moved.where)
    start = Owed(kind="start", host="core", what="pryvio_core")
    other = Owed(kind="return", host="register", what=str(past.folder / "register"), where="/x")
    half = past.run("undo", start, owed, other, settled=(owed,), end=end, undone_run=past.restore)
    assert undone_by(past.site.state) == {}, "the other machine has still what was restored"
    assert half in [one.id for one in begun(past.site.state, past.restore)]
    whole = past.run(
        "undo", start, owed, other, settled=(owed, other), end=end, undone_run=past.restore
    )
    assert undone_by(past.site.state) == {past.restore: whole}
    assert begun(past.site.state, past.restore) == []
    never = past.run("undo", start, owed, end=end, undone_run=past.restore)
    assert undone_by(past.site.state) == {past.restore: whole}
    assert [one.id for one in begun(past.site.state, past.restore)] == [never]


def test_of_a_root_of_which_nothing_lay_aside_any_more_its_step_tells() -> None:
    """It was owed, and there was nothing to settle: the undo warned of that, and went on."""

    def view(step: str, kind: str) -> StepView:
        return StepView(step=step, title="t", kind=kind, host="", command=(), leaves="", undone="",
                        destructive=True)  # fmt: skip

    def ended(step: str) -> StepFinished:
        return StepFinished(time=step, step=step, title="t", command=[], outcome="done", seconds=1)

    plan = [view("1", "put-back-root"), view("2", "put-back-root"), view("3", "start")]
    owed = [Owed(kind="return", host=host, what="/r", where="/w") for host in "ab"]
    events: list[AnyEvent] = [
        RunStarted(kind="undo", roles=[], plan=plan, pid=1),
        *(OwedNoted(owed=one) for one in owed),
        SettledNoted(time="settled", owed=owed[0]),
        ended("1"),
    ]
    assert done_at("undo", events) == ""
    assert done_at("undo", [*events, ended("2")]) == "2"
    # Where each was owed by itself, the first that is back is not all.
    one_by_one = [events[0], events[1], *events[3:]]
    assert done_at("undo", one_by_one) == ""
    second: list[AnyEvent] = [OwedNoted(owed=owed[1]), SettledNoted(time="both", owed=owed[1])]
    assert done_at("undo", [*one_by_one, *second]) == "both"
    assert done_at("restore", [*events, ended("2")]) == "", (
        "a restore that rolls back undoes itself"
    )


def test_a_root_that_is_half_way_again_is_not_swapped(tmp_path: Path) -> None:
    past = Story(tmp_path)
    undo = past.undo(past.restore, past.moved.where)
    mark = Marker(run="another", set_id="SET", started="y", aside="")
    write_marker(past.root, mark)
    assert past.refused(undo).remedy.endswith("pryv-tui recover")
    assert undoable(past.site.state) == []
    # One of this very undo goes on.
    write_marker(past.root, Marker(run="b", set_id="x", started="y", aside="", undoes=undo))
    assert past.moves(undo) == [(past.kept(undo), past.kept("RUN"))]


@pytest.mark.parametrize("end", ["", "failed"])
def test_a_half_restored_root_is_not_brought_back(tmp_path: Path, end: str) -> None:
    """Of a restore that died, or failed: nothing would say any more that the root is half-restored,
    since the restore counts as undone."""
    past = Story(tmp_path)
    aside = past.aside("core", "20260102T000000Z-restore-0000", mark=False)
    dead = past.run("restore", aside, end=end, set_id="SET")
    undo = past.undo(dead, aside.where)
    told = past.refused(undo)
    assert f"the restore {dead} is not on record as completed" in told.what
    assert undo not in [one.id for one in undoable(past.site.state)]
    whole = past.undo(past.restore, past.moved.where)
    assert whole in [one.id for one in undoable(past.site.state)]


def test_what_lies_in_parts_is_not_brought_back_by_halves(tmp_path: Path) -> None:
    past = Story(tmp_path)
    dead = past.undo(past.restore, past.moved.where, end="")
    last = past.undo(past.restore, past.moved.where)
    assert undoable(past.site.state) == []
    told = past.refused(last)
    assert past.kept(dead) in told.what and past.kept(last) in told.what


def test_which_restore_is_in_place_is_told_of_each_role_by_itself(tmp_path: Path) -> None:
    both, core = ("core", "register"), ("core",)

    def lies(*made: Change) -> dict[str, tuple[str, ...]]:
        return contents(made)[-1]

    first = Change("A", "restore", both, "", stands=True)
    second = Change("B", "restore", core, "", stands=True)
    assert lies(first, second) == {"core": ("A", "B"), "register": ("A",)}
    # An undo of the last leaves the one before it; of the first, only register's is none.
    assert lies(first, second, Change("U", "undo", core, "B", stands=True)) == dict.fromkeys(
        both, ("A",)
    )
    assert lies(first, second, Change("U", "undo", both, "A", stands=True)) == {}
    # One that was stopped half-way, gone on with or put back: what was there before it comes back.
    half = Change("H", "restore", core, "", stands=False, half=True)
    goes_on = Change("G", "restore", core, "", stands=True)
    assert lies(first, half)["core"] == ("A", "H")
    assert lies(first, half, goes_on)["core"] == ("A", "G")
    assert lies(first, half, goes_on, Change("U", "undo", core, "G", stands=True)) == lies(first)
    assert lies(first, half, Change("U", "undo", core, "H", stands=True)) == lies(first)
    tried = Change("T", "restore", core, "", stands=False)
    assert lies(first, tried, Change("U", "undo", core, "T", stands=True)) == lies(first)
    # The undo of an undo takes what came between with it.
    undone = Change("U", "undo", (), "A", stands=True)
    again = Change("V", "undo", both, "U", stands=True)
    assert lies(first, undone) == {}
    assert lies(first, undone, again) == lies(first, undone, second, again) == lies(first)
    assert lies(Change("U", "undo", core, "long gone", stands=True)) == {}
    past = Story(tmp_path)
    assert in_place_now(all_runs(past.site.state), {past.restore}) == {past.restore: [""]}
