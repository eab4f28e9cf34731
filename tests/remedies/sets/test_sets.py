"""Remedies of sets that are damaged or not there, and of runs that failed: done as printed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.filesystem.file_systems import FileSystem
from pryv_tui.operations.guards.restore import restore_guards
from pryv_tui.operations.sets import known_vaults
from pryv_tui.operations.sets.known_vaults import ACCEPT, doubt, resolve
from pryv_tui.operations.sets.targets import targets_for
from pryv_tui.operations.site import open_site
from pryv_tui.operations.steps.sets.open_set import OpenSet
from pryv_tui.runs import start
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.worker import process as worker
from pryv_tui.vault.set_files import SEAL
from tests.operations.sets.test_known_vaults import DISK, ROOT, SHARE, found, known
from tests.remedies.kit import bad
from tests.remedies.shell import Shell, commands_in, paste, type_in

DOMAIN = "practice.pryv.example"
FILE = "pryv/pryv.yml"


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A platform with two sets, which these tests leave running and whole."""
    made = Shell.with_set(tmp_path_factory.mktemp("sets") / "platform")
    made.backup()
    return made


def folder_of(shell: Shell, name: str) -> Path:
    return Path(shell.settings.vault) / name


# -- sets ----------------------------------------------------------------------------------------


def test_a_set_that_is_damaged_is_looked_at_and_another_chosen(
    shell: Shell, tmp_path: Path
) -> None:
    name = shell.latest
    other = open_site(shell.settings).vault.sets()[0].id
    seal = folder_of(shell, name) / SEAL
    before = seal.read_bytes()
    seal.write_bytes(before.replace(before[:8], b"00000000"))
    try:
        words = ("--files", FILE, "--to", str(tmp_path / "to"))
        told = shell.type("restore", name, *words)
        assert told.exit == 1 and told.remedy.startswith("Choose another: pryv-tui "), told
        (listed,) = commands_in(told.remedy)
        assert other in paste(listed).out
        assert shell.type("restore", other, *words).exit == 0
    finally:
        seal.write_bytes(before)
        assert shell.type("verify", name).exit == 0


@pytest.mark.parametrize("asked", ["restore", "the preconditions"])
def test_a_set_that_was_mended_is_checked_again(shell: Shell, asked: str) -> None:
    """Found damaged by a check, it is refused until another check finds it good."""
    name = shell.latest
    file = folder_of(shell, name) / "single/files" / FILE
    before = file.read_bytes()
    file.write_bytes(b"damaged")
    assert shell.type("verify", name).exit == 1
    file.write_bytes(before)

    def refused() -> Sequence[str]:
        """The commands that are named; none where it is not refused."""
        if asked == "restore":
            told = shell.type("restore", name, "--confirm", "another.example")
            assert told.exit == 4
            return commands_in(told.remedy) if "damaged" in told.err else ()
        site = open_site(shell.settings)
        here, backup = site.discover(), site.vault.resolve(name)
        assert backup.manifest is not None
        lines = restore_guards(site, here, backup, targets_for(here, backup.manifest, ()))
        given = f"pryv-tui --practice {shell.platform.folder} "
        return [
            command
            for line in bad(lines, "set")
            for command in commands_in(line.remedy.replace("pryv-tui ", given))
        ]

    listed, verify = refused()
    assert name in paste(listed).out
    done = paste(verify)
    assert done.exit == 0, done
    assert list(refused()) == []


def test_a_set_that_is_not_whole_is_not_chosen(shell: Shell) -> None:
    partial = folder_of(shell, "20250101T000000Z.partial")
    partial.mkdir()
    told = shell.type("restore", "20250101T000000Z", "--confirm", DOMAIN)
    shutil.rmtree(partial)
    assert told.exit == 4
    (listed,) = commands_in(told.remedy)
    assert shell.latest in paste(listed).out


