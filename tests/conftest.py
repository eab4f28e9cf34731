"""What all tests share."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import tests.helpers.examples
import tests.helpers.measured  # noqa: F401  before anything reads what the environment was
from tests.helpers import copied, forked
from tests.helpers.in_memory import choose_place
from tests.suite import grouped, handed_out, rewritten, slow, turns
from tests.suite.disk import choose_disk
from tests.suite.second_look import keep_turn, pytest_sessionfinish

# What a person's state folder remembers is not this person's, also not in a program that a test
# starts: each test process has one of its own.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="pryv-tui-tests-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)

# Workers that tests start are forked from a process that has loaded the program.
forked.use()

__all__ = ["pytest_sessionfinish"]
SPARE = ("test_platform", "test_standins", "test_standins_of_mongodb", "test_docker_engine",
         "test_audit", "test_kill", "test_crash_loop", "test_all_at_once", "test_influxdb_ends",
         "test_releases", "test_adopt", "test_redis", "test_standing")  # fmt: skip
"""Files whose tests need one engine alone, and so can run on the spare one."""
SPARE_TESTS = ("test_registrations_are_held_and_let_go_when_the_worker_is_killed",)
"""Tests of other files that do too, as do all that take databases alone, which then stand on one
engine only: with them, both engines are at work for about as long."""
LONG = (
    "damage/test_commands.py", "journeys/containers/test_other_containers.py",
    "tui/test_snapshots.py", "journeys/test_cancel_steps.py", "tui/flows/test_cancel_steps.py",
    "kill/test_kill.py", "kill/test_nested_disks.py", "faults/test_vault_disk.py",
    "tui/screens/test_interface_backup.py", "tui/screens/test_interface_screens.py",
    "faults/test_matrix.py", "cli/printing/test_streams.py", "remedies/runs/test_last_words.py",
    "remedies/runs/test_removed_alone.py", "vault/copying/test_copy.py",
)  # fmt: skip
"""Files with the longest tests that need no engine, and those whose tests stay on one worker: so
none of them runs alone at the end."""


def pytest_configure(config: pytest.Config) -> None:
    choose_place(config)
    choose_disk(config)
    copied.choose_place()
    rewritten.at_once_for_all(config)
    turns.choose(config)
    gc.disable()  # what is imported and collected stays


def pytest_collection_finish() -> None:
    """What is there by now stays to the end: thousands of tests and every module. The collector of
    garbage went through all of it again and again, an eighth of the suite's processor time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def pytest_unconfigure() -> None:
    """What ends now needs no search for garbage: pytest makes five of its own."""
    gc.freeze()


def pytest_report_header(config: pytest.Config) -> str:
    return str(config.stash[turns.NOW])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["turn"] = tuple(node.config.stash[turns.NOW])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    turns.hear_left(node.config, getattr(node, "workeroutput", {}))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    line = turns.told(config.stash[turns.NOW], config.stash[turns.LEFT])
    terminalreporter.write_line(line)
    keep_turn(config, line)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What is slow as a whole is not imported where fast tests alone are asked for."""
    return True if slow.is_left_out(collection_path, config) else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return handed_out.by_group(config, log) if config.getoption("dist") == "loadgroup" else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """Tests that need an engine go to one worker: container names are fixed, so an engine has
    room for one platform, and waiting for each other would only hold the other workers up.

    Those that need one engine alone go to a second worker, on an engine of their own. First of all
    hooks: xdist reads the group in a hook of its own.
    """
    turns.take(items, config)
    slow.mark(items, config)
    for item in items:
        if "tests/real" in item.path.as_posix():
            fixtures = getattr(item, "fixturenames", ())
            alone = item.path.stem in SPARE or item.name in SPARE_TESTS or "databases" in fixtures
            several = "cluster" in fixtures or "[cluster" in item.name
            spare = alone and not several
            item.add_marker(pytest.mark.xdist_group("spare-engine" if spare else "engines"))
    grouped.mark(items)
    # The long ones first, so that they don't run alone at the end.
    items.sort(key=_when)


def _when(item: pytest.Item) -> int:
    return _when_file(item.path)


@cache
def _when_file(file: Path) -> int:
    path = file.as_posix()
    if "tests/real" in path:
        return 0
    return 1 if path.endswith(LONG) or "tests/restic" in path else 2
