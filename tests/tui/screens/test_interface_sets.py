"""What can be done with sets besides a restore: prune by rule, a sample, single files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from textual.widgets import Button, Input

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.history import all_runs
from pryv_tui.tui.screens.sets import PARTS, SetsScreen
from pryv_tui.tui.widgets.panes import Pane
from pryv_tui.who import who_is_here
from tests.helpers.runs import run_to_its_end
from tests.tui.driving import Operator, opened

DOMAIN = "practice.pryv.example"


async def sets(operator: Operator) -> SetsScreen:
    await operator.keys("s")
    await operator.sees("✓ complete")
    assert isinstance(operator.page, SetsScreen)
    return operator.page


@pytest.mark.parametrize(("columns", "beside"), [(120, False), (160, True)])
async def test_details_are_beside_the_list_only_where_nothing_is_cut(
    with_set: Settings, columns: int, beside: bool
) -> None:
    (found,) = open_site(with_set).vault.sets()
    assert found.manifest is not None
    async with opened(with_set, (columns, 40)) as operator:
        page = await sets(operator)
        row = next(one for one in operator.text.splitlines() if f"›{found.id}" in one)
        assert "  gap " in row and "…" not in row
        assert f"· {found.manifest.domain}" in operator.text
        of_list, of_details = (page.query_one(f"#{name}").region for name in ("list", "details"))
        assert (of_list.y == of_details.y) is beside
        assert (of_list.x == of_details.x) is not beside


async def test_prune_shows_what_goes_and_wants_the_domain(with_set: Settings) -> None:
    for label in ("second", "third"):
        run_to_its_end(with_set, "backup", label=label)
    vault = open_site(with_set).vault
    first, second, third = [backup.id for backup in vault.sets()]
    async with opened(with_set) as operator:
        await sets(operator)
        await operator.keys("D")
        await operator.on("PruneWizard")
        await operator.sees("of the last sets")
        # No rule at all would keep nothing on purpose: it goes no further.
        for rule in ("last", "daily", "weekly", "monthly"):
            operator.page.query_one(f"#{rule}", Input).value = ""
        await operator.keys("enter")
        assert operator.page.query_one("#next", Button).disabled
        await operator.sees("of the last sets")
        operator.page.query_one("#last", Input).value = "5"
        await operator.keys("enter")
        await operator.sees("✓ nothing is to be removed")
        assert "Nothing is to be done." in operator.page.query_one("#plan", Pane).plain
        assert operator.page.query_one("#next", Button).disabled
        assert "n Next" not in operator.text
        await operator.keys("n")
        assert operator.page.query_one("#next", Button).disabled
        await operator.keys("question_mark")
        await operator.sees("button. It does nothing now.")
        await operator.keys("escape", "escape")
        await operator.sees("of the last sets")
        operator.page.query_one("#last", Input).value = "1"
        await operator.keys("enter")
        await operator.sees("▲ 2 sets removed for good")
        await operator.sees("n Next")
        shown = operator.page.query_one("#plan", Pane).plain
        assert f"Kept: {third}: the last set; the last one is kept." in shown
        assert f"Remove the set {first}" in shown
        await operator.keys("n")
        await operator.until(lambda: operator.focused == "word", "the field of the word")
        removed = operator.page.query_one("#removed", Pane).plain
        assert first in removed
        assert second in removed
        assert third not in removed
        assert str(vault.folder) in removed
        go = operator.page.query_one("#go", Button)
        assert str(go.label) == "Remove 2 sets for good"
        await operator.type("practice")
        await operator.keys("enter")
        assert go.disabled
        assert [backup.id for backup in vault.sets()] == [first, second, third]
        await operator.type(".pryv.example")
        await operator.sees("✓ it matches")
        await operator.keys("tab", "tab", "enter")
        await operator.on("RunScreen")
        await operator.sees("The sets that no rule keeps are removed.")
        assert [backup.id for backup in vault.sets()] == [third]
        await operator.keys("escape")
        await operator.on("SetsScreen")
        await operator.until(lambda: first not in operator.text, "the list of now")
        assert third in operator.text


async def test_a_sample_is_another_part_each_time_and_kept(with_set: Settings) -> None:
    async with opened(with_set, (120, 40)) as operator:
        screen = await sets(operator)
        for part in (1, 2):
            await operator.keys("V")
            await operator.on("RunScreen")
            await operator.sees(f"part {part} of {PARTS} is good")
            await operator.keys("escape")
            await operator.on("SetsScreen")
            await operator.sees(f"part {part} of {PARTS} by {who_is_here().short}: good")
        await operator.keys("v")
        await operator.on("RunScreen")
        await operator.sees("good. ")
        await operator.keys("escape")
        await operator.on("SetsScreen")
        await operator.sees(f"in full by {who_is_here().short}: good")
        shown = screen.query_one("#details", Pane).plain
        checks = shown.split("Checks, the newest first\n")[1].splitlines()[:3]
        assert [line.split(", ")[1].split(":")[0] for line in checks] == [
            f"{one} by {who_is_here().short}" for one in ("in full", "part 2 of 20", "part 1 of 20")
        ]
        # Pinned with a word on why; the same key lets it go again, after a question.
        await operator.keys("P")
        await operator.on("AskWhy")
        await operator.type("before the move")
        await operator.keys("enter")
        await operator.on("SetsScreen")
        await operator.sees("No rule takes it: pinned by")
        assert ": before the move. P lets it go." in screen.query_one("#details", Pane).plain
        await operator.sees("✓ complete  pinned")
        await operator.keys("P")
        await operator.on("Confirm")
        assert operator.focused == "no"
        await operator.keys("right", "enter")
        await operator.on("SetsScreen")
        await operator.until(lambda: "pinned" not in operator.text.split("Details")[0], "let go")
    (backup,) = open_site(with_set).vault.sets()
    assert [(check.part, check.parts) for check in backup.checks] == [(1, 20), (2, 20), (1, 1)]


async def test_files_come_back_beside_what_is_there(
    with_set: Settings, platform: PracticePlatform
) -> None:
    root = platform.hosts[0].root_hint
    assert root is not None
    there = sorted((root / "pryv/nginx/conf").iterdir())
    lost = next(path for path in there if path.is_file() and not path.is_symlink())
    content = lost.read_bytes()
    before = platform.contents()
    lost.write_bytes(b"edited since")
    async with opened(with_set) as operator:
        await sets(operator)
        await operator.keys("f")
        await operator.on("AskPattern")
        await operator.keys("enter")
        await operator.sees("✗ nothing is typed yet")
        await operator.keys("tab", "tab", "enter")
        await operator.until(lambda: operator.focused == "pattern", "the field again")
        await operator.type("no")
        assert "nothing is typed yet" not in operator.text
        # The button does what Enter in the field does.
        await operator.keys("tab", "tab", "enter")
        await operator.sees("no file matches")
        # What was typed is still there.
        await operator.keys("f")
        await operator.on("AskPattern")
        field = operator.app.screen.query_one(Input)
        assert field.value == "no"
        field.value = "pryv/nginx/conf"
        await operator.keys("enter")
        await operator.on("Confirm")
        await operator.sees("No existing file is touched")
        assert operator.focused == "no"
        await operator.keys("enter")
        await operator.on("SetsScreen")
        assert len(all_runs(Path(with_set.state))) == 1
        await operator.keys("f", "enter")
        await operator.on("Confirm")
        await operator.keys("right", "enter")
        await operator.on("RunScreen")
        await operator.sees("COMPLETE")
    run = all_runs(Path(with_set.state))[-1]
    brought = root / ".pryv-tui/files" / run.id
    assert (brought / lost.relative_to(root)).read_bytes() == content
    assert lost.read_bytes() == b"edited since"
    lost.write_bytes(content)
    shutil.rmtree(brought.parent)
    assert platform.contents()["mongodb"] == before["mongodb"]


async def test_single_files_of_a_damaged_set_come_back_as_on_the_command_line(
    with_set: Settings,
) -> None:
    victim = next(Path(with_set.vault).glob("*/single/files/pryv/core/conf/*"))
    victim.write_text("changed")
    async with opened(with_set) as operator:
        await sets(operator)
        await operator.keys("v")
        await operator.sees("NOT what it should be")
        await operator.keys("escape")
        await operator.on("SetsScreen")
        await operator.sees("✗ damaged")
        await operator.keys("f")
        await operator.on("AskPattern")
        await operator.type("pryv/nginx/conf")
        await operator.keys("enter")
        await operator.on("Confirm")
        await operator.keys("right", "enter")
        await operator.on("RunScreen")
        await operator.sees("COMPLETE")
    run = all_runs(Path(with_set.state))[-1]
    assert (run.kind, run.outcome) == ("files", "complete")
