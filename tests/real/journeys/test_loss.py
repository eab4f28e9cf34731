"""What a loss costs is said before a restore, counted by it and found after it, to the record: on
the real cluster, of register alone, of both, and of core alone, damaged and gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.runs.start import start_run
from tests.real.operator import Operator, tail
from tests.real.testbed.platform import Platform, wait_for

pytestmark = pytest.mark.engine
KINDS = ("gone", "stranded", "exposed")


@dataclass
class Added:
    """What came in since the set's dump of MongoDB began, core's by what it is."""

    accounts: set[str] = field(default_factory=set)
    events: int = 0
    attachments: int = 0
    points: int = 0


def _live(platform: Platform, added: Added, name: str) -> None:
    """Somebody signs up; somebody else attaches a file, writes events, and a device that was away
    sends points with earlier times."""
    platform.add_user(name, events=3, points=4)
    person = platform.people[0]
    number = 200_000 + len(added.accounts)
    platform.add_attachment(person, number=number)
    platform.add_events(person, 2, first=300_000 + 10 * number)
    platform.add_points(person, 6, first=1_000_000 + 10 * number)
    added.accounts.add(name)
    added.events += 3 + 1 + 2
    added.attachments += 1 + min(platform.attachments_each, 3)
    added.points += 4 + 6


def _backed_up(operator: Operator, folder: Path, platform: Platform, added: Added) -> None:
    """A backup; somebody signs up when MongoDB is dumped and core's index is not copied yet."""
    settings = resolve_settings(
        config=str(folder / "config.toml"), vault=str(operator.vault),
        state=str(folder / "state"), environment={},
    )  # fmt: skip
    worker = (sys.executable, "-m", "tests.real.pausing", json.dumps(["dump-mongodb"]))
    record = start_run(settings, "backup", worker=worker)
    run = Path(record.folder)
    wait_for("the end of the dump", (run / "at-dump-mongodb").exists)
    platform.add_user("late", events=3, points=0)
    added.events += 3
    (run / "go-dump-mongodb").touch()
    backup = operator.run("attach", record.id, "--json")
    assert backup.exit == 0, tail(backup)


def _foreseen(operator: Operator, roles: Sequence[str]) -> dict[str, Any]:
    """What is said before the confirmation: the fate of accounts, and what is newer."""
    words = [word for role in roles for word in ("--role", role)]
    plan = operator.run("plan", "restore", "latest", *words, "--json")
    assert plan.exit == 0, plan.err
    chosen = plan.json["comparison"]["outcomes"][0]
    assert (chosen["chosen"], sorted(chosen["roles"])) == (True, sorted(roles))
    # Of a register that is gone nobody knows which further accounts it had.
    assert not any(chosen[kind]["why"] or chosen[kind]["fewer"] for kind in KINDS[1:])
    newer = {
        f"{one['role']} {one['what']}": one["amount"]["names"] or one["amount"]["number"]
        for one in plan.json["comparison"]["newer"]
        if one["role"] in roles and not one["amount"]["why"] and not one["amount"]["fewer"]
    }
    return {"newer": newer, **{kind: chosen[kind]["names"] for kind in KINDS}}


def _restored(operator: Operator, foreseen: dict[str, Any], roles: Sequence[str]) -> dict[str, Any]:
    """A restore whose result, and the audit after it, say what was said before it; its end."""
    words = [word for role in roles for word in ("--role", role)]
    restore = operator.restore(*words)
    assert restore.exit == 3, tail(restore)
    end: dict[str, Any] = restore.end
    live = operator.run("audit", "latest", "--live", "--json")
    assert live.exit == 3, live.err
    assert live.json["not_checked"] == []
    accounts = live.json["accounts"]
    assert accounts == {"register_only": foreseen["stranded"], "core_only": foreseen["exposed"]}
    assert {kind: names for kind, names in end["live"]["names"].items() if names} == {
        f"{group}.{kind}": names
        for group in ("accounts", "attachments", "series")
        for kind, names in live.json[group].items()
        if names
    }
    counted = {
        f"{one['role']} {one['what']}": one["names"] or one["number"]
        for one in end["newer"]
        if one["number"] is not None and not one.get("why") and not one.get("fewer")
    }
    assert counted == foreseen["newer"]
    return end


