"""Copies of a set in which something was spoilt, drilled on a real engine: each is red at the check
that is its own, and at no other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.vault.set_files import FILES_NAME
from tests.journeys.drills import spoilt_sets as spoilt
from tests.journeys.drills.rehearsed import checks, end, in_state
from tests.journeys.drills.test_spoilt_sets import AUDIT, EACH, FILES
from tests.journeys.performing import perform
from tests.real.hurried import hurried
from tests.real.journeys.drills.drilled import around, clear
from tests.real.operator import Operator
from tests.real.testbed.platform import RealPlatform

pytestmark = pytest.mark.engine

REDIS = "pryv/redis/data"


@pytest.fixture
def cleared(databases_to_spoil: RealPlatform) -> Iterator[RealPlatform]:
    yield databases_to_spoil
    clear(databases_to_spoil)


def test_what_is_spoilt_in_a_copy_of_a_set_turns_its_own_check_red(
    cleared: RealPlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform, operator = cleared, Operator(cleared, tmp_path)
    (machine,) = platform.machines
    platform.settle()
    older = tmp_path / "older"
    shutil.copytree(machine.root / REDIS, older)
    platform.add_user("newcomer")
    platform.settle()
    assert operator.backup().exit == 0
    (good,) = operator.vault.glob("*Z")
    there = around(platform)
    settings = hurried(
        resolve_settings(
            docker=machine.engine.url,
            root=str(machine.root),
            vault=str(operator.vault),
            state=str(tmp_path / "state"),
            environment={},
        )
    )

    def stale_redis(files: Path) -> None:
        """As it was a while ago; its folders are what they were."""
        place = files / REDIS
        folders = [place, *(one for one in place.rglob("*") if one.is_dir())]
        were = [(one, one.stat()) for one in folders]
        for one in [one for one in place.rglob("*") if one.is_file()]:
            one.unlink()
        shutil.copytree(older, place, dirs_exist_ok=True)
        for one, was in were:
            os.chown(one, was.st_uid, was.st_gid)
            one.chmod(was.st_mode & 0o7777)
            os.utime(one, ns=(was.st_atime_ns, was.st_mtime_ns))

    faults: dict[tuple[str, str], tuple[Callable[[Path], None], str, bool]] = {
        (FILES, "mongodb"): (spoilt.truncated_dump, "events.bson differs from its hash", False),
        (FILES, "influxdb"): (spoilt.missing_shard, ".tar.gz is missing", False),
        (FILES, "redis"): (stale_redis, REDIS, False),
        (FILES, "attachments"): (spoilt.flipped_byte, "differs from its hash", False),
        # Bad when it was taken: no hash tells it, and what came back in the servers does.
        AUDIT: (spoilt.account_missing_in_core, "accounts.register_only 1", True),
    }
    for number, (red, (fault, why, relisted)) in enumerate(faults.items(), 1):
        copy = spoilt.copied(good, f"20250101T{number:06d}Z")
        fault(next(copy.glob(f"*/{FILES_NAME}")))
        if relisted:
            spoilt.relisted(copy)
        name = f"20260102T{number:06d}Z-drill-0001"
        events = perform(settings, name, "drill", monkeypatch, set_id=copy.name)
        found = {key: one.why for key, one in checks(events).items() if one.state == "failed"}
        assert (set(found), end(events).exit) == ({red}, 1), found
        assert why in found[red], found
        assert EACH - {red} <= in_state(events, "passed")
        assert {("isolation", ""), ("sandbox removed", ""), ("production unchanged", "")} <= (
            in_state(events, "passed")
        )
        # What comes after a set that is not what it says is not done with it.
        assert (("content", "mongodb") in in_state(events, "passed")) is relisted
        assert around(platform) == there
        shutil.rmtree(copy)
