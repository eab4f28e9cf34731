"""A container that a run of ours stopped and did not start again: who did that is told, by the
overview and by `recover`, as long as it is so and no longer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.practice.platform import PracticePlatform
from tests.remedies.shell import Shell, commands_in, paste, type_in

FOLLOWER = "pryvio_config_follower"


def fault(shell: Shell, *words: str) -> None:
    done = type_in("practice", "fault", str(shell.platform.folder), *words)
    assert done.exit == 0, done


def told(shell: Shell, host: str = "core") -> list[dict[str, Any]]:
    """What the overview says of that machine's config follower."""
    found = json.loads(shell.type("status", "--json").out)["attention"]
    return [one for one in found if one["text"].startswith(f"{host}: {FOLLOWER}")]


def engine_went_in_a_backup(shell: Shell) -> str:
    """The run."""
    fault(shell, "engine-gone")
    assert shell.type("backup").exit not in (0, 3)
    fault(shell, "--clear")
    assert type_in("practice", "start", str(shell.platform.folder)).exit == 0
    (run,) = json.loads(shell.type("runs", "--json").out)
    return str(run["id"])


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = PracticePlatform.create(tmp_path / "p", form="cluster", users=1, attachments=0)
    return Shell(made)


def test_who_stopped_it_is_told_until_it_runs(shell: Shell) -> None:
    run = engine_went_in_a_backup(shell)
    (item,) = told(shell)
    assert f"the backup {run} stopped it, and has not started it again" in item["text"]
    start = next(one for one in commands_in(item["remedy"]) if " start " in one)
    said = shell.type("recover")
    assert "Nothing was left half-done" not in said.out
    assert f"{FOLLOWER} on core is still stopped: the backup {run} stopped it" in said.out
    assert start in said.out and "Nothing else was left half-done." in said.out
    for host in ("core", "register", "static-web"):
        (item,) = told(shell, host)
        assert paste(next(one for one in commands_in(item["remedy"]) if " start " in one)).exit == 0
        assert not told(shell, host)
    assert shell.type("recover").out.strip() == "Nothing was left half-done."


def test_one_that_would_not_start_is_told_of_a_run_that_came_to_its_end(shell: Shell) -> None:
    fault(shell, "container-will-not-start:config_follower")
    assert shell.type("backup").exit == 3
    (run,) = json.loads(shell.type("runs", "--json").out)
    (item,) = told(shell)
    assert f"the backup {run['id']} stopped it" in item["text"]
    assert f"attach {run['id']}" in item["remedy"]
    assert "Nothing was left half-done" not in shell.type("recover").out


def test_one_that_somebody_stopped_since_is_nobody_elses(shell: Shell) -> None:
    run = engine_went_in_a_backup(shell)
    for word in ("start", "stop"):
        assert shell.type("containers", word, FOLLOWER, "--host", "core").exit in (0, 3)
    (item,) = told(shell)
    assert run not in item["text"]
    assert f"{FOLLOWER} on core" not in shell.type("recover").out


def test_what_a_person_stopped_is_told_of_no_run(shell: Shell) -> None:
    assert shell.type("containers", "stop", FOLLOWER, "--host", "core").exit in (0, 3)
    (item,) = told(shell)
    assert "has not started it again" not in item["text"]
    assert shell.type("recover").out.strip() == "Nothing was left half-done."
