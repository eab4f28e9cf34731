"""What the warnings of a run say to do: done as printed, from the state that brings them about."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.same_file import MOVED
from pryv_tui.operations import holding
from pryv_tui.operations.adopting.folder import AdoptChoices, look
from pryv_tui.operations.commands import completed
from pryv_tui.operations.services.staying_up import _tell
from pryv_tui.operations.settings.patience import Patience
from pryv_tui.operations.site import open_site
from pryv_tui.operations.steps.services import hold_platform
from pryv_tui.operations.steps.services.ask_services import AskServices
from pryv_tui.operations.steps.sets.verify_set import VerifySet
from pryv_tui.operations.steps.taking import check_store
from pryv_tui.operations.steps.taking.adopt_set import CopyAdopted
from pryv_tui.operations.steps.taking.check_store import CheckStore
from pryv_tui.operations.steps.taking.copy_root import _warn_of_torn
from pryv_tui.operations.stores import STORES
from pryv_tui.platform.gap import Hold
from pryv_tui.platform.questions import questions
from pryv_tui.vault.files.types import CopyNote
from pryv_tui.vault.set_files import INDEX_NAME
from tests.hosts.machines import StillHost
from tests.operations.adopting.test_adopting import single
from tests.operations.kit import context, platform_of
from tests.remedies.runs.test_going_on import context_on
from tests.remedies.shell import Said, Shell, commands_in, paste, shell_line


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A platform with a set, which these tests leave running and whole."""
    return Shell.with_set(tmp_path_factory.mktemp("warnings") / "platform", users=2)


def printed(shell: Shell, warning: str) -> str:
    """A warning as the program prints it on this platform."""
    return completed(warning, ("--practice", str(shell.platform.folder)))


def done(shell: Shell, warning: str) -> list[Said]:
    """Each command of ours that a warning names, pasted."""
    found = commands_in(printed(shell, warning))
    assert found, warning
    return [paste(command) for command in found]


def warnings_of(said: Said, words: str) -> list[str]:
    return [
        line.partition("WARNING ")[2]
        for line in said.out.splitlines()
        if "WARNING" in line and words in line
    ]


# -- copies --------------------------------------------------------------------------------------


def test_a_file_that_changes_while_it_is_copied(shell: Shell, tmp_path: Path) -> None:
    shell.platform.faults.set("changing-file")
    told = shell.type("backup")
    shell.platform.faults.clear()
    assert told.exit == 3, told
    (warning,) = set(warnings_of(told, "changed each time"))
    look = re.search(r"See what writes to it: (.*); when", warning)
    assert look is not None, warning
    words = shlex.split(look[1])
    assert words[:2] == ["fuser", "-v"] and Path(words[2]).is_file()
    with Path(words[2]).open("ab"):
        found = subprocess.run(look[1], shell=True, capture_output=True, text=True)
    assert str(os.getpid()) in found.stdout.split(), found
    (again,) = commands_in(warning)
    assert paste(again).exit == 0


@pytest.mark.parametrize("way", ["shorten it", "move it away"])
def test_a_file_of_holes_keeps_nothing_else_from_its_set(
    shell: Shell, tmp_path: Path, way: str
) -> None:
    """It is named, and once it is shortened or moved away a backup has nothing to say of it."""
    root = shell.platform.hosts[0].root_hint
    assert root is not None
    endless = root / "pryv/core/data/endless"
    with endless.open("wb") as file:
        file.truncate(2 << 40)
    told = shell.type("backup")
    assert told.exit == 3, told
    (warning, *_) = warnings_of(told, "too long to be hashed")
    assert way in warning and "pryv/core/data/endless" in warning
    (made,) = [one for one in open_site(shell.settings).vault.sets() if one.id == shell.latest]
    assert not (made.folder / "single/files/pryv/core/data/endless").exists()
    if way == "shorten it":
        assert subprocess.run(["truncate", "--size", "10", endless], check=True)
    else:
        endless.rename(tmp_path / "endless")
    (again,) = commands_in(printed(shell, warning))
    assert paste(again).exit == 0
    endless.unlink(missing_ok=True)
    shell.backup()


def test_a_folder_that_was_moved_while_it_was_copied(shell: Shell) -> None:
    ctx = context_on(shell)
    _warn_of_torn(ctx, "single", Path("/root"), [CopyNote("pryv/core/data", MOVED, torn=True)])
    (warning,) = ctx.facts.warnings
    assert warning.endswith("Take another backup: pryv-tui backup")
    assert [one.exit for one in done(shell, warning)] == [0]


