"""No rule takes a pinned set, whatever else becomes of it; for the rules it counts as any other."""

from __future__ import annotations

from msgspec import structs

from pryv_tui.operations.plans.prune import prune_plan, removed_by
from pryv_tui.operations.sets.retention import Judgement, KeepRules, judge, newest_kept
from pryv_tui.vault.beside.pins import Pin, Pins
from pryv_tui.vault.sets import BackupSet
from pryv_tui.who import Who
from tests.operations.kit import DOMAIN
from tests.operations.sets.kept_sets import GOOD, a_set

PIN = Pin(time="2026-02-03T04:05:06.000Z", by=Who(user="anna"), why="before the move")
WORDS = "pinned by anna on 2026-02-03: before the move"
LAST = KeepRules(last=1)


def pinned(backup: BackupSet, *lines: Pin, unread: str = "") -> BackupSet:
    return structs.replace(backup, pins=Pins(lines or (PIN,), unread))


def judged(*sets: BackupSet, also_kept: dict[str, str] | None = None) -> list[Judgement]:
    kept = also_kept or {}
    return judge(sets, LAST, domain=DOMAIN, practice=False, also_kept=kept)


def test_a_pinned_set_stays_and_says_by_whom() -> None:
    sets = [a_set(1), pinned(a_set(2)), a_set(3), a_set(4, verified=GOOD)]
    found = judged(*sets)
    assert [one.keep for one in found] == [False, True, False, True]
    assert (found[1].why, found[1].pinned) == (WORDS, True)
    plan = prune_plan(found, vault="/v", domain=DOMAIN, instead=newest_kept(sets, found))
    assert removed_by(plan) == (sets[0].id, sets[2].id)
    assert f"Kept: {sets[1].id}: {WORDS}." in plan.effects


def test_a_pin_that_was_let_go_keeps_nothing() -> None:
    let_go = structs.replace(PIN, event="unpinned")
    found = judged(pinned(a_set(1), PIN, let_go), a_set(2))
    assert [(one.keep, one.pinned) for one in found] == [(False, False), (True, False)]


def test_a_pinned_set_counts_for_the_rules_as_before() -> None:
    """That it is pinned lets no other one go, and keeps none."""
    before = judged(a_set(1), a_set(2), a_set(3))
    for number in range(3):
        sets = [a_set(1), a_set(2), a_set(3)]
        sets[number] = pinned(sets[number])
        found = judged(*sets)
        for one, other in zip(found, before, strict=True):
            assert one.keep == other.keep or one.pinned
    # Kept by a rule as well: both reasons are told, the pin's first.
    assert found[2].why.startswith(f"{WORDS}; the last set")


def test_what_no_rule_speaks_of_is_told_as_pinned_too() -> None:
    other = a_set(1)
    assert other.manifest is not None
    foreign = structs.replace(
        other, manifest=structs.replace(other.manifest, domain="other.example")
    )
    found = judged(pinned(foreign), pinned(a_set(2, state="partial")), a_set(3))
    assert found[0].pinned and "another platform" in found[0].why
    assert not found[1].pinned


def test_pins_that_can_not_be_read_keep_it_and_somebody_looks() -> None:
    found = judged(pinned(a_set(1), unread="pins.json can't be read: x"), a_set(2))
    assert found[0].keep and found[0].flagged and "counts as pinned" in found[0].why


def test_an_incident_keeps_what_it_names() -> None:
    one = a_set(1)
    found = judged(one, a_set(2), also_kept={one.id: "pinned by the incident I"})
    assert (found[0].keep, found[0].pinned, found[0].why) == (
        True, True, "pinned by the incident I",
    )  # fmt: skip
