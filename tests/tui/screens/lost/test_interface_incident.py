"""The open incident in the interface: its line, a note from any screen, its report."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.acts import declare
from pryv_tui.incidents.files import all_incidents
from pryv_tui.incidents.gathering import gather
from pryv_tui.incidents.looking import Standing
from pryv_tui.incidents.words import short
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.tui.screens.overview import OverviewScreen
from tests.incidents.reported.told import told_of
from tests.incidents.scripted import at, incident, lost, run
from tests.incidents.scripted import opened as opens
from tests.tui.driving import opened


async def test_a_loss_is_seen_noted_and_reported(
    with_set: Settings, platform: PracticePlatform
) -> None:
    state = Path(with_set.state)
    platform.wipe("core")
    async with opened(with_set) as operator:
        await operator.sees("Incident: core down")
        (one,) = all_incidents(state)
        await operator.keys("n")
        await operator.on("NoteDialog")
        await operator.keys("enter")
        assert operator.focused == "note", "nothing is written where nothing was said"
        await operator.keys("escape")
        await operator.sees("Nothing was written.")
        # From another screen too, and where the key is another one's: by the menu.
        await operator.keys("u", "n")
        await operator.on("NoteDialog")
        await operator.keys(*"disk", "tab", "tab", "enter")
        await operator.sees("Written into the incident.")
        await operator.keys("escape")
        await operator.on("OverviewScreen")
        await operator.keys("I")
        await operator.sees("In short:")
        await operator.keys("n")
        await operator.on("NoteDialog")
        await operator.keys(*"smoke", "enter")
        await operator.sees("Written into the incident.")
        await operator.keys("escape", "b")
        await operator.on("BackupWizard")
        await operator.keys("ctrl+p")
        await operator.on("Palette")
        await operator.type("Note")
        await operator.keys("enter")
        await operator.on("NoteDialog")
    (after,) = all_incidents(state)
    assert after.id == one.id
    assert [(note.text, note.decision) for note in after.notes] == [
        ("disk", True),
        ("smoke", False),
    ]
    assert gather(state, after).times.down["core"].still


@pytest.mark.parametrize("harm", [False, True])
async def test_an_incident_that_can_not_be_read_whole_needs_a_person_on_the_overview(
    with_set: Settings, *, harm: bool
) -> None:
    made = declare(with_set, text="slow").incident
    if harm:
        with (Path(made.folder) / "journal.jsonl").open("a") as file:
            file.write("no line of a journal\n")
    async with opened(with_set) as operator:
        await operator.sees("Incident since")
        page = operator.page
        assert isinstance(page, OverviewScreen)
        assert page.overview is not None
        told = [one.text for one in page.overview.attention if made.id in one.text]
        why = f"The incident {made.id} can't be read completely: 1 line of journal.jsonl"
        assert [one.startswith(why) for one in told] == [True] * harm


async def test_a_note_where_none_is_open_declares_one(with_set: Settings) -> None:
    async with opened(with_set) as operator:
        await operator.sees("● up")
        assert "Incident" not in operator.text
        await operator.keys("I")
        await operator.sees("no incident of this platform is known")
        # The key says what it does where none is open.
        await operator.sees("n Declare")
        await operator.keys("escape", "n")
        await operator.on("NoteDialog")
        assert "No incident is open." in operator.text
        await operator.keys(*"slow", "enter")
        await operator.sees("is declared.")
        await operator.keys("ctrl+r")
        await operator.sees("Incident since")
        await operator.keys("C")
        await operator.on("Confirm")
        assert operator.focused == "no"
        await operator.keys("right", "enter")
        await operator.sees("is closed.")
        await operator.until(lambda: "Incident since" not in operator.text, "its line going")
        await operator.keys("C")
        await operator.on("OverviewScreen")
        # The closed one is listed beside the next, and each shows its own report.
        await operator.keys("I")
        await operator.sees("✓ closed  slow")
        assert "n Declare" in operator.text
        await operator.keys("n")
        await operator.on("NoteDialog")
        await operator.keys(*"dark", "enter")
        await operator.sees("● open  dark")
        await operator.sees("n Note")
        await operator.keys("home")
        await operator.sees("- What: dark")
        await operator.keys("down")
        await operator.sees("- What: slow")
        assert "C Close" not in operator.text and not operator.page.check_action(
            "close_incident", ()
        )
        await operator.keys("enter")
        await operator.on("TextScreen")
        await operator.sees("CLOSED")
        await operator.keys("escape", "escape")
        # What the running platform lacks, asked by a key, is written into the open one.
        await operator.keys("L")
        await operator.on("TextScreen")
        await operator.sees("practice.pryv.example, as it is now:")
        await operator.keys("escape", "s")
        await operator.sees("✓ complete")
        await operator.keys("L")
        await operator.on("TextScreen")
        await operator.sees("Live audit beside")
        await operator.keys("end")
        await operator.sees("Nothing remains")
    one, other = sorted(all_incidents(Path(with_set.state)), key=lambda found: found.open)
    assert (one.text, one.how, one.roles) == ("slow", "declared", ())
    assert not one.open and not one.audits
    (backup,) = open_site(with_set).vault.sets()
    assert [(audit.set, audit.outcome) for audit in other.audits] == [
        ("", "settled"),
        (backup.id, "settled"),
    ]


def test_its_line_has_room_at_eighty_cells_and_begins_with_for_how_long() -> None:
    unknown = gather(Path("/nowhere"), incident(opens(0), lost(0)), at(86_400 * 400))
    assert "at least 400 days" in short(unknown, at(86_400 * 400))[:60]
    for told in (told_of(), told_of(run("restore", 60, ends=80, serves=70))):
        assert len(f" {short(told, at(500))}  (n Note  I Report)") <= 80
        assert len(short(told, at(86_400 * 400))) <= 80
    assert Standing().short == ""
    assert "full" in Standing(None, "the disk is full").short


async def test_a_note_that_can_t_be_written_stays_and_says_why(
    with_set: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_what: object, **_more: object) -> None:
        raise PryvTuiError("disk-full", "no room for the note", "Make room.")

    async with opened(with_set) as operator:
        await operator.sees("● up")
        with monkeypatch.context() as patched:
            patched.setattr("pryv_tui.tui.base.note.write", full)
            await operator.keys("n")
            await operator.on("NoteDialog")
            await operator.keys(*"slow", "enter")
            await operator.sees("no room for the note")
            await operator.on("NoteDialog")
        await operator.keys("enter")
        await operator.sees("is declared.")
    (one,) = all_incidents(Path(with_set.state))
    assert one.domain, "it was written once the way was free"