def test_what_a_loss_costs_is_said_counted_and_found_to_the_record(
    cluster: Platform, tmp_path: Path
) -> None:
    platform = cluster
    operator = Operator(platform, tmp_path)
    added = Added()
    _backed_up(operator, tmp_path, platform, added)
    for name in ("anna", "bela"):
        _live(platform, added, name)
    platform.settle()
    # Of `late` the set has the name in core's index, its attached file, and no document.
    core_newer = {
        "core accounts": sorted({*added.accounts, "late"}), "core events": added.events,
        "core attachments": added.attachments, "core points": added.points,
    }  # fmt: skip

    platform.wipe("register", "everything")
    alone = _foreseen(operator, ["register"])
    assert alone == {
        "newer": {}, "gone": [], "stranded": [], "exposed": sorted(added.accounts)
    }, "register is gone: what it knew is told by core"  # fmt: skip
    _restored(operator, alone, ["register"])

    both = _foreseen(operator, ["core", "register"])
    assert both == {
        "newer": {**core_newer, "register accounts": 0},
        "gone": sorted(added.accounts), "stranded": ["late"], "exposed": [],
    }  # fmt: skip
    _restored(operator, both, ["core", "register"])

    # Core's databases do not run: what they hold beyond the set is told by what lies aside.
    since = Added()
    _live(platform, since, "carl")
    platform.settle()
    for store in ("mongodb", "influxdb"):
        platform.machine("core").engine.client.containers.get(f"pryvio_{store}").stop(timeout=5)
    core = _foreseen(operator, ["core"])
    assert core == {
        "newer": {"core attachments": since.attachments},
        "gone": [], "stranded": ["carl", "late"], "exposed": [],
    }  # fmt: skip
    core["newer"]["core points"] = since.points
    end = _restored(operator, core, ["core"])
    told = {one["what"]: one for one in end["newer"]}
    # Which of the names have documents nobody could ask.
    assert (told["accounts"]["names"], told["accounts"]["number"]) == (["carl", "late"], 2)
    assert "pryvio_mongodb" in told["accounts"]["fewer"]
    assert told["points"]["by_files"], "the server had most of them in its log alone"
    assert told["events"]["number"] is None
    held = told["events"]["in_set"]
    _look(platform, told["events"]["look"], tmp_path / "room", held + since.events)
    _gone(operator, platform)


def _gone(operator: Operator, platform: Platform) -> None:
    """Core is gone with what came in: by name register tells who is lost with it, and of what lay
    in core alone nobody says how much it was."""
    _live(platform, Added(), "dora")
    platform.settle()
    platform.wipe("core", "everything")
    gone = _foreseen(operator, ["core"])
    stranded = ["carl", "dora", "late"]
    assert gone == {"newer": {}, "gone": [], "stranded": stranded, "exposed": []}
    end = _restored(operator, gone, ["core"])
    assert end["live"]["counts"]["accounts.register_only"] == len(stranded)
    assert end["live"]["names"]["accounts.register_only"] == stranded
    assert any(f"{len(stranded)} ({', '.join(stranded)})" in line for line in end["warnings"])
    told = {one["what"]: one for one in end["newer"] if one["role"] == "core"}
    assert {"accounts", "events", "attachments", "points"} <= told.keys()
    assert not [what for what, one in told.items() if one["number"] is not None or not one["why"]]


def _look(platform: Platform, commands: list[str], room: Path, many: int) -> None:
    """The commands by which what lies aside is looked at are typed as they stand; they tell so many
    events."""
    room.mkdir()
    environment = {
        **os.environ, "ROOM": str(room), "DOCKER_HOST": platform.machine("core").engine.url,
    }  # fmt: skip

    def typed(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-ec", line], env=environment, capture_output=True, text=True, check=False
        )

    copy, start, dump, end = commands
    for line in (copy, start):
        done = typed(line)
        assert done.returncode == 0, done.stderr
    try:
        said = ""

        def dumped() -> bool:
            nonlocal said
            done = typed(dump)
            said = done.stdout + done.stderr
            return done.returncode == 0

        wait_for("the copy to be dumped", dumped)
        (line,) = (line for line in said.splitlines() if "done dumping pryv-node.events " in line)
        assert f"({many} documents)" in line
    finally:
        done = typed(end)
    assert done.returncode == 0, done.stderr
