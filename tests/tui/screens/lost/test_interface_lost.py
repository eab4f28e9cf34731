"""A role that is gone: both wizards say so, and a restore begins with the set that holds it."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.history import all_runs, can_be_undone
from pryv_tui.tui.widgets.panes import Pane
from tests.helpers.runs import run_to_its_end
from tests.tui.driving import opened
from tests.tui.flows.test_cancel_steps import cancelled, held_in

DOMAIN = "practice.pryv.example"


async def test_a_backup_without_core_warns_and_the_restore_offers_the_set_with_it(
    with_set: Settings, platform: PracticePlatform
) -> None:
    (holder,) = [backup.id for backup in open_site(with_set).vault.sets()]
    platform.wipe("core")
    async with opened(with_set, size=(100, 30)) as operator:
        await operator.keys("b")
        await operator.sees("register, static-web on single")
        await operator.sees(f"core: not found here; in the set {holder}")
        await operator.keys("enter")
        await operator.sees("▲ 1 WARNING")
        await operator.sees("missing roles")
        assert f"then choose {holder}" in operator.page.query_one("#guards", Pane).plain
        await operator.keys("n")
        await operator.sees("WITHOUT core")
        await operator.keys("escape", "escape", "escape")
        await operator.on("OverviewScreen")
        run_to_its_end(with_set, "backup")
        newest = open_site(with_set).vault.sets()[-1].id
        await operator.keys("ctrl+r")
        await operator.sees("WITHOUT core")
        assert "▲ incomplete" in operator.text
        assert "nothing urgent" not in operator.text
        await operator.keys("r")
        await operator.sees("core: not found here; this set holds it")
        await operator.keys("up")
        await operator.sees(f"core: not found here, and not in this set, but in {holder}")
        assert newest != holder
        await operator.keys("enter")
        await operator.sees("Roles to restore")
        await operator.until(lambda: operator.focused == "next", "the roles")
        await operator.keys("enter")
        await operator.sees("▲ 1 WARNING")
        assert holder in operator.page.query_one("#guards", Pane).plain


async def test_a_cancelled_restore_that_put_everything_back_offers_no_undo(
    with_set: Settings,
) -> None:
    (set_id,) = [backup.id for backup in open_site(with_set).vault.sets()]
    async with opened(with_set) as operator:
        held_in(operator, with_set, 7, "restore", set_id=set_id)
        await operator.on("RunScreen")
        await operator.until(lambda: bool(operator.page.model.steps), "the steps")  # type: ignore[attr-defined]
        title = operator.page.model.steps[6].view.title  # type: ignore[attr-defined]
        result = await cancelled(operator, title)
        assert "The former content is in place." in result
        (run,) = [one for one in all_runs(Path(with_set.state)) if one.kind == "restore"]
        assert f"undone/{run.id}" in result
        assert f"release {run.id}" in result
        assert not can_be_undone(run)
        assert "U undoes it" not in operator.text
        assert "U Undo" not in operator.text
        await operator.keys("escape")
        await operator.on("OverviewScreen")
        await operator.keys("ctrl+r")
        attention = operator.page.query_one("#attention", Pane)
        await operator.until(lambda: run.id in attention.plain, "what lies aside")
        assert "the cancelled restore" in " ".join(attention.plain.split())
        await operator.keys("u")
        await operator.on("RunsScreen")
        await operator.sees(run.id)
        assert "U Undo" not in operator.text
        assert "D Release" in operator.text


async def test_a_prune_without_any_rule_says_why_it_does_not_go_on(with_set: Settings) -> None:
    async with opened(with_set) as operator:
        await operator.keys("s")
        await operator.sees("✓ complete")
        await operator.keys("D")
        await operator.sees("Keep so many:")
        assert "No rule" not in operator.text
        for name in ("last", "daily", "weekly", "monthly"):
            operator.page.query_one(f"#{name}", Input).value = ""
        await operator.sees("No rule keeps a set")
        await operator.keys("enter")
        await operator.sees("Nothing was done: no rule keeps a set.")
        operator.page.query_one("#last", Input).value = "1"
        await operator.sees("Empty or 0 is no rule.")
