"""An old result says what has happened since, and its offers as what they were."""

from __future__ import annotations

import shutil
from pathlib import Path

from pryv_tui.operations.facts import Offer
from pryv_tui.runs.record.became import became, stand_now
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.record.history import resolve_run
from pryv_tui.runs.record.report import NEXT, REMAINS, REMOVE, Offers, report, urgent
from tests.runs.test_recovery import Past

SET = "20260101T000000Z"


def now(past: Past, run: str) -> tuple[str, ...]:
    return became(past.site.state, resolve_run(past.site.state, run))


def test_a_newer_restore_replaced_what_an_older_one_had_put_there(tmp_path: Path) -> None:
    past = Past(tmp_path)
    first = past.run("restore", past.aside("core", "20260101T000000Z-restore-0000"), end="complete")
    assert now(past, first) == ()
    other = past.aside("register", "20260102T000000Z-restore-0000")
    past.run("restore", other, end="complete")
    assert now(past, first) == (), "another machine's"
    third = past.run("restore", past.aside("core", "20260103T000000Z-restore-0000"), end="complete")
    (told,) = now(past, first)
    assert told.startswith(f"{third} has restored over it since")
    past.run("undo", end="complete", undone_run=third)
    assert now(past, first) == (), "which was undone"


def test_what_lay_aside_was_released(tmp_path: Path) -> None:
    past = Past(tmp_path)
    aside = past.aside("core", "20260101T000000Z-restore-0000")
    run = past.run("restore", aside, end="complete")
    shutil.rmtree(aside.where)
    (told,) = now(past, run)
    assert told.endswith("it can't be undone.")


def test_what_a_run_left_was_taken_care_of(tmp_path: Path) -> None:
    past = Past(tmp_path)
    dead = past.run("backup")
    assert now(past, dead) == ()
    past.run("recover", end="failed", recovers=dead)
    assert now(past, dead) == (), "not by one that failed"
    by = past.run("recover", end="complete", recovers=dead)
    assert now(past, dead) == (f"{by} has settled what this run left. The text below is older.",)


def test_its_set_was_removed(tmp_path: Path) -> None:
    past = Past(tmp_path)
    made = past.run("verify", end="complete", set_id=SET)
    assert now(past, made) == (), "the vault is not there: nobody can see"
    (tmp_path / "vault" / SET).mkdir(parents=True)
    assert now(past, made) == ()
    (tmp_path / "vault" / SET).rmdir()
    (told,) = now(past, made)
    assert told.startswith(f"The set {SET} is not in {tmp_path}/vault any more")


def test_offers_of_a_result_are_past_where_something_happened_since() -> None:
    end = RunFinished(
        outcome="complete", exit=0, remains=["aside"], next=["Undo it"], removal=["release"]
    )
    as_it_was, told = report(None, end), report(None, end, ("It was undone.",))
    for heading in (REMAINS, NEXT, REMOVE):
        assert f"{heading}:" in as_it_was
        assert f"{heading}:" not in told
    assert told.startswith("It was undone.\n\nRun: COMPLETE")
    assert "What to do, at the run's end:\n  - Undo it" in told
    assert "What could be removed at the run's end:\n  - release" in told


def offered(kind: str, target: str) -> Offer:
    return Offer(kind=kind, target=target, text=f"Do it: pryv-tui {kind} {target}")


def test_each_offer_is_asked_by_itself_whether_it_can_still_be_done(tmp_path: Path) -> None:
    past = Past(tmp_path)
    aside = past.aside("core", "20260101T000000Z-restore-0000")
    run = past.run("restore", aside, end="complete", set_id=SET)
    offers = [offered("undo", run), offered("release", run), offered("verify", SET),
              offered("fly", SET)]  # fmt: skip
    undo, release, verify, _ = (one.text for one in offers)
    state = past.site.state

    def now() -> Offers:
        return stand_now(state, resolve_run(state, run), offers)

    # The vault is not there: of its sets nothing is known, as of what nobody knows to do.
    assert now() == Offers(frozenset({undo, release}), frozenset())
    (tmp_path / "vault" / SET).mkdir(parents=True)
    assert now() == Offers(frozenset({undo, release, verify}), frozenset())
    (tmp_path / "vault" / SET).rmdir()
    assert now() == Offers(frozenset({undo, release}), frozenset({verify}))
    shutil.rmtree(aside.where)
    assert now() == Offers(frozenset(), frozenset({undo, release, verify}))


def test_what_can_still_be_done_is_offered_and_what_can_not_is_past() -> None:
    end = RunFinished(
        outcome="complete", exit=0, next=["Log in.", "Check it", "Undo it"], removal=["release"]
    )
    offers = Offers(still=frozenset({"Check it"}), past=frozenset({"Undo it", "release"}))
    told = report(None, end, ("It was undone.",), None, offers)
    assert "What to do next:\n  - Check it\n\n" in told
    assert "What to do, at the run's end:\n  - Log in.\n  - Undo it" in told
    assert "What could be removed at the run's end:\n  - release" in told
    # Nothing else has happened since: what is no offer is as it was.
    told = report(None, end, (), None, offers)
    assert "What to do next:\n  - Log in.\n  - Check it\n\n" in told
    assert "What to do, at the run's end:\n  - Undo it" in told
    assert report(None, end) == report(None, end, (), None, Offers(still=offers.still))


def test_what_is_urgent_about_an_old_end_is_what_stands_now() -> None:
    end = RunFinished(
        outcome="failed", exit=1, warnings=["8 stay down", "Try"], next=["Try", "Undo"]
    )
    assert urgent(end) == ["8 stay down", "Try", "Undo"]
    assert urgent(end, (), None, Offers(past=frozenset({"Undo"}))) == ["8 stay down", "Try"]
    offers = Offers(still=frozenset({"Undo"}))
    assert urgent(end, ("X took care of it.",), None, offers) == ["X took care of it.", "Undo"]
