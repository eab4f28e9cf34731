"""What is said where a repository fails, done as it is said. restic is real; where it has to fail,
a script of its name stands before it until the reason is gone."""

from __future__ import annotations

import shlex
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from pryv_tui.operations.steps.sets.fetch_set import FetchSet
from pryv_tui.vault.restic.forget import forget
from pryv_tui.vault.restic.program import Restic
from tests.operations.kit import context
from tests.remedies.kit import refusal
from tests.remedies.shell import Shell, commands_in, paste, shell_line
from tests.restic.conftest import empty_repository, offsite, repository
from tests.restic.kit import Offsite, in_step
from tests.restic.repositories import leave_lock, needed, together

__all__ = ["empty_repository", "offsite", "repository"]

pytestmark = [needed, together]


def before_restic(folder: Path, does: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that is found first: it does something, then it is restic."""
    real = shutil.which("restic")
    program = folder / "programs" / "restic"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n{does}\nexec {real} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")


@pytest.mark.parametrize("where", ["repository", "RESTIC_CACHE_DIR", "TMPDIR"])
def test_room_is_freed_or_another_folder_named(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    full = repository
    if where != "repository":
        full = tmp_path / "full"
        full.mkdir()
        monkeypatch.setenv(where, str(full))
    (full / "no-room").touch()
    looked = f"{full}/no-room" if where == "repository" else f'"${where}/no-room"'
    before_restic(
        tmp_path,
        f"if [ -e {looked} ]; then echo 'write: no space left on device' >&2; exit 1; fi",
        monkeypatch,
    )
    monkeypatch.setattr(Restic, "version", lambda _self: (0, 14, 0))
    restic = Restic(str(repository))
    told = refusal(restic.snapshots)
    assert told.name == "disk-full" and "Free space there, or on this machine" in told.remedy
    if where != "repository":
        assert f"{where} (if not set: " in told.remedy
        (tmp_path / "other").mkdir()
        monkeypatch.setenv(where, str(tmp_path / "other"))
        assert restic.snapshots() == []
        monkeypatch.setenv(where, str(full))
    (full / "no-room").unlink()
    assert restic.snapshots() == []


def test_a_repository_that_can_not_be_reached_is_looked_for(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = tmp_path / "away"
    away.touch()
    place = Path(shutil.copytree(repository, tmp_path / "it's there"))
    before_restic(
        tmp_path,
        f"if [ -e {away} ]; then echo 'dial tcp: connection refused' >&2; exit 1; fi",
        monkeypatch,
    )
    monkeypatch.setattr(Restic, "version", lambda _self: (0, 14, 0))
    told = refusal(Restic(str(place)).snapshots)
    look = told.remedy.removeprefix("See if it can be reached: ").partition("; then")[0]
    assert shell_line(look) == 1
    away.unlink()
    assert shell_line(look) == 0
    assert Restic(str(place)).snapshots() == []


def test_a_lock_that_nobody_needs_is_taken_away(repository: Path) -> None:
    """It names a living process, which is another program's by now, or is of another machine: a
    plain `unlock` would signal the one, and leave the other."""
    restic = Restic(str(repository))
    with subprocess.Popen(["sleep", "600"]) as other:
        for machine in (socket.gethostname(), "another.example"):
            held = leave_lock(repository, other.pid, machine)
            told = refusal(lambda: restic.check(on_output=_unheard))
            assert held.exists()
            assert shell_line(told.remedy.partition("If no restic is using it: ")[2]) == 0
            assert not held.exists()
            restic.check(on_output=_unheard)
        assert other.poll() is None
        other.kill()


def test_a_set_that_did_not_arrive_is_sent_again(
    offsite: Offsite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not wholly read, of which restic says exit 3; or nothing told, with exit 0. And another set
    has its name."""
    end = offsite.run("backup", in_step("send-set"))
    assert end.outcome == "cancelled"
    (kept,) = offsite.here()
    place = ("--vault", f"restic:{offsite.location}")
    shell = Shell(offsite.platform)
    (victim,) = (offsite.vault.folder / kept).rglob("pryv.yml")
    away = victim.rename(tmp_path / "away")
    silent = tmp_path / "silent"
    with monkeypatch.context() as patched:
        before_restic(
            tmp_path,
            f'case "$*" in *" backup "*) if [ -e {silent} ]; then exit 0; fi\n'
            f'  if [ ! -e {victim} ]; then {shutil.which("restic")} "$@"; exit 3; fi;; esac',
            patched,
        )
        told = shell.type("send", kept, *place)
        (line,) = [one for one in told.out.splitlines() if "See which files: " in one]
        verify, send, backup = commands_in(line.strip(" -") + ".")
        seen = paste(verify)
        assert seen.exit == 1 and "pryv.yml is missing" in seen.out + seen.err
        assert backup.endswith(" backup")
        away.rename(victim)
        assert paste(send).exit != 0, "not before the set is known to be whole again"
        assert paste(verify).exit == 0
        silent.touch()
        told = shell.type("send", kept, *place)
        (line,) = [one for one in told.out.splitlines() if "See what there is: " in one]
        assert shell_line(line.partition("See what there is: ")[2].partition("; then")[0]) == 0
        silent.unlink()
        assert commands_in(line.strip(" -") + ".") == [send]
        done = paste(send)
        assert done.exit == 0, done
    # Another machine's set has this one's name.
    (mine,) = offsite.snapshots()
    words = (offsite.vault.folder / kept / "set.json").read_bytes()
    offsite.restic("forget", mine["id"])
    offsite.forge(kept, {"RESTORE.md": b"", "set.json": words + b"\n"})
    told_of = refusal(
        lambda: offsite.vault.send(
            kept, on_output=lambda *_line: None, on_progress=lambda *_count: None
        )
    )
    assert told_of.remedy == (
        "Both sets stay. Take a new backup, which gets another name: pryv-tui backup"
    )
    done = shell.type("backup", *place)
    assert done.exit == 3, "what it says: the other one is on this machine alone"
    assert {found["tags"][-1] for found in offsite.snapshots()} > {f"set:{kept}"}


def test_what_others_did_with_a_repository_is_looked_at(offsite: Offsite) -> None:
    first = offsite.backup()
    vault = offsite.vault
    place = ("--vault", f"restic:{offsite.location}")
    shell = Shell(offsite.platform)
    (own,) = [found for found in offsite.snapshots() if found["tags"][-1] == f"set:{first}"]
    # The newest, which was to stay, is gone by now.
    told = refusal(
        lambda: forget(
            vault, first, [own["id"]], kept="X", kept_snapshots=["x"], on_output=_unheard
        )
    )
    assert told.remedy == "Look at what is there: pryv-tui list; then prune again."
    assert first in shell.type("list", *place).out
    # A snapshot that was to be fetched is gone by now.
    ctx, _ = context(offsite.folder)
    ctx.site.vault = vault
    step = FetchSet(
        location=offsite.location, vault=str(vault.folder), set_id=first, snapshot="x" * 64, bytes=1
    )
    told = refusal(lambda: step.perform(ctx))
    assert told.remedy == "Choose a set that is in the repository: pryv-tui list"
    assert first in shell.type("list", *place).out
    # What is called like a set and is none stands in the way of its removal, until it is gone.
    forged = offsite.forge(first, {"RESTORE.md": b"x", "set.json": b"no JSON"})
    told = refusal(lambda: forget(vault, first, [own["id"], forged], on_output=_unheard))
    look, _, remove = told.remedy.removeprefix("To see the snapshots of that name: ").partition(
        "; then remove each that is not a set, by its id: "
    )
    seen = subprocess.run(shlex.split(look), capture_output=True, text=True, check=True).stdout
    assert forged[:8] in seen and own["id"][:8] in seen
    assert shell_line(remove.replace("<id>", forged[:8])) == 0
    assert forget(vault, first, [own["id"], forged], on_output=_unheard)
    assert offsite.snapshots() == []


def _unheard(_stream: str, _chunk: bytes) -> None:
    pass
