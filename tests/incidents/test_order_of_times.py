"""Whatever came after whatever: the times of an incident stand in an order that can be, and what is
in place is what the last restore and undo have left there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.incidents.events import AnyEvent, Audited
from pryv_tui.incidents.facts import Audit, RunFacts
from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.marks import audits_of_now, marks_of_done, standing
from pryv_tui.incidents.reckoning import Times, reckon
from pryv_tui.incidents.report.page import PAST, checked_lines
from pryv_tui.incidents.report.remaining import remains_lines, unsettled_lines
from tests.incidents.scripted import at, incident, lost, opened, run

ACTS = ("finished", "failed", "half", "killed", "killed when done", "undone", "finished on",
        "asked", "asked, with something left", "stopped and started")  # fmt: skip


@dataclass
class Script:
    """A person's acts after core was lost, one each 100 seconds, and what they amount to."""

    runs: list[RunFacts] = field(default_factory=list)
    said: list[AnyEvent] = field(default_factory=list)
    now: float = 100
    content: str = ""
    """What lies in the root: the restore that brought it; `?` where it is half-changed."""
    moved: dict[str, str] = field(default_factory=dict)
    """What lies aside under the name of a run."""
    half: str = ""
    proof: float = -1
    """When what lies there was asked for the last time, and found whole; before 0 for never."""
    proofs: dict[str, float] = field(default_factory=dict)
    """By what lies aside."""
    up_since: float = -1

    def add(self, made: RunFacts, **more: Any) -> RunFacts:
        found = msgspec.structs.replace(made, id=f"{len(self.runs)}-{made.kind}", **more)
        self.runs.append(found)
        return found

    def restore(self, how: str, *, goes_on: bool = False) -> None:
        begun = self.now
        ends: float | None = begun + 50
        more: dict[str, Any] = {"recovers": (self.half,) if goes_on else ()}
        stops = [(begun + 5, "core")]
        audit = Audit(time=at(begun + 45), outcome="settled", run=f"{len(self.runs)}-restore")
        if how == "finished":
            made = run("restore", begun, ends=ends, serves=begun + 40, stops=stops,
                       starts=[(begun + 40, "core")])  # fmt: skip
            more["audit"] = audit
        elif how == "killed when done":
            made = run("restore", begun, ends=None, stops=stops, starts=[(begun + 40, "core")])
            done = at(begun + 40)
            marks = (*made.marks, *marks_of_done(("core",), done))
            more |= {"done": done, "finished": done, "marks": marks}
        elif how == "failed":
            made = run("restore", begun, ends=ends, outcome="failed")
        else:
            ends = ends if how == "half" else None
            made = run("restore", begun, ends=ends, outcome="failed", stops=stops)
            more["half"] = ("h:/var/pryv",)
        added = self.add(made, **more)
        if how == "failed":
            return
        if self.content != "?":
            self.moved[added.id], self.proofs[added.id] = self.content, self.proof
        else:
            self.moved[added.id] = self.moved[self.half]
            self.proofs[added.id] = self.proofs[self.half]
        if added.half:
            self.content, self.half, self.up_since, self.proof = "?", added.id, -1, -1
            return
        self.content, self.half, self.up_since = (
            added.id,
            "",
            begun + 40,
        )
        self.proof = begun + 50 if how == "finished" else -1

    def undo(self) -> None:
        """The last that has something aside, or what is half-done: it is put back."""
        last = self.half or next((r.id for r in reversed(self.runs) if r.id in self.moved), "")
        if not last:
            return
        back, there, proof = self.moved.pop(last), self.content, self.proof
        begun = self.now
        gone = not back
        starts = [] if gone else [(begun + 30, "core")]
        made = run("undo", begun, ends=begun + 50, stops=[(begun + 5, "core")], starts=starts,
                   roles=() if gone else ("core",))  # fmt: skip
        id = f"{len(self.runs)}-undo"
        audit = None if gone else Audit(time=at(begun + 45), outcome="settled", run=id)
        added = self.add(made, recovers=(last,), audit=audit)
        for number, one in enumerate(self.runs):
            if one.id == last:
                self.runs[number] = msgspec.structs.replace(one, undone_by=added.id)
        if there != "?":
            self.moved[added.id], self.proofs[added.id] = there, proof
        self.content, self.half = back, ""
        self.up_since = -1 if gone else begun + 30
        self.proof = -1 if gone else begun + 45

    def ask(self, outcome: str) -> None:
        if self.content in ("", "?"):
            return
        remains = {"accounts.register_only": 1} if outcome == "remains" else {}
        time = at(self.now + 10)
        self.said.append(Audited(time=time, outcome=outcome, remains=remains))  # type: ignore[arg-type]
        self.proof = self.now + 10 if outcome == "settled" else -1

    def stop_and_start(self) -> None:
        if self.content in ("", "?"):
            return
        begun = self.now
        self.add(run("restart", begun, ends=begun + 20, stops=[(begun + 1, "core")],
                     starts=[(begun + 15, "core")]))  # fmt: skip
        self.up_since = begun + 15

    def act(self, what: str) -> None:
        match what:
            case "undone":
                self.undo()
            case "finished on":
                if self.half:
                    self.restore("finished", goes_on=True)
            case "asked":
                self.ask("settled")
            case "asked, with something left":
                self.ask("remains")
            case "stopped and started":
                self.stop_and_start()
            case _:
                self.restore(what)
        self.now += 100

    @property
    def told(self) -> Told:
        one = incident(opened(30), lost(30, since=0), *self.said)
        return Told(one, tuple(self.runs), reckon(one, self.runs, at(self.now)), "")


