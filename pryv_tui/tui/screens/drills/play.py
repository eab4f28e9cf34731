"""A scenario that is being played: one decision per screen, both clocks, the trail."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static

from pryv_tui.clock import utc_now
from pryv_tui.drills.files import Filed
from pryv_tui.drills.findings import usual
from pryv_tui.drills.playing import words
from pryv_tui.drills.playing.drill import Drill, Role
from pryv_tui.drills.playing.page import Page as Told
from pryv_tui.drills.story.turns import open_decision
from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.tui.actions import Action, bindings
from pryv_tui.tui.base.confirm import Confirm
from pryv_tui.tui.base.observing import ask_what_is_seen
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.flows.drill import BreakOffDialog, DebriefDialog, findings_in
from pryv_tui.tui.navigation import show_dialog
from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.drill import (
    CLOSE,
    about_option,
    clock_line,
    command_line,
    ending_text,
    known_text,
    option_rows,
    played_on,
    so_far_text,
    trail_line,
)
from pryv_tui.tui.widgets.choices import Choices, ReadBefore
from pryv_tui.tui.widgets.panes import ListPane, Pane

TICK_SECONDS = 1.0
"""How often, in seconds, the clocks are drawn and an observer's view is read again."""
BEGINS = "It begins. Being done now:"
MORE = "…"
REMOVED = "The practice platform is removed, and the record written"
WRITTEN = "The record is written"


