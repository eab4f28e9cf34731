"""Pinning a set, with a reason; and unpinning it, after a question."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from textual import on
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from pryv_tui.incidents.pinning import Said, pin, unpin
from pryv_tui.operations.commands import typed
from pryv_tui.tui.base.confirm import Confirm
from pryv_tui.tui.base.dialog import Dialog
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.navigation import show_dialog
from pryv_tui.tui.session import Desk
from pryv_tui.tui.widgets.field import Field
from pryv_tui.vault.beside.pins import LONGEST_WHY
from pryv_tui.vault.sets import BackupSet

EXPLAINED = (
    "No prune removes a pinned set, whatever its rules keep, until somebody unpins it. Who pinned"
    " it, when, and what you type here is stored beside it."
)


class AskWhy(Dialog[str]):
    """A field for a reason, which may stay empty. Enter pins the set; nothing is lost by that."""

    AUTO_FOCUS = "#why"
    KEYS = (("esc", "Back"), ("enter", "Pin it"), ("tab", "Buttons"))

    def __init__(self, desk: Desk, set_id: str) -> None:
        command = typed(desk.settings.given, "pin", set_id)
        text = f"{EXPLAINED}\n\nThe same by hand: {command}"
        super().__init__(desk, f"Pin {set_id}", text)

    def fields(self) -> Iterable[Widget]:
        yield Field("", placeholder="may stay empty", what="Why", id="why", max_length=LONGEST_WHY)
        yield Static(classes="remark", markup=False)

    def buttons(self) -> Iterable[Button]:
        yield Button("Back", id="no")
        yield Button("Pin it", id="next")

    @on(Input.Submitted, "#why")
    @on(Button.Pressed, "#next")
    def take(self) -> None:
        self.dismiss(self.query_one("#why", Field).value)


class PinPage(Page):
    """A screen on which sets can be pinned and unpinned."""

    def ask_pin(self, backup: BackupSet, kept: str) -> None:
        """Ask, then pin a set; or unpin it if something keeps it.

        Args:
            kept: what keeps the set from every rule, in words; empty if nothing does.
        """
        self.problem.clear()
        if not kept:
            show_dialog(self.app, AskWhy(self.desk, backup.id), partial(self._pin, backup.id))
            return
        command = typed(self.desk.settings.given, "unpin", backup.id)
        closed = "" if backup.pin is not None else " While that is open it can't be let go."
        text = (
            f"It is kept from every rule: {kept}.{closed}\n\nLet go, rules count it as any other: a"
            f" later prune may remove it. Nothing is removed now.\n\nThe same by hand: {command}"
        )
        self.confirm(
            Confirm(self.desk, f"Unpin {backup.id}", text, no="No", yes="Let it go"),
            partial(self._unpin, backup.id),
        )

    def _pin(self, set_id: str, why: str | None) -> None:
        if why is not None:
            self.ask("pin", lambda: pin(self.desk.site, set_id, why), self._pinned)

    def _unpin(self, set_id: str) -> None:
        self.ask("pin", lambda: unpin(self.desk.site, set_id), self._pinned)

    def _pinned(self, said: Said) -> None:
        still = f"; it stays {said.kept}" if said.line.event == "unpinned" and said.kept else ""
        self.keybar.remark(f"{said.set_id}: {said.line.words}{still}.", 15.0)
        self.pins_changed()

    def pins_changed(self) -> None:
        """Called when a pin has changed, so that the screen updates itself."""
