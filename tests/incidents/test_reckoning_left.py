"""What an undo took away, or a run left stopped at its end, is down, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from pryv_tui.incidents.facts import Audit, RunFacts
from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.reckoning import Times, reckon
from pryv_tui.incidents.report.cost import restores
from pryv_tui.incidents.report.timeline import timeline
from pryv_tui.operations.facts import SeenContainer
from tests.incidents.scripted import at, incident, left, lost, opened, run


def test_an_undo_takes_a_role_away_again_from_when_it_stopped_it() -> None:
    restore = msgspec.structs.replace(run("restore", 40, ends=60, serves=50), undone_by="U")
    undo = run("undo", 100, ends=110, stops=[(102, "core"), (103, "register")],
               starts=[(108, "core"), (109, "register")], roles=("register",))  # fmt: skip
    undo = msgspec.structs.replace(undo, id="U")
    first = lost(30, since=0)
    times = reckon(incident(opened(30), first), [restore, undo], at(200))
    assert [span.seconds for span in times.down["core"].spans] == [50, 98]
    assert times.down["register"].seconds == 6
    # A look that finds it gone has nothing to add, and the folder that came back is as old as ever.
    seen = lost(150, since=0, again=True)
    assert reckon(incident(opened(30), first, seen), [restore, undo], at(200)).down == times.down
    again = reckon(incident(opened(30), first, seen), [restore], at(200)).down["core"]
    assert [(span.seconds, span.exact) for span in again.spans] == [(50, True), (50, False)]


def test_what_an_undo_moved_aside_proves_nothing_of_what_is_there() -> None:
    def proved(*runs: RunFacts) -> str:
        return reckon(incident(opened(30), lost(30)), runs, at(400)).proved

    def restored(start: int, **more: Any) -> RunFacts:
        made = run("restore", start, ends=start + 20, serves=start + 10)
        audit = Audit(time=at(start + 20), outcome="settled")
        return msgspec.structs.replace(made, id=f"R{start}", checks=("x",), audit=audit, **more)

    undo = run("undo", 200, ends=210, starts=[(208, "core")])
    undo = msgspec.structs.replace(undo, id="U")
    first, second = restored(40), restored(100)
    assert proved(first, second) == at(120)
    # The second is gone again, and so is all that was asked while it was there.
    undone = restored(100, undone_by="U")
    assert proved(first, undone, undo) == at(60)
    asked = msgspec.structs.replace(undo, audit=Audit(time=at(230), outcome="settled"))
    assert proved(first, undone, asked) == at(230), "asked since the undo: that counts"
    assert proved(undone, undo) == ""


def test_what_an_undo_took_away_is_down_until_the_undo_of_it_and_both_are_told() -> None:
    restore = run("restore", 40, ends=60, serves=50)
    undo = run("undo", 100, ends=110, stops=[(102, "core"), (103, "register")],
               starts=[(109, "register")], roles=("register",))  # fmt: skip
    undo = msgspec.structs.replace(undo, recovers=(restore.id,))
    again = run("undo", 200, ends=220, stops=[(202, "register")],
                starts=[(212, "register"), (215, "core")], roles=("register", "core"))  # fmt: skip
    again = msgspec.structs.replace(again, recovers=(undo.id,))
    third = run("undo", 300, ends=320, stops=[(301, "core")], roles=("register",))
    third = msgspec.structs.replace(third, recovers=(again.id,))
    known = incident(opened(30), lost(30, since=0))

    def down(*runs: RunFacts, now: int = 400) -> list[float]:
        return [span.seconds for span in reckon(known, runs, at(now)).down["core"].spans]

    assert down(restore, undo) == [50, 298]
    assert down(restore, undo, again) == [50, 113]
    assert down(restore, undo, again, third) == [50, 113, 99]
    failed = msgspec.structs.replace(again, outcome="failed", marks=())
    assert down(restore, undo, failed) == [50, 298]
    runs = (restore, undo, again)
    told = timeline(Told(known, runs, reckon(known, runs, at(400)), ""))
    # Another restore between the undo and its own undo is set aside by that.
    later = run("restore", 150, ends=160, serves=155)

    def stand(*of: RunFacts) -> list[str]:
        return [one.id for one in restores(Told(known, of, reckon(known, of, at(400)), ""))]

    assert stand(restore) == stand(restore, undo, again) == [restore.id]
    assert stand(restore, undo) == stand(restore, undo, again, third) == []
    assert stand(restore, undo, later) == [later.id]
    assert stand(restore, undo, later, again) == [restore.id], "what came later lies aside"
    lines = [(moment.time, moment.what) for moment in told if moment.kind in ("lost", "serving")]
    assert [what.partition(":")[0] for _, what in lines] == [
        "core is lost, according to the engine",
        "core serves again",
        "core is gone again",
        "All that was down serves again",
    ]
    assert [time for time, _ in lines] == [at(0), at(50), at(102), at(215)]


STOPS = [(62, "nginx"), (63, "core"), (64, "register")]
STARTS = [(80, "register"), (81, "core"), (82, "nginx")]


def down_spans(*runs: RunFacts) -> dict[str, list[tuple[str, str]]]:
    times = reckon(incident(opened(30)), runs, at(400))
    return {
        role: [(span.start, span.end) for span in one.spans] for role, one in times.down.items()
    }


@pytest.mark.parametrize("kind", ["backup", "undo", "recover"])
def test_what_was_settled_and_does_not_run_at_the_end_is_down(kind: str) -> None:
    def one(ends: Sequence[SeenContainer] | None) -> dict[str, list[tuple[str, str]]]:
        return down_spans(run(kind, 60, ends=90, stops=STOPS, starts=STARTS, left=ends))

    whole = {"core": [(at(62), at(82))], "register": [(at(62), at(82))]}
    assert one(None) == one(left()) == whole
    # It was settled since nobody starts it again.
    never = one(left("core"))
    assert never == {"core": [(at(62), "")], "register": [(at(62), at(82))]}
    assert one(left(gone=["core"])) == never, "it does not exist any more"
    # It ran in between: somebody stopped it, or it fell.
    assert one(left("core", since=85))["core"] == [(at(62), at(82)), (at(85), "")]
    # Another machine's clock tells nothing of when.
    assert one(left("core", since=5000)) == never


def test_what_was_never_settled_and_runs_at_the_end_serves() -> None:
    half = run("undo", 60, ends=90, outcome="failed", stops=STOPS, starts=STARTS[:2], left=left())
    assert down_spans(half) == {"core": [(at(62), at(90))], "register": [(at(62), at(90))]}


@pytest.mark.parametrize("ends", [left("core"), left(gone=["core"])])
def test_a_restore_that_came_to_its_end_serves_only_where_all_that_is_needed_runs(
    ends: Sequence[SeenContainer],
) -> None:
    def times(told: Sequence[SeenContainer]) -> Times:
        done = run("restore", 60, ends=90, serves=85, outcome="warnings", left=told)
        return reckon(incident(opened(30), lost(30, since=0)), (done,), at(400))

    assert times(left()).serving == at(85)
    assert times(left("config_follower")).serving == at(85), "nobody needs that one"
    down = times(ends)
    assert down.serving == "" and down.down["core"].since == at(0), "its data alone is back"
