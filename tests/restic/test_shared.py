"""A repository in which lies more than the good sets of one platform; restic is real."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from msgspec import structs

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import MACHINE_NAME
from pryv_tui.operations.guards import backup_guards
from pryv_tui.operations.overview.overview import overview
from pryv_tui.operations.plans.prune import removed_by
from pryv_tui.operations.sets.retention import KeepRules
from pryv_tui.operations.sets.verify import verify_set
from pryv_tui.runs.planning.request import plan_prune
from pryv_tui.runs.record.events import AnyEvent
from pryv_tui.vault.manifest import decode, encode
from pryv_tui.vault.restic.forget import forget
from tests.restic.kit import Offsite, in_step
from tests.restic.repositories import apart, needed

pytestmark = [needed, apart]

FORGED = "20200101T000000Z"


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"set.json": b"{}"},
        {"RESTORE.md": b"x", "set.json": b"no JSON"},
        {"RESTORE.md": b"x", "set.json": b'{"id": "/etc"}'},
    ],
)
def test_a_snapshot_that_says_nothing_readable_stands_in_no_other_s_way(
    offsite: Offsite, files: dict[str, bytes]
) -> None:
    forged = offsite.forge(FORGED, {"other": b"x", **files})
    set_id = offsite.backup()
    offsite.lose_machine()
    bad, good = offsite.vault.sets()
    assert (bad.id, bad.state, bad.snapshot, bad.here) == (FORGED, "damaged", forged, False)
    assert bad.problem
    assert (good.id, good.state) == (set_id, "complete")
    assert offsite.run("fetch", set_id=FORGED).outcome == "refused"
    assert offsite.run("fetch", set_id=set_id).outcome == "complete"
    # It is left alone, and named.
    second = offsite.backup()
    end = offsite.run("prune", keep=KeepRules(last=1))
    assert end.outcome == "warnings"
    assert any(FORGED in line for line in end.warnings)
    assert {s["tags"][-1] for s in offsite.snapshots()} == {f"set:{FORGED}", f"set:{second}"}


def test_a_repository_that_vanishes_is_told_as_that(offsite: Offsite) -> None:
    offsite.backup()
    offsite.lose_machine()
    vault = offsite.vault
    read = vault.cache.read
    hidden = Path(offsite.location).with_name("hidden")

    def vanishing(snapshot: str, name: str) -> bytes:
        if not hidden.exists():
            shutil.move(offsite.location, hidden)
        return read(snapshot, name)

    vault.cache.read = vanishing  # type: ignore[method-assign]
    with pytest.raises(PryvTuiError, match="there is no restic repository at"):
        vault.sets()
    shutil.move(hidden, offsite.location)
    (backup,) = offsite.vault.sets()
    assert backup.state == "complete", "nothing false was kept"


def test_two_sets_of_one_name_in_the_repository_are_both_seen_and_both_stay(
    offsite: Offsite,
) -> None:
    first, second = offsite.backup(), offsite.backup()
    backup = offsite.vault.resolve(first)
    words = offsite.vault.cache.of(backup.snapshot)
    assert words is not None
    forged = offsite.forge(first, {"RESTORE.md": b"", "set.json": words + b"\n"})
    own, other, newest = offsite.vault.sets()
    assert [own.id, other.id, newest.id] == [first, first, second]
    assert {own.snapshot, other.snapshot} == {backup.snapshot, forged}
    listed = offsite.command("list").out
    assert f"snapshot {backup.snapshot[:8]}" in listed
    assert f"snapshot {forged[:8]}" in listed
    with pytest.raises(PryvTuiError) as caught:
        offsite.vault.resolve(first)
    assert f"2 sets in {offsite.location} have the name {first}" in caught.value.what
    assert forged[:8] in caught.value.remedy
    for snapshot in caught.value.remedy.partition("its snapshot: ")[2].split(", "):
        target = offsite.folder / f"by-hand-{snapshot}"
        offsite.restic("restore", snapshot, "--target", target)
        assert list(target.rglob("set.json")), "each of them comes by hand"
    assert offsite.run("prune", keep=KeepRules(last=1)).outcome == "complete"
    assert len(offsite.snapshots()) == 3


def test_a_set_that_was_sent_twice_is_one_and_goes_as_the_plan_says(offsite: Offsite) -> None:
    first = offsite.backup()
    offsite.backup()
    backup = offsite.vault.resolve(first)
    assert offsite.run("fetch", set_id=first).outcome == "complete"
    folder = backup.folder
    files = {name: (folder / name).read_bytes() for name in ("set.json", "RESTORE.md")}
    twin = offsite.forge(first, files)
    found = offsite.vault.resolve(first)
    assert (found.snapshot, found.twins) == (twin, (backup.snapshot,))
    shown = offsite.command("prune", "--keep-last", 1, "--dry-run")
    assert f"REMOVE  {first}" in shown.out
    assert offsite.run("prune", keep=KeepRules(last=1)).outcome == "complete"
    assert len(offsite.snapshots()) == 1


def test_another_platform_s_set_is_not_this_one_s_last_backup(offsite: Offsite) -> None:
    """Else nobody would be told that this one's backups fail."""
    set_id = offsite.backup()
    words = offsite.vault.cache.of(offsite.vault.resolve(set_id).snapshot)
    assert words is not None
    manifest = decode(words)
    theirs = "20990101T000000Z"
    other = structs.replace(
        manifest,
        id=theirs,
        domain="other.example",
        roles=("register",),
        created="2099-01-01T00:00:00Z",
    )
    offsite.forge(theirs, {"RESTORE.md": b"", "set.json": encode(other)})
    site = offsite.site
    deployment = site.discover()
    seen = overview(site, deployment)
    assert [backup.id for backup in seen.sets] == [set_id, theirs]
    assert seen.last and seen.last.id == set_id
    assert not seen.lost
    lines = {line.name: line for line in backup_guards(site, deployment, ())}
    assert lines["clock"].outcome == "ok"
    assert set_id in lines["space"].text
    # Where nothing tells which platform this is, as after a disaster, any may be meant.
    nameless = structs.replace(deployment, domain="host", domain_source=MACHINE_NAME)
    last = overview(site, nameless).last
    assert last and last.id == theirs


