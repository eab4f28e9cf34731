"""Scenarios are chosen and played in the interface: one acts, others look on, nothing is lost."""

from __future__ import annotations

import contextlib
import io
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import msgspec
import pytest
from textual.widgets import Button, Input

from pryv_tui.drills.files import Filed, all_drills, read_record
from pryv_tui.drills.findings import actions_of
from pryv_tui.drills.model import Action
from pryv_tui.drills.playing.drill import Drill, open_drill, opened
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.signing import sign_drill
from pryv_tui.drills.scenarios.library import shelf
from pryv_tui.drills.signing.papers import read_debrief
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.files import read_events
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.start import follow, start_run
from pryv_tui.tui.actions import ACTIONS
from pryv_tui.tui.flows.drill import (
    BreakOffDialog,
    DebriefDialog,
    FindingDialog,
    Found,
    KeyDialog,
    ObservationDialog,
    ReviewDialog,
)
from pryv_tui.tui.screens.drills.play import PlayScreen
from pryv_tui.tui.widgets.panes import ListPane
from tests.drills.held import RUN, hold, settings_of
from tests.drills.kit import WORDS_ALONE, write
from tests.drills.signed import key as made_key
from tests.tui import driving, still_drill


async def test_one_is_played_left_and_gone_on_with(settings: Settings, tmp_path: Path) -> None:
    # The first of the list.
    write(tmp_path / "own", WORDS_ALONE.replace('name = "small"', 'name = "a"', 1), "a")
    settings = msgspec.structs.replace(settings, scenarios=str(tmp_path / "own"))
    async with driving.opened(settings) as operator:
        await operator.keys("D")
        await operator.on("DrillsScreen")
        await operator.sees("A small one")
        await operator.sees("Something is lost.")
        await operator.keys("enter")
        await operator.on("PlayScreen")
        await operator.sees("And now?")
        # A list with two ends: no key leads past the last one to what does harm.
        options = operator.app.screen.query_one("#options", ListPane)
        first = options.highlighted
        for key in ("down", "j", "up", "k"):
            options.highlighted = last = options.option_count - 1 if key in ("down", "j") else 0
            await operator.keys(key)
            assert options.highlighted == last
        options.highlighted = first
        assert "[size up]" in operator.text and "Story 03:12 (+0 min)" in operator.text
        await operator.sees("It shows what is lost.")
        await operator.keys("c")
        await operator.sees("$ pryv-tui status")
        await operator.keys("h")
        await operator.sees("Hint: Look.")
        assert "(+3 min)" in operator.text
        await operator.keys("n")
        await operator.on("ObservationDialog")
        await operator.type("it hums")
        await operator.keys("enter")
        await operator.sees("Written into the drill.")
        await operator.keys("enter")
        await operator.sees("Core is gone.")
        # Left, and gone on with where it was.
        await operator.keys("escape")
        await operator.on("DrillsScreen")
        await operator.keys("enter")
        await operator.sees("What do you do?")
        await operator.keys("escape", "escape")
        await operator.on("OverviewScreen")

        current = opened(settings)
        assert current is not None
        with open_drill(settings, current).acting():
            await operator.keys("D")
            await operator.sees("OBSERVER")
            await operator.keys("enter")
            await operator.sees("Somebody else plays it")
            await operator.keys("F")
            await operator.sees("FACILITATOR")
            await operator.sees("F WRONG Wait")
            # Before what everybody sees: below it there may be no room.
            assert operator.text.index("F WRONG Wait") < operator.text.index("Core is gone.")
            await operator.keys("escape", "escape")
            await operator.on("OverviewScreen")

        await operator.keys("D")
        await operator.sees("What do you do?")
        assert "OBSERVER" not in operator.text
        await operator.keys("enter")
        await operator.sees("It ended well.")
        assert "PASSED: All is as before." in operator.text
        await operator.keys("enter")
        await operator.on("DebriefDialog")
        debrief = operator.app.screen
        await operator.type("the list was at hand")
        # Which of the two it is has to be said, and is told. The question stays meanwhile: what is
        # typed on meets no key of another screen, and no second question comes over it.
        await operator.keys("enter", "enter", "enter")
        await operator.sees("Went well: the list was at hand")
        await operator.type("nobody was told")
        await operator.keys("enter", "tab", "enter")
        await operator.sees("To be mended: nobody was told")
        assert operator.app.screen is debrief
        # Left, and asked again: what was said is there.
        await operator.keys("escape")
        await operator.on("PlayScreen")
        await operator.sees("The drill stays open.")
        await operator.keys("enter")
        await operator.on("DebriefDialog")
        await operator.sees("To be mended: nobody was told")
        # What still stands in the field when it is closed is no less said.
        await operator.type("the door was shut")
        await operator.keys("tab", "tab", "tab", "enter")
        # Its report is opened: there it is signed, and reviewed by somebody else.
        await operator.on("HeldScreen")
        await operator.sees("SIMULATED Drill")
        await operator.keys("S")
        await operator.on("KeyDialog")
        await operator.type(str(made_key(tmp_path, "operator")))
        await operator.keys("enter")
        await operator.sees("Signed.")
        await operator.keys("V")
        await operator.on("ReviewDialog")
        await operator.type("ok")
        await operator.keys("enter")
        await operator.type(str(made_key(tmp_path, "reviewer")))
        back: list[bool] = []

        @contextlib.contextmanager
        def away(_app: object) -> Iterator[None]:
            yield
            back.append(True)  # as Textual: not where something is raised meanwhile

        told = io.StringIO()
        with patch.object(type(operator.app), "suspend", away), contextlib.redirect_stdout(told):
            await operator.keys("enter", "tab", "tab", "enter")
            await operator.sees("does not say what was looked at")
        # Where a passphrase is asked for, it is said for what and of which key.
        assert f": the key {tmp_path / 'reviewer'}" in told.getvalue()
        assert back == [True]
        # It is asked once more, with what was typed, which goes as soon as something else is.
        await operator.on("ReviewDialog")
        await operator.until(
            lambda: [one.value for one in operator.app.screen.query(Input)][:1] == ["ok"], "it"
        )
        await operator.type("All is as it was before")
        await operator.keys("enter")
        await operator.type(str(tmp_path / "reviewer"))
        await operator.keys("enter", "tab", "tab", "enter")
        await operator.sees("It is accepted.")
        assert "does not say" not in operator.text
        # It stands among those that were held.
        await operator.keys("escape")
        await operator.on("DrillsScreen")
        await operator.keys("tab")
        await operator.sees("accepted by")
        await operator.keys("enter")
        await operator.on("HeldScreen")
    (drill,) = all_drills(Path(settings.state))
    filed = read_record(Path(drill.folder))
    assert filed is not None and opened(settings) is None
    assert [(one.text, one.good) for one in filed.record.actions] == [
        ("the list was at hand", True),
        ("nobody was told", False),
        ("the door was shut", False),
    ]
    assert "it hums" in [one.text for one in filed.record.observations]
    assert filed.record.scenario is not None and filed.record.scenario.hints == 1


