"""Remedies that name another place, or have one mended: done as they are printed."""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.answering import see_that_it_answers
from pryv_tui.hosts.local import LocalHost
from pryv_tui.operations.acceptance import Acceptable, accept, read_accepted
from pryv_tui.operations.guards import place
from pryv_tui.operations.guards.host import root_guard
from pryv_tui.operations.guards.line import GuardLine
from pryv_tui.operations.guards.place import space_guard, state_guard, vault_guard
from pryv_tui.operations.guards.repository import repository_guard
from pryv_tui.operations.guards.restore import _target_root_line
from pryv_tui.operations.sets.known_vaults import NAME as KNOWN
from pryv_tui.operations.sets.known_vaults import remember
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import Site, repository_of
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.programs import start
from pryv_tui.runs import start as starting
from pryv_tui.runs.left import unread
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.record.journal import reserve_room
from pryv_tui.runs.start import start_run
from pryv_tui.vault.vault import Vault
from tests.hosts.machines import StillHost
from tests.operations.guards.guarded import core_on, root_in
from tests.operations.kit import context
from tests.remedies.kit import program, refusal, typed
from tests.runs.test_recovery import START, Past


def site_at(folder: Path, vault: Path) -> Site:
    ctx, _ = context(folder, StillHost("core"))
    ctx.site.vault.folder = vault
    return ctx.site


def repository_at(folder: Path, location: Path) -> Site:
    settings = resolve_settings(
        practice=str(folder), vault=f"restic:{location}", state=str(folder / "s"), environment={}
    )
    return Site(settings, (StillHost("core"),))


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
        assert told.remedy == "Mend its owner or mode, or name another vault with --vault."
        assert line(tmp_path / "vault").outcome == "ok"
    assert line(barred).outcome == "ok"


@contextmanager
def somebody(uid: int = 4711) -> Iterator[Path]:
    """This process as a user who is not root, and a folder that it can reach."""
    if os.geteuid() != 0:
        pytest.skip("becomes another user: needs root")
    folder = Path(tempfile.mkdtemp(prefix="pryv-tui-remedies-", dir="/tmp"))
    folder.chmod(0o755)
    own = folder / "own"
    own.mkdir()
    os.chown(own, uid, uid)
    os.seteuid(uid)
    try:
        yield folder
    finally:
        os.seteuid(0)
        shutil.rmtree(folder)


def mended(folder: Path, uid: int = 4711) -> None:
    os.seteuid(0)
    os.chown(folder, uid, uid)
    os.seteuid(uid)


def test_a_vault_of_another_owner() -> None:
    with somebody() as folder:
        vault = Vault(folder)
        told = refusal(lambda: vault.begin("20260101T000000Z"))
        assert told.remedy == "Mend its owner or mode, or name another vault with --vault."
        mended(folder)
        assert vault.begin("20260101T000000Z").is_dir()


def test_a_state_folder_of_another_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "launch", lambda *_words, **_more: None)
    with somebody() as folder:
        monkeypatch.setenv("XDG_STATE_HOME", str(folder / "own"))
        settings = resolve_settings(practice=str(folder), state=str(folder), environment={})
        told = refusal(lambda: start_run(settings, "backup"))
        assert told.remedy == "Mend its owner, or name another with --state."
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
    assert told.remedy.startswith(f"Bring it back (mount shows what lies at {away}), or name")
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


def test_a_state_folder_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "launch", lambda *_words, **_more: None)
    full, real = tmp_path / "full", reserve_room

    def reserve(folder: Path) -> None:
        if full in folder.parents:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(folder)

    settings = resolve_settings(practice=str(tmp_path), state=str(full), environment={})
    with monkeypatch.context() as patch:
        patch.setattr(starting, "reserve_room", reserve)
        told = refusal(lambda: start_run(settings, "backup"))
        assert told.remedy == f"Free space at {full}, or name another with --state."
        other = msgspec.structs.replace(settings, state=str(tmp_path / "other"))
        assert start_run(other, "backup").id
    assert start_run(settings, "backup").id


# -- the state folder --------------------------------------------------------------------------

ONE = Acceptable(key="x", about="y", text="a warning", remedy="")


@pytest.mark.parametrize("what", ["accept", "remember"])
def test_a_state_folder_that_can_not_be_written(tmp_path: Path, what: str) -> None:
    state = tmp_path / "state"
    state.touch()

    def act(folder: Path) -> None:
        if what == "accept":
            accept(folder, ONE)
            assert read_accepted(folder).of("x", "y")
            return
        (tmp_path / "vault").mkdir(exist_ok=True)
        site = site_at(tmp_path, tmp_path / "vault")
        site.state = folder
        remember(site)
        assert (folder / KNOWN).is_file()

    told = refusal(lambda: act(state))
    assert told.remedy.startswith("Mend the state folder's owner or free space there, or name")
    act(tmp_path / "other")
    state.unlink()
    act(state)


def test_a_state_folder_in_the_root(tmp_path: Path) -> None:
    root = root_in(tmp_path)
    site = site_at(tmp_path, tmp_path / "vault")
    site.state = root / "state"
    assert state_guard(site, [root]).remedy == "Name another with --state."
    site.state = tmp_path / "state"
    assert state_guard(site, [root]).outcome == "ok"


def test_what_is_known_of_vaults_can_not_be_read(tmp_path: Path) -> None:
    site = site_at(tmp_path, tmp_path / "vault")
    site.state.mkdir()
    known = site.state / KNOWN
    known.write_text("{")
    told = vault_guard(site, [])
    assert told.remedy.startswith("Mend it; or move it away: then the next backup takes any")
    aside = known.rename(known.with_name("aside"))
    assert vault_guard(site, []).outcome == "ok"
    aside.write_text("{}")
    aside.rename(known)
    assert vault_guard(site, []).outcome == "ok"


def test_a_run_that_can_not_be_read_is_moved_away(tmp_path: Path) -> None:
    past = Past(tmp_path)
    run = past.run("backup", START)
    journal = past.site.state / "runs" / run / "journal.jsonl"
    journal.write_bytes(journal.read_bytes() + b"{garbage\n" + b'{"event":"note"}\n')
    (told,) = unread(past.site, all_runs(past.site.state))
    _, _, command = told.remedy.partition("folder away: ")
    words = shlex.split(command)
    assert words[0] == "mv"
    shutil.move(words[1], words[2])
    assert unread(past.site, all_runs(past.site.state)) == []
    assert (past.site.state / run / "journal.jsonl").is_file(), "nothing of it is lost"


# -- the root ----------------------------------------------------------------------------------


def test_a_root_that_is_a_link_to_nothing(tmp_path: Path) -> None:
    link, real = tmp_path / "link", tmp_path / "disk/root"
    link.symlink_to(real)
    restore = _target_root_line(core_on(link), link)
    backup = root_guard(core_on(link))
    assert backup.remedy == f"Mount the disk that {real} is on; or name another root with --root."
    assert root_guard(core_on(root_in(tmp_path))).outcome == "ok"
    _, _, command = restore.remedy.partition("or make the folder: ")
    assert command == f"mkdir -p {real}"
    real.mkdir(parents=True)
    assert _target_root_line(core_on(link), link).outcome == "ok"
    (real / "pryv").mkdir()
    assert root_guard(core_on(link)).outcome == "ok"


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
