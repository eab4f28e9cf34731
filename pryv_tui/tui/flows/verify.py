"""Checking a set: a run, shown as any other; the one that goes on where it is checked already."""

from __future__ import annotations

from functools import partial

from pryv_tui.runs.now import checks_now
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.start import start_run
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.session import Desk


class VerifyPage(Page):
    """A screen on which sets can be checked."""

    def check(self, set_id: str, parts: int) -> None:
        """Read all of a set, or one of so many parts, and show how that goes."""
        self.problem.clear()
        self.ask("start", partial(_begun, self.desk, set_id, parts), self._check_begun)

    def _check_begun(self, record: RunRecord) -> None:
        self.show_run(record)


def _begun(desk: Desk, set_id: str, parts: int) -> RunRecord:
    going_on = checks_now(desk.site.state, set_id)
    if going_on is not None:
        return going_on
    return start_run(desk.settings, "verify", set_id=set_id, parts=parts)