@pytest.mark.parametrize("command", ["verify", "restore", "audit", "plan restore", "verify -"])
def test_a_vault_whose_disk_is_not_mounted_is_mounted(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    """Whatever is asked of its sets, what is said is the vault's own way out."""
    words = command.replace(" -", "").split()
    vault = Path(shell.settings.vault)
    side, name = tmp_path / "the disk", shell.latest
    vault.rename(side)
    vault.mkdir()
    monkeypatch.setattr(
        known_vaults,
        "not_mounted",
        lambda path: ("/dev/sdb1", str(vault)) if path == vault else None,
    )
    try:
        set_name = () if command == "verify -" else ("latest",)
        told = shell.type(*words, *set_name)
        assert told.exit in (2, 4), told
        assert told.remedy.startswith(f"Mount it: mount {vault}."), told
        (accept,) = commands_in(told.remedy)
        assert accept.endswith(" accept vault")
        doctor = shell.type("doctor")
        assert f"Mount it: mount {vault}." in doctor.out
    finally:
        vault.rmdir()
        side.rename(vault)
        monkeypatch.undo()
    assert resolve(open_site(shell.settings), "latest").id == name


@pytest.mark.parametrize(
    ("last", "lies"),
    [
        (DISK, {"name": None, "file_system": ROOT}),
        (DISK, {"name": None, "file_system": ROOT, "there": False}),
        (SHARE, {"name": None, "file_system": ROOT}),
        (DISK, {"name": "other", "file_system": ROOT, "inode": 3}),
        (DISK, {"name": "one", "file_system": ROOT, "inode": 3}),  # a copy of it
        (ROOT, {"name": None, "file_system": SHARE}),
    ],
)
@pytest.mark.parametrize("way", ["its disk", "another folder", "accepted"])
def test_a_vault_that_is_another_is_brought_back(
    last: FileSystem, lies: dict[str, Any], way: str
) -> None:
    """What is told comes of the facts alone, and so does what is true after it was done."""
    before = known(file_system=last)
    told = doubt((before,), found(**lies))
    assert told is not None
    named = re.match(r"Mount its disk at (\S+), or|Bring its disk or folder back, or", told.remedy)
    assert named is not None, told.remedy
    assert told.remedy.endswith("or name the vault with --vault. To use this as the vault from"
                                f" now on: {ACCEPT}")  # fmt: skip
    if way == "its disk":
        assert named[1] == (last.mount if last is not ROOT else None)
        assert doubt((before,), found("one", last)) is None
    elif way == "another folder":
        assert doubt((), found("one", last)) is None, "where it lies, it is the vault"
    else:
        here: FileSystem = lies["file_system"]
        name = lies["name"] or "new"
        accepted = known(name, here, lies.get("inode", 5))
        assert doubt((before, accepted), found(name, here, lies.get("inode", 5))) is None


# -- runs ----------------------------------------------------------------------------------------


def test_a_step_that_failed_is_mended_and_done_again(shell: Shell) -> None:
    shell.platform.faults.set("mongodump-fails")
    told = shell.type("backup")
    shell.platform.faults.clear()
    assert told.exit == 1, told
    lines = [line.strip("- ") for line in told.out.splitlines()]
    (line,) = [one for one in lines if one.startswith("See what was printed: ")]
    attach, again = commands_in(line)
    assert "mongodump" in paste(attach).out
    assert paste(again).exit == 0


def test_a_fault_of_the_program_is_reported_with_what_there_is(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs: list[Path] = []

    def launch(argv: Sequence[str], *, run: str, log: Path) -> None:
        # As a process of its own has it: its log is there from the beginning.
        log.touch()
        logs.append(log)
        worker.work(log.parent)

    def broken(*_given: object) -> None:
        raise ValueError("not foreseen")

    monkeypatch.setattr(OpenSet, "perform", broken)
    monkeypatch.setattr(start, "launch", launch)
    record = start.start_run(shell.settings, "backup")
    monkeypatch.undo()
    (log,) = logs
    assert (log.name, log.parent) == ("worker.log", Path(record.folder))
    told = type_in("attach", record.id, "--practice", str(shell.platform.folder))
    assert told.exit == 1 and "not foreseen" in told.out
    words = next(
        line
        for line in told.out.splitlines()
        if ("Please report it; if it was a run, with worker") in line
    )
    (status,) = commands_in(words)
    shown = paste(status)
    assert shown.exit in (0, 3) and "half" not in shown.out
    assert all_runs(Path(shell.settings.state))[-1].id == record.id
    shell.backup()
