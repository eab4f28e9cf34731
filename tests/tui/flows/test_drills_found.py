"""What a drill found is added and reviewed in the interface; what can't be written is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.widgets import Button, Input

from pryv_tui.drills.findings import actions_of, usual
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.signing import sign_drill
from pryv_tui.drills.signing.papers import read_debrief
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.files import read_events
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.tui.base.observing import ObservationDialog
from pryv_tui.tui.flows.drill import (
    BreakOffDialog,
    DebriefDialog,
    FindingDialog,
    KeyDialog,
    ReviewDialog,
)
from tests.drills.held import RUN, hold, settings_of
from tests.drills.noting.known import names_are_known
from tests.drills.signing.signed import key as made_key
from tests.tui import driving

__all__ = ["names_are_known"]


@pytest.mark.usefixtures("names_are_known")
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
            values = [field.value for field in operator.app.screen.query(Input)]
            assert values[1:] == list(usual())
            for one in operator.app.screen.query(Input):
                one.value = ""
            await operator.type(text)
            for field in more:
                await operator.keys("enter")
                await operator.type(field)

        await add("")
        # Nothing was said: it asks on.
        await operator.keys(*["tab"] * 6, "enter")
        await operator.on("FindingDialog")
        await operator.keys("escape")
        await operator.sees("Nothing was written.")
        await add("The disk was small", "Berta", "tomorrow", "the next one")
        await operator.keys("tab", "tab", "tab", "enter")
        # It stays, says what is wrong, and has what was typed.
        await operator.sees("'tomorrow' is not a day")
        await operator.on("FindingDialog")
        values = [field.value for field in operator.app.screen.query(Input)]
        assert values == ["The disk was small", "Berta", "tomorrow", "the next one"]
        due = operator.app.screen.query_one("#due", Input)
        due.focus()
        due.value = "2020-09-30"
        # One that is over is a slip of the pen.
        await operator.keys(*["tab"] * 4, "enter")
        await operator.sees("the day 2020-09-30 is in the past")
        await operator.sees("Give today or a later day.")
        due.focus()
        due.value = "2099-09-30"
        await operator.keys(*["tab"] * 4, "enter")
        await operator.sees("Written down as a1 of this drill.")
        assert "is not a day" not in operator.text
        await add("It was quick")
        await operator.keys(*["tab"] * 5, "enter")
        await operator.sees("Written down as a2 of this drill.")
        await operator.sees("Found since, not signed yet:")
        assert "Berta, due 2099-09-30" in operator.text
        assert "to be shown by the next one" in operator.text
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
        await operator.keys(*["tab"] * 5, "enter")
        await operator.sees("Written down as a3 of this drill.")
    folder = Path(settings.state) / "drills" / RUN
    signed = read_debrief(folder)
    assert signed is not None and [one.name for one in signed.findings] == ["a1", "a2"]
    assert (signed.findings[0].owner, signed.findings[1].good) == ("Berta", True)
    events, _problems = read_events(folder)
    assert [one.text for one in actions_of(events)][2:] == ["Later still"]


def _full(*_what: object, **_more: object) -> Any:
    raise PryvTuiError("disk-full", "no room for what was typed", "Make room.")


async def test_a_dialog_that_can_t_write_stays_with_what_was_typed_and_says_why(
    settings: Settings,
) -> None:
    async with driving.opened(settings) as operator:
        desk, noted = operator.page.desk, DebriefDialog(operator.page.desk, [], _full, usual())
        for dialog in (
            ObservationDialog(desk, _full),
            FindingDialog(desk, _full, usual(), signed=False),
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
            DebriefDialog(operator.page.desk, [], str, usual()),
            FindingDialog(operator.page.desk, str, usual(), signed=True),
            ReviewDialog(operator.page.desk),
            BreakOffDialog(operator.page.desk, platform=True),
            KeyDialog(operator.page.desk, ""),
            ObservationDialog(operator.page.desk, str),
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


OTHER = "20260303T040000Z-drill-cd34"
ASKED = [("a", "FindingDialog", "text"), ("S", "KeyDialog", "key"), ("V", "ReviewDialog", "text")]


def _typed(operator: driving.Operator, field: str) -> str:
    return operator.app.screen.query_one(f"#{field}", Input).value


@pytest.mark.parametrize(("key", "question", "field"), ASKED)
async def test_what_was_typed_of_a_drill_is_there_when_it_is_asked_again_and_of_another_is_none(
    settings: Settings, tmp_path: Path, key: str, question: str, field: str
) -> None:
    own = made_key(tmp_path, "operator")
    for run in (RUN, OTHER):
        close_drill(hold(tmp_path, run=run), run)
        if key == "V":
            sign_drill(settings_of(tmp_path), run, own)
    settings = msgspec.structs.replace(settings, state=settings_of(tmp_path).state)
    async with driving.opened(settings) as operator:

        async def ask(run: str) -> None:
            operator.page.go_to("held", run)
            await operator.on("HeldScreen")
            await operator.sees(SHOWN[key])
            await operator.keys(key)
            await operator.on(question)

        async def leave() -> None:
            await operator.keys("escape")
            await operator.on("HeldScreen")
            await operator.keys("escape")
            await operator.on("OverviewScreen")

        await ask(RUN)
        await operator.type("abc")
        await leave()
        await ask(OTHER)
        assert _typed(operator, field) == "", "it was said of the other drill"
        await operator.type("xyz")
        await leave()
        await ask(RUN)
        assert _typed(operator, field) == "abc"
        # It goes on where it was: nothing is typed over it.
        await operator.type("d")
        assert _typed(operator, field) == "abcd"


SHOWN = {"a": "a Finding", "S": "S Sign", "V": "V Review"}


async def test_what_was_typed_is_kept_where_the_signing_was_broken_off(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close_drill(hold(tmp_path), RUN)
    settings = msgspec.structs.replace(settings, state=settings_of(tmp_path).state)

    def broken_off(*_what: object, **_more: object) -> None:
        raise KeyboardInterrupt

    async with driving.opened(settings) as operator:
        operator.page.go_to("held", RUN)
        await operator.sees("S Sign")
        with monkeypatch.context() as patch:
            patch.setattr("pryv_tui.tui.screens.drills.held.sign_drill", broken_off)
            await operator.keys("S")
            await operator.on("KeyDialog")
            await operator.type("my-key")
            await operator.keys("enter")
            await operator.sees("It was broken off")
        await operator.keys("S")
        await operator.on("KeyDialog")
        assert _typed(operator, "key") == "my-key"
        await operator.keys("escape")
        await operator.on("HeldScreen")
        # A review is kept whole.
        sign_drill(settings, RUN, made_key(tmp_path, "operator"))
        await operator.keys("escape")
        await operator.on("OverviewScreen")
        operator.page.go_to("held", RUN)
        await operator.sees("V Review")
        with monkeypatch.context() as patch:
            patch.setattr("pryv_tui.tui.screens.drills.held.review_drill", broken_off)
            await operator.keys("V")
            await operator.on("ReviewDialog")
            await operator.type("I read it")
            dialog = operator.app.screen
            dialog.query_one("#key", Input).value = "mine"
            dialog.query_one("#accept", Button).press()
            await operator.sees("It was broken off")
        await operator.keys("V")
        await operator.on("ReviewDialog")
        assert [_typed(operator, name) for name in ("text", "key")] == ["I read it", "mine"]


async def test_what_can_not_be_compared_is_told_whole_with_why(
    settings: Settings, tmp_path: Path
) -> None:
    close_drill(hold(tmp_path), RUN)
    settings = msgspec.structs.replace(settings, state=settings_of(tmp_path).state)
    async with driving.opened(settings, size=(120, 40)) as operator:
        operator.page.go_to("held", RUN)
        await operator.sees("a Finding")
        await operator.keys("a")
        await operator.on("FindingDialog")
        await operator.type("zoe-canary was told late")
        operator.app.screen.query_one("#bad", Button).press()
        await operator.on("HeldScreen")

        def told_in_lines() -> str:
            return " ".join(operator.text.split())

        await operator.until(lambda: "as soon as it can be compared." in told_in_lines(), "all")
        told = told_in_lines()
        assert "Written down as a1 of this drill. The text is left out of the evidence" in told
        assert "the set can't be read" in told and "for you alone" in told
        assert "zoe-canary" not in told
    told_file = Path(settings.state) / "drill-words" / f"{RUN}.txt"
    assert "zoe-canary was told late" in told_file.read_text()
