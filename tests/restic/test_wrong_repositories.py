"""Repositories and copies that are damaged, gone, or held by others: told, refused, waited for."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.guards import doctor
from pryv_tui.operations.sets.retention import KeepRules
from pryv_tui.operations.sets.verify import verify_set
from pryv_tui.runs.record.events import AnyEvent, Output
from pryv_tui.vault.restic import program
from pryv_tui.vault.restic.forget import forget
from pryv_tui.vault.restic.repository import RepositoryVault
from pryv_tui.vault.vault import Vault
from tests.helpers.waiting import until
from tests.restic.kit import Offsite
from tests.restic.repositories import PASSWORD, needed, together

pytestmark = [needed, together]


def test_damage_in_the_repository_is_found_and_refused(offsite: Offsite) -> None:
    set_id = offsite.backup()
    packs = [p for p in Path(offsite.location, "data").rglob("*") if p.is_file()]
    largest = max(packs, key=lambda p: p.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.chmod(0o600)
    largest.write_bytes(content)
    found = verify_set(offsite.vault, offsite.vault.resolve(set_id))
    assert found.outcome == "bad"
    assert found.problems
    assert offsite.vault.resolve(set_id).state == "damaged"
    offsite.lose_machine()
    for role in ("core", "register", "static-web"):
        offsite.platform.wipe(role)
    lost = offsite.platform.contents()
    end = offsite.run("restore", set_id=set_id)
    assert end.outcome in ("failed", "refused")
    assert "Nothing was changed" in end.what
    assert offsite.platform.contents() == lost
    assert offsite.here() == [], "what came half is no set"


def test_a_damaged_working_copy_is_told_from_the_set(offsite: Offsite) -> None:
    set_id = offsite.backup()
    copy = offsite.vault.folder / set_id
    (victim,) = copy.rglob("events.bson")
    content = bytearray(victim.read_bytes())
    content[-1] ^= 1
    victim.write_bytes(content)
    found = verify_set(offsite.vault, offsite.vault.resolve(set_id))
    assert found.outcome == "bad"
    assert "the working copy" in found.problems[0]
    assert "the repository's set is good" in found.problems[0]
    backup = offsite.vault.resolve(set_id)
    assert (backup.state, backup.working and backup.working.outcome) == ("complete", "bad")
    end = offsite.run("restore", set_id=set_id)
    assert (end.outcome, end.exit) == ("failed", 1)
    assert "Nothing was changed" in end.what
    # The next backup links nothing to it, and its set is whole.
    second = offsite.backup()
    assert verify_set(offsite.vault, offsite.vault.resolve(second)).outcome == "good"


def test_commands_tell_what_is_wrong_and_how_it_is_mended(
    offsite: Offsite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor = offsite.command("doctor")
    assert f"repository: {offsite.location}, 0 sets; restic" in doctor.out
    for word, remedy, environment in (
        ("the password is wrong for", "RESTIC_PASSWORD", {"RESTIC_PASSWORD": "wrong"}),
        ("RESTIC_PASSWORD is empty", "unset RESTIC_PASSWORD", {"RESTIC_PASSWORD": ""}),
        ("is not known", "RESTIC_PASSWORD_FILE=", {}),
    ):
        monkeypatch.delenv("RESTIC_PASSWORD")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(PryvTuiError) as caught:
            offsite.vault.sets()
        assert word in caught.value.what
        assert remedy in caught.value.remedy
        monkeypatch.setenv("RESTIC_PASSWORD", PASSWORD)
        assert offsite.vault.sets() == [], "with what it names set right"
    nowhere = Offsite(tmp_path / "n", str(tmp_path / "nowhere"), monkeypatch)
    monkeypatch.setenv("RESTIC_PASSWORD", "any")
    with pytest.raises(PryvTuiError) as caught:
        nowhere.vault.sets()
    assert "there is no restic repository" in caught.value.what
    assert f"restic -r {tmp_path / 'nowhere'} init" in caught.value.remedy
    refused = nowhere.command("backup")
    assert refused.exit == 1
    assert "there is no restic repository" in refused.out + refused.err
    _, _, command = caught.value.remedy.partition("Make one: ")
    made = subprocess.run(shlex.split(command.partition(";")[0]), capture_output=True, check=False)
    assert made.returncode == 0, made.stderr
    assert nowhere.vault.sets() == []


def test_a_repository_whose_disk_is_not_mounted_is_not_made_anew(offsite: Offsite) -> None:
    """Where it was lies an empty folder; a new one there would be on another disk."""
    offsite.backup()
    place, disk = Path(offsite.location), offsite.folder / "the disk"
    place.rename(disk)
    place.mkdir()
    site = offsite.site
    (line,) = [one for one in doctor(site, site.discover()) if one.name == "repository"]
    assert f"at {place} now; when it was last read, it had 1 set" in line.text
    with pytest.raises(PryvTuiError) as caught:
        offsite.vault.sets()
    assert caught.value.what == line.text
    assert caught.value.remedy.startswith("Bring it back: mount its disk")
    # It can be done: brought back, or a new one made where it is gone for good.
    place.rmdir()
    disk.rename(place)
    assert len(offsite.vault.sets()) == 1
    shutil.rmtree(place)
    _, _, command = caught.value.remedy.partition("make a new one: ")
    made = shlex.split(command.partition(". ")[0])
    subprocess.run(made, capture_output=True, check=True)
    assert offsite.vault.sets() != [], "what is here alone"


def test_the_repository_may_not_lie_in_the_root(
    offsite: Offsite, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = offsite.folder / "p/hosts/single/root"
    inside = root / "pryv/repository"
    Path(offsite.location).rename(inside)
    offsite.location = str(inside)
    refused = offsite.command("backup")
    assert refused.exit == 4
    assert "lie inside each other" in refused.out


def test_two_machines_that_share_a_repository_never_hide_each_other_s_sets(
    offsite: Offsite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    other = Offsite(tmp_path / "other", offsite.location, monkeypatch)
    # Each has its own folder of working copies, as on a machine of its own.
    other.settings = msgspec.structs.replace(other.settings, vault=str(tmp_path / "other/working"))
    monkeypatch.setattr(RepositoryVault, "new_id", lambda *_given: "20260101T020000Z")
    mine = offsite.backup()
    before = offsite.snapshots()
    end = other.run("backup")
    assert end.outcome == "failed"
    assert f"holds another set with the name {mine}" in end.what
    assert [s["id"] for s in offsite.snapshots()] == [s["id"] for s in before]
    assert other.here() == [mine], "its own set is whole where it was made"
    theirs, own = other.vault.sets()
    assert (theirs.id, theirs.here, bool(theirs.snapshot)) == (mine, False, True)
    assert (own.id, own.here, own.snapshot) == (mine, True, "")
    with pytest.raises(PryvTuiError) as error:
        other.vault.resolve(mine)  # to be restored, or sent
    assert f"two sets have the name {mine}" in error.value.what
    assert Vault(tmp_path / "other/working").resolve(mine).manifest == own.manifest, error.value
    elsewhere = RepositoryVault(tmp_path / "elsewhere", other.vault.restic)
    assert elsewhere.resolve(mine).snapshot == theirs.snapshot, "the ways out that it names"
    # It stands in the way of no later one.
    with monkeypatch.context() as later:
        later.setattr(RepositoryVault, "new_id", lambda *_given: "20260102T020000Z")
        end = other.run("backup")
    assert (end.outcome, end.set) == ("warnings", "20260102T020000Z")
    assert any("holds another set" in line for line in end.warnings)
    assert other.vault.resolve(end.set).snapshot
    assert other.here() == [mine, end.set], "what was not sent is not dropped for a namesake"
    # A rule that keeps neither takes neither: they could not be told apart.
    pruned = other.run("prune", keep=KeepRules(last=1))
    assert other.here() == [mine, end.set], pruned.what
    assert {before[0]["id"], other.vault.resolve(end.set).snapshot} == {
        s["id"] for s in offsite.snapshots()
    }
    # And a step that names one of them, planned before the other was there, takes that one.
    ours = other.vault.resolve(end.set).snapshot
    assert not forget(other.vault, mine, [ours], on_output=lambda *_line: None)
    assert other.here() == [mine, end.set]
    assert len(offsite.snapshots()) == 2
    offsite.restic("forget", other.vault.resolve(end.set).snapshot)

    # The same where the other one is named while ours is on its way.
    offsite.restic("forget", before[0]["id"])
    name_set = program.Restic.name_set
    named: list[str] = []

    def meanwhile(restic: program.Restic, snapshot: str, set_id: str, **more: Any) -> None:
        if not named:
            named.append(set_id)
            assert offsite.run("send", set_id=mine).outcome == "complete"
        name_set(restic, snapshot, set_id, **more)

    monkeypatch.setattr(program.Restic, "name_set", meanwhile)
    end = other.run("send", set_id=mine)
    assert (end.outcome, named) == ("refused", [mine]), end.what
    assert "Nothing was changed" in end.what
    (left,) = offsite.snapshots()
    offsite.lose_machine()
    assert offsite.run("fetch", set_id=mine).outcome == "complete"
    assert verify_set(offsite.vault, offsite.vault.resolve(mine)).outcome == "good"
    assert left["id"] == offsite.vault.resolve(mine).snapshot


def test_others_who_hold_the_repository_are_waited_for(offsite: Offsite) -> None:
    offsite.patience = msgspec.structs.replace(offsite.patience, repository_every=0.05)
    other = subprocess.Popen(
        ["restic", "-r", offsite.location, "backup", "--stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    locks = Path(offsite.location, "locks")
    until(lambda: list(locks.iterdir()), "its lock", every=0.01)

    def let_go(event: AnyEvent) -> bool:
        # The first that our own restic has to say of it; then the other one ends.
        if isinstance(event, Output) and "already locked" in event.text and not waited:
            waited.append(event.text)
            other.communicate(b"content", timeout=60)
        return False

    waited: list[str] = []
    try:
        end = offsite.run("backup", let_go)
    finally:
        other.kill()
        other.wait()
    assert waited
    assert end.outcome == "complete"
    assert offsite.vault.resolve(end.set).snapshot
