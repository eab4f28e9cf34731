"""What runs that were killed left of working copies is in no later run's way; restic is real."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.guards import backup_guards, place
from pryv_tui.operations.guards.place import SPACE_RESERVE
from pryv_tui.operations.guards.restore import restore_guards
from pryv_tui.operations.plans.prune import removed_by, rests_of
from pryv_tui.operations.sets.retention import KeepRules
from pryv_tui.operations.sets.targets import targets_for
from pryv_tui.operations.sets.verify import verify_set
from pryv_tui.runs.planning.request import plan_prune
from pryv_tui.vault.restic.leftovers import FETCHING
from pryv_tui.vault.restic.program import Restic
from pryv_tui.vault.restic.protocol import Locked
from tests.restic.kit import Offsite
from tests.restic.repositories import apart, leave_lock, needed

pytestmark = [needed, apart]


def test_a_broken_off_fetch_takes_no_room_from_what_comes_after_it(
    offsite: Offsite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of another set too; on a disk with room for one set and a little."""
    set_id = offsite.backup()
    vault = offsite.vault.folder
    offsite.lose_machine()
    backup = offsite.vault.resolve(set_id)
    assert backup.manifest is not None
    need = backup.manifest.bytes
    scratch = vault / FETCHING / "20200101T000000Z"

    def left() -> int:
        return sum(path.stat().st_blocks * 512 for path in scratch.rglob("*") if path.is_file())

    def break_off() -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        (scratch / "file").write_bytes(b"x" * (need // 2))

    def free(folder: Path) -> int:
        # The platform's own disk is another one, with room for its dumps.
        if "hosts" in folder.parts:
            return 1 << 40
        return int(need * 1.2) + 8192 + SPACE_RESERVE - left()

    monkeypatch.setattr(place, "free_bytes", free)
    break_off()
    site = offsite.site
    deployment = site.discover()
    lines = {line.name: line for line in backup_guards(site, deployment, ())}
    assert lines["space"].outcome == "ok"
    assert "remains of an earlier run" in lines["space"].text
    targets = targets_for(deployment, backup.manifest, ())
    lines = {line.name: line for line in restore_guards(site, deployment, backup, targets)}
    assert lines["space to fetch"].outcome == "ok"
    end = offsite.run("fetch", set_id=set_id)
    assert end.outcome == "complete", end
    assert not scratch.exists()
    break_off()
    offsite.backup()
    assert not scratch.exists()


def test_the_rest_of_a_working_copy_lets_no_set_go_that_was_shown_as_kept(
    offsite: Offsite,
) -> None:
    """They have one name; another backup may end between the look and the run."""
    first, second = offsite.backup(), offsite.backup()
    (offsite.vault.folder / f"{first}.removing").mkdir()
    rules = KeepRules(last=2)
    plan = plan_prune(offsite.site, offsite.site.discover(), rules)
    shown = removed_by(plan)
    assert shown == ()
    assert rests_of(plan) == (f"remains of a working copy of {first}",)
    told = offsite.command("prune", "--keep-last", 2, "--dry-run")
    assert f"REMOVE  remains of a working copy of {first}" in told.out
    assert f"keep    {first}" in told.out
    third = offsite.backup()
    (offsite.vault.folder / f"{first}.removing").mkdir()
    assert offsite.run("prune", keep=rules, shown=shown).outcome == "complete"
    assert [b.id for b in offsite.vault.sets()] == [first, second, third]
    assert offsite.here() == [third]


def test_a_prune_that_stops_half_way_tells_what_is_gone(
    offsite: Offsite, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = offsite.backup()
    offsite.backup()

    def refuses(*_given: object, **_more: object) -> None:
        raise PryvTuiError("refused", "the disk of the repository is full")

    monkeypatch.setattr(Restic, "prune", refuses)
    end = offsite.run("prune", keep=KeepRules(last=1))
    assert (end.outcome, end.exit) == ("failed", 1)
    assert "Nothing was changed" not in end.what
    assert end.remains == [f"Removed for good already: {first}."]


def test_a_half_dropped_working_copy_stands_in_no_later_run_s_way(
    offsite: Offsite, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = offsite.backup()
    vault = offsite.vault.folder
    rest = vault / f"{first}.removing"

    remove = shutil.rmtree

    def stops(path: str | Path, **more: Any) -> None:
        if path == rest:
            raise OSError(5, "Input/output error", str(path))
        remove(path, **more)

    with monkeypatch.context() as broken:
        broken.setattr("shutil.rmtree", stops)
        end = offsite.run("backup")
    # Its set is in the repository: that an older copy is not gone is a warning.
    assert (end.outcome, end.exit) == ("warnings", 3)
    assert any(str(rest) in line for line in end.warnings)
    assert rest.is_dir()
    assert offsite.run("fetch", set_id=first).outcome == "complete"
    assert not rest.exists()
    shutil.copytree(vault / first, rest)
    third = offsite.backup()
    assert offsite.here() == [third]
    assert [b.id for b in offsite.vault.sets()] == [first, end.set, third]


def test_the_lock_of_a_killed_restic_is_taken_away_and_no_other_s(offsite: Offsite) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    repository = Path(offsite.location)
    first = offsite.backup()
    leave_lock(repository, gone.pid)
    second = offsite.backup()
    leave_lock(repository, gone.pid)
    assert verify_set(offsite.vault, offsite.vault.resolve(second)).outcome == "good"
    leave_lock(repository, gone.pid)
    assert offsite.run("prune", keep=KeepRules(last=1)).outcome == "complete"
    assert [b.id for b in offsite.vault.sets()] == [second]
    assert first not in offsite.here()
    assert not list((repository / "locks").iterdir())
    with subprocess.Popen(["sleep", "600"]) as at_work:
        held = leave_lock(repository, at_work.pid)
        with pytest.raises(Locked, match="is locked") as caught:
            offsite.vault.restic.check(on_output=lambda *_: None)
        assert "unlock" in caught.value.remedy
        assert held.exists()
        # `restic unlock` would have sent it a signal.
        assert at_work.poll() is None
        at_work.kill()


def test_a_set_that_was_forgotten_does_not_come_back(
    offsite: Offsite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its copy is no set any more when the forget begins, and is one again where that fails."""
    first, second = offsite.backup(), offsite.backup()
    assert offsite.run("fetch", set_id=first).outcome == "complete"
    forget = Restic.forget

    def fails(*_given: Any, **_more: Any) -> None:
        assert offsite.here() == [f"{first}.removing", second]
        raise PryvTuiError("repository", "the connection broke")

    with monkeypatch.context() as broken:
        broken.setattr(Restic, "forget", fails)
        end = offsite.run("prune", keep=KeepRules(last=1))
    assert end.outcome == "failed"
    assert offsite.here() == [first, second]

    def dies(*given: Any, **more: Any) -> None:
        forget(*given, **more)
        raise PryvTuiError("repository", "killed, as it were")

    with monkeypatch.context() as broken:
        broken.setattr(Restic, "forget", dies)
        assert offsite.run("prune", keep=KeepRules(last=1)).outcome == "failed"
    assert offsite.here() == [f"{first}.removing", second]
    assert [b.id for b in offsite.vault.sets()] == [second]
    third = offsite.backup()
    assert "send-set" in offsite.steps()
    assert [b.id for b in offsite.vault.sets()] == [second, third]
    assert offsite.here() == [third]


def test_data_that_a_killed_prune_left_goes_with_the_next_one(
    offsite: Offsite, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _second = offsite.backup(), offsite.backup()

    def dies(*_given: Any, **_more: Any) -> None:
        raise PryvTuiError("repository", "killed, as it were")

    with monkeypatch.context() as broken:
        broken.setattr(Restic, "prune", dies)
        assert offsite.run("prune", keep=KeepRules(last=1)).outcome == "failed"
    assert first not in [b.id for b in offsite.vault.sets()]
    told = offsite.command("prune", "--keep-last", 1, "--dry-run").out
    assert f"REMOVE  the data of sets that were forgotten before, in {offsite.location}" in told
    assert "There is nothing to remove" not in told
    asked = offsite.command("prune", "--keep-last", 1)
    assert asked.exit == 2
    assert "the data of sets" in asked.err
    end = offsite.run("prune", keep=KeepRules(last=1), shown=())
    assert (end.outcome, offsite.steps()) == ("complete", ["prune-repository"])
    assert "There is nothing to remove." in offsite.command("prune", "--keep-last", 1).out
