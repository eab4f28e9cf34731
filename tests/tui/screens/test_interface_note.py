"""A note is written from every screen: by `n` where that is free, by Ctrl-N in fields, wizards and
over questions, and the line of keys says which."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents import acts
from pryv_tui.incidents.looking import standing
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import open_site
from pryv_tui.tui.base.note import look_for
from pryv_tui.tui.session import Desk
from tests.tui.driving import Operator, opened
from tests.tui.screens.test_interface_restore import to_confirmation
from tests.tui.screens.test_interface_screens import home


def notes(settings: Settings) -> str:
    """All that is written into incidents."""
    return "".join(
        path.read_text(encoding="utf-8")
        for path in Path(settings.state, "incidents").rglob("*.jsonl")
    )


async def write(operator: Operator, key: str, text: str) -> None:
    below = operator.app.screen
    await operator.keys(key)
    await operator.on("NoteDialog")
    await operator.type(text)
    await operator.keys("enter")
    await operator.until(lambda: operator.app.screen is below, "what lay below the note")


SCREENS = (
    ((), "OverviewScreen"),
    (("b",), "BackupWizard"),
    (("r",), "RestoreWizard"),
    (("s",), "SetsScreen"),
    (("s", "D"), "PruneWizard"),
    (("s", "f"), "AskPattern"),
    (("u",), "RunsScreen"),
    (("I",), "IncidentsScreen"),
    (("d",), "DoctorScreen"),
    (("D",), "DrillsScreen"),
    (("P",), "PracticeScreen"),
    (("l",), "LogsScreen"),
    (("l", "slash"), "LogsScreen"),
    (("question_mark",), "HelpScreen"),
    (("enter",), "ContainerScreen"),
    (("enter", "X"), "TypeToConfirm"),
)


async def test_on_each_screen(with_set: Settings) -> None:
    """From one to the next: the first note declares an incident, the others go into it."""
    async with opened(with_set, (120, 40)) as operator:
        for number, (keys, screen) in enumerate(SCREENS):
            for key in keys:
                await operator.keys(key)
                if key == "s":
                    await operator.sees("✓ complete")
            await operator.on(screen)
            text = f"seen {number:02}"
            await write(operator, "ctrl+n", text)
            await operator.until(lambda: text in notes(with_set), f"{screen}: the note")  # noqa: B023
            await home(operator)
    (journal,) = Path(with_set.state, "incidents").rglob("*.jsonl")
    told = journal.read_text(encoding="utf-8")
    assert all(told.count(f"seen {number:02}") == 1 for number in range(len(SCREENS))), told
    assert standing(with_set, "").told is not None


async def test_in_a_wizard_its_key_is_named_and_a_letter_is_a_letter(with_set: Settings) -> None:
    async with opened(with_set) as operator:
        await operator.keys("b")
        await operator.until(lambda: operator.focused == "label", "the label")
        assert "^n Note" in operator.text
        await operator.keys("n")
        assert operator.page.query_one("#label", Input).value == "n"
        await write(operator, "ctrl+n", "before")
        await operator.sees("is declared")
        assert operator.page.query_one("#label", Input).value == "n", "what was typed is there"
        await operator.keys("question_mark")
        await operator.sees("^n")


async def test_on_the_page_that_confirms_and_over_a_question(with_set: Settings) -> None:
    async with opened(with_set) as operator:
        await to_confirmation(operator)
        await operator.type("prac")
        assert "^n Note" in operator.text
        await write(operator, "ctrl+n", "now")
        assert operator.page.query_one("#word", Input).value == "prac"
        await operator.keys("escape", "escape", "escape", "escape", "escape")
        await operator.on("OverviewScreen")
        await operator.keys("enter")
        await operator.sees("If it stops")
        await operator.keys("X")
        await operator.on("TypeToConfirm")
        assert "^n Note" in operator.text
        await operator.type("pra")
        await write(operator, "ctrl+n", "then")
        assert operator.app.screen.query_one("#word", Input).value == "pra"
        # Said over the question, since the line of keys lies below it.
        await operator.sees("Written into the incident.")
    told = notes(with_set)
    assert "now" in told and "then" in told


async def test_a_note_over_a_note_is_none(with_set: Settings) -> None:
    async with opened(with_set) as operator:
        await operator.keys("n")
        await operator.on("NoteDialog")
        assert "^n Note" not in operator.text
        await operator.keys("ctrl+n")
        kinds = [type(screen).__name__ for screen in operator.app.screen_stack]
        assert kinds.count("NoteDialog") == 1


@pytest.mark.parametrize("open_now", [True, False])
async def test_that_drills_can_not_be_listed_keeps_no_note_out_of_an_open_incident(
    with_set: Settings, open_now: bool
) -> None:
    if open_now:
        acts.write(with_set, "first", decision=False, domain="")
    (Path(with_set.state) / "drills").write_text("no folder", encoding="utf-8")
    desk = Desk(with_set, open_site(with_set))
    if open_now:
        found = look_for(desk)
        assert found.incident.told is not None and found.drills == ()
    else:
        # One may be under way: no incident is declared over it.
        with pytest.raises(PryvTuiError):
            look_for(desk)
