"""Which sets go by rule: never the last good one, never because a backup went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pryv_tui.operations.plans.prune import prune_plan
from pryv_tui.operations.sets.retention import KeepRules
from pryv_tui.vault.sets import BackupSet
from tests.operations.kit import DOMAIN
from tests.operations.sets.kept_sets import GOOD, START, a_set, decided


def gone(sets: Sequence[BackupSet], rules: KeepRules) -> set[str]:
    return {one.set_id for one in decided(sets, rules) if not one.keep}


@st.composite
def vaults(draw: st.DrawFn) -> list[BackupSet]:
    hours = draw(st.lists(st.integers(0, 3000), unique=True, max_size=14))
    return [
        a_set(
            each,
            verified=draw(st.sampled_from([None, GOOD, GOOD])),
            state=draw(st.sampled_from(["complete"] * 6 + ["partial", "damaged"])),
            size=draw(st.sampled_from([1000, 1000, 900, 600, 300, 2000])),
            documents=draw(st.sampled_from([100, 100, 40])),
            role=draw(st.sampled_from(["core", "core", "register"])),
            domain=draw(st.sampled_from([DOMAIN] * 6 + ["other.example"])),
            practice=draw(st.sampled_from([False] * 6 + [True])),
        )
        for each in sorted(hours)
    ]


small = st.integers(0, 3)
rules = st.builds(
    KeepRules,
    last=small,
    daily=small,
    weekly=small,
    monthly=small,
    shrink=st.sampled_from([0.0, 0.5, 0.95, 1.0]),
)


def ours(backup: BackupSet) -> bool:
    return (
        backup.state == "complete"
        and backup.manifest is not None
        and (backup.manifest.domain, backup.manifest.practice) == (DOMAIN, False)
    )


@given(sets=vaults(), rule=rules)
def test_what_never_goes(sets: list[BackupSet], rule: KeepRules) -> None:
    removed = gone(sets, rule)
    judged = decided(sets, rule)
    assert [one.set_id for one in judged] == [backup.id for backup in sets]
    assert not removed & {backup.id for backup in sets if not ours(backup)}
    assert not removed & {one.set_id for one in judged if one.flagged}
    for role in ("core", "register"):
        like = [b for b in sets if ours(b) and b.manifest and b.manifest.roles == (role,)]
        verified = [b for b in like if b.verification]
        for newest in (like[-1:], verified[-1:]):
            assert not removed & {backup.id for backup in newest}
        kept = [backup for backup in like if backup.id not in removed]
        suspicious = {one.set_id for one in judged if one.flagged}
        normal = [backup.id for backup in like if backup.id not in suspicious]
        assert set(normal[-rule.last :] if rule.last else []) <= {b.id for b in kept}
    if not rule.any:
        assert removed == set()


@given(sets=vaults(), rule=rules, more=rules)
def test_a_wider_rule_keeps_no_less(
    sets: list[BackupSet], rule: KeepRules, more: KeepRules
) -> None:
    if not rule.any:
        return
    wider = KeepRules(
        last=rule.last + more.last,
        daily=rule.daily + more.daily,
        weekly=rule.weekly + more.weekly,
        monthly=rule.monthly + more.monthly,
        shrink=rule.shrink,
    )
    assert gone(sets, wider) <= gone(sets, rule)


@given(sets=vaults(), rule=rules)
def test_a_second_prune_finds_nothing_more(sets: list[BackupSet], rule: KeepRules) -> None:
    removed = gone(sets, rule)
    assert gone([backup for backup in sets if backup.id not in removed], rule) == set()


@given(
    sets=vaults(),
    rule=rules,
    wrong=st.sampled_from(
        [{"state": "partial"}, {"state": "damaged"}, {"size": 10}, {"documents": 1}, {"files": 1}]
    ),
)
def test_no_set_goes_because_a_backup_went_wrong(
    sets: list[BackupSet], rule: KeepRules, wrong: dict[str, Any]
) -> None:
    rule = structs.replace(rule, shrink=0.5)
    # There has to be one that the small one can be seen to be smaller than.
    sets = [*sets, a_set(3500, verified=GOOD)]
    assert gone([*sets, a_set(4000, **wrong)], rule) <= gone(sets, rule)


class TestRules:
    DAYS = tuple(a_set(24 * day + hour) for day in range(40) for hour in (0, 6))

    @pytest.mark.parametrize(
        ("rule", "kept"),
        [
            (KeepRules(last=3), [(38, 6), (39, 0), (39, 6)]),
            (KeepRules(daily=3), [(37, 6), (38, 6), (39, 6)]),
            # The newest is of Monday, 9 February 2026; the other weeks end on Sundays.
            (KeepRules(weekly=3), [(31, 6), (38, 6), (39, 6)]),
            (KeepRules(monthly=2), [(30, 6), (39, 6)]),
            (KeepRules(last=1, monthly=9), [(30, 6), (39, 6)]),
        ],
        ids=str,
    )
    def test_what_each_keeps(self, rule: KeepRules, kept: list[tuple[int, int]]) -> None:
        left = [backup.id for backup in self.DAYS if backup.id not in gone(self.DAYS, rule)]
        assert left == [a_set(24 * day + hour).id for day, hour in kept]

    @pytest.mark.parametrize(("size", "flagged"), [(501, False), (500, False), (499, True)])
    def test_far_less_is_suspicious_and_said(self, size: int, flagged: bool) -> None:
        sets = [a_set(0), a_set(1, size=size), a_set(2)]
        middle = decided(sets, KeepRules(last=1))[1]
        assert middle.flagged == middle.keep == flagged
        if flagged:
            assert f"{size} bytes instead of 1000" in middle.why

    def test_what_stays_small_stays_suspicious(self) -> None:
        sets = [a_set(0), *(a_set(hour, size=100) for hour in range(1, 9))]
        judged = decided(sets, KeepRules(last=2))
        assert all(one.keep for one in judged)
        assert [one.flagged for one in judged] == [False, *[True] * 8]
        accepted = decided(sets, KeepRules(last=2, shrink=0.0))
        assert [one.keep for one in accepted] == [False] * 7 + [True] * 2


@pytest.mark.parametrize("domain", [DOMAIN, "other.example"])
def test_two_sets_of_one_name_both_stay(domain: str) -> None:
    """One here and one in a repository, of this platform or of another that shares it."""
    sets = [a_set(0), a_set(1), a_set(1), a_set(2)]
    manifest = sets[1].manifest
    assert manifest is not None
    sets[1] = structs.replace(
        sets[1], snapshot="5e7", manifest=structs.replace(manifest, domain=domain)
    )
    judged = decided(sets, KeepRules(last=1))
    assert [one.keep for one in judged] == [False, True, True, True]
    assert all("same name" in one.why for one in judged[1:3])


def test_what_was_not_sent_counts_for_no_rule_and_stays() -> None:
    """Else the repository's sets would go on the strength of one that is on this machine alone."""
    sets = [structs.replace(a_set(hour), repository="/r", snapshot=f"{hour}a") for hour in range(3)]
    sets.append(structs.replace(a_set(3, verified=GOOD), repository="/r"))
    judged = decided(sets, KeepRules(last=1))
    assert [one.keep for one in judged] == [False, False, True, True]
    assert "on this machine alone" in judged[3].why


