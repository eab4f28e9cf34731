"""The practice platform's own menu: add data, lose a role, make something fail, set the pace."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList

from pryv_tui.tui.actions import bindings
from pryv_tui.tui.base.confirm import Confirm
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.text.practice import about_act, act_rows, done_text
from pryv_tui.tui.widgets.panes import ListPane, Pane

if TYPE_CHECKING:
    from pryv_tui.practice.acts import Act
    from pryv_tui.practice.simulated import Told

LOOK_SECONDS = 2.0
"""How often, in seconds, the screen reads the platform: a tool, a run or another terminal may
change what can be done."""


class Look(NamedTuple):
    """The acts on the practice platform that are possible, and what was done so far."""

    acts: Sequence[Act]
    told: Told


class PracticeScreen(Page):
    """The list of acts on the practice platform, and of what was done so far."""

    TITLE_TEXT = "Practice"
    CSS_PATH = "practice.tcss"
    DEFAULT_CLASSES = "Practice"
    HERE = ("do_act", "refresh", "back", "help", "quit")
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(name for name in HERE if name != "do_act"),
        Binding("space", "do_again", show=False),
    ]
    WORDS = (
        ("[x]", "It is so now: a fault that is set, the pace that is chosen."),
        ("–", "It can't be done now; what is selected says why."),
        ("fault", "Something that fails on purpose, as it would on a real platform, until it is"
         " cleared. Its messages are those of the real thing."),
        ("simulated", "What was done here on purpose is written down with time and who: a report"
         " can tell it from what was found."),
    )  # fmt: skip

    look_: Look | None = None
    _done = ("", "")
    """The act that was done last, while it stays selected, and the key that was pressed for it."""

    def content(self) -> Iterable[Widget]:
        with Horizontal(id="body"):
            yield ListPane("What can be done", id="acts")
            with Vertical(id="beside"):
                yield Pane("What it does", id="about")
                yield Pane("Simulated so far, the last first", id="done")

    def begin(self) -> None:
        self.query_one("#acts").focus()
        self.look()
        self.set_interval(LOOK_SECONDS, self._look_again)

    def _look_again(self) -> None:
        if self.is_current:
            self.look()

    @property
    def folder(self) -> Path:
        return Path(self.desk.settings.practice or "")

    def look(self) -> None:
        self.ask("acts", lambda: _look(self.folder), self._show)

    def action_refresh(self) -> None:
        self.look()

    def _show(self, look: Look) -> None:
        self.look_ = look
        acts = self.query_one("#acts", ListPane)
        acts.show_rows(act_rows(look.acts))
        self.query_one("#done", Pane).show(done_text(look.told))
        self._tell()
        self.refresh_keys()

    @property
    def chosen(self) -> Act | None:
        """The selected act."""
        if self.look_ is None:
            return None
        name = self.query_one("#acts", ListPane).chosen
        return next((act for act in self.look_.acts if act.name == name), None)

    @on(OptionList.OptionHighlighted, "#acts")
    def _tell(self) -> None:
        act = self.chosen
        if act is None or act.name != self._done[0]:
            self._done = ("", "")
        self.query_one("#about", Pane).show(about_act(act) if act else Content())
        self.refresh_keys()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "do_act" and self.children:
            return self.chosen is not None
        return True

    @on(OptionList.OptionSelected, "#acts")
    def action_do_act(self) -> None:
        self._ask_for("enter")

    def action_do_again(self) -> None:
        if self.focused is self.query_one("#acts"):
            self._ask_for("space")

    def _ask_for(self, key: str) -> None:
        """Do the selected act once: holding the key down does not repeat it. The other of the two
        keys, Enter and Space, does it again."""
        act = self.chosen
        if act is None:
            return
        if self._done == (act.name, key):
            other = "Space" if key == "enter" else "Enter"
            self.keybar.remark(f"It is done: {other} does it again.", until_key=True)
            return
        if act.why_not:
            self.keybar.remark("That can't be done now: see why beside it.")
        elif act.loses:
            text = f"{act.what}\n\nOnly this practice platform is touched: {self.folder}"
            question = Confirm(
                self.desk, f"Lose {act.title}", text, no="No", yes="Lose it", commands=act.command
            )
            self.confirm(question, lambda: self._do(act.name))
        else:
            self._done = (act.name, key)
            self._do(act.name)

    def _do(self, name: str) -> None:
        self.ask("act", lambda: _perform(self.folder, name), self._did)

    def _did(self, said: str) -> None:
        self.keybar.remark(said, until_key=True)
        self.look()


def _look(folder: Path) -> Look:
    from pryv_tui.practice.acts import acts
    from pryv_tui.practice.platform import PracticePlatform
    from pryv_tui.practice.simulated import read

    return Look(acts(PracticePlatform.open(folder)), read(folder))


def _perform(folder: Path, name: str) -> str:
    from pryv_tui.practice.acts import perform
    from pryv_tui.practice.platform import PracticePlatform

    return perform(PracticePlatform.open(folder), name)