class PlayScreen(Page):
    """The screen with the open decision. One person acts; everybody who comes later watches."""

    TITLE_TEXT = "Drill"
    CSS_PATH = "drills.tcss"
    DEFAULT_CLASSES = "Play"
    HERE = (
        "decide",
        "debrief",
        "hint",
        "commands",
        "observe",
        "facilitate",
        "break_off",
        "back",
        "help",
        "quit",
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(name for name in HERE if name not in ("decide", "debrief")),
        Binding("pagedown", "read_on(1)", show=False),
        Binding("pageup", "read_on(-1)", show=False),
    ]
    WORDS = (
        ("–", "Behind a phase: the story led past it without a question."),
        ("story", "The clock of the scenario: choices and hints cost minutes of it."),
        ("wall", "How long you really sit here."),
        ("safe", "Pressing Enter without reading does no harm with it. It is selected first."),
        ("wrong turn", "A choice that the story counts as wrong; you learn it after choosing."),
        ("look missed", "Something that had to be looked at before it was changed, and was not."),
        ("observer", "Sees all and writes notes; only one acts. A facilitator sees the hints and"
         " what comes, too."),
    )  # fmt: skip

    def __init__(self, desk: Desk, drill: Drill) -> None:
        super().__init__(desk)
        self.drill, self.subject = drill, drill.id
        self.told: Told | None = None
        self.role: Role = "operator"
        self._acting = contextlib.ExitStack()
        self._busy = ""
        """What is being done now; empty while the screen waits for a person."""
        self._commands = False
        self._at = ""
        self._past = 0
        """How many lines the panel "So far" had when it was last shown."""
        self.record = ""
        """The id of the drill's record, when that is written; empty before."""

    def content(self) -> Iterable[Widget]:
        yield Static(id="trail", markup=False)
        yield Static(id="clocks", markup=False)
        with Container(id="body"):
            yield ReadBefore("What is known", id="known")
            with Vertical(id="ask"):
                yield Static(id="question", markup=False)
                # Hidden while there is nothing to choose: the platform is being made.
                options = Choices("Choose", id="options")
                options.display = False
                yield options
                yield Static(id="why", markup=False)
                yield Pane("So far", id="sofar")

    def begin(self) -> None:
        # Set first: even while the practice platform is made, this is not about the live one.
        self.top.of(played_on(self.drill.scenario, a_platform=self.drill.has_a_platform))
        self.query_one("#known", Pane).show("Looking …")
        self.set_interval(TICK_SECONDS, self._tick)
        try:
            self._acting.enter_context(self.drill.acting())
        except PryvTuiError as error:
            if error.exit != Exit.BUSY:
                self.show_problem(error)
                return
            self.role = "observer"
            self._join()
        else:
            self._do(lambda: None)

    def actions_here(self) -> Sequence[Action]:
        # While an act is being done, `back` would only be answered by "Wait".
        waits = self._busy and self.role == "operator"
        return [one for one in super().actions_here() if not (waits and one.name == "back")]

    def action_read_on(self, step: int) -> None:
        self.query_one("#known", ReadBefore).read_on(step)

    def action_back(self) -> None:
        if self._busy and self.role == "operator":
            self.keybar.remark("Wait: what you chose is being done.")
            return
        super().action_back()

    def on_unmount(self) -> None:
        self._acting.close()

    def _join(self) -> None:
        drill, role = self.drill, self.role

        def joined() -> Told:
            drill.join(role)
            return drill.page()

        self.ask("look", joined, self._show)

    @on(Choices.Resized)
    def _fit(self) -> None:
        if self.told is not None:
            self._rows_again()
            self._trail(self.told)
            self._clocks()
            self._tell()

    def _trail(self, told: Told) -> None:
        trail = self.query_one("#trail", Static)
        trail.update(trail_line(told, trail.content_size.width))

    def _rows_again(self) -> None:
        options = self.query_one("#options", ListPane)
        if self.told is not None and not self.told.state.over:
            options.show_rows(option_rows(self.told, options.scrollable_content_region.width))

    def _tick(self) -> None:
        if self.told is None:
            self._begins()
        if not self.is_current or self.told is None:
            return
        if self.role != "operator" and not self._busy:
            self.ask("look", self.drill.page, self._show)
        self._clocks()

    def _begins(self) -> None:
        """Show what is done before the first page is ready: making a platform takes a while."""
        if self._busy:
            self.query_one("#known", Pane).show(f"{BEGINS}\n{self._busy}")

    def _clocks(self) -> None:
        if self.told is not None:
            clocks = self.query_one("#clocks", Static)
            clocks.update(clock_line(self.told, utc_now(), self.role, clocks.content_size.width))
        if self._busy:
            text = Content.assemble(("Being done now\n", "$quiet"), self._busy)
            self.query_one("#why", Static).update(text)

    def _do(self, work: Callable[[], None]) -> None:
        """Do an act in the drill, then its effects on the platform."""
        drill = self.drill
        self._busy = MORE
        # A remark about an earlier answer does not apply to this act.
        self.keybar.remark("")
        self.refresh_keys()

        def done() -> Told:
            work()
            return drill.settle(self._step)

        self.ask("drill", done, self._show, self._failed)

    def _step(self, title: str) -> None:
        # This runs in the working thread: the next tick of the clock shows the title.
        self._busy = title

    def _failed(self, error: PryvTuiError) -> None:
        self._busy = ""
        self.show_problem(error)
        self.refresh_keys()

    def _show(self, told: Told) -> None:
        self._busy = ""
        self.told = told
        self.add_class("-told")
        if told.walk_through:
            self.top.retitle("Walk-through: nothing is executed")
        decision = open_decision(told.scenario, told.state)
        over = told.state.over
        self._trail(told)
        self._clocks()
        facilitator = self.role == "facilitator"
        text = ending_text(told) if over else known_text(told, decision, facilitator=facilitator)
        known = self.query_one("#known", Pane)
        known.show(text)
        past, lines = self.query_one("#sofar", Pane), so_far_text(told)
        past.show(lines)
        if len(lines) != self._past:
            # The newest line is at the end. Scroll only if it is new: somebody may read above it.
            self._past = len(lines)
            self.call_after_refresh(past.scroll_end, animate=False)
        options = self.query_one("#options", ListPane)
        options.display = True
        at = CLOSE if over else told.state.at
        question = decision.question if decision is not None else ""
        self.query_one("#question", Static).update(
            Content("The debrief is what remains." if over else question)
        )
        if over:
            options.show_rows([(CLOSE, Content("   Debrief, then close the drill"), True)])
        else:
            self._rows_again()
        if at != self._at:
            self._at = at
            self._commands = False
            known.scroll_home(animate=False)
            safe = [one.option.id for one in words.shown(told)]
            first = next((n for n, one in enumerate(words.shown(told)) if one.option.safe), 0)
            if safe:
                options.highlighted = first
            options.focus()
        self._tell()
        self.refresh_keys()

    @on(OptionList.OptionHighlighted, "#options")
    def _tell(self) -> None:
        if self.told is None or self._busy:
            return
        name = self.query_one("#options", ListPane).chosen
        text = (
            Content(words.tally(self.told))
            if name == CLOSE
            else about_option(self.told, name, command=self._commands, room=self._room())
        )
        self.query_one("#why", Static).update(text)

    def _room(self) -> tuple[int, int]:
        """Return the columns and the visible lines for the text about an option."""
        why = self.query_one("#why", Static)  # an automatic height is that of the present text
        most = why.styles.max_height if why.styles.is_auto_height else None
        below = self.query_one("#body").region.bottom - why.content_region.y
        lines = int(most.value) if most else why.content_size.height
        return why.content_size.width, max(1, min(lines, below))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        waits = self.told is not None and not self._busy and self.role == "operator"
        over = self.told is not None and self.told.state.over
        if action in ("decide", "debrief"):
            # Enter takes an option only while the list has the focus.
            here = over is (action == "debrief")
            return waits and here and self.focused is self.query_one("#options")
        if action == "commands":
            return self.told is not None and not self._busy and not over
        if action == "break_off":
            # A story that has ended is closed by its debrief.
            return waits and not over
        if action == "hint":
            return waits and self.told is not None and bool(words.hint_offer(self.told))
        if action == "facilitate":
            return self.role != "operator"
        return True

    @on(OptionList.OptionSelected, "#options")
    def action_decide(self) -> None:
        if not (self.check_action("decide", ()) or self.check_action("debrief", ())):
            if self.role != "operator":
                self.keybar.remark("Somebody else plays it: you see all, and write notes (n).")
            return
        name = self.query_one("#options", ListPane).chosen
        if name == CLOSE:
            self.action_debrief()
        elif name:
            self._choose(name)

    def _choose(self, name: str) -> None:
        """Take an option. If it is not marked safe, ask once more, with its risk."""
        drill = self.drill
        every = words.shown(self.told) if self.told is not None else ()
        one = next((each for each in every if each.option.id == name), None)
        if one is None or one.option.safe:
            self._do(lambda: drill.choose(name))
            return
        text = Content.assemble(
            (f"{one.option.text}\n", "bold"), f"Risk: {one.option.risk}\nUndo: {one.undo}\n"
        )
        told = command_line(one)
        question = Confirm(
            self.desk, "Take it?", text, no="Think again", yes="Take it", commands=told
        )
        self.confirm(question, lambda: self._do(lambda: drill.choose(name)))

    def action_hint(self) -> None:
        if self.check_action("hint", ()):
            self._do(self.drill.hint)

    def action_commands(self) -> None:
        self._commands = not self._commands
        self._tell()

    def action_facilitate(self) -> None:
        if self.check_action("facilitate", ()):
            self.role = "observer" if self.role == "facilitator" else "facilitator"
            self._join()

    def action_observe(self) -> None:
        ask_what_is_seen(self, self.drill)

    def noted(self, told: str) -> None:
        self.keybar.remark(told)
        if not self._busy:
            self.ask("look", self.drill.page, self._show)

    def action_break_off(self) -> None:
        def said(why: str | None) -> None:
            if why is not None:
                self._close(why)

        dialog = BreakOffDialog(self.desk, platform=self.drill.has_a_platform)
        show_dialog(self.app, dialog, said)

    def action_debrief(self) -> None:
        drill = self.drill

        def said(over: bool | None) -> None:
            if over:
                self._close()
            else:
                self.keybar.remark("The drill stays open.")
                self.ask("look", drill.page, self._show)

        events = self.told.events if self.told is not None else ()
        show_dialog(
            self.app,
            DebriefDialog(
                self.desk,
                findings_in(events),
                lambda one: drill.finding(**one._asdict()),
                usual(drill.scenario.name),
            ),
            said,
        )

    def _close(self, why: str = "") -> None:
        self._busy = REMOVED if self.drill.has_a_platform else WRITTEN
        self.refresh_keys()
        self.ask("drill", partial(self.drill.close, why), self._recorded, self._failed)

    def _recorded(self, filed: Filed) -> None:
        self.record = filed.record.id
        self._to_the_record()

    def on_screen_resume(self) -> None:
        self._to_the_record()

    def _to_the_record(self) -> None:
        """Go to the drill's report, where it is signed and reviewed. A question that is open over
        this screen, such as a note, ends first."""
        if self.record and self.is_current:
            self.dismiss()
            self.go_to("held", self.record)