async def test_what_may_do_harm_is_asked_once_more_and_a_break_off_says_why(
    settings: Settings, tmp_path: Path
) -> None:
    write(tmp_path / "own", WORDS_ALONE.replace('name = "small"', 'name = "a"', 1), "a")
    settings = msgspec.structs.replace(settings, scenarios=str(tmp_path / "own"))
    async with driving.opened(settings) as operator:
        await operator.keys("D")
        await operator.sees("No drill was held yet")
        await operator.keys("enter")
        await operator.sees("And now?")
        # What was said of one answer does not stay beside another.
        operator.page.keybar.remark("Nothing was done.", 600)
        await operator.keys(ACTIONS["hint"].key)
        await operator.sees("Hint: Look.")
        assert "Nothing was done." not in operator.text
        await operator.keys("enter")
        await operator.sees("What do you do?")
        options = operator.app.screen.query_one("#options", ListPane)
        options.highlighted = 1 - (options.highlighted or 0)
        await operator.keys("enter")
        await operator.on("Confirm")
        await operator.sees("Risk: ")
        await operator.keys("escape")
        await operator.sees("Nothing was done.")
        assert "enter Take it" in operator.text
        # In the text beside it Enter takes nothing, and is not said to.
        await operator.keys("tab")
        await operator.until(lambda: "enter Take it" not in operator.text, "its keys")
        await operator.keys("tab")
        await operator.sees("enter Take it")
        await operator.keys("X")
        await operator.on("BreakOffDialog")
        await operator.type("the fire alarm")
        await operator.keys("enter", "enter")  # No is focused then: it goes on
        await operator.on("PlayScreen")
        await operator.keys("X")
        await operator.type("the fire alarm")
        await operator.keys("tab", "tab", "enter")
        await operator.on("HeldScreen")
        await operator.sees("BROKEN OFF")
    (drill,) = all_drills(Path(settings.state))
    filed = read_record(Path(drill.folder))
    assert filed is not None
    assert any("the fire alarm" in why for why in filed.record.outcome_why)


