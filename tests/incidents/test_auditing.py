"""A look at the live platform: written down where it was whole, and compared with the right set."""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents import auditing
from pryv_tui.incidents.acts import declare
from pryv_tui.incidents.auditing import ask_live, set_to_ask_of
from pryv_tui.incidents.files import all_incidents
from pryv_tui.operations.audit.afterwards import found_of
from pryv_tui.operations.audit.from_set import Audit
from pryv_tui.operations.audit.last_look import NAME, keep_look, last_look
from pryv_tui.operations.audit.live import Ends, LiveAudit
from pryv_tui.platform.casualties import KINDS
from pryv_tui.runs.record import undos
from tests.runs.test_recovery import Past

SET, OTHER = "20260101T000000Z", "20260102T000000Z"


def nothing_lacks(set_id: str = "") -> LiveAudit:
    every: dict[str, dict[str, list[str]]] = {"accounts": {}, "attachments": {}, "series": {}}
    for each in KINDS:
        every[each.group][each.name] = []
    found = Audit(
        set=set_id, accounts=every["accounts"], attachments=every["attachments"],
        series=every["series"], not_checked=[],
    )  # fmt: skip
    return LiveAudit(found=found, domain="", practice=False)


def test_a_look_that_was_left_is_written_down_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = Past(tmp_path)
    state = past.site.state
    declare(past.site.settings, text="slow")
    monkeypatch.setattr(auditing, "audit_live", lambda *_given: nothing_lacks())
    left = threading.Event()
    ends = Ends(token=left, why=lambda: "the screen was left")
    assert ask_live(past.site, ends=ends).unwritten == ""
    looked = last_look(state)
    (one,) = all_incidents(state)
    assert looked is not None and [audit.outcome for audit in one.audits] == ["settled"]
    left.set()
    with pytest.raises(PryvTuiError) as stopped:
        ask_live(past.site, ends=ends)
    assert stopped.value.name == "cancelled" and "the screen was left" in stopped.value.what
    assert last_look(state) == looked
    assert all_incidents(state) == [one]


def test_a_look_that_could_not_be_written_down_may_leave_results_that_ask_for_what_is_settled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No run has asked for anything here, so it is not said that one still does."""
    past = Past(tmp_path)
    state = past.site.state
    monkeypatch.setattr(auditing, "audit_live", lambda *_given: nothing_lacks())
    (state / NAME).mkdir(parents=True)
    assert ask_live(past.site).unkept == (
        f"This check could not be recorded in {state}, so the results of earlier runs may still"
        " ask for what is settled by now."
    )
    assert last_look(state) is None
    (state / NAME).rmdir()
    assert ask_live(past.site).unkept == ""
    assert last_look(state) is not None


def test_without_a_name_it_is_the_set_of_the_last_restore_or_of_a_later_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = Past(tmp_path)
    there = {SET, OTHER}

    def resolve(_site: object, name: str) -> object:
        if name not in there:
            raise PryvTuiError("set-unknown", "it is gone")
        return msgspec.defstruct("Found", [("id", str)])(name)

    monkeypatch.setattr(auditing, "resolve", resolve)
    assert set_to_ask_of(past.site) is None
    past.run("restore", end="failed", set_id=OTHER)
    assert set_to_ask_of(past.site) is None, "that one brought nothing back"
    past.run("restore", end="complete", set_id=SET)
    assert set_to_ask_of(past.site) == SET
    for time, expected in (("2020-01-01T00:00:00.000Z", SET), ("2099-01-01T00:00:00.000Z", OTHER)):
        keep_look(past.site.state, found_of(nothing_lacks(OTHER), time=time, set_id=OTHER))
        assert set_to_ask_of(past.site) == expected
    there.clear()
    assert set_to_ask_of(past.site) is None, "its set is not there any more"


def test_what_was_undone_is_not_compared_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = Past(tmp_path)
    found = msgspec.defstruct("Found", [("id", str)])
    monkeypatch.setattr(auditing, "resolve", lambda _site, name: found(name))
    first = past.run("restore", end="complete", set_id=SET)
    second = past.run("restore", end="complete", set_id=OTHER)
    assert set_to_ask_of(past.site) == OTHER
    undo = past.run("undo", end="complete", undone_run=second)
    assert set_to_ask_of(past.site) == SET, "that is what lies there again"
    past.run("undo", end="complete", undone_run=undo)
    assert set_to_ask_of(past.site) == OTHER, "and that, when the undo was undone"
    past.run("undo", end="failed", undone_run=first)
    assert set_to_ask_of(past.site) == OTHER, "one that brought nothing back undid nothing"
    past.run("undo", end="warnings", undone_run=first)
    assert set_to_ask_of(past.site) is None, "what lies there is of no set"
    # A look of before the last change tells of what lay there then; one of after it of what is.
    for time, expected in (("2020-01-01T00:00:00.000Z", None), ("2099-01-01T00:00:00.000Z", SET)):
        keep_look(past.site.state, found_of(nothing_lacks(SET), time=time, set_id=SET))
        assert set_to_ask_of(past.site) == expected


def test_a_restore_that_stopped_when_it_was_done_is_compared_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = Past(tmp_path)
    found = msgspec.defstruct("Found", [("id", str)])
    monkeypatch.setattr(auditing, "resolve", lambda _site, name: found(name))
    monkeypatch.setattr(undos, "done_at", lambda kind, _events: "then" if kind == "restore" else "")
    past.run("restore", set_id=SET)
    assert set_to_ask_of(past.site) == SET
    (past.folder / "state/runs").rename(past.folder / "elsewhere")
    assert set_to_ask_of(past.site) is None
