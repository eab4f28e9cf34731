"""A look at the sandbox's databases that began early ends before the sandbox goes, whatever came
between."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.steps.bringing_back.audit_live import AuditLive, Looking
from pryv_tui.operations.steps.bringing_back.close_restore import CloseRestore
from pryv_tui.runs.record.events import AnyEvent, StepStarted
from tests.journeys.drills.rehearsed import Rehearsed, end


class StillLooking(Looking):
    """One that goes on until somebody ends it."""

    def __init__(self, ctx: RunContext) -> None:
        self.asks = next(iter(ctx.deployment.hosts)).root_path
        self.ended: list[bool] = []
        """For each time that it was ended, whether what it asks was still there."""

    def end(self) -> None:
        self.ended.append(self.asks.exists())


@pytest.mark.parametrize("how", ["failed", "cancelled"])
def test_it_ends_before_what_it_asks_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    rehearsed = Rehearsed(tmp_path / "p")
    began: list[StillLooking] = []
    close = CloseRestore.perform

    def early(step: CloseRestore, ctx: RunContext) -> None:
        """As on a real platform, where there is a watch to wait for."""
        began.append(StillLooking(ctx))
        ctx.looking = began[-1]
        close(step, ctx)

    def not_come_to(_step: AuditLive, _ctx: RunContext) -> None:
        raise PryvTuiError("disk-full", "the disk of the state folder is full")

    monkeypatch.setattr(CloseRestore, "perform", early)
    monkeypatch.setattr(AuditLive, "perform", not_come_to)

    def cancel(event: AnyEvent) -> bool:
        return how == "cancelled" and isinstance(event, StepStarted) and "mark" in event.title

    events = rehearsed.drill(monkeypatch, cancel=cancel)
    assert end(events).outcome == ("cancelled" if how == "cancelled" else "failed")
    assert [one.ended for one in began] == [[True]]
    assert rehearsed.left == []
