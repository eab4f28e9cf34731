"""Scenarios are chosen and played in the interface: one acts, others look on, nothing is lost."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import msgspec
from textual.widgets import Input

from pryv_tui.drills.files import all_drills, read_record
from pryv_tui.drills.playing.drill import open_drill, opened
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.tui.actions import ACTIONS
from pryv_tui.tui.widgets.panes import ListPane
from tests.drills.kit import WORDS_ALONE, write
from tests.drills.signing.signed import key as made_key
from tests.tui import driving


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
        await operator.keys("enter", "shift+tab", "enter", "enter")
        await operator.sees("Went well: the list was at hand")
        await operator.type("nobody was told")
        # Pressed on: of what was taken for good by mistake nobody would hear again.
        await operator.keys("enter", "enter")
        # Who fixes it, until when and what shows it stand there already, and can be typed over.
        await operator.sees("To be fixed: nobody was told (")
        await operator.sees("; shown by ")
        assert operator.app.screen is debrief
        # Left, and asked again: what was said is there.
        await operator.keys("escape")
        await operator.on("PlayScreen")
        await operator.sees("The drill stays open.")
        await operator.keys("enter")
        await operator.on("DebriefDialog")
        await operator.sees("To be fixed: nobody was told")
        # What still stands in the field when it is closed is no less said.
        await operator.type("the door was shut")
        await operator.keys(*["tab"] * 6, "enter")
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
            await operator.sees("A drill is open: It is a. Enter continues it")
            await operator.on("DrillsScreen")
        await operator.keys("enter")
        await operator.sees("And now?")
