"""On the last page of a wizard Enter starts nothing: what is said then is so in each state."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.tui.base.wizard import Wizard
from tests.tui.driving import Operator, opened
from tests.tui.screens.test_interface_restore import DOMAIN, to_confirmation

WORD = "Enter starts nothing here: the word is not typed; Tab leads to its field"
NO_PLAN = "Enter starts nothing here: there is no plan to be started"


def wizard(operator: Operator) -> Wizard:
    page = operator.page
    assert isinstance(page, Wizard)
    return page


async def on_a_text(operator: Operator) -> None:
    """Leave the field of the word backwards: Enter is the page's there."""
    await operator.keys("shift+tab")
    assert operator.focused != "word"


@pytest.mark.parametrize("typed", ["", "prac"])
async def test_where_the_word_lacks_tab_leads_to_its_field(with_set: Settings, typed: str) -> None:
    async with opened(with_set) as operator:
        await to_confirmation(operator)
        await operator.type(typed)
        await on_a_text(operator)
        await operator.keys("enter")
        await operator.sees(WORD)
        for _ in range(len(operator.page.focus_chain)):
            await operator.keys("tab")
            if operator.focused == "word":
                break
        assert operator.focused == "word"
        # With the word there is something that starts it, and that is where it goes.
        operator.page.query_one("#word", Input).value = DOMAIN
        await operator.until(lambda: wizard(operator).may_start(), "that it matches")
        await on_a_text(operator)
        await operator.keys("enter")
        assert operator.focused == "go"
        assert WORD not in operator.text


@pytest.mark.parametrize("typed", ["", DOMAIN])
async def test_where_the_plan_lacks_no_key_is_said_to_help(with_set: Settings, typed: str) -> None:
    """As while it is made anew, or where that came to nothing."""
    async with opened(with_set) as operator:
        await to_confirmation(operator)
        await operator.type(typed)
        await on_a_text(operator)
        page = wizard(operator)
        page.plan = None  # type: ignore[attr-defined]
        page.settle()
        await operator.keys("enter")
        await operator.sees(NO_PLAN)
        assert "Tab leads" not in operator.text


async def test_of_a_backup_no_word_is_asked_for(settings: Settings) -> None:
    async with opened(settings) as operator:
        await operator.keys("b")
        await operator.until(lambda: operator.focused == "label", "the label")
        await operator.keys("enter")
        await operator.sees("✓ all")
        await operator.keys("enter")
        await operator.until(lambda: not operator.page.query_one("#go").disabled, "the plan")
        page = wizard(operator)
        page.plan = None  # type: ignore[attr-defined]
        page.settle()
        await operator.keys("enter")
        await operator.sees(NO_PLAN)
        assert "word" not in operator.text.rpartition("Enter starts")[2]
