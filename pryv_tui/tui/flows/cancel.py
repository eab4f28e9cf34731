"""Cancelling a run, after a question that says what a cancel would do now."""

from __future__ import annotations

from functools import partial

from pryv_tui.errors import PryvTuiError
from pryv_tui.runs.cancelling import Outlook, outlook_of
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.start import cancel_run
from pryv_tui.tui.base.confirm import Confirm
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.navigation import show_dialog
from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.run import cancel_text


class CancelQuestion(Confirm):
    """The question before a cancel. Meanwhile the run continues, and the question's text is kept up
    to date."""

    def __init__(self, desk: Desk, record: RunRecord, what: Outlook) -> None:
        super().__init__(
            desk,
            f"Cancel the {record.kind}",
            cancel_text(record, what),
            no="No, let it run",
            yes=f"Cancel the {record.kind}",
        )
        self._record = record
        self._what = what
        self._every = desk.looks.outlook

    def on_mount(self) -> None:
        self.set_interval(self._every, self._look)

    def _look(self) -> None:
        self.ask("outlook", partial(outlook_of, self._record), self._tell)

    def _tell(self, what: Outlook) -> None:
        if what != self._what:
            self._what = what
            self._text = cancel_text(self._record, what)
            self.show_text(self._text)


class CancelPage(Page):
    """A screen on which a run can be cancelled."""

    def ask_cancel(self, record: RunRecord) -> None:
        """Ask before cancelling a run, with what its journal says now."""
        self.ask(
            "outlook", partial(outlook_of, record), partial(self._ask_cancel, record), opens=True
        )

    def _ask_cancel(self, record: RunRecord, what: Outlook) -> None:
        if not self.is_current:
            return
        show_dialog(
            self.app, CancelQuestion(self.desk, record, what), partial(self._cancel, record)
        )

    def _cancel(self, record: RunRecord, yes: bool | None) -> None:
        if not yes or not self.may_cancel(record):
            return
        self.keybar.remark("Cancelling; its result says what remains.")
        work = partial(cancel_run, self.desk.site.state, record.id)
        self.ask("cancel", work, self.cancelled, self.not_cancelled)

    def may_cancel(self, record: RunRecord) -> bool:
        """Whether the run is still running, according to this screen."""
        return True

    def cancelled(self, record: RunRecord) -> None:
        """Called when the cancelled run has ended."""

    def not_cancelled(self, error: PryvTuiError) -> None:
        """Called when the run did not end in time, or had already ended."""
        self.show_problem(error)