def test_a_former_set_whose_lists_are_damaged(shell: Shell) -> None:
    former = shell.latest
    (index,) = (Path(shell.settings.vault) / former).glob(f"*/{INDEX_NAME}")
    index.write_bytes(index.read_bytes() + b"\n")
    told = shell.type("backup")
    assert told.exit == 3, told
    (warning,) = warnings_of(told, "no file is linked")
    (verify,) = commands_in(warning)
    found = paste(verify)
    assert found.exit == 1 and former in found.out + found.err
    assert shell.type("backup").exit == 0, "it links to the next one"


@pytest.mark.parametrize("answers", [True, False])
def test_fewer_accounts_in_the_copy(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    """Deleted meanwhile, or not: the server is asked, and may not answer any more."""
    ctx = context_on(shell)

    def live(*_given: object) -> int:
        if not answers:
            raise PryvTuiError("step-failed", "Redis does not answer")
        return 1

    redis = STORES["redis"]
    monkeypatch.setattr(redis, "check", lambda *_given: {"users": 1})
    monkeypatch.setattr(redis, "live_users", live)
    monkeypatch.setattr(check_store, "tree_bytes", lambda _path: 0)
    ctx.facts.of("single").stores["redis"] = {"users": 5}
    layout = ctx.state_of("single").layout
    step = CheckStore(host="single", store="redis", destination=str(tmp_path), layout=layout)
    step.perform(ctx)
    monkeypatch.undo()
    (warning,) = ctx.facts.warnings
    assert (
        "Unless accounts were deleted in the meantime, take another backup: pryv-tui backup"
        in warning
    )
    assert [one.exit for one in done(shell, warning)] == [0]


# -- what does not answer, or stay up ------------------------------------------------------------


def test_an_address_that_does_not_answer(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = context_on(shell, Patience(answers=0.01, late_answers=0.0))
    monkeypatch.setattr(type(ctx.site.host("single").engine), "ask", lambda *_given: 503)
    step = AskServices(
        host="single", domain=ctx.deployment.domain, questions=questions(("core",), "single")
    )
    step.perform(ctx)
    monkeypatch.undo()
    warning = ctx.facts.warnings[0]
    assert "The data is back; read its log: pryv-tui containers logs" in warning
    assert [one.exit for one in done(shell, warning)] == [0]


def test_an_address_whose_container_is_gone(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no log: what is advised is what says how it comes back."""
    ctx = context_on(shell, Patience(answers=0.01, late_answers=0.0))
    engine: Any = ctx.site.host("single").engine
    there = [one for one in engine.glance() if one.name == "pryvio_nginx"]
    monkeypatch.setattr(type(engine), "ask", lambda *_given: 503)
    monkeypatch.setattr(type(engine), "glance", lambda _engine: there)
    step = AskServices(
        host="single", domain=ctx.deployment.domain, questions=questions(("core",), "single")
    )
    step.perform(ctx)
    monkeypatch.undo()
    warning = ctx.facts.warnings[0]
    assert "The data is back; pryvio_core does not exist any more" in warning
    assert "containers logs" not in warning
    assert warning.endswith("to see what is missing, and how to bring it back: pryv-tui doctor")
    assert shell.type("doctor").exit in (0, 3)


def test_what_does_not_stay_up_and_is_gone_is_told_by_doctor(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = context_on(shell)
    engine: Any = ctx.site.host("single").engine
    there = [one for one in engine.glance() if one.name != "pryvio_mfa"]
    monkeypatch.setattr(type(engine), "glance", lambda _engine: there)
    _tell(ctx, "single", ["pryvio_mfa"], {"pryvio_mfa": "not there"}, [], {})
    monkeypatch.undo()
    (warning,) = ctx.facts.warnings
    assert "To see why: pryv-tui doctor (pryvio_mfa does not exist any more: it has no" in warning
    assert "containers logs" not in warning
    assert shell.type("doctor").exit in (0, 3)


@pytest.mark.parametrize("before", [{}, {"pryvio_mfa": "was started again and again"}])
@pytest.mark.parametrize("name", ["pryvio_mfa", "pryvio_core"])
def test_what_does_not_stay_up_has_a_log(shell: Shell, before: dict[str, str], name: str) -> None:
    """Down since this run, or before it; with what it waits for, or without."""
    ctx = context_on(shell)
    _tell(ctx, "single", [name], {name: "restarting"}, [], before)
    (warning,) = ctx.facts.warnings
    assert "To see why: pryv-tui containers logs" in warning
    shown = done(shell, warning)
    assert [one.exit for one in shown] == [0]


# -- strangers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "where", ["single/files/pryv/an odd one", "single/files/pryv/odd\nlines", "beside"]
)
def test_what_is_in_none_of_a_set_s_lists_is_looked_at_and_moved(
    shell: Shell, tmp_path: Path, where: str
) -> None:
    name = shell.latest
    folder = Path(shell.settings.vault) / name
    strange = folder / where
    strange.write_text("nobody's")

    def told() -> list[str]:
        ctx = context_on(shell)
        VerifySet(folder=str(folder), set_id=name, hosts=("single",)).perform(ctx)
        return ctx.facts.warnings

    (warning,) = told()
    look = warning.partition("See what it is: ")[2].partition("; this warning goes away")[0]
    shown = subprocess.run(look, shell=True, capture_output=True, text=True)
    assert shown.returncode == 0, (look, shown)
    assert strange.name.replace("\n", "\\n") in shown.stdout
    shutil.move(strange, tmp_path / "elsewhere")
    assert told() == []


# -- holding -------------------------------------------------------------------------------------


def test_what_is_still_held_is_let_go_by_recover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its engine refuses all the time that the run goes on."""
    shell = Shell.on_new(tmp_path / "platform")
    engine = shell.platform.hosts[0].engine

    def refuse(*_given: object) -> bool:
        raise PryvTuiError("step-failed", "the engine refused")

    def state() -> str:
        return next(c.state for c in engine.containers() if c.name == "pryvio_register")

    monkeypatch.setattr(hold_platform, "let_go", refuse)
    monkeypatch.setattr(holding, "let_go", refuse)
    monkeypatch.setattr(type(engine), "unpause", refuse)
    told = shell.type("backup", "--hold", "registrations", "--hold-deadline", "60")
    monkeypatch.undo()
    (warning,) = set(warnings_of(told, "is still held"))
    assert "If it is still held when this run has ended: pryv-tui" in warning
    assert "docker" not in warning, "it would mean none of a practice platform's"
    for command in commands_in(warning):
        assert paste(command).exit in (0, 3)
    assert state() == "running"


@pytest.mark.parametrize("by", ["deadline", "others"])
def test_a_gap_that_was_not_closed_is_by_another_backup(shell: Shell, by: str) -> None:
    ctx = context_on(shell)
    ctx.facts.hold = Hold(
        kind="registrations",
        began="2026-01-01T00:00:00.000Z",
        deadline=3,
        released="2026-01-01T00:00:03.000Z",
        released_by=by,  # type: ignore[arg-type]
    )
    gap = SimpleNamespace(accounts_seconds=7.0, data_seconds=0.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(holding, "measure", lambda *_given: gap)
        patch.setattr(holding, "timestamp", lambda: "2026-01-01T00:00:10.000Z")
        holding.end_hold(ctx)
    (warning,) = ctx.facts.warnings
    assert "the gap was not closed" in warning
    (command,) = commands_in(printed(shell, warning))
    assert ("--hold-deadline 20s" in command) == (by == "deadline")
    again = paste(command)
    assert again.exit == 0, again
    assert "the gap was not closed" not in again.out


# -- adopting ------------------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to the platform's user: needs root")
def test_owners_that_were_lost_are_given_back_before_it_is_adopted_again(tmp_path: Path) -> None:
    copy = single(tmp_path / "a copy")
    choices = msgspec.convert({"folder": str(copy)}, AdoptChoices)

    def told(number: int) -> list[str]:
        found = look(choices, platform_of(), tmp_path / "vault")
        ctx, _ = context(tmp_path, StillHost("single"), practice=False)
        (part,) = found.parts
        CopyAdopted(host=part.name, part=part, destination=str(tmp_path / f"set{number}")).perform(
            ctx
        )
        return ctx.facts.warnings

    (warning,) = told(1)
    command = warning.partition("adopt it again: ")[2]
    assert command.startswith("chown -R 9999:9999 ")
    assert shell_line(command) == 0
    assert told(2) == []
    assert (tmp_path / "set2/files/pryv/core/conf/file").stat().st_uid == 9999
