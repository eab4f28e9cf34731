"""Somebody else starts a container in the middle of a restore or an undo: no folder is swapped
under it, and nothing goes on with a folder that was there before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pryv_tui.operations.root import aside
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.runs.left import Choice, left_behind
from pryv_tui.runs.record.events import AnyEvent, StepFinished, StepStarted
from pryv_tui.runs.recovery import start_recovery
from pryv_tui.runs.start import follow
from tests.journeys.test_cancel_steps import Practice, practice

__all__ = ["practice"]


def started_after(practice: Practice, step: str, container: str) -> Callable[[AnyEvent], bool]:
    """Start a container by hand as soon as a step has ended; nothing is cancelled."""

    def act(event: AnyEvent) -> bool:
        if isinstance(event, StepFinished) and event.step.endswith(step):
            (host,) = practice.site.hosts
            host.engine.start(container)
        return False

    return act


def settle(practice: Practice, choice: Choice) -> None:
    site = practice.site
    (left,) = left_behind(site, site.discover())
    *_, last = (event for _line, event in follow(start_recovery(site, left, choice)))
    assert last.outcome == "complete", last  # type: ignore[union-attr]
    practice.check_settled()


@pytest.mark.parametrize("container", ["pryvio_core", "pryvio_mongodb"])
def test_before_the_folders_are_swapped(practice: Practice, container: str) -> None:
    meddle = started_after(practice, "-no-restarts-single", container)
    end = practice.run("restore", meddle, set_id=practice.set_id)
    assert (end.outcome, end.exit) == ("failed", 1)
    assert f"{container} was started" in end.what
    assert "The former content is in place." in end.what
    assert practice.facts() == practice.lived, "nothing was swapped, and all runs again"
    practice.check_settled()


@pytest.mark.parametrize("choice", ["finish", "roll-back"])
def test_before_the_databases_are_back(practice: Practice, choice: Choice) -> None:
    meddle = started_after(practice, "-copy-back-single", "pryvio_core")
    end = practice.run("restore", meddle, set_id=practice.set_id)
    assert (end.outcome, end.exit) == ("failed", 1)
    assert "pryvio_core" in end.what
    (stopped,) = [line for line in end.remains if "are stopped" in line]
    assert "pryvio_register on single" in stopped
    assert "pryvio_core" not in stopped, "it runs, and that is said"
    assert read_marker(practice.root) is not None
    settle(practice, choice)
    assert practice.facts() == (practice.of_set if choice == "finish" else practice.lived)


def test_before_an_undo_swaps_them(practice: Practice) -> None:
    assert practice.run("restore", set_id=practice.set_id).outcome == "complete"
    end = practice.undo(started_after(practice, "-no-restarts-single", "pryvio_core"))
    assert (end.outcome, end.exit) == ("failed", 1)
    assert "pryvio_core was started" in end.what
    assert practice.facts() == practice.of_set, "nothing was swapped, and all runs again"
    assert practice.undo().outcome == "complete"
    assert practice.facts() == practice.lived
    practice.check_settled()


def test_a_restore_that_was_stopped_keeps_no_file_under_what_runs(practice: Practice) -> None:
    practice.platform.faults.set("mongorestore-failures")
    assert practice.run("restore", set_id=practice.set_id).outcome == "failed"
    practice.platform.faults.clear()
    (left,) = left_behind(practice.site, practice.site.discover())
    more: Any = {"set_id": practice.set_id, "continues": left.run, "recovers": left.run}
    end = practice.run("restore", started_after(practice, "-stop-single", "pryvio_core"), **more)
    assert (end.outcome, end.exit) == ("failed", 1)
    assert "pryvio_core was started" in end.what
    settled = practice.run("restore", **more)
    assert settled.outcome == "complete", settled
    assert practice.facts() == practice.of_set


def test_in_the_very_moment_of_the_swap(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the last look and the renames: the container sees what lies aside."""
    swap = aside.set_aside

    def swapped(*args: Any) -> int:
        (host,) = practice.site.hosts
        host.engine.start("pryvio_register")
        return swap(*args)

    with monkeypatch.context() as patch:
        patch.setattr("pryv_tui.operations.steps.bringing_back.move_aside.set_aside", swapped)
        end = practice.run("restore", set_id=practice.set_id)
    assert (end.outcome, end.exit) == ("failed", 1)
    assert practice.facts()["sees another folder"]
    settle(practice, "finish")
    assert practice.facts() == practice.of_set


def test_at_the_end_it_is_started_anew(practice: Practice) -> None:
    """A folder that is replaced under what somebody else started just before the rest."""

    def replace(event: AnyEvent) -> bool:
        if isinstance(event, StepStarted) and event.step.endswith("-start-rest-single"):
            (host,) = practice.site.hosts
            host.engine.start("pryvio_register")
            folder = practice.root / "pryv/register/log"
            folder.rename(folder.with_name("former"))
            folder.mkdir()
        return False

    end = practice.run("restore", replace, set_id=practice.set_id)
    assert end.outcome == "warnings", end
    assert "pryvio_register" in " ".join(end.warnings)
    assert not practice.facts()["sees another folder"]
