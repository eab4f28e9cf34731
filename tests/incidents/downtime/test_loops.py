"""A container that ends as soon as it runs writes two lines into an open incident, however often it
turns: that it does not stay up, and that it does, each with how often it was started again."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.clock import timestamp, utc_now
from pryv_tui.incidents.looking import notice
from pryv_tui.operations.site import open_site
from tests.incidents.downtime.test_one_look import events, looked
from tests.remedies.shell import Shell

LONG_AGO = timestamp(utc_now() - timedelta(minutes=10))


def in_an_incident(folder: Path) -> Shell:
    shell = Shell.with_set(folder / "p", form="cluster")
    shell.platform.wipe("register")
    assert shell.type("status").exit == 3
    return shell


def turn(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """One turn of it, as two looks see it: it waits to be started, and it runs for a moment."""
    return (
        {"state": "restarting", "restarts": number, "since": timestamp()},
        {"state": "running", "restarts": number, "since": timestamp()},
    )


def happened(shell: Shell) -> list[str]:
    made = json.loads(shell.type("report", "--format", "json").out)
    return [one["what"] for one in made["timeline"] if one["what"].startswith("core ")]


@pytest.mark.parametrize("turns", [1, 12])
def test_each_turn_of_it_is_no_event_of_its_own(tmp_path: Path, turns: int) -> None:
    shell = in_an_incident(tmp_path)
    site, known = open_site(shell.settings), len(events(shell))
    for number in range(1, turns + 1):
        for seen in turn(number):
            assert not notice(site, looked(shell, **seen)).problem
    fresh = events(shell)[known:]
    assert [one["event"] for one in fresh] == ["stopped"] and fresh[0]["restarts"] == 1
    assert happened(shell) == ["core does not stay up: it was started again 1 time by then"]
    assert "core" in json.loads(shell.type("report", "--format", "json").out)["down"]
    # Up it counts when it has stayed up.
    for _ in range(3):
        notice(site, looked(shell, restarts=turns, since=LONG_AGO))
    fresh = events(shell)[known:]
    assert [one["event"] for one in fresh] == ["stopped", "serving"]
    assert fresh[1]["restarts"] == turns
    often = "1 time" if turns == 1 else f"{turns} times"
    assert happened(shell)[1] == (f"core is found there and running, started again {often} by then")


def test_what_was_stopped_by_hand_is_not_said_to_be_started_again(tmp_path: Path) -> None:
    """Its engine has counted starts of long ago."""
    shell = in_an_incident(tmp_path)
    site, known = open_site(shell.settings), len(events(shell))
    notice(site, looked(shell, state="exited", restarts=7, since=timestamp()))
    notice(site, looked(shell, restarts=7, since=LONG_AGO))
    fresh = events(shell)[known:]
    assert [(one["event"], one["restarts"]) for one in fresh] == [("stopped", 0), ("serving", 7)]
    assert not [line for line in happened(shell) if "does not stay up" in line]
    assert not [line for line in happened(shell) if "it was started again" in line]


def test_what_fell_again_after_it_had_stayed_up_is_a_new_event(tmp_path: Path) -> None:
    shell = in_an_incident(tmp_path)
    site, known = open_site(shell.settings), len(events(shell))
    for number in (1, 2):
        for seen in turn(number):
            notice(site, looked(shell, **seen))
        notice(site, looked(shell, restarts=number, since=LONG_AGO))
    told = [one["event"] for one in events(shell)[known:]]
    assert told == ["stopped", "serving", "stopped", "serving"]
