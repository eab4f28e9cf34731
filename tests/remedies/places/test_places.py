"""Remedies that name another vault, repository or program, or have one mended: done as printed."""

from __future__ import annotations

import errno
import os
import shlex
import threading
from pathlib import Path

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.answering import see_that_it_answers
from pryv_tui.hosts.local import LocalHost
from pryv_tui.operations.guards import place
from pryv_tui.operations.guards.line import GuardLine
from pryv_tui.operations.guards.place import space_guard, vault_guard
from pryv_tui.operations.guards.repository import repository_guard
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import Site, repository_of
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.programs import start
from pryv_tui.runs import start as starting
from pryv_tui.runs.start import start_run
from pryv_tui.vault.vault import Vault
from tests.hosts.machines import StillHost
from tests.operations.guards.guarded import core_on, root_in
from tests.remedies.kit import program, refusal, typed
from tests.remedies.places.elsewhere import mended, repository_at, site_at, somebody

# -- the vault ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ("root/backups", "Name a folder outside the root with --vault."),
        ("/proc/vault", "Name a folder on a disk with --vault."),
    ],
)
def test_another_vault_is_named(tmp_path: Path, wrong: str, remedy: str) -> None:
    root = root_in(tmp_path)

    def line(vault: Path) -> GuardLine:
        return vault_guard(site_at(tmp_path, vault), [root])

    told = line(tmp_path / wrong)
    assert (told.outcome, told.remedy) == ("failed", remedy)
    assert line(tmp_path / "vault").outcome == "ok"


def test_a_vault_that_can_not_be_written_is_mended_or_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    barred = tmp_path / "barred"
    barred.mkdir()

    def line(vault: Path) -> GuardLine:
        return vault_guard(site_at(tmp_path, vault), [])

    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda path, _how: Path(path) != barred)
        told = line(barred)
        assert told.remedy == "Correct its owner or mode, or name another vault with --vault."
        assert line(tmp_path / "vault").outcome == "ok"
    assert line(barred).outcome == "ok"


def test_a_vault_of_another_owner() -> None:
    with somebody() as folder:
        vault = Vault(folder)
        told = refusal(lambda: vault.begin("20260101T000000Z"))
        assert told.remedy == "Correct its owner or mode, or name another vault with --vault."
        mended(folder)
        assert vault.begin("20260101T000000Z").is_dir()


