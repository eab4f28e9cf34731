"""What a report says of what is half-done, down or accepted, until it is over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.incidents.events import Audited, Lost, Serving
from pryv_tui.incidents.gathering import Told, accepted_of
from pryv_tui.incidents.marks import audits, marks_of_done
from pryv_tui.incidents.reckoning import reckon
from pryv_tui.incidents.report.as_text import as_text
from pryv_tui.incidents.report.brief import brief
from pryv_tui.incidents.report.page import page, sections_of
from pryv_tui.incidents.report.remaining import lost_lines, remains_lines, unsettled_lines
from pryv_tui.incidents.report.timeline import timeline
from pryv_tui.incidents.words import short, state_words
from pryv_tui.operations.acceptance import Acceptable, accept, read_accepted, withdraw
from pryv_tui.operations.facts import LiveFound
from pryv_tui.operations.overview.unsettled import acceptable
from pryv_tui.operations.plan import StepView
from pryv_tui.runs.record.events import AnyEvent, RunStarted, StepFinished
from pryv_tui.runs.record.journal import done_at
from pryv_tui.who import Who
from tests.incidents.reported.told import told_of
from tests.incidents.scripted import at, incident, lost, opened, run


@pytest.mark.parametrize("ends", [80, None])
def test_a_restore_half_way_is_named_with_its_way_out_until_another_saw_to_it(
    ends: float | None,
) -> None:
    half = msgspec.structs.replace(
        run("restore", 60, ends=ends, outcome="failed"), half=("local:/var/pryv",), owes=True
    )
    (left,) = (line for line in remains_lines(told_of(half)) if half.id in line)
    assert "local:/var/pryv half-restored" in left and left.endswith("pryv-tui recover")
    assert left in unsettled_lines(told_of(half))
    (cost,) = lost_lines(told_of(half))
    assert "nothing was restored" not in cost and half.id in cost
    again = run("restore", 100, ends=120, outcome="failed")
    again = msgspec.structs.replace(again, recovers=(half.id,))
    assert left in remains_lines(told_of(half, again))
    finish = msgspec.structs.replace(run("recover", 200, ends=220), recovers=(again.id,))
    for later in ((again, finish), (run("restore", 200, ends=220, serves=210),)):
        assert not [line for line in remains_lines(told_of(half, *later)) if half.id in line]
    nothing = msgspec.structs.replace(run("backup", 60, ends=None), owes=False)
    assert not [line for line in remains_lines(told_of(nothing)) if nothing.id in line]


def test_a_finish_says_which_run_it_continues_and_a_root_is_named_once() -> None:
    roots = ("local:/var/pryv",)
    failed = run("restore", 60, ends=80, outcome="failed")
    first = msgspec.structs.replace(failed, half=roots, owes=True)
    other = run("restore", 100, ends=120, outcome="failed")
    again = msgspec.structs.replace(other, half=roots, owes=True, recovers=(first.id,))
    (left,) = [line for line in unsettled_lines(told_of(first, again)) if "half-restored" in line]
    assert again.id in left and first.id not in left
    # Another root of the first one is named beside.
    more = msgspec.structs.replace(first, half=(*roots, "reg:/var/pryv"))
    assert len([x for x in unsettled_lines(told_of(more, again)) if "half-restored" in x]) == 2
    begins = {each.run: each.what for each in timeline(told_of(first, again)) if each.kind == "run"}
    assert f"begins, to settle what {first.id} left" in begins[again.id]
    assert "left by" not in begins[first.id]
    undo = msgspec.structs.replace(run("undo", 200, ends=220), recovers=(again.id,))
    (said,) = [x.what for x in timeline(told_of(undo)) if x.kind == "run"]
    assert f"undoing {again.id}" in said


def test_a_restore_that_died_when_it_was_done_left_nothing_half_restored() -> None:
    """Neither the report nor the closing says so; what it cost nobody told."""
    died = msgspec.structs.replace(run("restore", 60, ends=None), set="S")
    done = msgspec.structs.replace(
        died, done=at(70), owes=False, marks=(*died.marks, *marks_of_done(("core",), at(70)))
    )
    told = told_of(done)
    assert not [line for line in unsettled_lines(told) if done.id in line or "is down" in line]
    (cost,) = lost_lines(told)
    assert "was done, but its process died" in cost and "half-way" not in cost
    assert "audit S --live" in cost
    # One that still has a container to start is told, and what it is that died.
    owes = msgspec.structs.replace(done, owes=True)
    (left,) = [line for line in unsettled_lines(told_of(owes)) if owes.id in line]
    assert "died after its work was done" in left and "half-restored" not in left
    # It has seen to what a restore before it left; one that died before that has not.
    half = msgspec.structs.replace(
        run("restore", 40, ends=50, outcome="failed"), half=("local:/var/pryv",), owes=True
    )
    again = msgspec.structs.replace(done, recovers=(half.id,))
    assert not [line for line in remains_lines(told_of(half, again)) if half.id in line]
    not_done = msgspec.structs.replace(died, recovers=(half.id,))
    assert [line for line in remains_lines(told_of(half, not_done)) if half.id in line]


@pytest.mark.parametrize(
    ("kind", "done", "outcome", "is_done"),
    [
        ("restore", "close-restore", "done", True),
        ("restore", "close-restore", "failed", False),
        ("restore", "copy-back", "done", False),
        ("backup", "close-restore", "done", False),
    ],
)
def test_a_run_is_done_by_the_steps_that_are(
    kind: str, done: str, outcome: str, is_done: bool
) -> None:
    view = StepView(step="s1", title="t", kind=done, host="", command=(), leaves="", undone="",
                    destructive=False)  # fmt: skip
    events: list[AnyEvent] = [
        RunStarted(time=at(0), kind=kind, roles=["core"], plan=[view], pid=1),
        StepFinished(time=at(5), step="s1", title="t", command=[], outcome=outcome, seconds=1.0),  # type: ignore[arg-type]
    ]
    assert done_at(kind, events) == (at(5) if is_done else "")


def test_what_somebody_accepted_remains_no_more_and_is_told_with_who(tmp_path: Path) -> None:
    look = LiveFound(time=at(290), counts={"accounts.core_only": 2, "accounts.register_only": 0},
                     names={"accounts.core_only": ["igor", "jana"]})  # fmt: skip
    fact = acceptable(look)
    kind = "accounts.core_only"
    restore = run("restore", 100, ends=120, serves=110)
    one = incident(
        opened(30), lost(30, since=0),
        Audited(time=at(300), outcome="remains", remains={kind: 2}, facts=fact),
    )  # fmt: skip

    def told() -> Told:
        taken = accepted_of(audits(one, (restore,)), read_accepted(tmp_path))
        times = reckon(one, (restore,), at(400), {name: each.time for name, each in taken.items()})
        return Told(one, (restore,), times, "", accepted=taken)

    def remains() -> bool:
        return any("register does not" in line for line in unsettled_lines(told()))

    assert remains() and not told().times.proved
    warning = Acceptable(key=fact[kind][0], about=fact[kind][1], text="2 (igor, jana)")
    accept(tmp_path, warning, why="tests", by=Who(user="anna"))
    assert not remains() and told().times.proved
    (said,) = [each for each in timeline(told()) if each.kind == "accepted"]
    assert "tests: 2 (igor, jana)" in said.what and "anna" in said.by
    # Another account later is another fact, and one that is withdrawn remains as before.
    more = msgspec.structs.replace(look, counts={kind: 3}, names={kind: ["igor", "jana", "kofi"]})
    assert acceptable(more)[kind] != fact[kind]
    withdraw(tmp_path, fact[kind][0])
    assert remains() and not told().times.proved


def test_what_is_closed_with_something_left_is_told_and_what_is_over_is_not() -> None:
    left = unsettled_lines(told_of())
    assert left[0].startswith("core is down since")
    assert "a.b: 2" in left[-1]
    one = incident(opened(30), lost(30, since=0), Audited(time=at(300), outcome="settled"))
    runs = (run("restore", 60, ends=80, serves=70),)
    assert unsettled_lines(Told(one, runs, reckon(one, runs, at(400)), "")) == []


def test_each_role_is_down_by_its_own_gap_and_in_all_only_where_that_differs() -> None:
    one = incident(
        opened(0), lost(0, "register", since=0),
        Serving(time=at(230), role="register", since=at(230)),
        lost(300, "core", since=300), lost(300, "static-web", since=300),
        lost(378, "register", since=378, again=True),
    )  # fmt: skip
    told = Told(one, (), reckon(one, (), at(400)), "")
    assert state_words(told) == (
        "core, static-web are down since 2026-03-04 09:05:00 UTC, 1 min 40 s; register is down"
        " since 2026-03-04 09:06:18 UTC, 22 s (4 min 12 s in all)"
    )
    said = short(told, at(400))
    assert said == "Incident: core, static-web down 1 min 40 s, since 09:05:00 UTC; 1 more role"
    alone = incident(
        opened(0), lost(0, "register", since=0),
        Serving(time=at(230), role="register", since=at(230)),
        lost(378, "register", since=378, again=True),
    )  # fmt: skip
    told = Told(alone, (), reckon(alone, (), at(400)), "")
    assert short(told, at(400)) == (
        "Incident: register down 22 s (4 min 12 s in all), since 09:06:18 UTC"
    )
    # Once it serves, too, what was down is named; not while any of it is still down.
    back = Serving(time=at(230), role="register", since=at(230))
    over = incident(opened(0), lost(0, "register", since=0), back)
    told = Told(over, (), reckon(over, (), at(400)), "")
    said = short(told, at(400))
    assert said == "Incident of register: was down 3 min 50 s, until 09:03:50 UTC"
    for role in ("core", "register"):
        half = incident(
            opened(0), lost(0, "core", since=0), lost(0, "register", since=0),
            Serving(time=at(230), role=role),
        )  # fmt: skip
        told = Told(half, (), reckon(half, (), at(400)), "")
        assert "until" not in short(told, at(400)) and "was down" not in short(told, at(400))
    both = incident(
        opened(0), *(lost(0, role, since=0) for role in ("core", "register")),
        *(Serving(time=at(230), role=role, since=at(230)) for role in ("core", "register")),
    )  # fmt: skip
    told = Told(both, (), reckon(both, (), at(400)), "")
    assert short(told, at(400)).startswith("Incident of core, register: was down 3 min 50 s, until")
    worst = incident(opened(0), *(lost(0, role) for role in ("static-web", "register", "core")))
    told = Told(worst, (), reckon(worst, (), at(86_400 * 400)), "")
    assert len(short(told, at(86_400 * 400))) < 80


def test_an_unknown_moment_of_loss_is_said_to_be_none_and_the_downtime_at_least_that() -> None:
    unknown = told_of(losses=(Lost(time=at(30), role="core"),))
    text = as_text(page(unknown, now=at(400), by="x", tool="x", given=("--practice", "/p")))
    assert "Lost: not known" in text
    assert "core: at least 6 min 10 s (since before" in text
    assert "pryv-tui --practice /p incident declare --lost-at TIME" in text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"aside": ("/r/.pryv-tui/undone/U",)}, "It exists only in /r/.pryv-tui/undone/U"),
        ({"released_by": "RELEASE"}, "It was removed for good by RELEASE"),
        ({}, "It is no longer where it was moved to"),
    ],
)
def test_what_an_undo_set_aside_is_lost_whichever_restore_stands(
    changes: dict[str, Any], says: str
) -> None:
    def told(outcome: str, set_aside: tuple[str, ...]) -> Told:
        first, undo, again = (
            run("restore", 60, ends=80),
            run("undo", 90, ends=95),
            run("restore", 100, ends=120),
        )
        undo = msgspec.structs.replace(
            undo, kind="undo", outcome="warnings", set_aside=set_aside, **changes
        )
        first = msgspec.structs.replace(first, outcome=outcome, undone_by=undo.id)
        again = msgspec.structs.replace(again, outcome="complete", as_of=at(0), set="S")
        return told_of(first, undo, again)

    lines = ("core on one: 2 attachments", "core on one: events: not known (it was down)")
    (one,) = [line for line in lost_lines(told("complete", lines)) if "2 attachments" in line]
    assert says in one and "events: not known" in one
    for nothing in (told("complete", ()), told("failed", lines)):
        assert not any("moved aside by" in line for line in lost_lines(nothing))
    remains = [
        line for line in remains_lines(told("complete", lines)) if "moved aside is in" in line
    ]
    assert len(remains) == len(changes.get("aside", ()))


def test_what_a_closed_incident_left_down_is_told_as_of_its_close() -> None:
    """What came back later, by an undo or by hand, is no part of it: nothing is told as of now."""
    still = told_of()
    told = told_of(closed=at(350))
    sheet, short = (
        "\n".join([made.state, *(line for _, lines in sections_of(made) for line in lines)])
        for made in (
            page(told, now=at(400), by="me", tool="t"),
            brief(told, now=at(400), by="me", tool="t"),
        )
    )
    for text in (sheet, short):
        assert "when it was closed, core was down since" in text
        assert "When the incident was closed, core was down since" in text
        for untrue in ("core is down since", "to now", "not yet"):
            assert untrue not in text
        assert "Serving again: not before it was closed" in text
    now = page(still, now=at(400), by="me", tool="t")
    assert now.state.startswith("OPEN: core is down since")
    back = (run("restore", 60, ends=80, serves=70),)
    assert "down since" not in page(told_of(*back, closed=at(350)), now="", by="", tool="").state
