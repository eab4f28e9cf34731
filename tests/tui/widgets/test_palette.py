"""The palette: every action of a screen and every place, by a part of its name."""

from __future__ import annotations

import pytest

from pryv_tui.operations.settings.appearance import THEMES
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.tui.actions import ACTIONS
from pryv_tui.tui.screens.palette import Command, matching
from tests.tui.driving import opened


def command(label: str, what: str = "") -> Command:
    return Command(label, label, "", what, lambda: None)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("", ["Backup", "Restore", "Go to: Sets"]),
        ("SETS", ["Go to: Sets", "Restore"]),
        ("re", ["Restore", "Backup"]),
        ("  back  up ", ["Backup", "Restore"]),
        ("[", []),
    ],
)
def test_what_was_typed_finds(wanted: str, found: list[str]) -> None:
    commands = [
        command("Backup", "before an upgrade"),
        command("Restore", "one of the sets, which is a backup"),
        command("Go to: Sets"),
    ]
    if wanted == "SETS":
        commands = [commands[2], *commands[:2]]
    assert [each.name for each in matching(commands, wanted)] == found


async def test_every_action_and_place_is_there_and_done(settings: Settings) -> None:
    async with opened(settings) as operator:
        overview = operator.page
        await operator.keys("colon")
        await operator.on("Palette")
        shown = {each.name for each in operator.app.screen._commands}  # type: ignore[attr-defined]
        here = {action.name for action in overview.actions_here()} - {"palette"}
        places = {"backup", "restore", "sets", "runs", "doctor", "audit", "undo", "release"}
        places |= {"sample", "files", "prune", "adopt"}
        assert "practice" in here, "where it is one to practise on"
        assert shown == here | places | {f"theme-{name}" for name in THEMES} | {"ascii"}
        # Something is selected at once, and what matches best after each letter.
        await operator.type("theme")
        await operator.sees("Theme: light")
        assert "Backup" not in operator.text
        await operator.keys("space", *"light")
        await operator.keys("enter")
        await operator.on("OverviewScreen")
        assert operator.app.theme == "light"
        await operator.keys("ctrl+p")
        await operator.type("zzz")
        await operator.keys("enter")
        await operator.on("Palette")
        await operator.keys("escape")
        await operator.on("OverviewScreen")
        # From a field too, and nothing that was typed is lost.
        await operator.keys("b")
        await operator.until(lambda: operator.focused == "label", "the label")
        await operator.keys("a", "colon", "b")
        await operator.keys("ctrl+p")
        await operator.on("Palette")
        await operator.type("doctor")
        await operator.keys("enter")
        await operator.on("DoctorScreen")
        await operator.keys("escape")
        await operator.on("BackupWizard")
        await operator.sees("a:b")
    # It was remembered.
    async with opened(settings) as operator:
        assert operator.app.theme == "light"
        await operator.keys("colon")
        await operator.type("ascii")
        await operator.keys("enter")
        await operator.until(lambda: operator.text.isascii(), "a screen in ASCII")


@pytest.mark.parametrize(
    ("wanted", "screen"), [("audit", "SetsScreen"), ("undo", "RunsScreen"), ("prune", "SetsScreen")]
)
async def test_the_way_to_what_can_not_be_done_says_so(
    settings: Settings, wanted: str, screen: str
) -> None:
    """In an empty vault there is nothing to audit."""
    async with opened(settings) as operator:
        await operator.keys("colon")
        await operator.type(wanted)
        await operator.keys("enter")
        await operator.on(screen)
        label = ACTIONS[wanted].label
        await operator.sees(f"{label}: nothing is listed here that it could be done with now.")
        assert "Choose a" not in operator.text


async def test_the_way_to_what_can_be_done_says_how(with_set: Settings) -> None:
    async with opened(with_set) as operator:
        await operator.keys("colon")
        await operator.type("audit")
        await operator.keys("enter")
        await operator.sees("Choose a set, then press a to audit it.")
        assert type(operator.page).__name__ == "SetsScreen"
        assert "nothing is listed here" not in operator.text