async def test_what_a_sandbox_drill_found_is_added_where_its_report_is_read(
    settings: Settings, tmp_path: Path
) -> None:
    close_drill(hold(tmp_path), RUN)
    settings = msgspec.structs.replace(settings, state=settings_of(tmp_path).state)
    async with driving.opened(settings) as operator:
        await operator.keys("D")
        await operator.on("DrillsScreen")
        await operator.keys("tab")
        await operator.sees("UNSIGNED AND UNREVIEWED")
        await operator.keys("enter")
        await operator.on("HeldScreen")
        await operator.sees("a Finding")

        async def add(text: str, *more: str) -> None:
            await operator.keys("a")
            await operator.on("FindingDialog")
            await operator.type(text)
            for field in more:
                await operator.keys("enter")
                await operator.type(field)

        await add("")
        # Nothing was said: it asks on.
        await operator.keys("tab", "tab", "tab", "tab", "tab", "enter")
        await operator.on("FindingDialog")
        await operator.keys("escape")
        await operator.sees("Nothing was written.")
        await add("The disk was small", "Berta", "tomorrow")
        await operator.keys("tab", "tab", "tab", "enter")
        # It stays, says what is wrong, and has what was typed.
        await operator.sees("'tomorrow' is no day")
        await operator.on("FindingDialog")
        values = [field.value for field in operator.app.screen.query(Input)]
        assert values == ["The disk was small", "Berta", "tomorrow"]
        due = operator.app.screen.query_one("#due", Input)
        due.focus()
        due.value = ""
        await operator.type("2026-09-30")
        await operator.keys("tab", "tab", "tab", "enter")
        await operator.sees("It is a1 of this drill.")
        assert "is no day" not in operator.text
        await add("It was quick")
        await operator.keys("tab", "tab", "tab", "tab", "enter")
        await operator.sees("It is a2 of this drill.")
        await operator.sees("Found since, not signed yet:")
        assert "Berta, due 2026-09-30" in operator.text
        assert "a2, went well: It was quick" in operator.text
        # Who signs signs that as well, and what comes later is told to be no part of it.
        await operator.keys("S")
        await operator.on("KeyDialog")
        await operator.type(str(tmp_path / "lost"))
        await operator.keys("enter")
        await operator.sees("lost is not there")
        await operator.on("KeyDialog")
        field = operator.app.screen.query_one("#key", Input)
        assert field.value == str(tmp_path / "lost")
        field.value = ""
        await operator.type(str(made_key(tmp_path, "operator")))
        await operator.keys("enter")
        await operator.sees("Signed.")
        await operator.keys("end")
        await operator.until(lambda: "Found since" not in operator.text, "that nothing waits")
        await operator.keys("a")
        await operator.sees("Its debrief is signed")
        await operator.type("Later still")
        await operator.keys("tab", "tab", "tab", "tab", "enter")
        await operator.sees("It is a3 of this drill.")
    folder = Path(settings.state) / "drills" / RUN
    signed = read_debrief(folder)
    assert signed is not None and [one.name for one in signed.findings] == ["a1", "a2"]
    assert (signed.findings[0].owner, signed.findings[1].good) == ("Berta", True)
    events, _problems = read_events(folder)
    assert [one.text for one in actions_of(events)][2:] == ["Later still"]


async def test_where_there_is_room_what_was_so_far_is_beside_the_question(
    settings: Settings, tmp_path: Path
) -> None:
    write(tmp_path / "own", WORDS_ALONE.replace('name = "small"', 'name = "a"', 1), "a")
    settings = msgspec.structs.replace(settings, scenarios=str(tmp_path / "own"))
    async with driving.opened(settings, size=(120, 40)) as operator:
        await operator.keys("D")
        await operator.sees("A small one")
        await operator.keys("enter")
        await operator.sees("Nothing was decided yet.")
        await operator.keys("n")
        await operator.type("it hums")
        await operator.keys("enter")
        await operator.sees("03:12 Note: it hums")
        await operator.keys("h")
        await operator.sees("03:12 Hint: Look.")
        await operator.keys("enter")
        await operator.sees("What do you do?")
        lines = [line.split("│")[-2].strip() for line in operator.text.splitlines() if "││" in line]
        told = "\n".join(lines)
        assert told.index("03:12 Something is lost.") < told.index("it hums")
        assert told.index("Hint: Look.") < told.index("Core is gone.")
        decided = next(line for line in lines[lines.index("03:12 Hint: Look.") + 1 :])
        assert decided.startswith("03:15 ")  # the hint cost three minutes
    async with driving.opened(settings) as operator:
        # It goes on where it was; with less room it says what it always did.
        await operator.keys("D")
        await operator.sees("What do you do?")
        assert "So far" not in operator.text and "it hums" not in operator.text


