"""Since when a role is lost: never a moment before one at which it is known to have served."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.clock import moment_of, timestamp
from pryv_tui.incidents.events import Lost, Opened, Serving
from pryv_tui.incidents.gathering import There, last_there
from pryv_tui.incidents.incident import incident_of
from pryv_tui.incidents.parts import Part, gone_part, gone_since
from pryv_tui.operations.settings.identity import platform_of as lock_of
from pryv_tui.runs.record.history import all_runs
from pryv_tui.vault.sets import BackupSet
from pryv_tui.vault.vault import Vault
from tests.operations.kit import host_state, manifest_of, part, platform_of, set_of
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
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=1, attachments=0)
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
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=1, attachments=0)
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
    assert (at(found), source) == (before, "files"), "it has never been there since"


@pytest.mark.parametrize("over", ["09:30", "10:30", ""])
def test_what_somebody_else_did_since_is_no_doing_of_a_run(tmp_path: Path, over: str) -> None:
    """Brought back by hand and lost again, which nobody has looked at: its folders were changed at
    10, and that is a run's doing only where one ended after it."""
    ten = datetime(2026, 3, 4, 10, tzinfo=UTC)
    os.utime(tmp_path, (ten.timestamp(), ten.timestamp()))
    one = set_of(manifest_of(part("core", "core"), created="2026-03-04T07:00:00Z"))
    eight = "2026-03-04T08:00:00Z"
    there = There(
        lost=[Lost(role="core", since=eight)],
        changed=moment_of(f"2026-03-04T{over}:00Z") if over else None,
    )
    here = platform_of(host_state("core", root=str(tmp_path)))
    found = gone_since("core", here, one, one.id, there)
    assert found.since == (eight if over == "10:30" else timestamp(ten))
    # It was there after that loss, on whichever machine.
    for host in ("core", "elsewhere", ""):
        back = there._replace(last={("core", host): ten.replace(hour=9)})
        assert gone_since("core", here, one, one.id, back).since == timestamp(ten)
    # Only when it was seen is known of the loss before.
    unknown = there._replace(lost=[Lost(role="core", time=eight)])
    found = gone_since("core", here, one, one.id, unknown)
    assert found.at_least == (found.since == eight) == (over == "10:30")


def test_a_loss_that_a_roll_back_brought_back_is_as_old_as_it_was_told(tmp_path: Path) -> None:
    """Somebody has said since when; two tries later it is still that."""
    shell, before = lost_once(tmp_path)
    taken = last(shell, "backup").finished
    assert shell.type("incident", "declare", "--lost-at", taken, "--role", "core").exit == 0
    told = at(times(shell)["lost"])
    assert told == at(taken) < before
    for _ in range(2):
        shell.platform.faults.set("mongorestore-failures")
        assert shell.type("restore", shell.latest, "--role", "core", "--confirm", DOMAIN).exit == 1
        shell.platform.faults.clear()
        assert shell.type("recover", "--roll-back", "--confirm", DOMAIN).exit in (0, 3)
    closed(shell)
    assert at(lost_of(shell)[0]) == told


def test_where_it_was_seen_to_serve_again_it_was_there(tmp_path: Path) -> None:
    opened = Opened(time="2026-03-04T09:00:00.000Z", platform="here", domain="a.b")
    seen = [
        Serving(time=f"2026-03-04T{hour}:00:00.000Z", role=role)
        for hour, role in (("10", "core"), ("11", "register"), ("12", "core"))
    ]
    one = incident_of("20260304T090000Z-incident-abcd", "/nowhere", [opened, *seen])
    found = last_there(tmp_path, [one], "here", "a.b")
    assert {key: timestamp(moment) for key, moment in found.last.items()} == {
        ("core", ""): "2026-03-04T12:00:00.000Z",
        ("register", ""): "2026-03-04T11:00:00.000Z",
    }
    assert found.on("core", "any") == found.on("core", "") == moment_of("2026-03-04T12:00:00Z")


