"""The scenarios, to play one or walk through it; and the drills that were held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList

from pryv_tui.drills.findings import reminders
from pryv_tui.drills.of_a_set import set_to_drill, would_wait_for
from pryv_tui.drills.playing.drill import Drill, Mode, begin, open_drill, opened
from pryv_tui.drills.record.unattended import WORKER
from pryv_tui.drills.scenarios.library import Shelf, shelf
from pryv_tui.drills.waiting import Known, known_drills
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.commands import typed
from pryv_tui.operations.overview.backup_words import interval
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import refuse_open_state
from pryv_tui.operations.steps.drilling.check_drill import wait_words
from pryv_tui.runs.start import start_run
from pryv_tui.tui.actions import bindings
from pryv_tui.tui.base.confirm import Confirm
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.text.drill import (
    MINUTES_CELLS,
    SIGN_CELLS,
    about_held,
    about_scenario,
    held_rows,
    scenario_rows,
)
from pryv_tui.tui.widgets.panes import ListPane, Pane

NONE = " No drill was held yet. t drills the newest set, in a sandbox."
WAIT = "Wait: the drills are being read."


class Found(NamedTuple):
    """The scenarios, the open drill, and the drills that were held."""

    scenarios: Sequence[Shelf]
    open: Drill | None
    held: Sequence[Known] = ()
    """Every known drill that has a record, or one that can't be read; newest first."""
    to_do: Sequence[str] = ()
    """What earlier drills left to do, one line for each item."""


class SetFound(NamedTuple):
    """The set that would be drilled, and what is shown before a drill begins."""

    set_id: str
    to_do: list[str]
    """What earlier drills still left to do, one line for each item."""
    busy: list[str]
    """What prevents the drill from beginning now and passes by itself, one line for each item."""


