"""The backup wizard and the run screen."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input

from pryv_tui.operations.guards.line import failed, ok
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.history import all_runs
from pryv_tui.tui.app import Interface
from pryv_tui.tui.base.plan_wizard import PlanWizard
from pryv_tui.tui.screens.run import RunScreen
from pryv_tui.tui.session import Desk
from pryv_tui.tui.widgets.panes import Pane
from tests.tui.driving import Operator, opened


async def test_a_backup_is_taken_by_keys_alone(settings: Settings) -> None:
    async with opened(settings) as operator:
        await operator.keys("b")
        await operator.sees("Roles to back up")
        await operator.until(lambda: operator.focused == "label", "the focus on the label")
        await operator.type("n")
        assert "n Next" not in operator.text, "n is typed, it does not go on"
        await operator.sees("enter Next")
        await operator.keys("backspace")
        await operator.type("before upgrade!".replace(" ", "-"))
        await operator.sees("<time of its start>-before-upgrade ")
        # The exclamation mark is no letter of a folder's name, and that is said.
        await operator.sees("the name has its letters a-z")
        await operator.keys("enter")
        await operator.sees("✓ all")
        await operator.keys("n")
        await operator.sees("The timing gap")
        assert operator.focused == "plan"
        await operator.until(lambda: not operator.page.query_one("#go").disabled, "the plan")
        await operator.keys("space", "enter", "enter")
        assert not all_runs(Path(settings.state)), "Enter alone started it"
        await operator.keys("space")
        await operator.on("RunScreen")
        await operator.sees("COMPLETE")
        await operator.sees("PRACTICE")
    sets = open_site(settings).vault.sets()
    assert [backup.state for backup in sets] == ["complete"]
    assert sets[0].id.endswith("-before-upgrade")


async def test_enter_goes_on_to_the_button_and_never_acts(settings: Settings) -> None:
    async with opened(settings) as operator:
        await operator.keys("b")
        await operator.until(lambda: operator.focused == "label", "the focus on the label")
        await operator.keys("enter")
        await operator.sees("✓ all")
        await operator.keys("enter")
        await operator.sees("The timing gap")
        await operator.until(lambda: not operator.page.query_one("#go").disabled, "the plan")
        await operator.sees("n To the button")
        await operator.keys("enter")
        assert operator.focused == "go"
        # Said at once, where it is read: not only when a second Enter did nothing.
        await operator.sees("Space presses it, Enter does not.")
        await operator.sees("space Press")
        # Who holds the key down has decided nothing, and is told what does.
        await operator.keys("enter", "enter")
        await operator.sees("Enter starts nothing here: Space presses the button.")
        assert not all_runs(Path(settings.state)), "only shown"
        await operator.keys("tab", "n")
        assert operator.focused == "go"
        await operator.keys("enter")
        await operator.on("RunScreen")
        await operator.sees("COMPLETE")


async def test_enter_goes_on_from_whatever_has_the_focus(settings: Settings) -> None:
    async with opened(settings) as operator:
        await operator.keys("b")
        await operator.until(lambda: operator.focused == "label", "the focus on the label")
        for name in ("label", "hold", "next"):
            operator.page.query_one(f"#{name}").focus()
            await operator.sees("space Choose" if name == "hold" else "Next")
            if name == "hold":
                await operator.sees("enter Next")
                await operator.keys("down", "space")
                await operator.sees("(●) None for accounts")
            await operator.keys("enter")
            await operator.sees("✓ all")
            await operator.keys("escape")
            await operator.sees("Roles to back up")
        assert "(●) None for accounts" in operator.text, "Enter chose nothing else"


async def test_leaving_a_wizard_asks(settings: Settings) -> None:
    async with opened(settings) as operator:
        await operator.keys("b")
        await operator.until(lambda: operator.focused == "label", "the focus on the label")
        await operator.keys("enter")
        await operator.sees("✓ all")
        await operator.keys("q")
        await operator.sees("What was chosen in these pages is lost")
        assert operator.focused == "no"
        await operator.keys("enter")
        await operator.sees("✓ all")
        await operator.keys("q", "right", "enter")
        await operator.until(lambda: not operator.app.is_running, "the end")


async def test_back_loses_nothing(settings: Settings) -> None:
    async with opened(settings) as operator:
        await operator.keys("b")
        await operator.until(lambda: operator.focused == "label", "the focus on the label")
        await operator.type("kept")
        await operator.keys("enter")
        await operator.sees("✓ all")
        await operator.keys("n")
        await operator.sees("The timing gap")
        await operator.keys("escape")
        await operator.sees("✓ all")
        await operator.keys("escape")
        await operator.sees("Roles to back up")
        await operator.sees("kept")
        assert operator.page.query_one("#label", Input).value == "kept"


async def test_a_hold_is_chosen_said_and_carried_out(settings: Settings) -> None:
    async with opened(settings) as operator:
        await operator.keys("b")
        await operator.until(lambda: operator.focused == "label", "the focus on the label")
        assert "None for accounts" in operator.text, "seen without scrolling at 80x24"
        assert "None at all" in operator.text
        await operator.keys("tab")
        assert operator.focused == "hold"
        assert "(●) As short as can be" in operator.text
        await operator.keys("down", "space")
        await operator.sees("(●) None for accounts")
        assert "(●) As short as can be" not in operator.text, "one is marked, without colours too"
        await operator.keys("tab", "tab", "enter")
        await operator.sees("✓ all")
        await operator.keys("n")
        await operator.sees("Nobody can sign up")
        # Another choice is planned again: what was planned before can't be started.
        await operator.keys("escape", "escape")
        await operator.sees("Roles to back up")
        operator.page.query_one("#hold").focus()
        await operator.keys("down", "space")
        await operator.keys("tab", "tab", "enter")
        await operator.sees("✓ all")
        await operator.keys("n")
        await operator.sees("The platform answers no requests")
        await operator.until(lambda: not operator.page.query_one("#go").disabled, "the plan")
        await operator.keys("tab", "tab", "enter")
        await operator.on("RunScreen")
        await operator.sees("COMPLETE")
    (backup,) = open_site(settings).vault.sets()
    assert backup.manifest is not None and backup.manifest.hold is not None
    assert backup.manifest.hold.kind == "everything"


async def test_a_hold_that_closes_nothing_is_refused_in_words(tmp_path: Path) -> None:
    folder = PracticePlatform.create(tmp_path / "c", form="cluster", users=1, attachments=1).folder
    chosen = resolve_settings(practice=str(folder), environment={})
    async with opened(chosen) as operator:
        await operator.keys("b")
        await operator.until(lambda: operator.focused == "label", "the focus on the label")
        operator.page.query_one("#role-1").focus()
        await operator.keys("space")
        operator.page.query_one("#hold").focus()
        await operator.keys("down", "space")
        await operator.keys("tab", "tab", "enter")
        await operator.sees("✓ all")
        await operator.keys("n")
        await operator.sees("What will be done")
        await operator.sees("this backup does not include")
        assert operator.page.query_one("#go").disabled


async def test_commands_can_be_shown(settings: Settings) -> None:
    async with opened(settings) as operator:
        await operator.keys("b")
        await operator.until(lambda: operator.focused == "label", "the focus on the label")
        await operator.keys("enter")
        await operator.sees("✓ all")
        await operator.keys("n")
        await operator.sees("The timing gap")
        await operator.until(lambda: not operator.page.query_one("#go").disabled, "the plan")
        assert "docker stop pryvio_config_follower" not in operator.text
        # At 80x24 the steps are below the fold: the commands are brought into view.
        await operator.keys("c")
        await operator.sees("docker stop pryvio_config_follower")
        await operator.sees("c hides")


async def test_a_failed_guard_blocks(settings: Settings, platform: PracticePlatform) -> None:
    platform.hosts[0].engine.stop("pryvio_mongodb")
    async with opened(settings) as operator:
        await operator.keys("b")
        await operator.until(lambda: operator.focused == "label", "the focus on the label")
        await operator.keys("enter")
        await operator.sees("FAILED")
        await operator.sees("What to do: Start them, then try again")
        await operator.keys("n")
        assert "What will be done" not in operator.text
        assert operator.page.query_one("#next").disabled
        platform.hosts[0].engine.start("pryvio_mongodb")
        await operator.keys("ctrl+r")
        await operator.sees("✓ all")


async def test_the_first_check_that_failed_is_seen_wherever_it_stands(settings: Settings) -> None:
    """With what to do, at 80x24, and without a key; what is seen anyway stays where it is."""
    well = [ok(f"well {number}", "it is") for number in range(40)]
    bad = [failed("not well", "it is not", "Mend it."), *well[30:33]]
    async with opened(settings) as operator:
        await operator.keys("b")
        await operator.until(lambda: operator.focused == "label", "the focus on the label")
        await operator.keys("enter")
        await operator.sees("✓ all")
        page = operator.page
        assert isinstance(page, PlanWizard)
        page.show_guards([*well[:30], *bad])
        await operator.sees("What to do: Mend it.")
        assert "well 0 " not in operator.text
        page.show_guards([*well[:2], *bad, *well])
        await operator.sees("well 0 ")
        await operator.sees("What to do: Mend it.")
        # And of 30 that are well nobody is taken away from the first.
        page.show_guards(well)
        await operator.sees("✓ all 40 OK")
        assert "well 0 " in operator.text


async def test_cluster_roles_can_be_chosen(tmp_path: Path) -> None:
    folder = PracticePlatform.create(tmp_path / "c", form="cluster", users=2, attachments=2).folder
    chosen = resolve_settings(practice=str(folder), environment={})
    async with opened(chosen) as operator:
        await operator.keys("b")
        await operator.sees("register on register")
        await operator.until(lambda: operator.focused == "label", "the focus on the label")
        await operator.keys("shift+tab", "space")
        await operator.keys("tab", "enter")
        await operator.sees("roles  core, register")
        assert "roles  core, register, static-web" not in operator.text


async def test_cancel_says_what_is_left_and_focuses_no(slow: Settings) -> None:
    async with opened(slow) as operator:
        await start_backup(operator)
        await operator.sees("▶ running   Dump MongoDB")
        await operator.keys("x")
        await operator.on("Confirm")
        await operator.sees("this run has stopped or paused run again")
        await operator.sees("If that step is stopped now,")
        assert operator.focused == "no"
        await operator.sees("PRACTICE")
        await operator.keys("enter")
        await operator.on("RunScreen")
        screen = operator.app.screen
        assert isinstance(screen, RunScreen)
        assert not screen.model.over
        await operator.keys("x")
        await operator.on("Confirm")
        await operator.keys("tab", "enter")
        await operator.until(lambda: screen.model.over, "the end of the run")
        await operator.sees("CANCELLED")
        assert not operator.app.screen.query_one("#gap").display
        assert "Gap: open" not in operator.text
        assert "The message says what remains" not in operator.text
        result = " ".join(screen.query_one("#result", Pane).plain.split())
        again = "The containers that it had stopped are running again: pryvio_config_follower"
        assert f"{again} on single." in result
        # Nothing of the root was copied by then: nobody is told to keep it for that.
        left = "is not a set, and holds nothing yet that a later backup could use."
        assert left in result
        assert "Keep it" not in result
        assert "press b on the overview, or: pryv-tui" in result
        assert result.index(left) < result.index("rm -r"), "removing comes last"
        # The same key changes between the two, and is called what it leads to.
        await operator.sees("o Output")
        await operator.sees("y copies the result")
        await operator.keys("o")
        await operator.sees("o Result")
        await operator.sees("y copies the output")
    assert all_runs(Path(slow.state))[-1].outcome == "cancelled"


async def test_leaving_says_that_the_run_goes_on(slow: Settings) -> None:
    async with opened(slow) as operator:
        await start_backup(operator)
        await operator.keys("q")
        await operator.on("Confirm")
        await operator.sees("the run continues")
        assert operator.focused == "no"
        await operator.keys("tab", "enter")
        await operator.until(lambda: not operator.app.is_running, "the end of the interface")
    record = all_runs(Path(slow.state))[-1]
    assert record.state in ("starting", "running")
    # Opened again, it shows the run that goes on.
    app = Interface(Desk(slow, open_site(slow)))
    async with app.run_test(size=(80, 24)) as pilot:
        await Operator(app, pilot).on("RunScreen")
        assert isinstance(app.screen, RunScreen)
        assert app.screen.record.id == record.id


async def start_backup(operator: Operator) -> None:
    await operator.keys("b")
    await operator.until(lambda: operator.focused == "label", "the focus on the label")
    await operator.keys("enter")
    await operator.sees("✓ all")
    await operator.keys("n")
    await operator.sees("The timing gap")
    await operator.until(lambda: not operator.page.query_one("#go").disabled, "the plan")
    await operator.keys("tab", "tab", "enter")
    await operator.on("RunScreen")
