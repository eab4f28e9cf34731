"""A note from any screen. It goes into the open incident or the drill that is under way; if there
is neither, the note declares an incident."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from textual import on
from textual.widget import Widget
from textual.widgets import Button, Input

from pryv_tui.drills.noting.under_way import Takes, note_into, take_notes
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
    """A note to be written."""

    text: str
    decision: bool
    drill: Takes | None = None
    """The drill that the note goes into; None: the incident."""


class NotesGo(NamedTuple):
    """The incident and the drills that a note can go into."""

    incident: Standing
    drills: tuple[Takes, ...] = ()
    """The drills that are under way; a note goes into the first of them."""

    def on(self, subject: str) -> NotesGo:
        """Return a copy in which the drill that a screen shows comes first, if the screen shows a
        drill."""
        return self._replace(drills=tuple(sorted(self.drills, key=lambda d: d.drill != subject)))


class NoteDialog(Dialog[str]):
    """A dialog that asks for a note and writes it. The answer says in words where it was written.
    An empty field writes nothing; neither does Escape."""

    AUTO_FOCUS = "#note"
    NOTES = False

    def __init__(self, desk: Desk, go: NotesGo) -> None:
        found = go.incident
        self._where = desk.settings, domain_of(desk)
        self._drill = next(iter(go.drills), None)
        self._open = found.told is not None
        self._new = found.told is None and self._drill is None
        if found.told is not None:
            title, text = "Note", line(found.told)
            if self._drill is not None:
                text += (
                    f"\nSo is {self._drill.words} under way: which of the two is it about? Enter"
                    " writes it into the incident."
                )
        elif self._drill is not None:
            title = "Note into the drill"
            dark = f"{found.unseen}; whether it is open is not known. " if found.unseen else ""
            text = f"{dark[:1].upper()}{dark[1:]}It goes into {self._drill.words}."
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
        # The title changes when an incident is opened; the note is the same.
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
        if self._open:
            yield Button("It is a decision", id="decision")
        if self._open and self._drill is not None:
            yield Button("Into the drill", id="drill")
        elif self._drill is not None:
            yield Button("Declare an incident", id="declare")
        yield Button("Declare" if self._new else "Write", id="yes")

    @on(Button.Pressed, "#yes")
    @on(Input.Submitted, "#note")
    def write(self) -> None:
        # An open incident comes first: a drill must not get a note that belongs to the incident.
        self._take(drill=not self._open)

    @on(Button.Pressed, "#drill")
    def write_into_the_drill(self) -> None:
        self._take(drill=True)

    @on(Button.Pressed, "#declare")
    def declare(self) -> None:
        self._take()

    @on(Button.Pressed, "#decision")
    def write_decision(self) -> None:
        self._take(decision=True)

    def _take(self, *, decision: bool = False, drill: bool = False) -> None:
        text = self.query_one("#note", Input).value
        if text.strip():
            settings, domain = self._where
            into = self._drill if drill else None
            wanted = Wanted(text, decision, into)
            self.attempt(lambda: write_down(settings, wanted, domain), self.dismiss)
        else:
            self.query_one("#note").focus()


def domain_of(desk: Desk) -> str:
    """Return the platform's domain, if it is known without another look; else empty."""
    told = told_domain(desk.deployment) if desk.deployment is not None else ""
    return told or desk.domain


def look_for(desk: Desk) -> NotesGo:
    """Return the incident and the drills that a note may go into.

    Raises:
        PryvTuiError: the incidents or drills can't be read.
    """
    refuse_open_state(desk.settings)
    found = standing(desk.settings, domain_of(desk))
    if found.problem:
        raise PryvTuiError("refused", found.problem, "")
    found = found._replace(unseen=unseen_words(unseen(desk.site.state)))
    try:
        drills = tuple(take_notes(desk.settings))
    except PryvTuiError:
        if found.told is None:
            raise  # A drill may be under way, unseen: declare no incident beside it.
        drills = ()
    return NotesGo(found, drills)


def write_down(settings: Settings, wanted: Wanted, domain: str) -> str:
    """Write a note. Return where it was written, in words.

    Raises:
        PryvTuiError: what writing raises.
    """
    if wanted.drill is not None:
        return note_into(settings, wanted.drill, wanted.text)
    made = write(settings, wanted.text, decision=wanted.decision, domain=domain)
    return f"The incident {made.incident.id} is declared." if made.new else WRITTEN