def seen_there(shell: Shell, *sets: BackupSet) -> There:
    made = {one.id: one.manifest for one in sets if one.manifest is not None}
    return last_there(Path(shell.settings.state), [], lock_of(shell.settings), DOMAIN, made)


def test_a_backup_and_a_restore_tell_of_their_own_machines_alone(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=1, attachments=0)
    taken = seen_there(shell)
    assert taken.on("core", "core") == moment_of(last(shell, "backup").started)
    assert taken.on("core", "core2") is None, "another core, which it did not take"
    # What its set says is by role.
    found = seen_there(shell, *Vault(Path(shell.settings.vault)).sets())
    assert found.on("core", "core") == taken.on("core", "core")
    assert {host for role, host in found.last if role == "core"} == {"core"}
    restored(shell)
    back = seen_there(shell)
    first, then = taken.on("core", "core"), back.on("core", "core")
    assert first is not None and then is not None and then > first
    assert back.on("core", "core2") is None


@pytest.mark.parametrize(("where", "told"), [("core1", True), ("core2", False), ("", False)])
def test_of_two_cores_one_is_lost_when_that_one_went(
    tmp_path: Path, where: str, *, told: bool
) -> None:
    """Core2 went at 10; a backup of what was left took core1 at 11."""
    moment = datetime(2026, 3, 4, 10, tzinfo=UTC)
    root = tmp_path / "core2"
    root.mkdir()
    os.utime(root, (moment.timestamp(), moment.timestamp()))
    two = set_of(manifest_of(part("core1", "core"), part("core2", "core", root=str(root)),
                             created="2026-03-04T09:00:00Z"))  # fmt: skip
    away = host_state("core2", root=str(root))
    found = platform_of(host_state("core1", "core"), away)
    there = There(last={("core", where): moment + timedelta(hours=1)})
    gone = gone_part(Part("core", "core2", two), found, there)
    assert (gone.since, gone.source) == ((timestamp(moment), "files") if told else ("", ""))
    assert gone.host == "core2"
    # Nor does the other one's earlier loss count for it.
    there = There(
        last={},
        lost=[Lost(role="core", host="core1", since="2026-03-04T08:00:00Z")],
        changed=moment + timedelta(hours=1),
    )
    assert gone_part(Part("core", "core2", two), found, there).since == timestamp(moment)


@pytest.mark.parametrize("doubt", [False, True])
def test_a_loss_that_was_only_not_known_is_not_taken_for_one_from_before(*, doubt: bool) -> None:
    """Core's engine was silent at 8; that core is gone is seen at 10."""
    ten = datetime(2026, 3, 4, 10, tzinfo=UTC)
    silent = Lost(role="core", since="2026-03-04T08:00:00Z", doubt=doubt, at_least=doubt)
    there = There(lost=[silent], changed=ten + timedelta(hours=1))
    assert there.lost_before("core", "", ten) == (None if doubt else silent)
    # A later one that was seen still counts.
    seen = Lost(role="core", since="2026-03-04T09:00:00Z")
    both = there._replace(lost=[silent, seen])
    assert both.lost_before("core", "", ten) == (seen if doubt else silent)


def test_the_one_that_stayed_is_lost_when_it_went_too(tmp_path: Path) -> None:
    """Both are gone by now: the role is, since the first of them; each by its own last moment."""
    ten = datetime(2026, 3, 4, 10, tzinfo=UTC)
    states = []
    for name, at_hour in (("core1", 12), ("core2", 10)):
        root = tmp_path / name
        root.mkdir()
        stamp = ten.replace(hour=at_hour).timestamp()
        os.utime(root, (stamp, stamp))
        states.append(host_state(name, root=str(root)))
    one = set_of(manifest_of(part("core1", "core"), part("core2", "core"),
                             created="2026-03-04T09:00:00Z"))  # fmt: skip
    there = There(last={("core", "core1"): ten.replace(hour=11)})
    found = gone_since("core", platform_of(*states), one, one.id, there)
    assert found.since == timestamp(ten)
