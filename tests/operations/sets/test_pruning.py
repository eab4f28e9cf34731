"""Sets that go by rule: shown with their commands, removed, and nothing else with them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.plans.prune import how_much, prune_plan, removed_by, rests_of
from pryv_tui.operations.plans.runbook import runbook
from pryv_tui.operations.sets.retention import KeepRules
from pryv_tui.operations.steps.sets.flag_sets import FlagSets
from pryv_tui.operations.steps.sets.remove_set import RemoveSet
from pryv_tui.vault.vault import Vault
from tests.hosts.machines import StillHost, machine
from tests.journeys.program import pryv_tui
from tests.operations.kit import DOMAIN, context, manifest_of, part
from tests.operations.sets.kept_sets import START, a_set, decided


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
            with pytest.raises(PryvTuiError, match="could not be removed completely"):
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
        assert rests_of(plan) == (f"remains of a working copy of {name}",)
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
    assert prune("--keep-last", "1").out.endswith("There is nothing to remove.\n")
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
