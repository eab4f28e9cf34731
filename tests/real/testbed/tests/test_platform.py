"""The test platform itself: it holds what it says, and breaks as the real one does."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.real.testbed import files
from tests.real.testbed.installation import Machine
from tests.real.testbed.platform import Disaster, Platform, wait_for

pytestmark = pytest.mark.engine


def restarts(machine: Machine, service: str) -> int:
    """How often Docker has started a container again."""
    container = machine.engine.client.containers.get(f"pryvio_{service}")
    return int(container.attrs["RestartCount"])


def copy_live_users(platform: Platform, target: Path) -> None:
    """Copy the username index as a careless copy does: without its -wal file."""
    shutil.copy(platform.machine("core").data / "users/user-index.db", target)


def test_contents_are_the_same_after_a_restart_and_after_down_and_up(small: Platform) -> None:
    before = small.contents()
    assert before["mongodb"]["events"]["documents"] == 120
    assert before["influxdb"]["user.user000"]["points"] == 50
    assert before["redis"]["users"] == 3
    assert before["attachments"]["files"] == 12
    small.restart()
    assert small.contents() == before
    small.down()
    assert small.hosts[0].engine.containers() == []
    small.up()
    assert small.contents() == before


def test_contents_notice_every_kind_of_difference(databases: Platform) -> None:
    (machine,) = databases.machines
    person = databases.people[0]
    attachment = next((machine.data / "users").glob("*/*/*/*/attachments/*/*"))
    odd = machine.data / "odd/plain"

    def differs() -> set[str]:
        now = databases.contents()
        found = {name for name in now if now[name] != last[name]}
        last.update(now)
        return found

    last = databases.contents()
    assert differs() == set()
    databases.add_events(person, 1)
    assert differs() == {"mongodb"}
    databases.add_points(person, 1)
    assert differs() == {"influxdb"}
    databases.add_user("onlyregister", where=("register",))
    assert differs() == {"redis"}
    os.chown(attachment, 1, 1)
    assert differs() == {"attachments"}
    os.utime(attachment, ns=(1, attachment.stat().st_mtime_ns + 1))
    assert differs() == {"attachments"}
    os.removexattr(odd, "user.pryv.note")
    assert differs() == {"odd"}
    files.write(machine.root / "pryv/core/conf/core.yml", "changed\n")
    assert differs() == {"conf"}
    machine.engine.client.containers.get("pryvio_config_follower").stop(timeout=5)
    assert differs() == {"running"}


def test_the_applications_crash_loop_without_register(small: Platform) -> None:
    (machine,) = small.machines
    with small.without("register"):
        core = machine.engine.client.containers.get("pryvio_core")
        core.restart(timeout=5)
        known, said = restarts(machine, "core"), machine.engine.logs("pryvio_core")
        wait_for(
            "core to give up and be started again",
            lambda: restarts(machine, "core") >= known + 2,
        )
        fresh = machine.engine.logs("pryvio_core").removeprefix(said)
        assert re.search(r"fatal: https://reg\.\S+/service/info", fresh)
    wait_for("core to be back", lambda: small.get("co1", "/status")[0] == 200)


def test_the_newest_accounts_are_only_in_the_write_ahead_log(
    small: Platform, tmp_path: Path
) -> None:
    small.add_user("newest")
    careless = tmp_path / "careless.db"
    copy_live_users(small, careless)
    with closing(sqlite3.connect(careless)) as copy:
        names = [row[0] for row in copy.execute("SELECT username FROM id4name")]
    assert "newest" not in names
    live = small.contents()["sqlite"]["pryv/core/data/users/user-index.db"]
    assert live["tables"]["id4name"]["rows"] == len(small.people)


def test_disasters(databases_to_spoil: Platform) -> None:
    platform = databases_to_spoil
    (machine,) = platform.machines
    engine = machine.engine
    ways: tuple[Disaster, ...] = ("emptied", "root", "machine")
    for how in ways:
        files.write(machine.root / "pryv/pryv.yml", "services: {}\n")
        platform.wipe("core", how)
        assert (engine.containers() == []) is (how == "machine")
        assert machine.root.exists() is (how != "machine")
        # Containers that still run may write a log into what is left of their folders.
        assert not (machine.root / "pryv/pryv.yml").exists()
        if how == "emptied":
            assert engine.running() == []
