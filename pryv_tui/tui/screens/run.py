"""The screen of a run: it shows the run's journal, while the run is running or later."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Static

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.kind import kind_of
from pryv_tui.runs.left import look_after
from pryv_tui.runs.record.events import AnyEvent, RunFinished
from pryv_tui.runs.record.history import RunRecord, read_run
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.record.report import Aftermath, Offers, Part, past_parts, text_of
from pryv_tui.tui.actions import ACTIONS, Action, bindings
from pryv_tui.tui.base.output import OUTPUT_ACTIONS, OutputPage
from pryv_tui.tui.flows.audit import LiveAuditPage
from pryv_tui.tui.flows.cancel import CancelPage
from pryv_tui.tui.flows.undo import UndoPage
from pryv_tui.tui.preferences import seen, watch
from pryv_tui.tui.session import Became, Desk, became_of
from pryv_tui.tui.text.hints import keys_first
from pryv_tui.tui.text.lines import Lens
from pryv_tui.tui.text.run import (
    SAFE,
    current_text,
    gap_lines,
    headline,
    lenses,
    result_content,
    result_parts,
    step_top,
    steps_list,
    steps_title,
)
from pryv_tui.tui.text.run_model import RunModel
from pryv_tui.tui.text.words import RUN
from pryv_tui.tui.widgets.output import OutputPane
from pryv_tui.tui.widgets.panes import Pane

READ_SECONDS = 0.2
"""How often, in seconds, the journal is read: 5 times a second is cheap, even on a slow line."""
SEEN_SECONDS = 0.5
"""How many seconds a result is on the screen before it counts as seen."""
CLOCK_SECONDS = 1.0
BATCH = 1_000
"""Events per message: a long journal comes in parts, and keys are handled between them."""


class RunScreen(OutputPage, UndoPage, CancelPage, LiveAuditPage):
    """The screen of one run. Leaving the screen changes nothing about the run."""

    TITLE_TEXT = "Run"
    CSS_PATH = "run.tcss"
    DEFAULT_CLASSES = "Run"
    HERE = ("cancel", "undo", "result", "audit_live", *OUTPUT_ACTIONS, "filter", "back", "help",
            "quit")  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = bindings(HERE)
    WORDS = (
        ("run", "One performance of a plan, in a separate process, with its own journal."),
        ("waiting", "A step that has not begun. ~0:07 is how long it took last time."),
        ("done", "The step reached its result, and the result was checked."),
        ("not begun", "The run ended before this step."),
        ("cancelled", "The operator ended it; what it had stopped was started again."),
        ("died", "The process of the run is gone without a final event; the journal shows how far"
         " it came."),
        ("gap", "The time between the copies of two roles, as far as it is known."),
        ("taken", "When the copy of each thing began, counted from the first dump on, in minutes"
         " and seconds; '..' stands for earlier ones."),
        ("undo", "Puts back what a restore moved aside, as long as that is there."),
        ("remains", "What the run left behind, and in which state."),
    )  # fmt: skip

    class Read(Message):
        """The message that events were read from the journal."""

        def __init__(
            self, events: list[AnyEvent], *, died: bool = False, after: Aftermath | None = None
        ) -> None:
            super().__init__()
            self.events, self.died, self.after = events, died, after

    def __init__(self, desk: Desk, record: RunRecord) -> None:
        super().__init__(desk)
        self.record = record
        self.model = RunModel()
        self._left = threading.Event()
        self._taken = threading.Event()
        self._result: list[Part] = []
        self._after: Aftermath | None = None
        """What the run left behind, if it died; None otherwise."""
        self._offers = Offers()
        self._since: tuple[str, ...] = ()
        """What became of the run after its end."""
        self._undoable = False
        """Whether an undo can put something back; determined when the run is over."""
        self._brought = False
        """Whether the current step has been in view since the steps were last shown."""
        self._lenses: list[Lens | None] = []
        """The parts of the output that the filter key shows next, one after another."""
        # Shown by its id alone: the set of a backup is not known yet.
        self.top.retitle(f"Run {record.id}")

    def content(self) -> Iterable[Widget]:
        yield Static(id="headline", markup=False)
        yield Static(id="now", markup=False)
        with Container(id="body"):
            yield Pane("Steps", id="steps")
            with ContentSwitcher(initial="output", id="main"):
                yield OutputPane("Output", id="output")
                yield Pane("Result", id="result")
        gap = Static(id="gap", markup=False)
        gap.display = kind_of(self.record.kind).makes_a_gap
        yield gap
        yield Static(id="safe", markup=False)

    def begin(self) -> None:
        if self.record.state in ("starting", "running"):
            # An operator who leaves is told the next time how the run ended.
            watch(self.desk.site.state, self.record.id)
        self.query_one("#output", OutputPane).view.focus()
        self.run_worker(self._read_journal, thread=True, group="journal", exit_on_error=False)
        self.set_interval(CLOCK_SECONDS, self._tick)
        self._show()

    def on_screen_resume(self) -> None:
        # Not at once: leaving the program from a question resumes this screen for a moment.
        self.set_timer(SEEN_SECONDS, self._saw)

    def _saw(self) -> None:
        if not self.model.over or not self.is_current:
            return
        seen(self.desk.site.state, self.record.id)
        state, run = self.desk.site.state, self.record.id
        self.ask("since", partial(became_of, state, run, self.model.end), self._became)

    def _became(self, found: Became) -> None:
        """Show what happened since the run's end, whether the run can be undone, and which of its
        offers are settled."""
        before = self._since, self._offers
        self._since, self._undoable, self._offers = found.since, found.undoable, found.offers
        given = self.desk.settings.given
        parts = result_parts(self.record, self.model, given, found.look, self._after)
        settled, self._result = parts != self._result, parts
        past = bool(self._since or self._offers.past)
        if settled and not past:
            pane = self.query_one("#result", Pane)
            pane.show(result_content(keys_first(parts, self.record.id), self.model.outcome))
        if past and (settled or (self._since, self._offers) != before):
            pane = self.query_one("#result", Pane)
            pane.show(result_content(self._told, self.model.outcome))
            # New parts are at the top.
            pane.scroll_home(animate=False)
        self._show()

    def on_unmount(self) -> None:
        self._left.set()

    # The journal, in a thread.

    def _read_journal(self) -> None:
        reader = JournalReader(self.record.journal)
        looked = time.monotonic()
        while not self._left.is_set():
            events: list[AnyEvent] = []
            ended = False
            for _, event in reader.read_lines():
                events.append(event)
                ended = ended or isinstance(event, RunFinished)
                if len(events) >= BATCH:
                    self._hand_over(events)
                    events = []
                if self._left.is_set():
                    return
            died = False
            if not ended and not events and time.monotonic() - looked > 1.0:
                looked = time.monotonic()
                now = read_run(Path(self.record.folder))
                died = now is not None and now.state == "died"
                if died:
                    # The run may have written its last event between the two looks.
                    events += reader.read()
                    died = not any(isinstance(event, RunFinished) for event in events)
                    ended = True
            if events or died:
                self._hand_over(events, died=died)
            if ended:
                return
            self._left.wait(READ_SECONDS)

    def _hand_over(self, events: list[AnyEvent], *, died: bool = False) -> None:
        """Post a batch, and wait until it is handled, so that keys don't wait in a long queue."""
        self._taken.clear()
        after = look_after(self.desk.site, self.record) if died else None
        self.post_message(self.Read(events, died=died, after=after))
        while not self._taken.wait(0.2) and not self._left.is_set():
            pass

    @on(Read)
    def take(self, message: Read) -> None:
        """Add the events to the model, and show the result once for the whole batch."""
        was_over = self.model.over
        lines = self.model.fold(message.events)
        self.model.died = message.died
        self._after = message.after
        if lines:
            self.output.add(lines)
        if self.model.over and not was_over:
            self._finish()
        self._show()
        self._taken.set()

    @property
    def _told(self) -> list[Part]:
        """The result, below what happened to the run since its end."""
        return past_parts(self._result, self._since, self._offers)

    def _finish(self) -> None:
        self.add_class("-over")
        self._saw()
        self.keybar.remark("")
        # The gap is part of the result, which needs the space.
        self.query_one("#gap").display = False
        self.output.ended = True
        self.output.tell()
        self._result = result_parts(
            self.record, self.model, self.desk.settings.given, after=self._after
        )
        pane = self.query_one("#result", Pane)
        # Keys are only for the screen: a copied result is for readers who don't have them.
        shown = keys_first(self._result, self.record.id)
        pane.show(result_content(shown, self.model.outcome))
        self._turn_to("result")
        if not self.output.searching:
            pane.focus()

    def _tick(self) -> None:
        if not self.model.over and self.is_current:
            self._show_times()
            self._bring_step()

    # Drawing.

    def _show(self) -> None:
        if not self.children:
            return
        model = self.model
        pane = self.query_one("#steps", Pane)
        pane.show_for(partial(steps_list, model))
        pane.border_title = steps_title(model)
        if not model.over:
            self._brought = False
            self._bring_step()
            self.call_after_refresh(self._bring_step)
        else:
            failed = [n for n, s in enumerate(model.steps) if s.state in ("failed", "cancelled")]
            at = failed[0] - 2 if failed else len(model.steps)
            pane.scroll_to(y=self._line_of(at), animate=False)
        word = RUN[model.outcome].word
        back = " U undoes it." if self._undoable else ""
        if at_end := kind_of(self.record.kind).at_end:
            back = f" {at_end}"
        if self._since:
            back = " Its first lines say what became of it."
        ended = f"Ended: {word}. y copies the {self._part}.{back}"
        self._update("#safe", Content(ended if model.over else SAFE), layout=True)
        self._show_times()
        self.refresh_keys()

    def _bring_step(self) -> None:
        """Scroll the current step and the next one into view, once: a reader who scrolls elsewhere
        stays there. A panel without a size can't scroll yet: then try again later."""
        if self._brought:
            return
        model, pane = self.model, self.query_one("#steps", Pane)
        current = model.steps.index(model.current) if model.current else model.done
        room = pane.scrollable_content_region.height if pane.is_on_screen else 0
        first, before, after = map(self._line_of, (current, current - 2, current + 1))
        self._brought = 0 <= first - round(pane.scroll_offset.y) < room
        pane.scroll_to(y=min(first, max(before, after - room)) if room else before, animate=False)

    def _line_of(self, step: int) -> int:
        """Return the line at which a step begins in the list of steps."""
        width = self.query_one("#steps", Pane).room
        return step_top(self.model, width, step)

    def _show_times(self) -> None:
        self._update("#headline", headline(self.model, width=self.size.width))
        self._update("#now", current_text(self.model))
        gap = self.query_one("#gap", Static)
        if gap.display:
            self._update("#gap", gap_lines(self.model, max(20, gap.content_region.width)))

    def _update(self, where: str, content: Content, *, layout: bool = False) -> None:
        static = self.query_one(where, Static)
        before = static.content
        if not isinstance(before, Content) or not content.is_same(before):
            # The style sheet sets all heights but one: a ticking clock needs no new layout.
            static.update(content, layout=layout)

    # Actions of the operator.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "cancel":
            return not self.model.over
        if action in ("result", "audit_live"):
            return self.model.over
        if action == "undo":
            return self.model.over and self._undoable
        if action == "follow":
            return not self.model.over
        if action in ("wrap", "filter", "search_next", "search_previous") and self.children:
            return self._part == "output"
        return True

    @property
    def _part(self) -> str:
        """The part that is shown: `output` or `result`."""
        # Before all widgets exist, the output is shown.
        return (
            next((each.current for each in self.query(ContentSwitcher) if each.id == "main"), None)
            or "output"
        )

    def actions_here(self) -> Sequence[Action]:
        """Return the actions: `o` is shown with the part that is hidden now, `L` only if the result
        asks the reader to press it."""
        result = self.children and self._part == "output"
        told = self._told if self.model.over else []
        asks = any("press L" in line for part in told for line in part.lines)
        instead = {
            "result": ACTIONS["result"]._replace(label="Result") if result else ACTIONS["result"],
            "audit_live": ACTIONS["audit_live"]._replace(shown=asks),
        }
        return [instead.get(action.name, action) for action in super().actions_here()]

    def action_undo(self) -> None:
        self.undo(self.record)

    def action_audit_live(self) -> None:
        self.ask_live(self.record.set or None)

    def text_to_copy(self) -> str:
        if self._part == "result":
            return text_of(self._told)
        return super().text_to_copy()

    def action_result(self) -> None:
        self._turn_to("output" if self._part == "result" else "result")
        if self._part == "output":
            self.output.view.focus()
        else:
            self.query_one("#result").focus()
        self.refresh_keys()

    def _turn_to(self, part: str) -> None:
        """Show the output or the result; on a low screen the result takes the steps' space."""
        self.query_one("#main", ContentSwitcher).current = part
        self.set_class(part == "result", "-result")
        # A panel that was hidden has lost its scroll position.
        self.call_after_refresh(self._show)
        view = self.output.view
        if part == "output" and view.following:
            self.call_after_refresh(view.scroll_end, animate=False, immediate=True, x_axis=False)

    def action_filter(self) -> None:
        """Show the next part of the output, and after the last part all of it again."""
        if not self._lenses:
            self._lenses = lenses(self.model, self.output.view.top_line)
        self.output.look_through(self._lenses.pop(0) if self._lenses else None)
        if self.output.lens is None:
            self._lenses = []

    def action_search(self) -> None:
        if self._part == "result":
            self.action_result()
        super().action_search()

    def action_cancel(self) -> None:
        self.ask_cancel(self.record)

    def may_cancel(self, record: RunRecord) -> bool:
        return not self.model.over

    def not_cancelled(self, error: PryvTuiError) -> None:
        # It ended by itself while the question was open: its result says how.
        if not self.model.over:
            self.show_problem(error)
