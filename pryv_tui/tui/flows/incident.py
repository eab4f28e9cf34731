"""Closing an incident, for every screen that shows one; and the text of an incident's report."""

from __future__ import annotations

from functools import partial

from pryv_tui import __version__
from pryv_tui.clock import timestamp
from pryv_tui.incidents.acts import close
from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.report.as_text import as_text
from pryv_tui.incidents.report.page import page
from pryv_tui.incidents.report.remaining import left_at_close
from pryv_tui.incidents.words import line
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.tui.base.confirm import Confirm
from pryv_tui.tui.base.page import Page
from pryv_tui.who import who_is_here


class IncidentPage(Page):
    """A screen on which the open incident can be closed."""

    def ask_close(self, told: Told) -> None:
        """Close the incident, after a question that says what remains."""
        left = "".join(f"\n  {one}" for one in left_at_close(told))
        remains = f"\n\nWhat remains:{left}" if left else ""
        text = (
            f"{line(told)}{remains}\n\nOnce closed, it keeps the results of its runs, and its"
            " report stays. What is still gone stays an alarm here; no new incident opens for it."
        )
        question = Confirm(self.desk, "Close incident", text, no="Leave it open", yes="Close it")
        self.confirm(question, partial(self._close, told.incident.id))

    def _close(self, incident: str) -> None:
        settings = self.desk.settings
        self.ask("close", lambda: close(settings, incident=incident), self._incident_closed)

    def _incident_closed(self, told: Told) -> None:
        self.keybar.remark(f"The incident {told.incident.id} is closed.")
        self.incident_changed()

    def incident_changed(self) -> None:
        """Called when an incident was closed, so that the screen updates itself."""


def report_text(settings: Settings, incident: str) -> str:
    """Return the report of an incident as text. The call blocks.

    Raises:
        PryvTuiError: the incident no longer exists here.
    """
    from pryv_tui.incidents.report.naming import told_by

    told, by = told_by(settings, (incident,)), who_is_here().words
    tool = f"pryv-tui {__version__}"
    return as_text(page(told, now=timestamp(), by=by, tool=tool, given=settings.given))
