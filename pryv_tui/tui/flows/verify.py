"""Checking a set: a run, shown like any other."""

from __future__ import annotations

from functools import partial

from pryv_tui.runs.checking import check_going_on_or_begun
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.tui.base.page import Page


class VerifyPage(Page):
    """A screen on which sets can be checked."""

    def check(self, set_id: str, parts: int) -> None:
        """Show the running check of this set; if none is running, start one.

        Args:
            parts: a new check reads one of this many parts of the set; 1: everything.
        """
        self.problem.clear()
        begin = partial(check_going_on_or_begun, self.desk.settings, set_id, parts)
        self.ask("start", begin, self._check_begun, opens=True)

    def _check_begun(self, record: RunRecord) -> None:
        self.show_run(record)
