"""What is typed in one burst, as a paste or a slow line brings it, goes where the same keys go that
come one by one."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from textual import events
from textual.widgets import Input

from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.signing import sign_drill
from pryv_tui.operations.settings.resolve import Settings
from tests.drills.held import RUN, hold, settings_of
from tests.drills.signing.signed import key as made_key
from tests.tui import driving


def burst(operator: driving.Operator, text: str) -> None:
    """Keys that are all there before the first is looked at."""
    for character in text:
        name = "enter" if character == "\r" else character
        key = events.Key(name, character if name != "enter" else "\r")
        operator.app.post_message(key)


@pytest.mark.parametrize("dialog", ["ReviewDialog", "FindingDialog"])
async def test_enter_leads_to_the_next_field_before_what_comes_after_it(
    settings: Settings, tmp_path: Path, dialog: str
) -> None:
    close_drill(hold(tmp_path), RUN)
    sign_drill(settings_of(tmp_path), RUN, made_key(tmp_path, "operator"))
    settings = msgspec.structs.replace(settings, state=settings_of(tmp_path).state)
    async with driving.opened(settings) as operator:
        await operator.keys("D")
        await operator.on("DrillsScreen")
        await operator.keys("tab")
        await operator.sees("UNREVIEWED")
        await operator.keys("enter")
        await operator.on("HeldScreen")
        await operator.keys("V" if dialog == "ReviewDialog" else "a")
        await operator.on(dialog)
        burst(operator, "seen\rkey")
        fields = list(operator.app.screen.query(Input))
        await operator.until(lambda: "key" in "".join(one.value for one in fields), "its end")
        assert [one.value for one in fields][:2] == ["seen", "key"]
