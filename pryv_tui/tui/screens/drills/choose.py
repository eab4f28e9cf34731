"""The scenarios: which one is played, or walked through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList

from pryv_tui.drills.playing.drill import Drill, Mode, begin, open_drill, opened
from pryv_tui.drills.scenarios.library import Shelf, shelf
from pryv_tui.drills.waiting import Known, known_drills
from pryv_tui.operations.commands import completed
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import refuse_open_state
from pryv_tui.tui.actions import bindings
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.text.drill import about_held, about_scenario, held_rows, scenario_rows
from pryv_tui.tui.widgets.panes import ListPane, Pane

NONE = "pryv-tui drill run"
"""How a first one is held, of a set of the vault."""


class Found(NamedTuple):
    """What there is to play."""

    scenarios: Sequence[Shelf]
    open: Drill | None
    held: Sequence[Known] = ()
    """Every drill known here that is on record, the newest first."""


class DrillsScreen(Page):
    """Lists the scenarios; one that is open goes on. Below are the drills that were held."""

    TITLE_TEXT = "Drills"
    CSS_PATH = "drills.tcss"
    DEFAULT_CLASSES = "Drills"
    HERE = ("play", "read_drill", "walk_through", "refresh", "back", "help", "quit")
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        name for name in HERE if name not in ("play", "read_drill")
    )
    WORDS = (
        ("scenario", "A disaster that is played: a story of decisions, on a practice platform of"
         " its own. Nothing of a real platform is touched."),
        ("walk-through", "The same pages, and nothing is executed: to talk it through."),
        ("record", "What a drill leaves: who, when, what was decided, what each check found."),
    )  # fmt: skip

    found: Found | None = None

    def content(self) -> Iterable[Widget]:
        with Horizontal(id="body"):
            with Vertical(id="lists"):
                yield ListPane("Scenarios", id="scenarios")
                yield ListPane("Held, the newest first (Tab)", id="held")
            yield Pane("What happens", id="about")

    def begin(self) -> None:
        self.query_one("#scenarios").focus()
        self.look()

    def on_screen_resume(self) -> None:
        if self.found is not None:
            self.look()

    def action_refresh(self) -> None:
        self.look()

    def look(self) -> None:
        settings = self.desk.settings
        self.ask("drills", lambda: _look(settings), self._show)

    def _show(self, found: Found) -> None:
        first = self.found is None
        self.found = found
        self.query_one("#scenarios", ListPane).show_rows(scenario_rows(found.scenarios))
        rows = held_rows(found.held)
        self.query_one("#held", ListPane).show_rows(rows or [("", Content(self._none), False)])
        self._tell()
        self.refresh_keys()
        if found.open is not None and first:
            # Whoever comes back after a lost terminal wants to go on.
            self.go_to("drill", found.open)

    @property
    def _none(self) -> str:
        first = completed(NONE, self.desk.settings.given)
        return f" No drill was held yet. The newest set in a sandbox: {first}"

    @property
    def chosen(self) -> Shelf | None:
        name = self.query_one("#scenarios", ListPane).chosen
        every = self.found.scenarios if self.found is not None else ()
        return next((one for one in every if one.name == name), None)

    @property
    def read(self) -> Known | None:
        """The drill that is selected among those held."""
        name = self.query_one("#held", ListPane).chosen
        every = self.found.held if self.found is not None else ()
        return next((one for one in every if one.drill.id == name), None)

    @property
    def _among_held(self) -> bool:
        return self.focused is not None and self.focused.id == "held"

    @on(OptionList.OptionHighlighted)
    def _tell(self) -> None:
        pane, held, one = self.query_one("#about", Pane), self.read, self.chosen
        pane.border_title = "What came of it" if self._among_held else "What happens"
        if self._among_held:
            pane.show(about_held(held) if held is not None else Content())
        else:
            pane.show(
                about_scenario(one, self.desk.settings.given) if one is not None else Content()
            )

    def on_descendant_focus(self) -> None:
        super().on_descendant_focus()
        if self.found is not None:
            self._tell()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("play", "walk_through") and self.children:
            return not self._among_held
        if action == "read_drill" and self.children:
            return self._among_held and self.read is not None
        return True

    @on(OptionList.OptionSelected, "#held")
    def action_read_drill(self) -> None:
        one = self.read
        if one is not None:
            self.go_to("held", one.drill.id)

    @on(OptionList.OptionSelected, "#scenarios")
    def action_play(self) -> None:
        self._begin("scenario")

    def action_walk_through(self) -> None:
        self._begin("walk-through")

    def _begin(self, mode: Mode) -> None:
        one, settings = self.chosen, self.desk.settings
        if one is None:
            return
        if self.found is not None and self.found.open is not None:
            self.go_to("drill", self.found.open)
            return
        if one.scenario is None:
            self.keybar.remark("That one can't be played: see why beside it.")
            return
        self.ask("begin", lambda: begin(settings, one.name, mode=mode), self._begun)

    def _begun(self, drill: Drill) -> None:
        self.go_to("drill", drill)


def _look(settings: Settings) -> Found:
    refuse_open_state(settings)
    current = opened(settings)
    return Found(
        shelf(Path(settings.scenarios) if settings.scenarios else None),
        open_drill(settings, current) if current is not None else None,
        [one for one in known_drills(Path(settings.state)) if one.record or one.problem][::-1],
    )
