"""What is typed in one burst, as a paste or a slow line brings it, goes where the same keys go that
come one by one: also where a screen, a question or a button has still to appear."""

from __future__ import annotations

import threading
from pathlib import Path
from unittest.mock import patch

import msgspec
from textual import events
from textual.keys import _character_to_key
from textual.widgets import Input

from pryv_tui.drills.files import all_drills, read_record
from pryv_tui.drills.playing.drill import opened
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.files import incidents_folder
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.terminal.in_turn import HELD_SECONDS
from tests.drills.kit import WORDS_ALONE, write
from tests.drills.signing.signed import key as made_key
from tests.tui import driving

BACK = "\x0f"
"""Stands for a key that is no character."""
NAMED = {"\r": "enter", "\t": "tab", "\x1b": "escape", BACK: "shift+tab"}


def burst(operator: driving.Operator, text: str) -> None:
    """Keys that are all there before the first is looked at."""
    for character in text:
        key = NAMED.get(character) or _character_to_key(character)
        operator.app.post_message(events.Key(key, character))


def typed(operator: driving.Operator) -> list[str]:
    return [one.value for one in operator.app.screen.query(Input)]


async def test_a_drill_from_its_first_note_to_its_review(
    settings: Settings, tmp_path: Path
) -> None:
    write(tmp_path / "own", WORDS_ALONE.replace('name = "small"', 'name = "a"', 1), "a")
    settings = msgspec.structs.replace(settings, scenarios=str(tmp_path / "own"))
    async with driving.opened(settings) as operator:
        # The question comes when it is known which incident is open.
        burst(operator, "nthe disk hums\r")
        await operator.sees("is declared.")
        await operator.keys("D")
        await operator.sees("A small one")
        await operator.keys("enter")
        await operator.sees("And now?")
        # Beside an open incident Enter would mean that one.
        burst(operator, "nit hums\t\t\t\r")
        await operator.sees("Written into the drill.")
        # No is focused after the text: it goes on, and nothing is broken off.
        burst(operator, "Xthe alarm\r\r")
        await operator.sees("Written into the drill.")
        await operator.on("PlayScreen")
        assert opened(settings) is not None
        await operator.keys("enter")
        await operator.sees("What do you do?")
        await operator.keys("enter")
        await operator.sees("It ended well.")
        burst(operator, f"\rthe list was late\r\rnobody was told\r\rthe door was shut\r{BACK}\r")
        await operator.sees("Went well: the door was shut")
        # Past who fixes it, until when, what shows it, and two buttons.
        burst(operator, "\t\t\t\t\t\t\r")
        await operator.on("HeldScreen")
        await operator.sees("In short:")
        burst(operator, f"S{made_key(tmp_path, 'operator')}\r")
        await operator.sees("V Review")
        burst(operator, f"VI looked at it all\r{made_key(tmp_path, 'reviewer')}\r\t\t\r")
        await operator.sees("It is accepted.")
        burst(operator, "athe disk was small\rberta")
        await operator.on("FindingDialog")
        await operator.until(lambda: typed(operator)[1:2] == ["berta"], "both fields")
        assert typed(operator)[0] == "the disk was small"
    (drill,) = all_drills(Path(settings.state))
    filed = read_record(Path(drill.folder))
    assert filed is not None
    assert [(one.text, one.good) for one in filed.record.actions] == [
        ("the list was late", False),
        ("nobody was told", False),
        ("the door was shut", True),
    ]
    assert "it hums" in [one.text for one in filed.record.observations]
    (declared,) = incidents_folder(Path(settings.state)).glob("*/journal.jsonl")
    assert "the disk hums" in declared.read_text()


async def test_wizards_questions_and_places(with_set: Settings) -> None:
    async with driving.opened(with_set) as operator:
        burst(operator, "bbefore upgrade")
        await operator.on("BackupWizard")
        await operator.until(lambda: "before upgrade" in typed(operator), "the label")
        await operator.keys("escape")
        await operator.on("OverviewScreen")
        burst(operator, ":doctor\r")
        await operator.on("DoctorScreen")
        await operator.keys("escape")
        await operator.on("OverviewScreen")
        burst(operator, "l")
        await operator.on("LogsScreen")
        burst(operator, "s1h30m")
        await operator.on("Since")
        await operator.until(lambda: typed(operator) == ["1h30m"], "since when")
        await operator.keys("escape", "escape")
        await operator.on("OverviewScreen")
        await operator.keys("s")
        await operator.sees("✓ complete")
        # The question names what would be restored, which is looked for first; No has the focus.
        burst(operator, "fpryv/nginx/*\r\r")
        await operator.sees("Nothing was done.")
        await operator.keys("escape")
        await operator.on("OverviewScreen")
        await operator.keys("down", "enter")
        await operator.sees("If it stops")
        burst(operator, "Xnot this one\r\r")
        await operator.on("TypeToConfirm")
        await operator.until(lambda: typed(operator) == ["not this one"], "the word")
        assert operator.focused == "word"


async def test_what_does_not_come_holds_no_key_for_ever(settings: Settings) -> None:
    may_go_on = threading.Event()

    def never(_desk: object) -> None:
        assert may_go_on.wait(60)
        raise PryvTuiError("refused", "too late")

    async with driving.opened(settings) as operator:
        with patch("pryv_tui.tui.base.note.look_for", never):
            burst(operator, "nd")
            assert isinstance(operator.app.screen, Page)
            try:
                await operator.on("DoctorScreen")
            finally:
                may_go_on.set()
    assert HELD_SECONDS < driving.PATIENCE
