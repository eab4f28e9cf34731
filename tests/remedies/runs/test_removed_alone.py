"""Commands that remove something remove that, and nothing beside it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.operations.root.leftovers import gone_so_far
from pryv_tui.operations.sets.verify import verify_set
from pryv_tui.operations.steps.taking.adopt_set import CountAdopted
from pryv_tui.operations.steps.taking.prepare_dump import PrepareDump
from pryv_tui.tui.text.sets import _use
from tests.operations.adopting.test_adopting import single
from tests.operations.kit import context, telling
from tests.remedies.runs.last_words import DOMAIN, cancelled_in, end_of, made, sets_of, shell
from tests.remedies.shell import Shell, shell_line
from tests.restic.conftest import empty_repository, offsite, repository
from tests.restic.kit import Offsite

__all__ = ["empty_repository", "made", "offsite", "repository", "shell"]


ODD = "a b; touch x $(id) 'y"


def test_what_a_broken_off_run_brought_is_removed_and_nothing_beside_it(tmp_path: Path) -> None:
    ctx, _heard = context(tmp_path, telling("core", "core", lambda _argv: (0, "", "")))
    half, beside = tmp_path / ODD, tmp_path / "a"
    (half / "below").mkdir(parents=True)
    beside.mkdir()
    ctx.facts.unfinished.append(str(half))
    (line,) = gone_so_far(ctx)
    assert shell_line(line.partition("When nobody needs it: ")[2]) == 0
    assert beside.exists() and not half.exists()
    assert gone_so_far(ctx) == []


def test_what_is_of_no_use_is_removed_and_nothing_beside_it(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled_in(PrepareDump, monkeypatch, lambda: shell.type("backup"))
    *_, left = [one for one in sets_of(shell) if one.state == "partial"]
    whole = [one.id for one in sets_of(shell) if one.state == "complete"]
    odd = Path(left.path).with_name(f"{ODD}.partial")
    Path(left.path).rename(odd)
    told = _use(msgspec.structs.replace(left, path=str(odd)), ())
    assert shell_line(told.partition("to free its room: ")[2]) == 0
    assert not odd.exists()
    assert [one.id for one in sets_of(shell) if one.state == "complete"] == whole


def test_half_of_an_adopted_set_is_removed_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = Shell.on_new(tmp_path / "it's a platform")
    kept = single(tmp_path / "copied by hand")
    words = ("adopt", str(kept), "--domain", DOMAIN)
    cancelled_in(CountAdopted, monkeypatch, lambda: shell.type(*words))
    (line,) = end_of(shell).removal
    (half,) = Path(shell.settings.vault).glob("*.partial")
    assert shell_line(line.partition("of no use. Remove it: ")[2]) == 0
    assert not half.exists() and kept.is_dir()


def test_a_damaged_working_copy_goes_and_nothing_beside_it(offsite: Offsite) -> None:
    name = offsite.backup()
    copy = offsite.vault.folder / name
    (victim,) = copy.rglob("events.bson")
    victim.write_bytes(victim.read_bytes()[:-1] + b"x")
    beside = offsite.vault.folder.parent / "beside"
    beside.mkdir()
    (backup,) = offsite.vault.sets()
    odd = str(beside.parent / ODD)
    copy.rename(odd)
    (told, *_) = verify_set(offsite.vault, msgspec.structs.replace(backup, path=odd)).problems
    assert shell_line(told.partition("remove the copy, ")[2]) == 0
    assert beside.is_dir() and not Path(odd).exists()
    assert [one.id for one in offsite.vault.sets()] == [name], "the repository has it"
