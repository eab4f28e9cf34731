"""Whoever is killed between the command and the record of a drill: either nothing at all has begun,
or `drill list` shows it. At each call that leaves something on a disk, in turn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from click.testing import CliRunner

from pryv_tui.cli.main import cli
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.operations.activity import worker_on
from pryv_tui.operations.drilling.places import CONTENT, WORD, Kept, keep, words_folder
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.runs import launch as launching
from pryv_tui.runs.record.history import read_run, runs_folder
from pryv_tui.runs.record.request import NAME as REQUEST
from pryv_tui.runs.start import start_run
from tests.drills.held import RUN, hold, settings_of
from tests.helpers.waiting import until
from tests.kill.moments import killed_at_each

NOBODY = (sys.executable, "-P", "-c", "")
"""A worker that dies before it says anything."""
LAUNCH = "pryv_tui.runs.start.launch"


def listed(settings: Settings, *, in_words: bool = False) -> dict[str, dict[str, Any]]:
    """What `drill list` shows, by id.

    Args:
        in_words: each of them stands in the list for people as well.
    """
    words = ["drill", "list", "--state", settings.state, "--vault", settings.vault]
    done = CliRunner().invoke(cli, [*words, "--json"])
    assert done.exit_code == 0, done.output
    found = {one["id"]: one for one in json.loads(done.stdout)}
    if in_words:
        told = CliRunner().invoke(cli, words)
        assert told.exit_code == 0 and all(one in told.stdout for one in found), told.output
    return found


def platform(folder: Path) -> Settings:
    """The settings of a platform whose state folder is there."""
    places = {"state": str(folder / "state"), "vault": str(folder / "vault")}
    return resolve_settings(environment={}, **places)


def age(folder: Path) -> None:
    """A young run without a worker is taken to be starting; this one is old."""
    os.utime(folder / REQUEST, (0, 0))


def test_killed_as_it_is_asked_for_it_has_not_begun_or_is_in_the_list(tmp_path: Path) -> None:
    settings = platform(tmp_path)
    runs = runs_folder(Path(settings.state))
    begun: list[str] = []
    seen: set[str] = set()

    def ask(_at: int) -> None:
        # As the program does it: the tests' own start forks a process that is loaded.
        with patch(LAUNCH, launching.launch):
            start_run(settings, "drill", worker=NOBODY, set_id="20260301T030000Z")

    for at, called in killed_at_each(ask):
        now = {one.name for one in runs.iterdir()} if runs.is_dir() else set()
        (new,) = (now - seen) or {""}
        seen = now
        asked = bool(new) and (runs / new / REQUEST).exists()
        young = listed(settings, in_words=True)
        assert (new in young) == asked, (at, called)
        if not asked:
            # Nothing was written down that anybody could perform, and no process was made.
            assert "Popen" not in called
            continue
        assert young[new]["run"] == "starting" and young[new]["outcome"] is None
        age(runs / new)
        found = listed(settings)[new]
        assert (found["outcome"], found["run"]) == ("broken off", None), (at, called)
        begun.append(called)
    assert len(begun) > 1 and any("Popen" in one for one in begun), begun
    # The last one came to its end, and its worker said nothing.
    (last,) = {one.name for one in runs.iterdir()} - seen
    age(runs / last)
    until(lambda: worker_on(runs / last) is None)
    assert listed(settings)[last]["outcome"] == "broken off"
    assert len(listed(settings)) == len(begun) + 1


def test_killed_as_its_record_is_written_it_is_in_the_list(tmp_path: Path) -> None:
    """Each time the next look writes what there was not, and the record stays what it was once."""
    places = []

    def close(at: int) -> None:
        folder = tmp_path / f"{at}"
        close_drill(settings_of(folder), RUN)

    # What a child is to close is made before it is.
    for at in range(1, 60):
        hold(tmp_path / f"{at}", journal=at % 2 == 0)
    for at, called in killed_at_each(close):
        settings = settings_of(tmp_path / f"{at}")
        place = Path(settings.state) / "drills" / RUN / "record.json"
        before = place.read_bytes() if place.exists() else b""
        found = listed(settings)
        assert list(found) == [RUN], (at, called)
        assert (found[RUN]["outcome"], found[RUN]["problem"]) == ("passed", None), (at, called)
        assert before in (b"", place.read_bytes()), (at, called)
        places.append(called)
        if "fsync" in called or "write" in called:
            continue  # what is verified is another one after a file has its name
        verified = CliRunner().invoke(
            cli, ["drill", "verify", "--state", settings.state, "--vault", settings.vault]
        )
        assert verified.exit_code == 0, (at, called, verified.output)
    assert any("record.json" in one for one in places), places
    assert any("records.sha256" in one for one in places) and any("VERIFY" in p for p in places)


def test_one_that_goes_on_is_in_the_list_before_it_has_a_sandbox(tmp_path: Path) -> None:
    """Its worker may be slow to come: who waits for longer than a look does is not dead."""
    settings = platform(tmp_path)
    waits = "import sys; sys.stdin.read()"
    (tmp_path / "waits.py").write_text(waits)
    with patch(LAUNCH, lambda *_words, **_named: None):
        record = start_run(settings, "drill", worker=NOBODY, set_id="20260301T030000Z")
    folder = Path(record.folder)
    # As the campaign of kills starts its own: more words between the module and the folder.
    words = [sys.executable, "-m", "waits", "4", "step", str(folder)]
    with subprocess.Popen(words, cwd=tmp_path, stdin=subprocess.PIPE) as worker:
        until(lambda: worker_on(folder) is not None)
        age(folder)
        now = read_run(folder)
        assert now is not None and now.state == "starting"
        (one,) = listed(settings).values()
        assert (one["id"], one["run"], one["outcome"]) == (record.id, "starting", None)
        worker.communicate(b"")
    assert listed(settings)[record.id]["outcome"] == "broken off"


def test_one_of_another_platform_is_in_the_list_and_how_it_is_recorded_is_said(
    tmp_path: Path,
) -> None:
    """Its record is its own platform's to write: until then it is no less known."""
    other = msgspec.structs.replace(
        platform(tmp_path), practice=str(tmp_path / "p"), given=("--practice", str(tmp_path / "p"))
    )
    with patch(LAUNCH, lambda *_words, **_named: None):
        record = start_run(other, "drill", worker=NOBODY, set_id="20260301T030000Z")
    age(Path(record.folder))
    mine = platform(tmp_path)
    assert listed(mine, in_words=True)[record.id]["run"] == "died"
    words = ["drill", "list", "--state", mine.state, "--vault", mine.vault]
    told = CliRunner().invoke(cli, words).stdout
    assert f"The drill {record.id} died, but has no record yet." in told
    assert f"--practice {tmp_path / 'p'}" in told
    assert "No drill is known here" not in told


def test_its_names_are_on_the_disk_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a machine that stops at once: what a worker, or an engine, has made may outlast it."""
    settings = platform(tmp_path)
    state = Path(settings.state)
    synced: list[str] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        # Of a word that is being written its name to come.
        hidden = f"/.{os.getpid()}-"
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()).replace(hidden, "/"))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    before: list[str] = []
    with patch(LAUNCH, lambda *_words, **_named: before.extend(synced)):
        record = start_run(settings, "drill", worker=NOBODY, set_id="20260301T030000Z")
    assert {str(runs_folder(state)), record.folder} <= set(before)
    synced.clear()
    content = words_folder(state) / record.id / CONTENT
    made: list[list[str]] = []
    mkdir = os.mkdir

    def making(path: Any, *more: Any, **named: Any) -> None:
        if str(path) == str(content):
            made.append(list(synced))
        mkdir(path, *more, **named)

    monkeypatch.setattr(os, "mkdir", making)
    kept = Kept(drill=record.id, folder=str(content), host="single", made="x", expires="x")
    keep(state, kept).let_go()
    (seen,) = made
    word = words_folder(state) / record.id
    assert {str(words_folder(state)), str(word), str(word / WORD)} <= set(seen)
