"""Remedies for state folders, roots and what is known of vaults: done as they are printed."""

from __future__ import annotations

import errno
import shlex
import shutil
from pathlib import Path

import msgspec
import pytest

from pryv_tui.operations.acceptance import Acceptable, accept, read_accepted
from pryv_tui.operations.guards.host import root_guard
from pryv_tui.operations.guards.place import state_guard, vault_guard
from pryv_tui.operations.guards.restore import _target_root_line
from pryv_tui.operations.sets.known_vaults import NAME as KNOWN
from pryv_tui.operations.sets.known_vaults import remember
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.runs import start as starting
from pryv_tui.runs.left import unread
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.record.journal import reserve_room
from pryv_tui.runs.start import start_run
from tests.operations.guards.guarded import core_on, root_in
from tests.remedies.kit import refusal
from tests.remedies.places.elsewhere import site_at
from tests.runs.test_recovery import START, Past


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
    assert told.remedy.startswith("Correct the state folder's owner or free space there, or name")
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
    assert told.remedy.startswith(
        "Repair that file; or move it away: then the next backup accepts any"
    )
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
