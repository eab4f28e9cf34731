"""A list that is being read says so, and is not blank as one in which nothing is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.screens.incidents import IncidentsScreen
from pryv_tui.tui.screens.runs import RunsScreen
from pryv_tui.tui.screens.sets import SetsScreen
from pryv_tui.tui.session import Desk
from tests.tui.driving import opened

SCREENS = (IncidentsScreen, SetsScreen, RunsScreen)


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("well", [True, False])
async def test_a_list_that_is_being_read_says_so_until_it_is_read(
    with_set: Settings, screen: Callable[[Desk], Page], *, well: bool
) -> None:
    held: list[Callable[[], None]] = []

    def ask(_group: str, work: Any, done: Any, failed: Any = None) -> None:
        error = PryvTuiError("step-failed", "the disk went")
        held.append((lambda: done(work())) if well else (lambda: failed(error)))

    async with opened(with_set) as operator:
        await operator.sees("Last backup")
        page = screen(operator.page.desk)
        with patch.object(page, "ask", ask):
            operator.app.push_screen(page)
            await operator.sees("reading …")
            assert "could not be read" not in operator.text
            held.pop(0)()
            await operator.until(lambda: "reading …" not in operator.text, "an end of the reading")
            assert ("could not be read" in operator.text) is not well
            if not well:
                await operator.sees("the disk went")
