"""One of two declared cores of a platform loses its files while its containers run, with sets that
tell of it, and by the note of what was seen alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.practice import home, platform, services
from pryv_tui.vault.seal import seal
from pryv_tui.vault.set_files import SET_JSON
from tests.operations.emptied.test_emptied import empty, root_of, status
from tests.remedies.shell import Shell, commands_in

SECOND = "co2"


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A practice platform with two cores, and no set."""
    hosts = dict(services.hosts_of("cluster"))
    hosts[SECOND] = hosts["core"]
    for module in (home, platform):
        monkeypatch.setattr(module, "hosts_of", lambda _form: hosts)
    shell = Shell.on_new(tmp_path / "p", form="cluster", users=2)
    # People sign up on the first one alone: what is there stands for the other one's data.
    for place in ("pryv/mongodb/data", "pryv/influxdb/data", "pryv/core/data"):
        first, second = (root_of(shell, host) / place for host in ("core", SECOND))
        shutil.rmtree(second)
        shutil.copytree(first, second)
    yield shell


def with_a_set(shell: Shell) -> Shell:
    """The same with a set of both. The programs that dump are processes of their own, and know of
    one core: what its part holds stands for the other one's too."""
    with pytest.MonkeyPatch.context() as usual:
        for module in (home, platform):
            usual.setattr(module, "hosts_of", services.hosts_of)
        done = shell.type("backup")
    assert done.exit in (0, 3), done.err
    folder = Path(shell.settings.vault) / shell.latest
    words = folder / SET_JSON
    told = json.loads(words.read_bytes())
    (core,) = [one for one in told["hosts"] if one["name"] == "core"]
    root = str(root_of(shell, SECOND))
    told["hosts"].append({**core, "name": SECOND, "root": root})
    words.write_text(json.dumps(told))
    shutil.copytree(folder / "core", folder / SECOND)
    seal(folder)
    return shell


def role_on(found: dict[str, Any], host: str) -> dict[str, Any]:
    (state,) = [one for one in found["hosts"] if one["name"] == host]
    (told,) = [one for one in state["roles"] if one["role"] == "core"]
    assert isinstance(told, dict)
    return told


@pytest.mark.parametrize("gone", ["files", "root"])
def test_doctor_and_status_name_the_set_that_has_it(two: Shell, gone: str) -> None:
    shell = with_a_set(two)
    assert "gone (" not in status(shell)[2]
    if gone == "files":
        empty(root_of(shell, SECOND))
    else:
        shutil.rmtree(root_of(shell, SECOND))
    exit_code, found, said = status(shell)
    assert exit_code == 3
    (told,) = [one for one in found["attention"] if f"{SECOND}: the files of core" in one["text"]]
    assert told["level"] == "failed"
    # What brings it back takes the other core along, which is said.
    (restore,) = [one for one in commands_in(told["remedy"]) if " restore " in one]
    assert shell.latest in restore and "--role core" in restore
    assert "core on core goes back to that set too" in told["remedy"]
    assert role_on(found, SECOND)["state"] == "down" and role_on(found, "core")["state"] != "down"
    assert found["incident"] is not None

    doctor = json.loads(shell.type("doctor", "--json").out)
    lines = [one for one in doctor if one["name"] in (f"data core {SECOND}", f"role core {SECOND}")]
    assert {one["outcome"] for one in lines} == {"failed", "warning"}
    for one in lines:
        assert shell.latest in one["remedy"], one
        assert "If another vault" not in one["remedy"]
    report = shell.type("report", "--format", "text").out
    assert "it is gone on co2, but not on every machine" in report
    assert "nothing urgent" not in said


def test_that_one_of_two_was_taken_away_on_purpose_is_accepted(two: Shell) -> None:
    shell = with_a_set(two)
    status(shell)
    empty(root_of(shell, SECOND))
    assert status(shell)[0] == 3
    key = f"gone/{SECOND}/core"
    assert shell.type("accept", key, "--why", "it has moved").exit == 0
    _, found, _ = status(shell)
    (note,) = [one for one in found["attention"] if one.get("key") == key]
    assert note["level"] == "info" and "it has moved" in note["text"]
    report = json.loads(shell.type("report", "--format", "json").out)
    assert report["down"]["core"]["since"] is None


def test_the_note_of_what_was_seen_tells_it_where_there_is_no_set(two: Shell) -> None:
    assert not list(Path(two.settings.vault).glob("2*")), "no set"
    status(two)
    empty(root_of(two, SECOND))
    exit_code, found, said = status(two)
    assert exit_code == 3 and found["incident"] is not None
    (told,) = [one for one in found["attention"] if f"{SECOND}: the files of core" in one["text"]]
    assert told["level"] == "failed" and "--vault DIR" in told["remedy"]
    assert role_on(found, SECOND)["state"] == "down"
    assert f"core on {SECOND} is up" not in said
    assert two.type("doctor").exit != 0


def test_of_a_core_that_has_lost_a_store_the_other_one_is_not_said_to_stay(two: Shell) -> None:
    shell = with_a_set(two)
    empty(root_of(shell, SECOND) / "pryv/mongodb/data")
    _, found, _ = status(shell)
    (told,) = [one for one in found["attention"] if "the data of mongodb is gone" in one["text"]]
    assert told["text"].startswith(f"{SECOND}: ")
    assert "core on core goes back to that set too" in told["remedy"]
