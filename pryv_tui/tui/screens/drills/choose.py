"""The scenarios: which one is played, or walked through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList

from pryv_tui.drills.playing.drill import Drill, Mode, begin, open_drill, opened
from pryv_tui.drills.scenarios.library import Shelf, shelf
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import refuse_open_state
from pryv_tui.tui.actions import bindings
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.text.drill import about_scenario, scenario_rows
from pryv_tui.tui.widgets.panes import ListPane, Pane


class Found(NamedTuple):
    """What there is to play."""

    scenarios: Sequence[Shelf]
    open: Drill | None


class DrillsScreen(Page):
    """Lists the scenarios; one that is open goes on."""

    TITLE_TEXT = "Drills"
    CSS_PATH = "drills.tcss"
    DEFAULT_CLASSES = "Drills"
    HERE = ("play", "walk_through", "refresh", "back", "help", "quit")
    BINDINGS: ClassVar[list[BindingType]] = bindings(name for name in HERE if name != "play")
    WORDS = (
        ("scenario", "A disaster that is played: a story of decisions, on a practice platform of"
         " its own. Nothing of a real platform is touched."),
        ("walk-through", "The same pages, and nothing is executed: to talk it through."),
        ("record", "What a drill leaves: who, when, what was decided, what each check found."),
    )  # fmt: skip

    found: Found | None = None

    def content(self) -> Iterable[Widget]:
        with Horizontal(id="body"):
            yield ListPane("Scenarios", id="scenarios")
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
        self._tell()
        self.refresh_keys()
        if found.open is not None and first:
            # Whoever comes back after a lost terminal wants to go on.
            self.go_to("drill", found.open)

    @property
    def chosen(self) -> Shelf | None:
        name = self.query_one("#scenarios", ListPane).chosen
        every = self.found.scenarios if self.found is not None else ()
        return next((one for one in every if one.name == name), None)

    @on(OptionList.OptionHighlighted, "#scenarios")
    def _tell(self) -> None:
        one = self.chosen
        self.query_one("#about", Pane).show(about_scenario(one) if one else Content())

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
    )