async def test_what_is_asked_for_while_it_is_closed_keeps_nobody_from_its_report(
    settings: Settings, tmp_path: Path
) -> None:
    write(tmp_path / "own", WORDS_ALONE.replace('name = "small"', 'name = "a"', 1), "a")
    settings = msgspec.structs.replace(settings, scenarios=str(tmp_path / "own"))
    may_end, close = threading.Event(), Drill.close

    def slowly(drill: Drill, why: str = "") -> Filed:
        assert may_end.wait(60)
        return close(drill, why)

    async with driving.opened(settings) as operator:
        await operator.keys("D")
        await operator.sees("A small one")
        await operator.keys("w")
        # A walk-through is none that does anything, and says so on each of its pages.
        await operator.sees("Walk-through: nothing is executed")
        await operator.sees("And now?")
        with patch.object(Drill, "close", slowly):
            await operator.keys("X")
            await operator.on("BreakOffDialog")
            await operator.keys("tab", "tab", "enter")
            await operator.sees("the record written")
            await operator.keys("n")
            await operator.on("ObservationDialog")
            may_end.set()
            await operator.until(lambda: opened(settings) is None, "its end")
            screen = operator.app.screen_stack[-2]
            assert isinstance(screen, PlayScreen)
            await operator.until(lambda: bool(screen.record), "its record")
            await operator.on("ObservationDialog")
            await operator.keys("escape")
            await operator.on("HeldScreen")
        await operator.keys("escape")
        await operator.on("DrillsScreen")


async def test_one_that_is_open_is_marked_and_no_other_begins_beside_it(
    settings: Settings, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        text = WORDS_ALONE.replace('name = "small"', f'name = "{name}"', 1)
        text = text.replace('title = "A small one"', f'title = "It is {name}"')
        write(tmp_path / "own", text, name)
    settings = msgspec.structs.replace(settings, scenarios=str(tmp_path / "own"))
    async with driving.opened(settings) as operator:
        await operator.keys("D")
        await operator.sees("It is a")
        assert "open It is" not in operator.text
        await operator.keys("enter")
        await operator.sees("And now?")
        # It is played: that is not said of it.
        assert "nothing is executed" not in operator.text
        await operator.keys("escape")
        await operator.sees("open It is a")
        for key in ("enter", "w"):
            await operator.keys("down", key)
            await operator.sees("One is open: It is a. Enter goes on with it")
            await operator.on("DrillsScreen")
        await operator.keys("enter")
        await operator.sees("And now?")


async def test_the_newest_set_is_drilled_from_the_list(settings: Settings) -> None:
    async with driving.opened(settings) as operator:
        await operator.keys("D")
        await operator.sees("t drills the newest set, in a sandbox")
        await operator.keys("t")
        await operator.sees("holds no complete backup set")
        await operator.sees("press b on the overview")
        for _ in follow(start_run(settings, "backup")):
            pass
        await operator.keys("t")
        await operator.on("Confirm")
        await operator.sees("compared, and removed again")
        await operator.keys("c")
        await operator.sees("platform drill run")
        await operator.keys("escape")
        await operator.sees("Nothing was done.")
        await operator.keys("t")
        await operator.on("Confirm")
        await operator.keys("right", "enter")
        await operator.on("RunScreen")
        await operator.sees("compared: every")
        await operator.keys("escape")
        await operator.on("DrillsScreen")
        await operator.sees("unsigned and unreviewed")


def test_no_key_says_twice_that_it_asks_first() -> None:
    for action in ACTIONS.values():
        assert not (action.destructive and "asks first" in action.help), action.name


LONG = "Look for the second copy: who made the envelope, which other machine opens the repository?"


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 20)])
async def test_an_option_is_read_whole_at_any_size(
    settings: Settings, tmp_path: Path, size: tuple[int, int]
) -> None:
    text = WORDS_ALONE.replace('name = "small"', 'name = "a"', 1)
    text = text.replace('text = "Skip it"', f'text = "{LONG}"')
    write(tmp_path / "own", text, "a")
    settings = msgspec.structs.replace(settings, scenarios=str(tmp_path / "own"))

    def told(operator: driving.Operator) -> str:
        """What the list of options says, without its frame."""
        lines = operator.app.screen.query_one("#options", ListPane).region
        shown = operator.text.splitlines()[lines.y + 1 : lines.bottom - 1]
        cut = [line[lines.x + 1 : lines.right - 1].strip(" \u203a") for line in shown]
        return " ".join(" ".join(cut).split())

    async with driving.opened(settings, size=size) as operator:
        await operator.keys("D")
        await operator.sees("A small one")
        await operator.keys("enter")
        await operator.sees("And now?")
        await operator.until(lambda: LONG in told(operator), "the whole option")
        # Also where the terminal has become another one meanwhile.
        await operator.pilot.resize_terminal(100, 30)
        await operator.until(
            lambda: LONG in told(operator), "the whole option, on another terminal"
        )


