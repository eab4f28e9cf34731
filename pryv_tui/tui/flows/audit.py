"""The live audit, for several screens: find records of the live platform whose other half is
missing."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from pryv_tui.errors import PryvTuiError
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.session import Desk

if TYPE_CHECKING:
    from pryv_tui.incidents.auditing import Asked

SHOWN = 100
"""How many names of each kind are shown; the command shows all."""
ASKING = "Asking the live platform what is without its other half: nothing is changed by that …"


class LiveAuditPage(Page):
    """A screen that can start a live audit."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._left_audit = threading.Event()
        self._asking_live = False

    def on_unmount(self) -> None:
        self._left_audit.set()

    def ask_live(self, set_name: str | None) -> None:
        """Audit the live platform. Show what is left without its other half, and how to settle it.

        Args:
            set_name: the set that was restored: the platform is asked which of this set's
                casualties it still has. None: the set that `set_to_ask_of` finds, usually the one
                that was restored last.
        """
        self.problem.clear()
        self.keybar.remark(ASKING, 600.0)
        if self._asking_live:
            return
        self._asking_live = True
        # Imported only here, so that the screens with this key open sooner.
        from pryv_tui.operations.audit.live import Ends

        site = self.desk.site
        ends = Ends(token=self._left_audit, why=lambda: "the screen was left")

        def work() -> Asked:
            from pryv_tui.incidents.auditing import ask_live, set_to_ask_of

            name = set_name if set_name is not None else set_to_ask_of(site)
            return ask_live(site, name, ends=ends)

        self.ask("live-audit", work, self._live_asked, self._live_not_asked)

    def _live_asked(self, asked: Asked) -> None:
        from pryv_tui.operations.audit.live_words import live_lines

        self._asking_live = False
        live = asked.live
        lines = [*live_lines(live, SHOWN, self.desk.settings.given)]
        lines += [text for text in (asked.unkept, asked.unwritten) if text]
        title = "Live audit" + (f" beside {live.found.set}" if live.found.set else "")
        show = partial(self.go_to, "text", title, "\n".join(lines), True)
        if self.is_current:
            self.keybar.remark("")
            show()
        else:
            # Another screen is open over this one: do not interrupt the reader with a page.
            self.keybar.remark("The live platform was asked: L asks it again.", 60.0)

    def _live_not_asked(self, error: PryvTuiError) -> None:
        self._asking_live = False
        self.keybar.remark("")
        self.show_problem(error)
