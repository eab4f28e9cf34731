"""Which sets go by rule: never the last good one, never because a backup went wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.plans.prune import how_much, prune_plan, removed_by, rests_of
from pryv_tui.operations.plans.runbook import runbook
from pryv_tui.operations.sets.retention import Judgement, KeepRules, judge
from pryv_tui.operations.steps.sets.flag_sets import FlagSets
from pryv_tui.operations.steps.sets.remove_set import RemoveSet
from pryv_tui.vault.checks import Verification
from pryv_tui.vault.sets import BackupSet
from pryv_tui.vault.vault import Vault
from tests.hosts.machines import StillHost, machine
from tests.journeys.program import pryv_tui
from tests.operations.kit import DOMAIN, context, manifest_of, part, set_of

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
GOOD = Verification("2026-01-02T00:00:00Z", "good", 1, 1)


def a_set(hours: int, **more: Any) -> BackupSet:
    """A set made so many hours after the start."""
    verified, state = more.pop("verified", None), more.pop("state", "complete")
    role = more.pop("role", "core")
    holds = {"bytes": more.pop("size", 1000), "files": more.pop("files", 10)}
    documents = more.pop("documents", 100)
    host = part(role, role, **holds)
    if role == "core":
        stores = {**host.stores, "mongodb": {"collections": {"events": documents}}}
        host = structs.replace(host, stores=stores)
    name = f"{START + timedelta(hours=hours):%Y%m%dT%H%M%SZ}"
    made = set_of(manifest_of(host, id=name, **more))
    if state == "partial":
        return structs.replace(made, state=state, manifest=None, problem="it did not finish")
    return structs.replace(made, state=state, verification=verified)


def decided(sets: Sequence[BackupSet], rules: KeepRules) -> list[Judgement]:
    return judge(sets, rules, domain=DOMAIN, practice=False)


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


class TestPlan:
    def test_what_goes_is_shown_with_its_commands_and_what_stays_with_its_reason(self) -> None:
        sets = [a_set(0), a_set(1), a_set(2, size=1), a_set(3)]
        plan = prune_plan(decided(sets, KeepRules(last=1)), vault="/v", domain=DOMAIN, begun=["x"])
        assert removed_by(plan) == (sets[0].id,), "what was shown as kept must not be in here"
        assert rests_of(plan) == ("the rest of x, whose removal was stopped half-way",)
        assert how_much(plan) == "1 set and the rest of 1 removal"
        assert isinstance(plan.steps[0], FlagSets)
        told = runbook(plan)
        assert f"mv /v/{sets[0].id} /v/{sets[0].id}.removing" in told
        assert f"Kept: {sets[2].id}: it is suspicious" in told
        removals = [step for step in plan.steps if isinstance(step, RemoveSet)]
        assert all(step.destructive and "gone" in step.undone for step in removals)


class Vaulted:
    """Sets that hold a file each."""

    def __init__(self, folder: Path) -> None:
        host = StillHost("core", machine("core"), root=folder)
        self.ctx, self.heard = context(folder, host)
        self.vault: Vault = self.ctx.site.vault
        self.ids = [self.make(hour) for hour in range(2)]

    def make(self, hour: int) -> str:
        name = f"{START + timedelta(hours=hour):%Y%m%dT%H%M%SZ}-nightly"
        partial = self.vault.begin(name)
        (partial / "core").mkdir()
        (partial / "core" / "file").write_text("x")
        self.vault.complete(partial, manifest_of(part("core", "core"), id=name), "guide")
        (self.vault.folder / f"{name}.casualties.csv").write_text("who")
        return name

    @property
    def listed(self) -> list[str]:
        return [backup.id for backup in self.vault.sets()]

    def remove(self, name: str) -> None:
        RemoveSet(vault=str(self.vault.folder), set_id=name).perform(self.ctx)


@pytest.fixture
def vaulted(tmp_path: Path) -> Vaulted:
    return Vaulted(tmp_path)


class TestRemoval:
    def test_the_set_and_its_list_go_and_nothing_else(self, vaulted: Vaulted) -> None:
        vaulted.remove(vaulted.ids[0])
        assert (vaulted.ctx.facts.changed, vaulted.ctx.facts.gone) == (True, vaulted.ids[:1])
        names = {path.name for path in vaulted.vault.folder.iterdir()}
        assert names == {vaulted.ids[1], f"{vaulted.ids[1]}.casualties.csv"}

    def test_what_is_half_removed_is_no_set_and_goes_with_the_next_prune(
        self, vaulted: Vaulted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def stopped(path: Path) -> None:
            (path / "core" / "file").unlink()
            raise OSError(5, "killed, as it were")

        name = vaulted.ids[0]
        with monkeypatch.context() as patch:
            patch.setattr("shutil.rmtree", stopped)
            with pytest.raises(PryvTuiError, match="could not be removed whole"):
                vaulted.remove(name)
        assert vaulted.listed == [vaulted.ids[1]]
        assert vaulted.ctx.facts.gone == [name], "it is no set from its first act on"
        assert vaulted.vault.half_removed() == [name]
        assert vaulted.vault.new_id("nightly", START) != name, "its name is not given again"
        (plan_step,) = prune_plan(
            [], vault=str(vaulted.vault.folder), domain=DOMAIN, begun=[name]
        ).steps
        plan_step.perform(vaulted.ctx)
        assert vaulted.vault.half_removed() == []
        left = [path.name for path in vaulted.vault.folder.iterdir()]
        assert not [entry for entry in left if entry.startswith(name)]
        assert vaulted.listed == [vaulted.ids[1]]

    def test_a_link_in_its_place_leads_nowhere(self, vaulted: Vaulted, tmp_path: Path) -> None:
        precious = tmp_path / "precious"
        precious.mkdir()
        (precious / "file").write_text("x")
        name = vaulted.ids[0]
        folder = vaulted.vault.folder / name
        folder.rename(tmp_path / "elsewhere")
        folder.symlink_to(precious)
        with pytest.raises(PryvTuiError) as caught:
            vaulted.remove(name)
        assert caught.value.name == "refused"
        assert (precious / "file").read_text() == "x"

    def test_links_inside_lead_nowhere_either(self, vaulted: Vaulted, tmp_path: Path) -> None:
        precious = tmp_path / "precious"
        precious.mkdir()
        (precious / "file").write_text("x")
        (vaulted.vault.folder / vaulted.ids[0] / "core" / "link").symlink_to(precious)
        vaulted.remove(vaulted.ids[0])
        assert (precious / "file").read_text() == "x"

    @pytest.mark.parametrize("name", ["", "..", "../x", "20260101T120000Z.partial", "x"])
    def test_only_a_set_is_removed(self, vaulted: Vaulted, name: str) -> None:
        with pytest.raises(PryvTuiError):
            vaulted.vault.begin_removal(name)
        assert vaulted.listed == vaulted.ids

    def test_an_unfinished_removal_beside_a_set_of_its_name_is_not_mixed_with_it(
        self, vaulted: Vaulted
    ) -> None:
        name = vaulted.ids[0]
        (vaulted.vault.folder / f"{name}.removing").mkdir()
        with pytest.raises(PryvTuiError) as caught:
            vaulted.remove(name)
        assert caught.value.name == "refused"
        assert vaulted.listed == vaulted.ids
        assert not vaulted.ctx.facts.changed
        # A prune takes the rest, never the set.
        judged = decided(vaulted.vault.sets(), KeepRules(last=9))
        plan = prune_plan(judged, vault=str(vaulted.vault.folder), domain=DOMAIN, begun=[name])
        assert removed_by(plan) == ()
        assert rests_of(plan) == (f"the rest of a working copy of {name}",)
        for _ in range(2):
            plan.steps[0].perform(vaulted.ctx)
            assert vaulted.listed == vaulted.ids
        assert (vaulted.vault.folder / f"{name}.casualties.csv").exists()
        assert vaulted.vault.half_removed() == []

    def test_what_somebody_should_look_at_is_a_warning(self, vaulted: Vaulted) -> None:
        FlagSets(flagged=("a: is small",)).perform(vaulted.ctx)
        assert vaulted.ctx.facts.warnings == ["a: is small"]


def test_the_command_asks_for_the_word_and_removes_what_it_named(tmp_path: Path) -> None:
    practice = tmp_path / "platform"
    assert pryv_tui("practice", "create", practice).exit == 0
    domain = "practice.pryv.example"
    vault = Vault(tmp_path / "platform-vault")
    ids = []
    for hour in range(3):
        name = f"{START + timedelta(hours=hour):%Y%m%dT%H%M%SZ}"
        made = manifest_of(part("core", "core"), id=name, practice=True, domain=domain)
        vault.complete(vault.begin(name), made, "guide")
        ids.append(name)

    def prune(*words: str) -> Any:
        return pryv_tui("--practice", practice, "prune", *words)

    assert prune().exit == 2, "no rule"
    shown = prune("--keep-last", "1", "--dry-run")
    assert shown.exit == 0
    assert [line.split()[:2] for line in shown.out.splitlines()] == [
        ["REMOVE", ids[0]],
        ["REMOVE", ids[1]],
        ["keep", ids[2]],
    ]
    assert "Nothing is" not in shown.out
    told = json.loads(prune("--keep-last", "1", "--dry-run", "--json").out)
    assert [(one["id"], one["keep"]) for one in told["sets"]] == [
        (ids[0], False),
        (ids[1], False),
        (ids[2], True),
    ]
    assert told["rests"] == []
    assert prune("--keep-last", "1").exit == 2
    assert prune("--keep-last", "1", "--confirm", "wrong").exit == 4
    assert [backup.id for backup in vault.sets()] == ids, "nothing went yet"
    done = prune("--keep-last", "1", "--confirm", domain, "--json")
    assert done.exit == 0, done.out + done.err
    assert done.end["outcome"] == "complete"
    assert [backup.id for backup in vault.sets()] == ids[2:]
    assert prune("--keep-last", "1").out.endswith("Nothing is to be removed.\n")
    nothing = prune("--keep-last", "1", "--json")
    assert nothing.exit == 0
    assert [one["keep"] for one in json.loads(nothing.out)["sets"]] == [True]
    (vault.folder / f"{ids[0]}.removing").mkdir()
    assert "Nothing is" not in prune("--keep-last", "1", "--dry-run").out, "a rest is there"
    rests = json.loads(prune("--keep-last", "1", "--dry-run", "--json").out)["rests"]
    assert len(rests) == 1 and ids[0] in rests[0]
    asked = prune("--keep-last", "1")
    assert asked.exit == 2
    assert f"the rest of {ids[0]}, whose removal was stopped half-way" in asked.err
    assert prune("--keep-last", "1", "--confirm", domain).exit == 0
    assert vault.half_removed() == []
    started = json.loads(done.out.splitlines()[0])
    assert (started["event"], started["kind"]) == ("run_started", "prune")


def test_sets_of_other_roles_are_judged_by_themselves_and_that_is_said() -> None:
    """A set without core has far less than the one before: it is compared with none of core's."""
    sets = [a_set(0), a_set(24), a_set(48, role="register", size=5)]
    judged = decided(sets, KeepRules(last=1))
    assert [one.keep for one in judged] == [False, True, True]
    assert judged[1].why == "the last set of core; the last one is kept"
    assert judged[2].why == "the last set of register; the last one is kept"
    plan = prune_plan(judged, vault="/vault", domain=DOMAIN)
    assert "here 2 of core; 1 of register" in plan.effects[0]
    assert "compared only with what those before it hold of the same roles" in plan.effects[0]
    alike = prune_plan(decided(sets[:2], KeepRules(last=2)), vault="/vault", domain=DOMAIN)
    assert not any("same roles" in line for line in alike.effects)
    assert "set 2 from the last; the last 2 are kept" in alike.effects[0]
