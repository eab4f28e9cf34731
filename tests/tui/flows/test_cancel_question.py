"""The question before a cancel goes along with the run behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.cancelling import Outlook
from pryv_tui.runs.record.history import all_runs
from pryv_tui.tui.flows import cancel
from pryv_tui.tui.session import Looks
from tests.tui.driving import opened


async def test_it_says_what_a_cancel_would_do_by_now(
    with_set: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [Outlook("Nothing was replaced yet.", "It is at: the first step.")]
    monkeypatch.setattr(cancel, "outlook_of", lambda _record: now[0])
    record = all_runs(Path(with_set.state))[-1]
    async with opened(with_set, looks=Looks(outlook=0.05)) as operator:
        operator.app.push_screen(cancel.CancelQuestion(operator.page.desk, record, now[0]))
        await operator.sees("Nothing was replaced yet.")
        assert "the first step" in operator.text
        now[0] = Outlook("What was there before is put back.", "It is at: the second step.")
        await operator.sees("What was there before is put back.")
        assert "the first step" not in operator.text
        assert operator.focused == "no"
