"""Backup, verify, restore and prune with a vault that is a restic repository; restic is real."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.audit.from_set import audit_set
from pryv_tui.operations.guards import doctor
from pryv_tui.operations.sets.retention import KeepRules
from pryv_tui.operations.sets.verify import verify_set
from pryv_tui.runs.left import left_behind
from pryv_tui.runs.planning.request import plan_backup, plan_fetch, plan_files, plan_prune
from pryv_tui.runs.record.events import AnyEvent, Output
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.restic import program
from pryv_tui.vault.restic.forget import forget
from pryv_tui.vault.restic.leftovers import FETCHING
from pryv_tui.vault.restic.repository import RepositoryVault
from pryv_tui.vault.vault import Vault
from tests.restic.kit import DOMAIN, Offsite, in_step
from tests.restic.repositories import PASSWORD, needed, together
from tests.waiting import until

pytestmark = [needed, together]


@pytest.fixture
def settled(offsite: Offsite) -> None:
    """Files that were made just now count as unchanged, too."""
    offsite.copy_engine = CopyEngine(settled_ns=-(10**20))


@pytest.mark.usefixtures("settled")
def test_what_was_sent_comes_back_on_a_machine_that_knows_nothing(offsite: Offsite) -> None:
    first = offsite.backup()
    before = offsite.platform.contents()
    assert verify_set(offsite.vault, offsite.vault.resolve("latest")).outcome == "good"
    offsite.platform.grow(users=1, attachments=1)
    second = offsite.backup()
    assert '"files_unmodified":0' not in offsite.said().replace(" ", "")
    after = offsite.platform.contents()
    # One working copy stays, for the next backup to link to.
    assert offsite.here() == [second]
    assert {tag for s in offsite.snapshots() for tag in s["tags"]} == {
        "pryv-tui",
        f"set:{first}",
        f"set:{second}",
    }
    for role in ("core", "register", "static-web"):
        offsite.platform.wipe(role)
    offsite.lose_machine()
    assert [(b.id, b.state, b.here) for b in offsite.vault.sets()] == [
        (first, "complete", False),
        (second, "complete", False),
    ]
    for set_id, contents in ((first, before), (second, after)):
        end = offsite.run("restore", set_id=set_id)
        assert end.outcome == "complete", end
        assert offsite.steps()[:4] == [
            "check-restore",
            "fetch-set",
            "verify-set",
            "check-restore",
        ]
        assert offsite.platform.contents() == contents
    assert offsite.here() == [first, second]
    # Now they are here, and nothing is fetched again.
    assert offsite.run("restore", set_id=first).outcome == "complete"
    assert "fetch-set" not in offsite.steps()


def test_an_identical_tree_comes_back(offsite: Offsite) -> None:
    """An independent comparison of what was sent and what was fetched."""
    root = offsite.folder / "p/hosts/single/root"
    odd = root / "pryv/core/data/attachments/odd\n name"
    odd.parent.mkdir(parents=True, exist_ok=True)
    odd.write_bytes(b"content")
    os.utime(odd, ns=(10**9, -(10**9) + 5))
    os.setxattr(odd, "user.kept", b"\0value")
    (odd.parent / "later").write_bytes(b"x")
    os.utime(odd.parent / "later", ns=(10**9, 5_000_000_000 * 10**9 + 7))
    (odd.parent / "name").symlink_to("odd\n name")
    os.link(odd, odd.parent / "other name")
    if os.geteuid() == 0:
        os.chown(odd, 4242, 4343)
    set_id = offsite.backup()
    kept = offsite.folder / "kept"
    folder = offsite.vault.folder / set_id
    folder.rename(kept)
    assert offsite.run("fetch", set_id=set_id).outcome == "complete"
    compared = subprocess.run(
        [
            *("rsync", "-aHAXn", "--checksum", "--delete", "--itemize-changes"),
            f"{kept}/",
            f"{folder}/",
        ],
        capture_output=True,
        check=True,
        text=True,
    )
    differing = [line for line in compared.stdout.splitlines() if not line.endswith(" ./")]
    assert differing == []
    again = offsite.run("fetch", set_id=set_id)
    assert (again.outcome, again.exit) == ("refused", 4)
    assert f"{set_id} is here already" in again.what


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


@pytest.mark.parametrize("step", ["send-set", "complete-set"])
def test_a_backup_cancelled_before_it_arrived_is_not_in_the_repository(
    offsite: Offsite, step: str
) -> None:
    end = offsite.run("backup", in_step(step))
    assert end.outcome == "cancelled"
    assert offsite.snapshots() == []
    assert not left_behind(offsite.site, offsite.site.discover())
    (backup,) = offsite.vault.sets()
    if step == "complete-set":
        # The step itself is short: its set is there, and was not sent.
        assert offsite.steps()[-1] != "send-set"
    assert (backup.state, backup.snapshot, backup.here) == ("complete", "", True)
    assert f" send {backup.id}" in " ".join(end.remains)
    listed = offsite.command("list")
    assert "NOT SENT YET" in listed.out
    sent = offsite.command("send", backup.id)
    assert sent.exit == 0, sent.out + sent.err
    assert offsite.vault.resolve(backup.id).snapshot
    again = offsite.command("send", backup.id)
    assert again.exit == 4
    assert "already" in again.err


def test_what_was_not_sent_goes_with_the_next_backup(offsite: Offsite) -> None:
    end = offsite.run("backup", in_step("send-set"))
    assert end.outcome == "cancelled"
    (unsent,) = offsite.vault.sets()
    # What is known of the files here goes with them, and is no word about those that come back.
    assert verify_set(offsite.vault, unsent).outcome == "good"
    second = offsite.backup()
    assert [b.id for b in offsite.vault.sets() if b.snapshot] == [unsent.id, second]
    assert offsite.here() == [second]
    assert offsite.run("fetch", set_id=unsent.id).outcome == "complete"
    assert offsite.vault.resolve(unsent.id).working is None


def test_a_cancelled_fetch_leaves_no_set(offsite: Offsite) -> None:
    set_id = offsite.backup()
    offsite.lose_machine()
    end = offsite.run("fetch", in_step("fetch-set"), set_id=set_id)
    assert end.outcome == "cancelled"
    assert offsite.here() == []
    assert offsite.run("fetch", set_id=set_id).outcome == "complete"
    assert offsite.here() == [set_id]
    assert not list((offsite.vault.folder / FETCHING).iterdir())


def test_what_needs_the_files_says_how_to_fetch_them(offsite: Offsite) -> None:
    set_id = offsite.backup()
    offsite.lose_machine()
    backup = offsite.vault.resolve(set_id)
    with pytest.raises(PryvTuiError) as caught:
        audit_set(backup)
    assert f"pryv-tui fetch {set_id}" in caught.value.remedy
    with pytest.raises(PryvTuiError) as caught:
        plan_files(offsite.site, offsite.site.discover(), set_id, ["*"])
    assert f"pryv-tui fetch {set_id}" in caught.value.remedy
    assert offsite.vault.resolve(set_id).manifest == backup.manifest
    assert backup.snapshot in offsite.vault.guide(backup)
    assert "RESTORE" in offsite.vault.guide(backup) or "restore" in offsite.vault.guide(backup)
    assert offsite.run("fetch", set_id=set_id).outcome == "complete"
    assert audit_set(offsite.vault.resolve(set_id))


def test_prune_forgets_what_no_rule_keeps_and_no_more(offsite: Offsite) -> None:
    ids = [offsite.backup() for _ in range(3)]
    assert verify_set(offsite.vault, offsite.vault.resolve(ids[1])).outcome == "good"
    steps = plan_prune(offsite.site, offsite.site.discover(), KeepRules(last=1)).steps
    said = "it can't be undone, and nothing that any snapshot holds goes"
    assert [step.undone == said for step in steps] == [False, True], "of the forgotten set it does"
    assert offsite.run("prune", keep=KeepRules(last=1)).outcome == "complete"
    # The newest, and the newest that was verified.
    assert [b.id for b in offsite.vault.sets()] == ids[1:]
    assert [s["tags"][-1] for s in offsite.snapshots()] == [f"set:{name}" for name in ids[1:]]
    assert b"no errors were found" in offsite.restic("check", "--read-data").stdout


def test_snapshots_of_others_are_never_touched(offsite: Offsite, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs/file").write_bytes(b"their own")
    offsite.restic("backup", tmp_path / "theirs")
    offsite.restic("backup", "--tag", "pryv-tui", tmp_path / "theirs")
    offsite.restic("backup", "--tag", "set:20260101T000000Z", tmp_path / "theirs")
    for _ in range(2):
        offsite.backup()
    assert offsite.run("prune", keep=KeepRules(last=1)).outcome == "complete"
    assert len(offsite.vault.sets()) == 1
    theirs = [s for s in offsite.snapshots() if s["paths"] == [str(tmp_path / "theirs")]]
    assert len(theirs) == 3


def test_a_copy_is_dropped_only_while_the_repository_lists_it(offsite: Offsite) -> None:
    first = offsite.backup()
    (snapshot,) = offsite.snapshots()

    def forgotten(event: object) -> bool:
        if in_step("drop-copy")(event):  # type: ignore[arg-type]
            offsite.restic("forget", snapshot["id"])
        return False

    end = offsite.run("backup", forgotten)
    assert end.outcome == "warnings"
    assert first in offsite.here(), "the only copy that is left"
    assert any(first in line for line in end.warnings)


def test_a_sample_reads_another_part_each_time(offsite: Offsite) -> None:
    offsite.backup()
    parts = []
    for _ in range(3):
        found = verify_set(offsite.vault, offsite.vault.resolve("latest"), parts=2)
        parts.append((found.part, found.parts, found.outcome, found.whole))
    assert parts == [(1, 2, "good", False), (2, 2, "good", False), (1, 2, "good", False)]
    assert offsite.vault.resolve("latest").verification is None


def test_commands_tell_what_is_wrong_and_how_it_is_mended(
    offsite: Offsite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor = offsite.command("doctor")
    assert f"repository: {offsite.location}, 0 sets; restic" in doctor.out
    for word, remedy, environment in (
        ("the password is not that of", "RESTIC_PASSWORD", {"RESTIC_PASSWORD": "wrong"}),
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
    assert f"at {place} now; when it was read last it held 1 set" in line.text
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


def test_nothing_secret_is_written_anywhere(offsite: Offsite) -> None:
    offsite.backup()
    assert DOMAIN in str(offsite.vault.sets())
    secret = os.environ["RESTIC_PASSWORD"].encode()
    for folder in (Path(offsite.settings.state), offsite.vault.folder):
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                assert secret not in path.read_bytes(), path


def test_a_backup_killed_while_it_is_sent_leaves_no_set_that_could_lack_something(
    offsite: Offsite,
) -> None:
    """restic goes on without the program that would have compared what it sent."""
    end = offsite.run("backup", in_step("send-set"))
    (unsent,) = offsite.vault.sets()
    assert end.outcome == "cancelled"
    restic = offsite.vault.restic
    folder = offsite.vault.folder / unsent.id
    hidden = folder.with_name("hidden")
    (folder / "single").rename(hidden)
    words = restic.backup_words(unsent.id, DOMAIN, "")
    subprocess.run(restic.argv(*words), cwd=folder, check=True, capture_output=True)
    hidden.rename(folder / "single")
    assert len(offsite.snapshots()) == 1
    assert [(b.id, b.snapshot) for b in offsite.vault.sets()] == [(unsent.id, "")]
    assert offsite.run("send", set_id=unsent.id).outcome == "complete"
    assert [s["tags"][-1] for s in offsite.snapshots()] == [f"set:{unsent.id}"]
    offsite.lose_machine()
    assert offsite.run("fetch", set_id=unsent.id).outcome == "complete"
    assert verify_set(offsite.vault, offsite.vault.resolve(unsent.id)).outcome == "good"


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
    assert f"holds another set that is called {mine}" in end.what
    assert [s["id"] for s in offsite.snapshots()] == [s["id"] for s in before]
    assert other.here() == [mine], "its own set is whole where it was made"
    theirs, own = other.vault.sets()
    assert (theirs.id, theirs.here, bool(theirs.snapshot)) == (mine, False, True)
    assert (own.id, own.here, own.snapshot) == (mine, True, "")
    with pytest.raises(PryvTuiError) as error:
        other.vault.resolve(mine)  # to be restored, or sent
    assert f"two sets are called {mine}" in error.value.what
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


def test_a_fetch_changes_nothing_that_the_repository_holds_and_needs_its_lock(
    offsite: Offsite,
) -> None:
    """It is not said to be read only: restic's lock lies there meanwhile."""
    first = offsite.backup()
    offsite.backup()
    shutil.rmtree(offsite.vault.folder / first, ignore_errors=True)
    effects = " ".join(plan_fetch(offsite.site, offsite.site.discover(), first).effects)
    assert "Nothing that the repository holds is changed" in effects
    assert "only read" not in effects
    held, locks = of_repository(offsite), Path(offsite.location) / "locks"
    locks.rmdir()
    locks.write_text("no lock can be made")
    assert offsite.run("fetch", set_id=first).outcome == "failed"
    locks.unlink()
    locks.mkdir()
    assert offsite.run("fetch", set_id=first).outcome == "complete"
    assert of_repository(offsite) == held and first in offsite.here()
    taken = " ".join(plan_backup(offsite.site, offsite.site.discover()).effects)
    assert "Nothing that the repository holds is changed" not in taken


def of_repository(offsite: Offsite) -> dict[str, bytes]:
    """All that it holds."""
    found = Path(offsite.location).rglob("*")
    return {str(path): path.read_bytes() for path in found if path.is_file()}