def test_a_state_folder_of_another_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "launch", lambda *_words, **_more: None)
    with somebody() as folder:
        monkeypatch.setenv("XDG_STATE_HOME", str(folder / "own"))
        settings = resolve_settings(practice=str(folder), state=str(folder), environment={})
        told = refusal(lambda: start_run(settings, "backup"))
        assert told.remedy == "Correct its owner, or name another with --state."
        mended(folder)
        other = msgspec.structs.replace(settings, state=str(folder / "other"))
        for each in (other, settings):
            assert start_run(each, "backup").id


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EROFS, "Mount it writable, or name another vault with --vault."),
        (errno.ENOSPC, "Free space on the disk that the message names; a backup can go to another"),
        (errno.ESTALE, "Bring it back and mount it again (umount, then mount), or name another"),
    ],
)
def test_a_vault_whose_disk_fails_is_mended_or_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str
) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    real = Path.mkdir

    def mkdir(path: Path, *words: object, **more: object) -> None:
        if bad in path.parents:
            raise OSError(number, os.strerror(number))
        real(path, *words, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", mkdir)
        told = refusal(lambda: Vault(bad).begin("20260101T000000Z"))
        assert told.remedy.startswith(remedy)
        assert str(bad) in told.what
        assert Vault(tmp_path / "other").begin("20260101T000000Z").is_dir()
    assert Vault(bad).begin("20260101T000000Z").is_dir()


def test_a_vault_that_does_not_answer(tmp_path: Path) -> None:
    there = threading.Event()
    away = tmp_path / "away"

    def look(path: Path) -> object:
        return there.wait(10) if path == away else path.parent.stat()

    told = refusal(lambda: see_that_it_answers(away, seconds=0.01, look=look))
    assert told.remedy.startswith(
        f"Make it available again (mount shows what is at {away}), or name"
    )
    see_that_it_answers(tmp_path / "other", look=look)
    there.set()
    see_that_it_answers(away, look=look)


def test_a_vault_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = refusal(Vault(tmp_path / "file").sets)
    assert told.remedy == "Name a folder with --vault."
    assert Vault(tmp_path).sets() == []


def test_a_repository_in_the_root(tmp_path: Path) -> None:
    root = root_in(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (told,) = repository_guard(repository_at(tmp_path, root / "repository"), [root])
    assert told.remedy == "Name a repository elsewhere with --vault."
    (line,) = repository_guard(repository_at(tmp_path, tmp_path / "elsewhere"), [root])
    assert line.remedy != told.remedy, "there is no repository yet: that is another matter"


def test_what_only_a_repository_has(tmp_path: Path) -> None:
    told = refusal(lambda: repository_of(site_at(tmp_path, tmp_path)))
    assert told.remedy == "Name a restic repository: --vault restic:…"
    assert repository_of(repository_at(tmp_path, tmp_path / "repository"))


# -- room --------------------------------------------------------------------------------------


def test_room_for_a_set_is_freed_or_another_vault_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, full = core_on(root_in(tmp_path)), {tmp_path / "full"}
    monkeypatch.setattr(place, "free_bytes", lambda path: 1000 if path in full else 1 << 40)

    def line(vault: str) -> GuardLine:
        return space_guard(site_at(tmp_path, tmp_path / vault), [state])

    told = line("full")
    assert told.remedy == "Free space there, or name another vault with --vault."
    assert line("other").outcome == "ok"
    full.clear()
    assert line("full").outcome == "ok"


def test_room_for_what_is_fetched() -> None:
    """`PRYV_TUI_WORK` moves it; on a practice platform nothing does, and it is not told so."""
    folders = set()
    for work in ("", "/elsewhere"):
        environment = {"PRYV_TUI_WORK": work} if work else {}
        settings = resolve_settings(vault="restic:/r", state="/s", environment=environment)
        site = Site(settings, ())
        assert place.other_work(site).endswith("or name another folder in PRYV_TUI_WORK.")
        folders.add(str(site.vault.folder))
    assert len(folders) == 2 and "/elsewhere" in folders
    practice = resolve_settings(
        practice="/p", vault="restic:/r", environment={"PRYV_TUI_WORK": "/elsewhere"}
    )
    assert "elsewhere" not in practice.vault
    assert "PRYV_TUI_WORK" not in place.other_work(Site(practice, ()))


# -- practice platforms ------------------------------------------------------------------------


@pytest.mark.parametrize("there", ["nothing", "an empty folder", "a folder", "a file"])
def test_a_practice_platform_that_is_none_is_made(tmp_path: Path, there: str) -> None:
    """As it is typed: where something else lies, in a folder that is free."""
    folder = tmp_path / "a platform"
    if there.endswith("folder"):
        folder.mkdir()
    if there == "a folder":
        (folder / "something").touch()
    if there == "a file":
        folder.touch()
    done = program("status", "--practice", folder)
    assert done.exit_code == 2, done.output
    _, _, command = done.stderr.strip().partition("Make one: ")
    made = typed(f"{command} --users 0 --attachments 0")
    assert made.exit_code == 0, made.output
    assert typed(
        f"pryv-tui status --practice {shlex.quote(shlex.split(command)[-1])}"
    ).exit_code in (0, 3)


def test_a_folder_for_a_practice_platform_that_is_taken(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    PracticePlatform.create(taken, users=0, attachments=0)
    told = refusal(lambda: PracticePlatform.create(taken, users=0, attachments=0))
    assert told.remedy.startswith("Name a new folder, or use the one that is there with --pract")
    assert program("status", "--practice", taken).exit_code in (0, 3)
    assert PracticePlatform.create(tmp_path / "new", users=0, attachments=0).hosts


# -- programs of this machine ------------------------------------------------------------------


def test_a_program_that_is_not_there_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    host = LocalHost("here", StillHost("here").engine, None)

    def act() -> int:
        return host.run(["docker-compose-of-tests"], on_output=lambda _s, _c: None)

    assert refusal(act).remedy == "Install it, then try again: docker-compose-of-tests"
    made = tmp_path / "bin/docker-compose-of-tests"
    made.write_text("#!/bin/sh\nexit 0\n")
    made.chmod(0o755)
    assert act() == 0


def test_a_folder_that_a_program_can_not_be_run_in(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    missing = PryvTuiError("program-missing", "no such program")

    def act() -> int:
        return start(["true"], cwd=gone, environment=dict(os.environ), missing=missing).wait()

    assert refusal(act).remedy == f"Look at it: ls -ld {gone}"
    gone.mkdir()
    assert act() == 0
