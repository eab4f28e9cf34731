"""The wizards while another run is using the platform: it is said at once, and nothing is asked in
vain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.widgets import Button, Input

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import open_site
from pryv_tui.runs.record.history import RunRecord, all_runs
from pryv_tui.runs.start import cancel_run, start_run
from pryv_tui.tui.base import wizard
from tests.tui.driving import Operator, opened

DOMAIN = "practice.pryv.example"


def slow_run(settings: Settings) -> RunRecord:
    """A backup that surely goes on for the rest of the test."""
    file = Path(settings.practice or "") / "practice.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"pace": 60.0}))
    return start_run(settings, "backup", label="other")


async def to_confirmation(operator: Operator) -> None:
    await operator.keys("r")
    await operator.sees("✓ complete")
    await operator.keys("enter")
    await operator.until(lambda: operator.focused == "next", "the roles")
    await operator.keys("enter")
    await operator.sees("✓ all")
    await operator.keys("n")
    await operator.sees("What happens")
    next_button = operator.page.query_one("#next", Button)
    await operator.until(lambda: not next_button.disabled, "the plan")
    await operator.keys("n")
    await operator.until(lambda: operator.focused == "word", "the field of the word")


async def in_words(operator: Operator, text: str) -> None:
    """Wait for words that may be wrapped."""
    await operator.until(lambda: text in " ".join(operator.text.split()), repr(text))


async def test_a_run_that_goes_on_is_on_the_first_page(with_set: Settings) -> None:
    async with opened(with_set) as operator:
        record = slow_run(with_set)
        vault = open_site(with_set).vault
        await operator.until(lambda: len(vault.sets()) == 2, "the set that is made")
        await operator.keys("r")
        await in_words(operator, f"The backup {record.id} has been using the platform since")
        await in_words(operator, "Nothing can be started here before it has ended.")
        await operator.sees("▶ being made now")
        assert "did not finish" not in operator.text
        pane = operator.page.query_one("#sets")
        assert operator.focused == "sets" and pane is operator.app.focused
        # One may look around, and comes no further than to the line that says it.
        await operator.keys("enter")
        await operator.until(lambda: operator.focused == "next", "the roles")
        await operator.keys("enter")
        await operator.sees("✗ FAILED   run")
        assert operator.page.query_one("#next", Button).disabled
        for key in ("n", "enter"):
            await operator.keys(key)
            await operator.sees("· Nothing can be started now: another run is using the platform.")
            await operator.keys("down")
            assert "· Nothing can be started" not in operator.text
        await operator.keys("o")
        await operator.on("RunScreen")
        assert operator.page.record.id == record.id  # type: ignore[attr-defined]
        await operator.keys("escape")
        await operator.on("RestoreWizard")
        # When it has ended everything is checked again, and the way is free.
        cancel_run(Path(with_set.state), record.id)
        await operator.sees("✓ all")
        await operator.until(lambda: "using the platform" not in operator.text, "the end of it")
        assert "Nothing can be started" not in operator.text


@pytest.mark.parametrize("key", ["b", "D"])
async def test_the_other_wizards_say_it_too(with_set: Settings, key: str) -> None:
    async with opened(with_set) as operator:
        record = slow_run(with_set)
        if key == "D":
            await operator.keys("s")
            await operator.sees("✓ complete")
        await operator.keys(key)
        await in_words(operator, f"The backup {record.id} has been using the platform since")
        await operator.keys("enter")
        await operator.sees("FAILED   run" if key == "b" else "nothing is to be removed")
        assert operator.page.query_one("#next", Button).disabled


async def test_a_run_that_begins_later_takes_the_word_s_place(with_set: Settings) -> None:
    async with opened(with_set) as operator:
        await to_confirmation(operator)
        await operator.type(DOMAIN)
        await operator.sees("✓ it matches")
        slow_run(with_set)
        await operator.sees("▲ nothing can be started now")
        assert "it matches" not in operator.text
        assert operator.page.query_one("#go", Button).disabled
        await operator.keys("enter", "enter", "tab", "tab", "enter", "space")
        assert [record.kind for record in all_runs(Path(with_set.state))] == ["backup"] * 2


async def test_the_line_of_keys_names_the_button_s_own(with_set: Settings) -> None:
    async with opened(with_set) as operator:
        await to_confirmation(operator)
        await operator.type(DOMAIN)
        await operator.keys("enter")
        await operator.until(lambda: operator.focused == "go", "the button")
        keys = operator.text.split("\n")[-1]
        assert "space Press" in keys
        assert "To the button" not in keys
        await operator.keys("tab")
        await operator.until(lambda: operator.focused != "go", "elsewhere")
        assert "space Press" not in operator.text
        # By Tab it is reached on purpose: there Enter presses it too.
        await operator.keys("shift+tab")
        await operator.until(lambda: operator.focused == "go", "the button once more")
        assert "enter Press" in operator.text.split("\n")[-1]


async def test_a_refusal_can_be_read(with_set: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run began between the last look and the button."""
    monkeypatch.setattr(wizard, "who_holds", lambda _site: None)
    async with opened(with_set) as operator:
        await to_confirmation(operator)
        await operator.type(DOMAIN)
        await operator.sees("✓ it matches")
        record = slow_run(with_set)
        await operator.until(
            lambda: all_runs(Path(with_set.state))[-1].state == "running", "its worker"
        )
        await operator.keys("enter", "space")
        await operator.sees("✗ FAILED   run")
        await operator.sees("Nothing was started: another run is using the platform.")
        await in_words(operator, record.id)
        assert "it matches" not in operator.text
        assert operator.page.query_one("#word", Input).value == DOMAIN
