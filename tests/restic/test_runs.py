"""Backup, verify, restore and prune with a vault that is a restic repository; restic is real."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.audit.from_set import audit_set
from pryv_tui.operations.sets.retention import KeepRules
from pryv_tui.operations.sets.verify import verify_set
from pryv_tui.runs.left import left_behind
from pryv_tui.runs.planning.request import plan_backup, plan_fetch, plan_files, plan_prune
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.restic.leftovers import FETCHING
from tests.restic.kit import DOMAIN, Offsite, in_step
from tests.restic.repositories import leave_lock, needed, together

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
    assert f"{set_id} is already here" in again.what


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
    said = "it can't be undone; nothing that a snapshot needs is removed"
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


def test_a_fetch_changes_nothing_that_the_repository_holds_and_needs_its_lock(
    offsite: Offsite,
) -> None:
    """It is not said to be read only: restic's lock lies there meanwhile."""
    first = offsite.backup()
    offsite.backup()
    shutil.rmtree(offsite.vault.folder / first, ignore_errors=True)
    effects = " ".join(plan_fetch(offsite.site, offsite.site.discover(), first).effects)
    assert "Nothing in the repository is changed" in effects
    assert "only read" not in effects
    held = of_repository(offsite)
    # Somebody of another machine has it for himself alone: where no lock can lie, nothing is read.
    theirs = leave_lock(Path(offsite.location), 1, "elsewhere")
    end = offsite.run("fetch", set_id=first)
    assert end.outcome == "failed" and "is locked" in end.what, end
    theirs.unlink()
    assert offsite.run("fetch", set_id=first).outcome == "complete"
    assert of_repository(offsite) == held and first in offsite.here()
    taken = " ".join(plan_backup(offsite.site, offsite.site.discover()).effects)
    assert "Nothing in the repository is changed" not in taken


def of_repository(offsite: Offsite) -> dict[str, bytes]:
    """All that it holds."""
    found = Path(offsite.location).rglob("*")
    return {str(path): path.read_bytes() for path in found if path.is_file()}