def test_a_clock_that_was_ahead_once_takes_no_days_from_the_sets_after_it() -> None:
    """Ids then go on second by second, as `new_id` gives them; `created` tells the days."""
    sets = []
    for day in range(6):
        created = f"{START + timedelta(days=day + (400 if day == 0 else 0)):%Y-%m-%dT%H:%M:%SZ}"
        made = a_set(400 * 24, created=created)
        name = f"{made.id[: 15 - 1]}{day}Z"
        manifest = structs.replace(made.manifest, id=name) if made.manifest else None
        sets.append(structs.replace(made, id=name, manifest=manifest))
    judged = decided(sets, KeepRules(daily=4))
    assert [one.keep for one in judged] == [False, False, True, True, True, True]


def test_sets_of_other_roles_are_judged_by_themselves_and_that_is_said() -> None:
    """A set without core has far less than the one before: it is compared with none of core's."""
    sets = [a_set(0), a_set(24), a_set(48, role="register", size=5)]
    judged = decided(sets, KeepRules(last=1))
    assert [one.keep for one in judged] == [False, True, True]
    assert judged[1].why == "the last set of core; the last one is kept"
    assert judged[2].why == "the last set of register; the last one is kept"
    plan = prune_plan(judged, vault="/vault", domain=DOMAIN)
    assert "here 2 of core; 1 of register" in plan.effects[0]
    assert "compared only with earlier sets of the same roles" in plan.effects[0]
    alike = prune_plan(decided(sets[:2], KeepRules(last=2)), vault="/vault", domain=DOMAIN)
    assert not any("same roles" in line for line in alike.effects)
    assert "set 2 from the last; the last 2 are kept" in alike.effects[0]
