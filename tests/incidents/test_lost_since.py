"""Since when a role is lost: never a moment before one at which it is known to have served."""

from __future__ import annotations

import json
import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from pryv_tui.clock import timestamp
from pryv_tui.incidents.events import Opened, Serving
from pryv_tui.incidents.gathering import last_there
from pryv_tui.incidents.incident import incident_of
from pryv_tui.runs.record.history import all_runs
from tests.remedies.shell import Shell

DOMAIN = "practice.pryv.example"


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def times(shell: Shell) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shell.type("report", "--format", "json").out)["times"]
    return found


def last(shell: Shell, kind: str) -> Any:
    return [one for one in all_runs(Path(shell.settings.state)) if one.kind == kind][-1]


def restored(shell: Shell) -> None:
    """Core comes back, and what was noticed of its loss is over."""
    done = shell.type("restore", shell.latest, "--role", "core", "--confirm", DOMAIN)
    assert done.exit in (0, 3), done


def closed(shell: Shell) -> None:
    assert shell.type("status").exit in (0, 3)
    assert shell.type("incident", "close").exit in (0, 3)


def lost_of(shell: Shell) -> tuple[str, str]:
    """Since when the incident that somebody declares now has core as lost, and by what."""
    assert shell.type("incident", "declare", "core does not serve").exit == 0
    assert shell.type("status").exit == 3
    found = times(shell)
    return found["lost"] or "", found["lost_source"] or ""


def test_what_an_undo_took_away_was_not_lost_before_it(tmp_path: Path) -> None:
    shell = Shell.on_new(tmp_path / "p", form="cluster", users=1, attachments=0)
    shell.backup()
    shell.platform.wipe("core")
    assert shell.type("status").exit == 3
    restored(shell)
    brought = last(shell, "restore")
    assert shell.type("undo", brought.id, "--confirm", DOMAIN).exit == 3
    closed(shell)
    lost, source = lost_of(shell)
    # Its containers ended then; the folders that came back are as old as the first loss.
    assert source == "engine" and at(lost) >= at(brought.finished), (lost, source)


def age(shell: Shell, moment: float) -> None:
    """The folders in which core's own lay tell of an older change, as a copy or an undo leaves
    them."""
    root = shell.platform.folder / "hosts/core"
    for path in [*root.rglob("*"), root]:
        if not path.is_symlink():
            os.utime(path, (moment, moment))


def lost_once(tmp_path: Path) -> tuple[Shell, float]:
    """A platform that has lost core, and since when."""
    shell = Shell.on_new(tmp_path / "p", form="cluster", users=1, attachments=0)
    shell.backup()
    shell.platform.wipe("core")
    assert shell.type("status").exit == 3
    return shell, at(times(shell)["lost"])


def test_it_was_there_when_a_restore_of_an_older_set_ended(tmp_path: Path) -> None:
    shell, before = lost_once(tmp_path)
    restored(shell)
    brought = last(shell, "restore")
    closed(shell)
    shell.platform.wipe("core")
    age(shell, before)
    found, source = lost_of(shell)
    assert (found, source) == ("", ""), "nothing tells it: no container, and older folders"
    assert at(brought.started) > before


def test_an_incident_keeps_when_it_was_there_longer_than_the_records_of_runs(
    tmp_path: Path,
) -> None:
    shell, before = lost_once(tmp_path)
    restored(shell)
    closed(shell)
    shutil.rmtree(last(shell, "restore").folder)
    shell.platform.wipe("core")
    age(shell, before)
    assert lost_of(shell) == ("", "")


def test_it_was_there_when_a_backup_took_it_whose_set_is_gone(tmp_path: Path) -> None:
    shell, before = lost_once(tmp_path)
    restored(shell)
    closed(shell)
    shutil.rmtree(last(shell, "restore").folder)
    first, taken = shell.latest, shell.backup()
    for folder in (Path(shell.settings.state) / "incidents").glob("*-incident-*"):
        shutil.rmtree(folder)
    shutil.rmtree(Path(shell.settings.vault) / taken)
    shell.platform.wipe("core")
    age(shell, before)
    assert shell.latest == first
    assert lost_of(shell) == ("", "")


def test_a_restore_that_was_rolled_back_is_no_moment_at_which_it_was_there(
    tmp_path: Path,
) -> None:
    shell, before = lost_once(tmp_path)
    shell.platform.faults.set("mongorestore-failures")
    done = shell.type("restore", shell.latest, "--role", "core", "--confirm", DOMAIN)
    assert done.exit == 1, done
    shell.platform.faults.clear()
    assert shell.type("recover", "--roll-back", "--confirm", DOMAIN).exit in (0, 3)
    closed(shell)
    found, source = lost_of(shell)
    assert at(found) >= before and source == "files", "it has never been there since"


def test_where_it_was_seen_to_serve_again_it_was_there(tmp_path: Path) -> None:
    opened = Opened(time="2026-03-04T09:00:00.000Z", platform="here", domain="a.b")
    seen = [
        Serving(time=f"2026-03-04T{hour}:00:00.000Z", role=role)
        for hour, role in (("10", "core"), ("11", "register"), ("12", "core"))
    ]
    one = incident_of("20260304T090000Z-incident-abcd", "/nowhere", [opened, *seen])
    found = last_there(tmp_path, [one], "here", "a.b")
    assert {role: timestamp(moment) for role, moment in found.items()} == {
        "core": "2026-03-04T12:00:00.000Z",
        "register": "2026-03-04T11:00:00.000Z",
    }