async def test_each_shipped_title_is_read_whole_where_there_is_room(settings: Settings) -> None:
    async with driving.opened(settings, size=(120, 40)) as operator:
        await operator.keys("D")
        await operator.on("DrillsScreen")
        for one in shelf():
            assert one.scenario is not None
            await operator.sees(one.scenario.title)


async def test_each_title_and_each_held_drill_is_read_whole_at_the_least_size(
    settings: Settings, tmp_path: Path
) -> None:
    still = still_drill.look(settings)
    with patch("pryv_tui.tui.screens.drills.choose._look", lambda _settings: still):
        async with driving.opened(settings, size=(60, 20)) as operator:
            await operator.keys("D")
            await operator.on("DrillsScreen")
            for at, one in enumerate(still.scenarios):
                assert one.scenario is not None
                title = one.scenario.title
                operator.page.query_one("#scenarios", ListPane).highlighted = at
                await operator.until(lambda t=title: t in _row(operator, "#scenarios"), title)  # type: ignore[misc]
            await operator.keys("tab")
            for at in range(len(still.held)):
                operator.page.query_one("#held", ListPane).highlighted = at
                who = still.held[at].signatures.in_a_row
                await operator.until(lambda w=who: w in _row(operator, "#held"), who)  # type: ignore[misc]
            # Also where the terminal becomes another one.
            await operator.pilot.resize_terminal(70, 20)
            await operator.until(lambda: who in _row(operator, "#held"), who)


def _row(operator: driving.Operator, name: str) -> str:
    """What a list shows, in one line, without its frame."""
    box = operator.page.query_one(name, ListPane).region
    lines = operator.text.splitlines()[box.y + 1 : box.bottom - 1]
    return " ".join(" ".join(line[box.x + 1 : box.right - 2] for line in lines).split())


def _nothing(found: Found) -> Action:
    return Action(name="a1", text=found.text)


def _full(*_what: object, **_more: object) -> None:
    raise PryvTuiError("disk-full", "no room for what was typed", "Make room.")


async def test_a_dialog_that_can_t_write_stays_with_what_was_typed_and_says_why(
    settings: Settings,
) -> None:
    async with driving.opened(settings) as operator:
        desk, noted = operator.page.desk, DebriefDialog(operator.page.desk, [], _full)
        for dialog in (
            ObservationDialog(desk, _full),
            FindingDialog(desk, _full, signed=False),  # type: ignore[arg-type]
            noted,
        ):
            operator.app.push_screen(dialog)
            await operator.on(type(dialog).__name__)
            await operator.type("smoke")
            if isinstance(dialog, ObservationDialog):
                await operator.keys("enter")
            else:
                dialog.query_one("#bad", Button).press()
            await operator.sees("no room for what was typed")
            await operator.on(type(dialog).__name__)
            assert dialog.query(Input).first().value == "smoke"
            await operator.sees("Make room.")
            await operator.keys("escape")
            await operator.on("OverviewScreen")


