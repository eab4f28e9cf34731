"""A note into the open incident, from any screen; where none is open, it declares one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from textual import on
from textual.widget import Widget
from textual.widgets import Button, Input

from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.acts import write
from pryv_tui.incidents.files import LONGEST_TEXT, unseen, unseen_words
from pryv_tui.incidents.looking import Standing, standing
from pryv_tui.incidents.words import line
from pryv_tui.operations.sets.own import told_domain
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import refuse_open_state
from pryv_tui.tui.base.dialog import Dialog
from pryv_tui.tui.session import Desk
from pryv_tui.tui.widgets.field import Field

WRITTEN = "Written into the incident."


class Wanted(NamedTuple):
    """What somebody has written."""

    text: str
    decision: bool


class NoteDialog(Dialog[str]):
    """A field for what is seen or decided: where it was written. Empty, it writes nothing; so does
    Escape."""

    AUTO_FOCUS = "#note"
    NOTES = False

    def __init__(self, desk: Desk, found: Standing) -> None:
        self._where = desk.settings, domain_of(desk)
        self._new = found.told is None
        if found.told is not None:
            title, text = "Note", line(found.told)
        else:
            title = "Declare an incident"
            dark = f"{found.unseen}; whether it is open is not known" if found.unseen else ""
            text = f"{dark[:1].upper()}{dark[1:]}." if dark else "No incident is open."
            text += (
                " What you write opens one: from now on it gathers runs, notes"
                " and times, until it is closed. Esc leaves without one."
            )
        super().__init__(desk, title, f"{text}\nWhat is written stays, with who and when.")

    @property
    def kept_as(self) -> str:
        # Whether an incident was opened meanwhile or not: it is the same note.
        return type(self).__name__

    def keys(self) -> Sequence[tuple[str, str]]:
        onward = [("enter", "Declare it" if self._new else "Write it"), ("tab", "Buttons")]
        return [("esc", "Back"), *onward]

    def fields(self) -> Iterable[Widget]:
        yield Field(
            what="What happened" if self._new else "What you see, or have decided",
            max_length=LONGEST_TEXT,
            id="note",
        )

    def buttons(self) -> Iterable[Button]:
        yield Button("Back", id="no")
        if not self._new:
            yield Button("It is a decision", id="decision")
        yield Button("Declare" if self._new else "Write", id="yes")

    @on(Button.Pressed, "#yes")
    @on(Input.Submitted, "#note")
    def write(self) -> None:
        self._take(decision=False)

    @on(Button.Pressed, "#decision")
    def write_decision(self) -> None:
        self._take(decision=True)

    def _take(self, *, decision: bool) -> None:
        text = self.query_one("#note", Input).value
        if text.strip():
            settings, domain = self._where
            wanted = Wanted(text, decision)
            self.attempt(lambda: write_down(settings, wanted, domain), self.dismiss)
        else:
            self.query_one("#note").focus()


def domain_of(desk: Desk) -> str:
    """The platform's domain, as far as it is known without another look."""
    told = told_domain(desk.deployment) if desk.deployment is not None else ""
    return told or desk.domain


def look_for(desk: Desk) -> Standing:
    """The incident that a note would go into.

    Raises:
        PryvTuiError: it can't be told which.
    """
    refuse_open_state(desk.settings)
    found = standing(desk.settings, domain_of(desk))
    if found.problem:
        raise PryvTuiError("refused", found.problem, "")
    return found._replace(unseen=unseen_words(unseen(desk.site.state)))


def write_down(settings: Settings, wanted: Wanted, domain: str) -> str:
    """Write it, and say where.

    Raises:
        PryvTuiError: what writing raises.
    """
    made = write(settings, wanted.text, decision=wanted.decision, domain=domain)
    return f"The incident {made.incident.id} is declared." if made.new else WRITTEN