class DrillsScreen(Page):
    """The list of scenarios; an open one can be continued. Below are the drills that were held."""

    TITLE_TEXT = "Drills"
    CSS_PATH = "drills.tcss"
    DEFAULT_CLASSES = "Drills"
    HERE = (
        "play",
        "go_on",
        "read_drill",
        "walk_through",
        "drill_set",
        "refresh",
        "back",
        "help",
        "quit",
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        name for name in HERE if name not in ("play", "go_on", "read_drill")
    )
    WORDS = (
        ("scenario", "A disaster that is played: a story of decisions, on a practice platform of"
         " its own. Nothing of a real platform is touched."),
        ("walk-through", "Show the same pages, but execute nothing: to talk it through."),
        ("sandbox", "A platform made for a moment from a set, without a network; then it goes."
         " What is proven there is that the set restores."),
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
        known = {one.drill.id for one in self.found.held} if self.found is not None else set()
        self.found = found
        rows = scenario_rows(found.scenarios, _open(found))
        self.query_one("#scenarios", ListPane).show_folded(rows, MINUTES_CELLS)
        held = self.query_one("#held", ListPane)
        if found.held:
            held.show_folded(held_rows(found.held), SIGN_CELLS)
            if known and found.held[0].drill.id not in known and not self._among_held:
                # An operator who has just held a drill wants that one.
                held.highlighted = 0
        else:
            held.show_rows([("", Content(NONE), False)])
        self._tell()
        self.refresh_keys()
        if found.open is not None and first:
            # An operator who returns after a lost terminal wants to continue.
            self.go_to("drill", found.open)

    @property
    def chosen(self) -> Shelf | None:
        name = self.query_one("#scenarios", ListPane).chosen
        every = self.found.scenarios if self.found is not None else ()
        return next((one for one in every if one.name == name), None)

    @property
    def _open_one(self) -> str:
        """The name of the scenario that is open; empty if none."""
        return _open(self.found) if self.found is not None else ""

    @property
    def read(self) -> Known | None:
        """The drill that is selected in the list of held drills."""
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
        self.refresh_keys()

    def on_descendant_focus(self) -> None:
        super().on_descendant_focus()
        if self.found is not None:
            self._tell()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("play", "go_on", "walk_through") and self.children:
            one = self.chosen
            goes_on = one is not None and one.name == self._open_one
            if (action == "go_on") is not goes_on:
                # An open drill can only be continued: not begun again, nor walked through.
                return False
            # For a scenario that can't be played, the reason is shown.
            return not self._among_held and (self.chosen is None or bool(self.chosen.scenario))
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

    def action_go_on(self) -> None:
        self._begin("scenario")

    def action_walk_through(self) -> None:
        self._begin("walk-through")

    def _begin(self, mode: Mode) -> None:
        one, settings = self.chosen, self.desk.settings
        if self.found is None or one is None:
            self.keybar.remark(WAIT)
            return
        if self.found.open is not None:
            self._go_on(self.found.open, one.name)
            return
        if one.scenario is None:
            self.keybar.remark("That one can't be played: see why beside it.")
            return
        name = one.name

        def play() -> None:
            self.ask("begin", lambda: begin(settings, name, mode=mode), self._begun, opens=True)

        if not self.found.to_do:
            play()
            return
        yes = "Walk it through" if mode == "walk-through" else "Play it"
        question = Confirm(
            self.desk, "Before it begins", "\n".join(self.found.to_do), no="Back", yes=yes
        )
        self.confirm(question, play)

    def _go_on(self, drill: Drill, name: str) -> None:
        """Continue the open drill. If another scenario is selected, say which one is open: only one
        can be open."""
        if drill.scenario.name == name:
            self.go_to("drill", drill)
            return
        scenarios = self.query_one("#scenarios", ListPane)
        names = [one.name for one in self.found.scenarios] if self.found is not None else []
        if drill.scenario.name in names:
            scenarios.highlighted = names.index(drill.scenario.name)
        title = drill.scenario.title
        self.keybar.remark(
            f"A drill is open: {title}. Enter continues it; on its screen X breaks it off."
        )

    def show_problem(self, error: PryvTuiError) -> None:
        # On a small terminal the list keeps its space, and the selected row stays visible.
        self.add_class("-problem")
        super().show_problem(error)
        for one in self.query(ListPane):
            self.call_after_refresh(one.scroll_to_highlight)

    def action_drill_set(self) -> None:
        self.problem.clear()
        self.remove_class("-problem")
        site = self.desk.site
        settings = self.desk.settings

        def look() -> SetFound:
            found = set_to_drill(site, "latest").id
            busy = [f"{one.name}: {one.text}" for one in would_wait_for(site, found)]
            return SetFound(found, reminders(settings), busy)

        self.ask("set", look, self._ask_drill, opens=True)

    def _ask_drill(self, told: SetFound) -> None:
        set_id, to_do, busy = told
        wait = self.desk.settings.drill_wait if busy else 0.0
        # After a wait another set may be the newest, so these commands name no set.
        waits = wait_words(wait)
        named = [] if busy else [set_id]
        services = typed(self._given, "drill", "run", *named, "--depth", "services", *waits)
        text = (
            f"The {_which(set_id, bool(busy))} is restored beside the platform, compared, and"
            " removed again."
            " The platform isn't stopped. In the sandbox only the databases run; to try the"
            f" services too: {services}"
        )
        if busy:
            most = interval(wait)
            busy = ["Not now:", *busy, f"It waits until that is over, {most} at most.", ""]
        text = "\n".join([*busy, text, *([""] if to_do else []), *to_do])
        question = Confirm(
            self.desk,
            "Drill in a sandbox",
            text,
            no="Back",
            yes="Wait, then drill it" if busy else "Drill it",
            commands=f"$ {typed(self._given, 'drill', 'run', *named, *waits)}",
        )
        begin = partial(
            start_run,
            self.desk.settings,
            "drill",
            worker=WORKER,
            set_id=set_id,
            latest=True,
            wait=wait,
        )
        self.confirm(question, lambda: self.ask("start", begin, self.show_run, opens=True))

    @property
    def _given(self) -> tuple[str, ...]:
        return self.desk.settings.given

    def _begun(self, drill: Drill) -> None:
        self.go_to("drill", drill)


def _which(set_id: str, waits: bool) -> str:
    return f"newest set ({set_id} now, or one made by then)" if waits else f"set {set_id}"


def _open(found: Found) -> str:
    return found.open.scenario.name if found.open is not None else ""


def _look(settings: Settings) -> Found:
    refuse_open_state(settings)
    current = opened(settings)
    return Found(
        shelf(Path(settings.scenarios) if settings.scenarios else None),
        open_drill(settings, current) if current is not None else None,
        [one for one in known_drills(Path(settings.state)) if one.record or one.problem][::-1],
        reminders(settings),
    )