async def test_a_review_that_can_t_be_signed_is_asked_for_again_with_what_was_typed(
    settings: Settings, tmp_path: Path
) -> None:
    close_drill(hold(tmp_path), RUN)
    sign_drill(settings_of(tmp_path), RUN, made_key(tmp_path, "operator"))
    settings = msgspec.structs.replace(settings, state=settings_of(tmp_path).state)
    async with driving.opened(settings) as operator:
        operator.page.go_to("held", RUN)
        await operator.sees("V Review")
        await operator.keys("V")
        await operator.on("ReviewDialog")
        dialog = operator.app.screen
        dialog.query_one("#text", Input).value = "I read all of it"
        dialog.query_one("#key", Input).value = str(tmp_path / "operator")
        dialog.query_one("#accept", Button).press()
        await operator.sees("operator's")
        await operator.until(lambda: operator.app.screen is not dialog, "it is asked again")
        await operator.on("ReviewDialog")
        again = [field.value for field in operator.app.screen.query(Input)]
        assert again == ["I read all of it", str(tmp_path / "operator")]


async def test_each_button_of_a_debrief_is_whole_at_the_least_size(
    settings: Settings, tmp_path: Path
) -> None:
    async with driving.opened(settings, size=(60, 20)) as operator:
        for dialog in (
            DebriefDialog(operator.page.desk, [], lambda _one: None),
            FindingDialog(operator.page.desk, _nothing, signed=True),
            ReviewDialog(operator.page.desk),
            BreakOffDialog(operator.page.desk),
            KeyDialog(operator.page.desk, ""),
            ObservationDialog(operator.page.desk, lambda _text: None),
        ):
            operator.app.push_screen(dialog)
            await operator.on(type(dialog).__name__)
            for button in dialog.query(Button):
                await operator.until(lambda b=button: str(b.label) in operator.text, str(button))  # type: ignore[misc]
                assert dialog.region.contains_region(button.region), button
                box = dialog.query_one(".buttons")
                assert box.region.contains_region(button.region), button
            await operator.sees("esc ")
            # Also where something is wrong that takes more words than there is room for.
            dialog.show_problem(PryvTuiError("refused", "too long a reason " * 12, "A way. " * 12))
            await operator.sees("too long a reason")
            for button in dialog.query(Button):
                await operator.until(lambda b=button: str(b.label) in operator.text, str(button))  # type: ignore[misc]
                assert dialog.query_one(".buttons").region.contains_region(button.region), button
                keys = dialog.query_one(".keys").region
                assert dialog.region.contains_region(keys) and button.region.bottom <= keys.y
            assert all(dialog.region.contains_region(one.region) for one in dialog.query(Input))
            await operator.sees("esc ")
            await operator.keys("escape")
            await operator.on("OverviewScreen")


async def test_the_drill_that_was_just_held_is_the_one_that_is_selected(
    settings: Settings, tmp_path: Path
) -> None:
    folder = settings_of(tmp_path).state
    close_drill(hold(tmp_path), RUN)
    settings = msgspec.structs.replace(settings, state=folder)
    async with driving.opened(settings) as operator:
        await operator.keys("D")
        await operator.on("DrillsScreen")
        held = operator.page.query_one("#held", ListPane)
        await operator.until(lambda: held.chosen == RUN, "the one that is known")
        later = RUN.replace(RUN[:4], str(int(RUN[:4]) + 1), 1)
        there = Path(folder) / "drills" / RUN
        shutil.copytree(there, there.with_name(later))
        await operator.keys("ctrl+r")
        await operator.until(lambda: held.option_count == 2, "both")
        await operator.until(lambda: held.chosen == later, "the new one being selected")
        # Whoever reads among them stays where he is.
        await operator.keys("tab", "down")
        await operator.until(lambda: held.chosen == RUN, "the older one")
        shutil.copytree(there, there.with_name(later.replace("drill-", "drill-a")[:-1]))
        await operator.keys("ctrl+r")
        await operator.until(lambda: held.option_count == 3, "all three")
        assert held.chosen == RUN


async def test_a_sandbox_drill_says_where_its_report_is_and_is_found_there(
    with_set: Settings,
) -> None:
    async with driving.opened(with_set) as operator:
        await operator.keys("D")
        await operator.on("DrillsScreen")
        await operator.sees("No drill was held yet")
        await operator.keys("t")
        await operator.on("Confirm")
        await operator.keys("right", "enter")
        await operator.on("RunScreen")
        await operator.sees("Its report: D, then Tab.")
        await operator.keys("escape")
        await operator.on("DrillsScreen")
        await operator.sees("unsigned and unreviewed")
        await operator.keys("tab", "enter")
        await operator.on("HeldScreen")
        await operator.sees("PASSED: the restore was done and proven")