def test_no_set_goes_that_was_not_shown(offsite: Offsite) -> None:
    """Another backup may end between a plan that is looked at and its run."""
    first, second, third = (offsite.backup() for _ in range(3))
    rules = KeepRules(last=2)
    shown = removed_by(plan_prune(offsite.site, offsite.site.discover(), rules))
    assert shown == (first,)
    fourth = offsite.backup()
    assert offsite.run("prune", keep=rules, shown=shown).outcome == "complete"
    assert [b.id for b in offsite.vault.sets()] == [second, third, fourth]


def test_another_set_than_the_planned_one_is_not_fetched(offsite: Offsite) -> None:
    set_id = offsite.backup()
    backup = offsite.vault.resolve(set_id)
    words = offsite.vault.cache.of(backup.snapshot)
    offsite.lose_machine()

    def replaced(event: AnyEvent) -> bool:
        if in_step("fetch-set")(event):
            offsite.restic("forget", backup.snapshot)
            offsite.forge(set_id, {"RESTORE.md": b"", "set.json": words or b""})
        return False

    end = offsite.run("fetch", replaced, set_id=set_id)
    assert end.outcome == "refused"
    assert f"no longer has the snapshot {backup.snapshot[:8]} of the set {set_id}" in end.what
    assert offsite.here() == []


def test_a_forget_that_takes_nothing_is_no_success(
    offsite: Offsite, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_id = offsite.backup()
    vault = offsite.vault
    (snapshot,) = offsite.snapshots()
    monkeypatch.setattr(vault.restic, "forget", lambda *_words, **_more: None)
    with pytest.raises(PryvTuiError, match="lists the set"):
        forget(vault, set_id, [snapshot["id"]], on_output=lambda *_line: None)


def test_another_tag_takes_no_check_from_a_set(offsite: Offsite) -> None:
    """Whoever tags a snapshot makes it another one; else the newest verified set could go."""
    first, second = offsite.backup(), offsite.backup()
    assert verify_set(offsite.vault, offsite.vault.resolve(first)).outcome == "good"
    assert verify_set(offsite.vault, offsite.vault.resolve(second), parts=2).outcome == "good"
    offsite.vault.sets()
    before = [offsite.vault.resolve(name) for name in (first, second)]
    for _ in range(2):
        offsite.restic("tag", "--add", "keep", *(backup.snapshot for backup in before))
        after = [offsite.vault.resolve(name) for name in (first, second)]
        assert not {b.snapshot for b in before} & {b.snapshot for b in after}
        assert [(b.verification, b.checks) for b in after] == [
            (b.verification, b.checks) for b in before
        ]
        assert offsite.vault.is_origin(second, after[1].snapshot)
        offsite.restic("tag", "--remove", "keep", *(backup.snapshot for backup in after))
        before = [offsite.vault.resolve(name) for name in (first, second)]
    # Another snapshot of that name, with the same words, was checked by nobody.
    words = offsite.vault.cache.of(before[0].snapshot)
    assert words is not None
    forged = offsite.forge(first, {"RESTORE.md": b"", "set.json": words})
    found = offsite.vault.resolve(first)
    assert (found.snapshot, found.verification, found.checks) == (forged, None, ())


def test_no_set_goes_for_one_that_somebody_else_removed(offsite: Offsite) -> None:
    """Between the plan and its first step: there might be none left."""
    first, second = offsite.backup(), offsite.backup()
    newest = offsite.vault.resolve(second)

    def meanwhile(event: AnyEvent) -> bool:
        if in_step("forget-set")(event):
            offsite.restic("forget", newest.snapshot)
        return False

    end = offsite.run("prune", meanwhile, keep=KeepRules(last=1))
    assert (end.outcome, end.exit) == ("refused", 4)
    assert f"{second}, the newest set that should stay, is not in" in end.what
    assert "Nothing was changed" in end.what
    assert offsite.vault.resolve(first).snapshot
