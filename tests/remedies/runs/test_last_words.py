"""What a run says at its end, and a command beside its answer: typed as it stands there, in the
state in which it stands there."""

from __future__ import annotations

import functools
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.cli.audit import FIRST
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.commands import completed
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plans.restore import _notice
from pryv_tui.operations.steps.bringing_back.copy_back import CopyBack
from pryv_tui.operations.steps.bringing_back.keep_copied import KeepCopied
from pryv_tui.operations.steps.bringing_back.move_aside import MoveAside
from pryv_tui.operations.steps.bringing_back.put_back_root import PutBackRoot
from pryv_tui.operations.steps.taking.prepare_dump import PrepareDump
from pryv_tui.platform.casualties import in_brief
from pryv_tui.practice.people import account
from pryv_tui.practice.settings import Settings as PracticeSettings
from pryv_tui.runs.record.history import all_runs
from pryv_tui.vault.manifest import SetManifest
from tests.remedies.runs.last_words import (
    BARE,
    DOMAIN,
    _texts_in,
    cancelled_in,
    command,
    end_of,
    made,
    restore,
    root_of,
    sets_of,
    shell,
    texts_of,
)
from tests.remedies.shell import Shell, commands_in, paste, shell_line, type_in

__all__ = ["made", "shell"]


# -- what came to its end ------------------------------------------------------------------------


def test_a_backup_is_checked_again(shell: Shell) -> None:
    name = shell.backup()
    check = command(end_of(shell).next, "Check it again at any time: ")
    said = paste(check)
    assert said.exit == 0 and name in said.out


def test_a_restore_is_undone_and_what_it_put_there_removed(shell: Shell) -> None:
    name = shell.backup()
    newer = root_of(shell) / "pryv/core/conf/newer"
    newer.touch()
    assert restore(shell, name).exit == 0
    end = end_of(shell)
    undo = command(end.next, "If it is not what you wanted: ")
    remove = command(
        end.removal, "To remove for good what was moved aside, when nobody needs it any more: "
    )
    assert paste(undo).exit == 0 and newer.exists()
    # An undo's own is removed by its own line, and nothing that is in place.
    own = command(end_of(shell).removal, "To remove for good what was moved aside,")
    assert own != remove
    assert paste(own).exit == 0 and newer.exists()
    newer.unlink()


def test_what_lies_aside_of_a_restore_is_removed(shell: Shell) -> None:
    assert restore(shell, shell.backup()).exit == 0
    remove = command(end_of(shell).removal, "To remove for good what was moved aside,")
    assert paste(remove).exit == 0
    assert list((root_of(shell) / ".pryv-tui/aside").glob("*")) == []


def test_what_the_gap_cost_is_settled(shell: Shell) -> None:
    stranded = account(1, 30)
    shell.platform._life().register(stranded)
    name = shell.backup()
    assert restore(shell, name).exit == 3
    line = command(end_of(shell).next, "Settle what the gap cost, dry run first")
    done = paste(line)
    assert done.exit == 3
    assert stranded.username in done.out
    shell.platform._life().settle(stranded)
    assert paste(line).exit == 0, "nothing remains"
    assert (
        paste(command(end_of(shell).removal, "To remove for good what was moved aside,")).exit == 0
    )


def test_a_container_that_was_stopped_is_started_again(shell: Shell) -> None:
    assert shell.type("containers", "stop", "mail").exit == 0
    again = command(end_of(shell).next, "Start it again: ")
    assert paste(again).exit == 0
    assert "pryvio_mail is exited" not in shell.type("status").out


# -- what was cancelled, or failed ---------------------------------------------------------------


def test_a_backup_of_a_role_that_was_cancelled_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Shell.on_new(tmp_path / "platform", form="cluster")
    manifest = _begun_again(cluster, monkeypatch, "--role", "core")
    assert manifest.roles == ("core",)


@pytest.mark.parametrize("chosen", [(), ("--label", "before a move; rm -r x")])
def test_a_backup_that_was_cancelled_is_begun_again(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, chosen: tuple[str, ...]
) -> None:
    manifest = _begun_again(shell, monkeypatch, *chosen)
    assert manifest.roles == ("core", "register", "static-web")
    assert manifest.label == (chosen[1] if chosen else "")


def _begun_again(shell: Shell, monkeypatch: pytest.MonkeyPatch, *chosen: str) -> SetManifest:
    """What the command of a cancelled backup's last word made, as it says of itself."""
    cancelled_in(PrepareDump, monkeypatch, lambda: shell.type("backup", *chosen))
    end = end_of(shell)
    assert end.outcome == "cancelled", end
    (line,) = [one for one in end.next if one.startswith("To do it anyway: ")]
    done = paste(line.partition(": ")[2])
    assert done.exit == 0, done
    sets = sets_of(shell)
    (manifest,) = [one.manifest for one in sets if one.id == shell.latest]
    assert manifest is not None
    # What it left goes by its own line, and no set does.
    whole = [one.id for one in sets if one.state == "complete"]
    for one in end.removal:
        assert shell_line(one.partition(": ")[2]) == 0
    left = sets_of(shell)
    assert [one.id for one in left] == whole
    return manifest


