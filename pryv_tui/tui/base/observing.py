"""An observation: what somebody sees in a scenario that is being played, written into the drill."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from textual import on
from textual.widget import Widget
from textual.widgets import Button, Input

from pryv_tui.drills.playing.drill import Drill
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.files import LONGEST_TEXT
from pryv_tui.tui.base.dialog import Dialog
from pryv_tui.tui.base.note import NotesGo, look_for
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.navigation import show_dialog
from pryv_tui.tui.session import Desk
from pryv_tui.tui.widgets.field import Field


class ObservationDialog(Dialog[str]):
    """A dialog that asks for an observation and writes it. The answer is what `write` returns. An
    empty field writes nothing; neither does Escape."""

    AUTO_FOCUS = "#note"
    NOTES = False

    def __init__(self, desk: Desk, write: Callable[[str], str]) -> None:
        """
        Args:
            write: writes the text, in a thread, and returns a message that says so. If it fails,
                the error is shown, and the text stays.
        """
        self._write = write
        super().__init__(
            desk,
            "Observation",
            "What you see. It stays, with who and when.",
        )

    def keys(self) -> Sequence[tuple[str, str]]:
        return [("esc", "Back"), ("enter", "Write it"), ("tab", "Buttons")]

    def fields(self) -> Iterable[Widget]:
        yield Field(what="What you see", max_length=LONGEST_TEXT, id="note")

    def buttons(self) -> Iterable[Button]:
        yield Button("Back", id="no")
        yield Button("Write", id="yes")

    @on(Button.Pressed, "#yes")
    @on(Input.Submitted, "#note")
    def write(self) -> None:
        text = self.query_one("#note", Input).value
        if text.strip():
            self.attempt(lambda: self._write(text), self.dismiss)


def ask_what_is_seen(page: Page, drill: Drill) -> None:
    """Ask for an observation over the screen of a drill. If an incident is also open, the operator
    chooses which of the two it goes into."""

    def here(_error: PryvTuiError | None = None) -> None:
        show_dialog(page.app, ObservationDialog(page.desk, drill.note), written)

    def written(said: str | None) -> None:
        if said is None:
            page.keybar.remark("Nothing was written.")
        else:
            page.noted(said)

    def which(found: NotesGo) -> None:
        if found.incident.told is None:
            here()
        else:
            page.ask_note(found._replace(drills=(drill.takes,)))

    page.ask("note", lambda: look_for(page.desk), which, here, opens=True)
