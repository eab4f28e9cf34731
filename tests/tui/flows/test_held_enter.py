"""Enter held down, as a hand that rests on it or a cat does: forty presses without a pause. Nothing
that destroys is confirmed by that, and what Enter does by itself is done once."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.events import Key
from textual.widgets import Input

import pryv_tui.tui
from pryv_tui.drills.files import folder_of
from pryv_tui.drills.playing.drill import opened as open_drill
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.signing import sign_drill
from pryv_tui.drills.signing.checking import signatures_of
from pryv_tui.incidents.files import all_incidents
from pryv_tui.incidents.pinning import pin
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice import simulated
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.start import start_run
from pryv_tui.tui.base.dialog import Dialog
from tests.drills.held import RUN, settings_of
from tests.drills.held import hold as hold_drill
from tests.drills.kit import WORDS_ALONE, write
from tests.drills.signing.signed import key as made_key
from tests.faults.bench import performed_here
from tests.journeys.performing import perform
from tests.tui.driving import Operator, opened
from tests.tui.screens.lost.test_interface_recover import die

DOMAIN = "practice.pryv.example"
MANY = 40


async def hold(operator: Operator, key: str = "enter", character: str = "\r") -> None:
    """Hold a key down; all of it is there before the first is looked at."""
    for _ in range(MANY):
        operator.app.post_message(Key(key, character))
    await operator.keys()


async def hold_until(
    operator: Operator, text: str, key: str = "enter", character: str = "\r"
) -> None:
    """Hold a key down until the screen says that: what it began may take longer than one hold."""
    for _ in range(200):
        await hold(operator, key, character)
        if text in operator.text:
            return
    raise AssertionError(f"{text!r} did not come; the screen:\n{operator.text}")


def ids(settings: Settings) -> list[str]:
    return [one.id for one in all_runs(Path(settings.state))]


class TestPractice:
    @pytest.mark.parametrize(
        ("key", "character", "other"), [("enter", "\r", "space"), ("space", " ", "enter")]
    )
    async def test_life_goes_on_once_a_press(
        self, settings: Settings, key: str, character: str, other: str
    ) -> None:
        folder = Path(settings.practice or "")

        def done() -> list[str]:
            return [one.words for one in simulated.read(folder).done]

        async with opened(settings) as operator:
            await operator.keys("P")
            await operator.sees("People use the platform")
            await hold_until(operator, "It is done: ", key, character)
            assert done() == ["data added: 1 account"]
            # With another key it is meant.
            await operator.keys(other)
            await operator.until(lambda: len(done()) == 2, "the second time")
            await operator.keys(other)
            assert len(done()) == 2
            # So is another row, and this one when it is come back to.
            await operator.keys("down", key)
            await operator.until(lambda: len(done()) == 3, "what is below it")
            await operator.keys("up", key)
            await operator.until(lambda: len(done()) == 4, "the first again")
            assert done()[2] == "data added: 5 attachments"

    async def test_a_fault_that_was_set_stays_set(self, settings: Settings) -> None:
        folder = Path(settings.practice or "")
        async with opened(settings) as operator:
            await operator.keys("P")
            await operator.sees("People use the platform")
            await operator.keys(*["down"] * 9)
            await operator.sees("choose it")
            await hold(operator)
            await operator.until(lambda: bool(PracticePlatform.open(folder).faults.list()), "it")
            await hold_until(operator, "It is done: ")
            assert len(PracticePlatform.open(folder).faults.list()) == 1

    async def test_no_role_is_lost(self, settings: Settings, platform: PracticePlatform) -> None:
        lived = platform.contents()
        async with opened(settings) as operator:
            await operator.keys("P")
            await operator.sees("People use the platform")
            await operator.keys(*["down"] * 4)
            await operator.sees("The disaster: core's")
            await hold(operator)
            assert simulated.read(platform.folder).done == ()
        assert platform.contents() == lived


async def test_no_set_is_removed(with_set: Settings) -> None:
    with performed_here():
        start_run(with_set, "backup", label="second")
    before, runs = [one.id for one in open_site(with_set).vault.sets()], ids(with_set)
    async with opened(with_set) as operator:
        await operator.keys("s")
        await operator.sees("✓ complete")
        await operator.keys("D")
        await operator.sees("of the last sets")
        for rule in ("last", "daily", "weekly", "monthly"):
            operator.page.query_one(f"#{rule}", Input).value = "1" if rule == "last" else ""
        await hold(operator)
        await operator.until(lambda: operator.focused == "word", "the field of the word")
        await operator.type(DOMAIN)
        await operator.sees("✓ it matches")
        await hold(operator)
        await operator.sees("Enter starts nothing here: Space presses the button.")
    assert [one.id for one in open_site(with_set).vault.sets()] == before
    assert ids(with_set) == runs


@pytest.mark.parametrize("opens", ["r", "sr"])
async def test_no_core_is_restored(with_set: Settings, opens: str) -> None:
    runs = ids(with_set)
    async with opened(with_set) as operator:
        for key in opens:
            await operator.keys(key)
            await operator.sees("✓ complete")
        # Over the set, the roles (core is ticked), the checks, the plan.
        while operator.focused != "word":
            await hold(operator)
        await operator.type(DOMAIN)
        await operator.sees("✓ it matches")
        await hold(operator)
        await operator.sees("Enter starts nothing here: Space presses the button.")
    assert ids(with_set) == runs


@pytest.mark.parametrize("place", ["", "I"])
async def test_an_incident_stays_open(
    with_set: Settings, platform: PracticePlatform, place: str
) -> None:
    platform.wipe("core")
    state = Path(with_set.state)
    async with opened(with_set) as operator:
        await operator.sees("Incident: core down")
        if place:
            await operator.keys(place)
            await operator.sees("In short:")
        await operator.keys("C")
        await operator.on("Confirm")
        await hold(operator)
        assert [one.open for one in all_incidents(state)] == [True]


async def test_a_run_goes_on(slow: Settings) -> None:
    async with opened(slow) as operator:
        record = start_run(slow, "backup")
        await operator.sees("▶ held")
        await operator.keys("u")
        await operator.sees("backup")
        await operator.keys("x")
        await operator.on("CancelQuestion")
        await hold(operator)
        (now,) = all_runs(Path(slow.state))
        assert (now.id, now.state) == (record.id, "running")


@pytest.mark.parametrize("to", [(), ("right",), ("right", "right")])
async def test_what_was_left_half_done_stays(
    with_set: Settings, platform: PracticePlatform, to: tuple[str, ...]
) -> None:
    run = die(with_set, "restore", 100, set_id=open_site(with_set).vault.sets()[0].id)
    async with opened(with_set) as operator:
        await operator.on("RecoverDialog")
        await operator.keys(*to)
        # Not now; or Finish, or Roll back, and then the field of the word.
        await hold(operator)
        if to:
            await operator.on("TypeToConfirm")
            await operator.type(DOMAIN)
            await operator.sees("✓ it matches")
            await hold(operator)
            await operator.on("TypeToConfirm")
    assert all_runs(Path(with_set.state))[-1].id == run


@pytest.mark.parametrize(("to", "accepted"), [((), 0), (("right",), 1)])
async def test_at_most_one_warning_is_accepted(
    settings: Settings, platform: PracticePlatform, to: tuple[str, ...], accepted: int
) -> None:
    (host,) = platform.hosts
    for name in ("pryvio_mfa", "pryvio_mail"):
        host.engine.stop(name)
    async with opened(settings) as operator:
        await operator.keys("A")
        await operator.on("AcceptScreen")
        await operator.sees("down/single/pryvio_mail")
        await operator.keys("enter")
        await operator.on("Confirm")
        await operator.keys(*to)
        await hold(operator)
        known = open_site(settings).accepted.known
        await operator.until(lambda: len(known()) >= accepted, "what was asked for")
        assert len(known()) == accepted


@pytest.mark.parametrize("key", ["U", "D"])
async def test_what_lies_aside_stays(
    with_set: Settings, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    (backup,) = open_site(with_set).vault.sets()
    perform(with_set, "20260102T000000Z-aa", "restore", monkeypatch, set_id=backup.id)
    runs = ids(with_set)
    async with opened(with_set) as operator:
        await operator.keys("u")
        await operator.sees("restore")
        await operator.keys("down")
        await operator.sees("U Undo")
        await operator.keys(key)
        await operator.on("TypeToConfirm")
        await hold(operator)
        await operator.on("TypeToConfirm")
        await operator.type(DOMAIN)
        await operator.sees("✓ it matches")
        await hold(operator)
        await operator.on("TypeToConfirm")
    assert ids(with_set) == runs


async def test_a_pin_stays_and_is_made_once(with_set: Settings) -> None:
    site = open_site(with_set)
    (backup,) = site.vault.sets()

    def lines() -> int:
        return len(site.vault.sets()[0].pins.lines)

    async with opened(with_set) as operator:
        await operator.keys("s")
        await operator.sees("✓ complete")
        await operator.keys("P")
        await operator.on("AskWhy")
        await hold(operator)
        await operator.until(lambda: lines() == 1, "the pin")
        while type(operator.app.screen).__name__ != "SetsScreen":
            await operator.keys("escape")
        await operator.sees(backup.id[:15])
        await operator.keys("P")
        await operator.on("Confirm")
        await hold(operator)
    assert lines() == 1 and site.vault.sets()[0].pin is not None


async def test_a_pin_by_somebody_else_stays(with_set: Settings) -> None:
    site = open_site(with_set)
    pin(site, "latest")
    async with opened(with_set) as operator:
        await operator.keys("s")
        await operator.sees("pinned")
        await operator.keys("P")
        await operator.on("Confirm")
        await hold(operator)
    assert site.vault.sets()[0].pin is not None


class TestDrills:
    async def test_it_is_signed_once_where_no_passphrase_is_asked_for(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        close_drill(hold_drill(tmp_path), RUN)
        state = Path(settings_of(tmp_path).state)
        settings = msgspec.structs.replace(settings, state=str(state))
        async with opened(settings) as operator:
            operator.page.go_to("held", RUN)
            await operator.sees("S Sign")
            await operator.keys("S")
            await operator.on("KeyDialog")
            await hold(operator)
            assert not signatures_of(folder_of(state, RUN)).signed, "which key was not said"
            await operator.type(str(made_key(tmp_path, "operator")))
            await hold(operator)
            await operator.sees("Signed.")
            await operator.on("HeldScreen")
        told = signatures_of(folder_of(state, RUN))
        assert told.signed and told.review is None

    @pytest.mark.parametrize("at", ["text", "key"])
    async def test_it_is_not_reviewed(self, settings: Settings, tmp_path: Path, at: str) -> None:
        close_drill(hold_drill(tmp_path), RUN)
        sign_drill(settings_of(tmp_path), RUN, made_key(tmp_path, "operator"))
        state = Path(settings_of(tmp_path).state)
        settings = msgspec.structs.replace(settings, state=str(state))
        async with opened(settings) as operator:
            operator.page.go_to("held", RUN)
            await operator.sees("V Review")
            await operator.keys("V")
            await operator.on("ReviewDialog")
            dialog = operator.app.screen
            dialog.query_one("#text", Input).value = "I read all of it"
            dialog.query_one("#key", Input).value = str(made_key(tmp_path, "reviewer"))
            dialog.query_one(f"#{at}", Input).focus()
            await hold(operator)
        assert signatures_of(folder_of(state, RUN)).review is None

    async def test_it_is_not_broken_off(self, settings: Settings, tmp_path: Path) -> None:
        write(tmp_path / "own", WORDS_ALONE.replace('name = "small"', 'name = "a"', 1), "a")
        settings = msgspec.structs.replace(settings, scenarios=str(tmp_path / "own"))
        async with opened(settings) as operator:
            await operator.keys("D")
            await operator.sees("A small one")
            await operator.keys("w")
            await operator.sees("And now?")
            await operator.keys("X")
            await operator.on("BreakOffDialog")
            await hold(operator)
            assert open_drill(settings) is not None


def _questions() -> list[type[Dialog[Any]]]:
    """Every kind of question that the interface has."""
    for module in pkgutil.walk_packages(pryv_tui.tui.__path__, "pryv_tui.tui."):
        importlib.import_module(module.name)

    def below(kind: type[Dialog[Any]]) -> list[type[Dialog[Any]]]:
        return [kind, *(one for each in kind.__subclasses__() for one in below(each))]

    return below(Dialog)


HARMLESS = ("#no", "#word")
"""What has the focus first where no text is asked for: the button that does nothing, or the field
of the word, from which Enter presses nothing."""
TEXTS = {
    "NoteDialog": "writes the note",
    "AskFolder": "looks at the folder, and asks then",
    "ObservationDialog": "writes the note",
    "DebriefDialog": "goes to the buttons; one finding is written, and the field is empty then",
    "FindingDialog": "goes from field to field, to the button that goes back",
    "BreakOffDialog": "goes to the button that goes on",
    "KeyDialog": "signs",
    "ReviewDialog": "goes from field to field, to the button that goes back",
    "AskPattern": "looks for the files, and asks then",
    "AskWhy": "pins",
    "Since": "reads the log",
    "Palette": "goes to a place, or asks what its key asks",
}
"""Those that ask for a text, and what Enter in it does."""


def test_no_question_begins_at_a_button_that_does_something() -> None:
    asking = {one.__name__: one.AUTO_FOCUS for one in _questions() if one.AUTO_FOCUS is not None}
    others = {name for name, first in asking.items() if first not in HARMLESS}
    assert others == set(TEXTS), "say what Enter does, and hold it down in a test"