def test_a_restore_that_was_cancelled_is_begun_again(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = shell.backup()
    cancelled_in(CopyBack, monkeypatch, lambda: restore(shell, name))
    end = end_of(shell)
    assert end.outcome == "cancelled", end
    again = command(end.next, "To do it anyway: ")
    remove = command(end.removal, "To remove for good what was moved aside,")
    assert paste(remove).exit == 0
    assert paste(again).exit == 0
    assert (
        paste(command(end_of(shell).removal, "To remove for good what was moved aside,")).exit == 0
    )


def test_an_undo_that_was_cancelled_is_begun_again(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert restore(shell, shell.backup()).exit == 0
    run = all_runs(Path(shell.settings.state))[-1].id
    cancelled_in(PutBackRoot, monkeypatch, lambda: shell.type("undo", run))
    end = end_of(shell)
    assert end.outcome == "cancelled", end
    assert paste(command(end.next, "To do it anyway: ")).exit == 0
    assert (
        paste(command(end_of(shell).removal, "To remove for good what was moved aside,")).exit == 0
    )


def test_a_restore_that_failed_is_put_back(shell: Shell) -> None:
    name = shell.backup()
    newer = root_of(shell) / "pryv/core/conf/newer"
    newer.touch()
    shell.platform.faults.set("mongorestore-failures")
    assert restore(shell, name).exit == 1 and not newer.exists()
    shell.platform.faults.clear()
    said = " ".join(end_of(shell).next)
    (back,) = [one for one in commands_in(said) if one.endswith(" recover --roll-back")]
    assert paste(back).exit == 0 and newer.exists()
    newer.unlink()
    assert (
        paste(command(end_of(shell).removal, "To remove for good what was moved aside,")).exit == 0
    )


def test_a_fault_of_the_program_shows_all_that_was_printed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_step: Any, _ctx: RunContext) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(PrepareDump, "perform", breaks)
        assert shell.type("backup").exit == 1
    shown = paste(command(end_of(shell).next, "To see all that it printed: "))
    assert "ZeroDivisionError" in shown.out + shown.err
    shell.backup()


# -- beside an answer ----------------------------------------------------------------------------


@pytest.fixture
def lost_file(shell: Shell) -> Iterator[str]:
    """A platform and its last set, in which an event's file is missing; the file's name."""
    data = root_of(shell) / "pryv/core/data"
    lost = next(path for path in data.rglob("attachments/*/*") if path.is_file())
    content = lost.read_bytes()
    lost.unlink()
    os.utime(lost.parent, (1e9, 1e9))  # long before the backup
    assert shell.type("backup").exit == 3
    yield lost.name
    lost.write_bytes(content)


def test_what_a_backup_counted_is_named(shell: Shell, lost_file: str) -> None:
    (line,) = [one for one in end_of(shell).gap if "; to see their names: pryv-tui" in one]
    assert lost_file in paste(line[line.index("pryv-tui") :]).out
    # Said while the run goes on, of a set that is complete by now.
    noted = [text for text in texts_of(shell) if "; to see their names: pryv-tui " in text]
    assert len(noted) > 1
    for text in noted:
        assert lost_file in paste(text[text.index("pryv-tui") :]).out


def test_what_was_not_counted_is_counted(shell: Shell, lost_file: str) -> None:
    manifest = next(one.manifest for one in sets_of(shell) if one.id == shell.latest)
    assert manifest is not None
    never = msgspec.structs.replace(manifest, casualties=None)
    for told in (_notice(never)[-1], in_brief(never.casualties, never.id)):
        assert "not counted: " in told
        command = completed(told.partition(": ")[2], shell.settings.given)
        assert lost_file in paste(command).out


@pytest.fixture
def one_too_many(shell: Shell) -> Iterator[str]:
    """A platform and its last set, with more files that belong to no event than are named; the
    last one's name."""
    data = root_of(shell) / "pryv/core/data"
    folder = next(path for path in data.rglob("attachments/*/*") if path.is_file()).parent
    strays = [folder / f"stray-{number:02d}" for number in range(FIRST + 1)]
    for stray in strays:
        stray.touch()
        os.utime(stray, (1e9, 1e9))
    assert shell.type("backup").exit == 0
    yield strays[-1].name
    for stray in strays:
        stray.unlink()


def test_an_audit_names_more_and_what_is_left(shell: Shell, one_too_many: str) -> None:
    for words in (("latest",), ("--live",), ("latest", "--live")):
        told = shell.type("audit", *words)
        assert one_too_many not in told.out
        (more,) = [one for one in told.out.splitlines() if "more: pryv-tui " in one]
        assert one_too_many in paste(more.partition(": ")[2]).out
    told = shell.type("audit", "latest")
    (live,) = [
        one
        for one in told.out.splitlines()
        if one.startswith("After a restore, to see which of these are left")
    ]
    assert "more: pryv-tui" in paste(live.partition(": ")[2]).out


def test_what_a_set_keeps_can_be_cleared_away(shell: Shell) -> None:
    data = root_of(shell) / "pryv/core/data"
    stray = next(path for path in data.rglob("attachments/*/*") if path.is_file()).with_name(
        "stray"
    )
    stray.write_bytes(b"x")
    os.utime(stray, (1e9, 1e9))
    assert shell.type("backup").exit in (0, 3)
    told = shell.type("audit", "--live")
    (line,) = [one for one in told.out.splitlines() if one.startswith("Commands that clear")]
    said = paste(line.partition(": ")[2])
    stray.unlink()
    assert "To clear it away: " in said.out and stray.name in said.out


def test_more_that_no_list_names(shell: Shell) -> None:
    name = shell.backup()
    (part,) = [path for path in (Path(shell.settings.vault) / name).iterdir() if path.is_dir()]
    strange = [part / f"files/pryv/.DS_Store{number:03}" for number in range(30)]
    for path in strange:
        path.touch()
    assert restore(shell, name).exit == 3
    (line,) = [one for one in texts_of(shell) if "to see more names: pryv-tui" in one]
    later = end_of(shell).removal
    said = paste(line.partition("names: ")[2])
    assert "In none of the set's lists, and so not restored (30)" in said.out
    for path in strange:
        path.unlink()
    assert paste(command(later, "To remove for good what was moved aside,")).exit == 0


def test_a_practice_fault_is_taken_back(shell: Shell) -> None:
    told = type_in("practice", "fault", str(shell.platform.folder), "mongodump-fails")
    (line,) = [one for one in told.out.splitlines() if one.startswith("Set: ")]
    assert shell.type("backup").exit == 1
    assert paste(line.partition("It lasts until you clear it: ")[2]).exit == 0
    shell.backup()


def test_what_an_undo_put_aside_comes_back_by_a_restore(shell: Shell) -> None:
    name = shell.backup()
    assert restore(shell, name).exit == 0
    assert shell.type("undo", "latest").exit == 0
    (line,) = [one for one in shell.type("status").out.splitlines() if "comes back by rest" in one]
    again = line.partition("restoring the set again: ")[2].partition("; data written")[0]
    assert again.endswith(f" restore {name} --confirm {DOMAIN}")
    assert paste(again).exit == 0
    for run in {record.id for record in all_runs(Path(shell.settings.state))[-2:]}:
        assert shell.type("release", run, "--confirm", DOMAIN).exit == 0


def test_what_stays_stopped_on_a_half_restored_root_runs_after_recover(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = shell.backup()
    shell.platform.faults.set("mongorestore-failures")
    assert restore(shell, name).exit == 1
    shell.platform.faults.clear()
    shell.platform.hosts[0].engine.start("pryvio_mail")  # by somebody who asks nobody

    def fails(_step: Any, _ctx: RunContext) -> None:
        raise PryvTuiError("step-failed", "nothing could be moved")

    with monkeypatch.context() as patched:
        patched.setattr(MoveAside, "perform", fails)
        patched.setattr(KeepCopied, "perform", fails)
        assert restore(shell, name).exit == 1
    (line,) = [one for one in end_of(shell).remains if "Settle that first: " in one]
    assert "pryvio_mail" in line
    offered = paste(line.partition("Settle that first: ")[2])
    assert "finish: Restore the set" in offered.out
    assert shell.type("recover", "--finish").exit == 0
    assert "pryvio_mail is exited" not in shell.type("status").out


HOSTILE = "x.example; touch PWNED; $(touch PWNED)"


def test_a_hostile_domain_is_one_word_of_each_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        named = functools.partial(PracticeSettings, domain=HOSTILE)
        patched.setattr("pryv_tui.practice.platform.Settings", named)
        shell = Shell.on_new(tmp_path / "platform")
    name = shell.backup()
    shell.platform.faults.set("mongorestore-failures")
    assert shell.type("restore", name, "--confirm", HOSTILE).exit == 1
    shell.platform.faults.clear()
    assert shell.type("undo", "latest", "--confirm", HOSTILE).exit == 0
    said = [*texts_of(shell), *shell.type("status").out.splitlines()]
    told = [one for one in said if "--confirm " in one]
    assert told
    for one in told:
        assert f"--confirm {shlex.quote(HOSTILE)}" in one


# -- all of them ---------------------------------------------------------------------------------


def test_each_command_in_each_journal_means_this_platform(shell: Shell) -> None:
    """Of every kind of run that the tests of this file made: one without the options that the
    program was given would mean the machine's own platform."""
    found = [text for record in all_runs(Path(shell.settings.state)) for text in _texts_in(record)]
    assert len(found) > 1000
    assert [text for text in found if BARE.search(text)] == []
    assert [text for text in found if "<domain>" in text] == [], "it is known to each of them"