def in_order(times: Times) -> None:
    known = [times.lost, times.noticed, times.decided, times.serving, times.proved]
    there = [one for one in known if one]
    assert there == sorted(there), times


@given(st.lists(st.sampled_from(ACTS), max_size=9))
def test_of_every_order_of_runs_the_times_stand_in_an_order_that_can_be(acts: list[str]) -> None:
    script = Script()
    for act in acts:
        script.act(act)
        told = script.told
        in_order(told.times)
        assert bool(told.times.serving) == (script.up_since >= 0)
        if script.up_since >= 0:
            assert told.times.serving == at(script.up_since)
        if told.times.proved:
            assert script.proof >= script.up_since, (acts, "nobody has looked since")
        if script.content == "?":
            assert unsettled_lines(told)
        else:
            stand = [one.id for one in standing(told.runs)]
            assert (stand[-1] if stand else "") == script.content


def test_an_undo_that_was_not_asked_after_leaves_nothing_proved() -> None:
    script = Script()
    for act in ("finished", "finished"):
        script.act(act)
    assert script.told.times.proved == at(250)
    said = "was not checked since all roles serve again"
    assert not any(said in one for one in remains_lines(script.told))
    script.act("undone")
    asked = script.told
    assert (asked.times.serving, asked.times.proved) == (at(330), at(345))
    script.runs[-1] = msgspec.structs.replace(script.runs[-1], audit=None)
    assert (script.told.times.serving, script.told.times.proved) == (at(330), "")
    assert any(said in one for one in remains_lines(script.told))
    script.act("asked")
    assert script.told.times.proved == at(410)
    assert not any(said in one for one in remains_lines(script.told))


def test_what_was_asked_of_what_went_aside_is_not_said_to_remain() -> None:
    script = Script()
    for act in ("finished", "finished", "asked, with something left"):
        script.act(act)
    assert any("accounts that register knows" in one for one in unsettled_lines(script.told))
    script.act("undone")
    assert not any("accounts that register knows" in one for one in unsettled_lines(script.told))
    last = audits_of_now(script.told.incident, script.runs)[-1]
    assert last.run == script.runs[-1].id
    # The undo of that undo brings it back, and with it what was found then.
    script.act("undone")
    assert len(audits_of_now(script.told.incident, script.runs)) == 3


def test_what_was_checked_of_what_is_not_there_any_more_is_told_as_that() -> None:
    script = Script()

    def checks() -> list[bool]:
        """Of each look, oldest first, whether it is told to be of something else."""
        lines = [one for one in checked_lines(script.told) if "running platform was asked" in one]
        return [line.endswith(PAST) for line in lines]

    script.act("finished")
    assert checks() == [False]
    script.act("finished")
    assert checks() == [True, False], "another one lies over it"
    script.act("asked")
    assert checks() == [True, False, False]
    script.act("undone")
    assert checks() == [False, True, True, False], "and it is there again"
    script.act("undone")
    assert checks() == [True, False, False, True, False]


def test_a_clock_that_went_back_does_not_put_the_proof_before_the_serving() -> None:
    script = Script()
    script.now = 2_000
    script.act("finished")
    one = incident(opened(1_500, after=at(-100)), lost(1_500, since=1_400))
    back = run("restore", 500, ends=550, serves=540, stops=[(505, "core")], starts=[(540, "core")])
    back = msgspec.structs.replace(back, asked=at(1_600), started=at(500))
    times = reckon(one, [back], at(600))
    assert times.clock_back == 1_000
    assert times.serving and times.proved >= times.serving, times


def test_a_restore_that_another_one_replaced_proves_nothing_of_what_is_there() -> None:
    """The one above it compared nothing: it was killed in its last look."""
    script = Script()
    for act in ("finished", "asked"):
        script.act(act)
    assert script.told.times.proved
    script.act("killed when done")
    script.runs[-1] = msgspec.structs.replace(script.runs[-1], checks=())
    script.act("asked")
    assert script.told.times.serving and not script.told.times.proved
