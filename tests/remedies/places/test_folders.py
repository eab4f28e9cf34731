"""Remedies for folders that were replaced under a running server, done as they are printed."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.audit.live_stores import READ_ALL
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.stores.mongodb import BIN
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.start import start_run
from tests.helpers.waiting import until
from tests.journeys.program import Practice
from tests.remedies.shell import commands_in, paste


def line(practice: Practice, name: str) -> dict[str, Any]:
    """The line of doctor that has this name."""
    (found,) = [
        each for each in practice.run("doctor", "--json").json if each["name"].startswith(name)
    ]
    assert isinstance(found, dict)
    return found


def perform(practice: Practice, remedy: str) -> None:
    """Run every command of a remedy in a shell, as somebody who pastes it."""
    commands = remedy[remedy.index("pryv-tui ") :]
    program = shlex.join([sys.executable, "-m", "pryv_tui"])
    for command in commands.split("; "):
        line = re.sub(r"^pryv-tui ", f"{program} ", command.strip())
        done = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=120)
        assert done.returncode in (0, 3), f"{command}: {done.stdout}{done.stderr}"


def replaced(folder: Path, *, removed: bool = False) -> None:
    owner = folder.stat()
    if removed:
        shutil.rmtree(folder)
    else:
        folder.rename(folder.with_name(f"{folder.name}.old"))
    folder.mkdir(mode=owner.st_mode & 0o7777)


def root_of(practice: Practice) -> Path:
    (root,) = practice.folder.glob("hosts/*/root")
    return root


def test_redis_whose_folder_was_replaced_is_saved_first(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "platform", "--users", 4, "--attachments", 0)
    before = practice.contents()
    replaced(root_of(practice) / "pryv/redis/data")
    told = line(practice, "mounts")
    assert told["outcome"] == "failed"
    assert "only in its memory" in told["remedy"]
    assert practice.run("backup", "--json").exit == 4
    perform(practice, told["remedy"])
    shutil.rmtree(root_of(practice) / "pryv/redis/data.old")
    assert practice.contents() == before
    assert line(practice, "mounts")["outcome"] == "ok"
    backup = practice.run("backup", "--json")
    assert backup.exit == 0, backup.out[-2000:]


def test_a_database_whose_folder_was_moved_away_gets_it_back(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "platform", "--users", 2, "--attachments", 0)
    before = practice.contents()
    for store in ("mongodb", "influxdb"):
        replaced(root_of(practice) / f"pryv/{store}/data")
        told = line(practice, "mounts")
        assert told["outcome"] == "failed"
        assert f"{store}/data.old" in told["remedy"]
        perform(practice, told["remedy"])
        assert line(practice, "mounts")["outcome"] == "ok"
        (root_of(practice) / f"pryv/{store}/data.not-in-use").rmdir()
    assert practice.contents() == before
    assert practice.run("backup", "--json").exit == 0


def test_a_log_folder_that_was_replaced_is_seen_after_a_restart(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "platform", "--users", 1, "--attachments", 0)
    replaced(root_of(practice) / "pryv/core/log", removed=True)
    told = line(practice, "mounts")
    assert told["outcome"] == "failed"
    perform(practice, told["remedy"])
    assert line(practice, "mounts")["outcome"] == "ok"


def killed_while_it_dumps(practice: Practice, store: str, tool: str) -> PracticePlatform:
    """A backup whose worker is killed while a dump runs."""
    settings = resolve_settings(practice=str(practice.folder), environment={})
    record = start_run(settings, "backup")
    platform = PracticePlatform.open(practice.folder)
    engine = platform.hosts[0].engine

    def dumps() -> bool:
        return any(tool in line for line in engine.processes(f"pryvio_{store}"))

    until(dumps, "a dump")
    (pid,) = {each.pid for each in all_runs(Path(settings.state)) if each.id == record.id}
    assert pid
    os.kill(pid, signal.SIGKILL)
    going = ("starting", "running")
    until(
        lambda: not any(each.state in going for each in all_runs(Path(settings.state))),
        "the worker's end",
    )
    assert dumps(), "what runs in a container goes on without its client"
    return platform


def test_a_dump_by_hand_that_nobody_follows_is_ended(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "platform", "--users", 2, "--pace", 60)
    platform = PracticePlatform.open(practice.folder)
    engine = platform.hosts[0].engine
    argv = [f"{BIN}/mongodump", "-d", "pryv-node", "-o", "/app/backup/"]
    ended: list[BaseException] = []

    def dump() -> None:
        try:
            engine.exec("pryvio_mongodb", argv, on_output=lambda _s, _c: None)
        except PryvTuiError as error:
            ended.append(error)

    thread = threading.Thread(target=dump)
    thread.start()
    until(
        lambda: any("mongodump" in each for each in engine.processes("pryvio_mongodb")), "the dump"
    )
    told = line(practice, "dumps running")
    assert told["outcome"] == "failed", told
    last = told["remedy"].split("; ")[-1]
    assert told["remedy"].startswith("Wait for it") and "the last resort" in last
    perform(practice, last)
    thread.join(60)
    assert line(practice, "dumps running")["outcome"] == "ok"


@pytest.mark.parametrize(
    "argv",
    [
        READ_ALL,
        [f"{BIN}/mongodump", "--archive"],
    ],
)
def test_what_reads_the_database_keeps_no_backup_waiting_and_goes_on(
    tmp_path: Path, argv: list[str]
) -> None:
    """Nobody knows whose it is: `recover` says what runs, and a person who knows ends it."""
    practice = Practice.create(tmp_path / "platform", "--users", 2, "--pace", 60)
    engine = PracticePlatform.open(practice.folder).hosts[0].engine

    def reads() -> None:
        with contextlib.suppress(PryvTuiError):
            engine.exec("pryvio_mongodb", argv, on_output=lambda _s, _c: None)

    def running() -> bool:
        return any("mongodump" in one for one in engine.processes("pryvio_mongodb"))

    thread = threading.Thread(target=reads)
    thread.start()
    until(running, "the dump")
    told = line(practice, "dumps running")
    assert told["outcome"] == "warning" and "writes into no dump folder" in told["remedy"], told
    done = practice.run("recover")
    assert done.exit == 0 and "was not ended" in done.out and " ".join(argv) in done.out
    assert "Nothing else was left half-done" in done.out and running()
    done = practice.run("recover", "--json")
    assert (done.exit, done.out) == (0, "") and " ".join(argv) in done.err and running()
    assert line(practice, "dumps running")["outcome"] == "warning"
    perform(practice, "pryv-tui " + told["remedy"].rpartition("pryv-tui ")[2])
    thread.join(60)
    again = practice.run("recover")
    assert "was not ended" not in again.out and "Nothing was left half-done" in again.out
    assert line(practice, "dumps running")["outcome"] == "ok"


@pytest.mark.parametrize("as_json", [False, True])
def test_the_look_of_who_was_killed_is_ended_and_a_living_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, as_json: bool
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    practice = Practice.create(tmp_path / "platform", "--users", 2, "--pace", 60)
    engine = PracticePlatform.open(practice.folder).hosts[0].engine
    words = [sys.executable, "-m", "pryv_tui", "--practice", str(practice.folder)]

    def running() -> list[str]:
        return [one for one in engine.processes("pryvio_mongodb") if "mongodump" in one]

    with (
        subprocess.Popen(
            [*words, "--state", str(tmp_path / "another"), "audit", "--live"],
            stdout=subprocess.DEVNULL,
        ) as living,
        subprocess.Popen([*words, "audit", "--live"], stdout=subprocess.DEVNULL) as look,
    ):
        try:
            until(lambda: len(running()) == 2, "both looks")
            written = tmp_path / "own/pryv-tui/looks"
            until(lambda: len(list(written.iterdir())) == 2, "what both have written down")
            assert "and was ended" not in practice.run("recover").out and len(running()) == 2
            look.kill()
            look.wait(60)
            assert len(running()) == 2, "what runs in a container goes on without its client"
            told = line(practice, "dumps running")
            assert told["outcome"] == "warning" and "this ends it at once" in told["remedy"]
            done = practice.run("recover", *(["--json"] if as_json else []))
            assert done.exit == 0 and len(running()) == 1
            said = done.err if as_json else done.out
            assert "of the live platform was still running in pryvio_mongodb, and was ended" in said
            assert f"{running()[0]} is running in pryvio_mongodb and was not ended" in said
            assert not as_json or done.out == ""
            assert living.poll() is None
        finally:
            living.kill()
            look.kill()
    engine.stop("pryvio_mongodb")


def test_recover_ends_the_dump_of_a_dead_run(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "platform", "--users", 1, "--pace", 30)
    store, tool = "mongodb", "mongodump"
    folder = root_of(practice) / f"pryv/{store}/backup"
    (folder / "older.txt").write_text("of somebody")
    platform = killed_while_it_dumps(
        practice, store, f"{tool}" if tool != "influxd" else "influxd backup"
    )
    told = line(practice, "dumps running")
    assert told["outcome"] == "failed", told
    assert f"pryv-tui --practice {practice.folder} recover;" in told["remedy"]
    recovered = practice.run("recover", "--json", timeout=200)
    assert recovered.exit == 0, recovered.out[-2000:] + recovered.err
    engine = platform.hosts[0].engine
    assert not any(tool in line for line in engine.processes(f"pryvio_{store}")[1:])
    assert {path.name for path in folder.iterdir()} - {".gitkeep"} == {"older.txt"}
    assert "was ended" in recovered.out
    assert line(practice, "dumps running")["outcome"] == "ok"


def test_a_dump_by_hand_like_a_dead_runs_goes_on_and_recover_waits_for_it(tmp_path: Path) -> None:
    practice = Practice.create(tmp_path / "platform", "--users", 1, "--pace", 60)
    folder = root_of(practice) / "pryv/mongodb/backup"
    (folder / "older.txt").write_text("of somebody")
    engine = killed_while_it_dumps(practice, "mongodb", "mongodump").hosts[0].engine

    def dumps() -> list[str]:
        return [one for one in engine.processes("pryvio_mongodb") if "mongodump" in one]

    (line_of_the_run,) = dumps()
    argv = line_of_the_run.split()
    argv = argv[argv.index(f"{BIN}/mongodump") :]

    def by_hand() -> None:
        with contextlib.suppress(PryvTuiError):
            engine.exec("pryvio_mongodb", argv, on_output=lambda _s, _c: None)

    thread = threading.Thread(target=by_hand)
    thread.start()
    until(lambda: len(dumps()) == 2, "the dump by hand")
    recovered = practice.run("recover", timeout=200)
    assert recovered.exit == 1, recovered.out[-2000:] + recovered.err
    assert "was still running in" in recovered.out and len(dumps()) == 1
    said = next(one for one in recovered.out.splitlines() if "may be another person's" in one)
    assert "older.txt" not in {path.name for path in folder.iterdir()}, "nothing is moved under it"
    assert thread.is_alive()
    restart, _, _then = said.partition("runs there): ")[2].partition(" ; ")
    assert paste(restart).exit == 0
    thread.join(60)
    assert dumps() == []
    (once_more,) = commands_in(said.rpartition("; then: ")[2])
    done = paste(once_more)
    assert done.exit == 0, done.out[-2000:] + done.err
    assert "older.txt" in {path.name for path in folder.iterdir()}
    assert "Nothing was left half-done" in practice.run("recover").out
