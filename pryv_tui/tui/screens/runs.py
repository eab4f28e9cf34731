"""The known runs: what each was and how it ended; open, undo, cancel."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, NamedTuple

from textual import on
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.kind import kind_of
from pryv_tui.runs.record.became import who_words
from pryv_tui.runs.record.chain import Since, since, undoable
from pryv_tui.runs.record.history import RunRecord, all_runs, keeps_something
from pryv_tui.runs.record.tries import set_words
from pryv_tui.tui.actions import bindings
from pryv_tui.tui.flows.cancel import CancelPage
from pryv_tui.tui.flows.release import ReleasePage
from pryv_tui.tui.flows.undo import UndoPage
from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.words import AGES_SECONDS, RUN, fit, roles, short_age, time_of_day
from pryv_tui.tui.widgets.panes import ListPane
from pryv_tui.vault.set_names import PARTIAL

GOING_ON = ("starting", "running")


class Read(NamedTuple):
    """The data about the runs for this screen."""

    records: list[RunRecord]
    became: dict[str, list[Since]]
    """For each run, what happened to it since its end."""
    undoable: Collection[str]
    """Ids of the runs that moved content aside which an undo can put back."""
    kept: Collection[str]
    """Ids of the runs whose content moved aside is still there, and can be released."""
    sets: Mapping[str, str] = MappingProxyType({})
    """For each run, the name of its set in the vault now; empty if the set is not there."""
    who: Mapping[str, str] = MappingProxyType({})
    """For each run, who requested, confirmed and cancelled it."""


OF_A_RUN = ("open_run", "undo", "release", "cancel")
"""Actions that need a selected run."""


def run_row(
    record: RunRecord,
    became: Sequence[Since] = (),
    set_name: str | None = None,
    who: str | None = None,
) -> Content:
    """Return a run in two lines: its id, its state, what happened to it since; then what it was
    about.

    Args:
        set_name: the name of its set in the vault now, empty if the set is not there; None: use the
            name in the record.
        who: who requested and confirmed it; None: use the record.
    """
    state = record.outcome or record.state
    word = RUN[state]
    first = Content.assemble(
        (f" {fit(record.kind, 9)}", "bold"),
        (fit(str(word), 13), word.style),
        f"run {record.id}",
        *(f"  {one.word}" for one in became),
    )
    # The time at which the run was requested, as in its id; its process began a moment later.
    about = [f"          {time_of_day(record.asked)}, {short_age(record.started)} ago"]
    acted = kind_of(record.kind).of_a_container and record.outcome == "complete"
    named = [roles(record.roles)] if record.roles and not acted else []
    if shown := record.set if set_name is None else set_name:
        # A row that is too long is cut: what distinguishes it from the next row comes first.
        named.insert(0, f"{'unfinished' if shown.endswith(PARTIAL) else 'set'} {shown}")
    about += named
    if record.what and (record.outcome not in ("", "complete") or acted):
        about.append(record.what)
    # Last: in a row that is too long, what happened to a run is more important than who requested
    # it.
    if told := (record.by.short if record.by is not None else "") if who is None else who:
        about.append(f"by {told}")
    return Content("\n").join([first, Content.assemble((" · ".join(about), "$quiet"))])


class RunsScreen(UndoPage, ReleasePage, CancelPage):
    """The list of runs, newest first."""

    TITLE_TEXT = "Runs"
    HERE = ("open_run", "undo", "release", "cancel", "refresh", "back", "help", "quit")
    BINDINGS: ClassVar[list[BindingType]] = bindings(name for name in HERE if name != "open_run")
    WORDS = (
        ("run", "One performance of a plan: a backup, a restore or an undo."),
        ("complete", "Done, and checked."),
        ("warnings", "Done, with warnings that need a person: open it."),
        ("failed", "It did not reach its result; open it to see what remains."),
        ("cancelled", "An operator ended it; open it to see what remains."),
        ("refused", "It was refused before it began: the platform is as it was."),
        ("died", "Its process is gone without a final event; its journal shows how far it came."),
        (
            "undo",
            "Puts back what a restore moved aside. That moves aside what the restore put there.",
        ),
        (
            "release",
            "Removes for good what a restore or an undo moved aside. This program"
            " removes it in no other way, and can't bring it back.",
        ),
    )

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.records: dict[str, RunRecord] = {}
        self.known = Read([], {}, (), ())

    def content(self) -> Iterable[Widget]:
        yield ListPane("Runs, the newest first", id="list")

    def begin(self) -> None:
        self.query_one("#list").focus()
        self.query_one("#list", ListPane).wait()
        self.look()
        self.set_interval(self.desk.looks.runs, self._look_again)
        self.set_interval(AGES_SECONDS, self.tell_ages)

    def on_screen_resume(self) -> None:
        self.look()

    def look(self) -> None:
        state = self.desk.site.state

        def read() -> Read:
            found = all_runs(state)
            return Read(
                found,
                became=since(state, found),
                undoable={one.id for one in undoable(state)},
                kept={one.id for one in found if keeps_something(one)},
                sets={one.id: set_words(one) for one in found},
                who={one.id: who_words(one) for one in found},
            )

        self.ask("runs", read, self._show, self._not_read)

    def _not_read(self, error: PryvTuiError) -> None:
        self.query_one("#list", ListPane).give_up()
        self.show_problem(error)

    def tell_ages(self) -> None:
        """Show every age as it is now, without reading anything."""
        if self.is_current and self.records:
            self._tell()

    def _look_again(self) -> None:
        # Only while something can change, to avoid reading a long history.
        if self.is_current and any(r.state in GOING_ON for r in self.records.values()):
            self.look()

    def _show(self, read: Read) -> None:
        self.known = read
        self.records = {record.id: record for record in read.records}
        self._tell()
        self.refresh_keys()
        self.tell_hint()

    def _tell(self) -> None:
        """Show the known runs, with their present ages."""
        rows = [
            (
                record.id,
                run_row(
                    record,
                    self.known.became.get(record.id, ()),
                    self.known.sets.get(record.id),
                    self.known.who.get(record.id),
                ),
                True,
            )
            for record in self.records.values()
        ][::-1]
        if not rows:
            rows = [("", Content(" No run is known here yet."), False)]
        self.query_one("#list", ListPane).show_rows(rows)

    @property
    def chosen(self) -> RunRecord | None:
        return self.records.get(self.query_one("#list", ListPane).chosen)

    @on(OptionList.OptionHighlighted, "#list")
    def choice_changed(self) -> None:
        self.refresh_keys()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in OF_A_RUN and self.children:
            return self.chosen is not None and self._can(action, self.chosen)
        return True

    def can_any(self, action: str) -> bool:
        return any(self._can(action, record) for record in self.records.values())

    def _can(self, action: str, record: RunRecord) -> bool:
        """Whether an action is possible with a run now."""
        if action == "undo":
            return record.id in self.known.undoable
        if action == "release":
            return record.id in self.known.kept
        if action == "cancel":
            return record.state in GOING_ON
        return True

    def action_refresh(self) -> None:
        self.look()

    @on(OptionList.OptionSelected, "#list")
    def action_open_run(self) -> None:
        record = self.chosen
        if record is not None:
            self.show_run(record)

    def action_cancel(self) -> None:
        if self.chosen is not None:
            self.ask_cancel(self.chosen)

    def cancelled(self, record: RunRecord) -> None:
        self.look()

    def action_undo(self) -> None:
        record = self.chosen
        if record is not None:
            self.undo(record)

    def action_release(self) -> None:
        record = self.chosen
        if record is not None:
            self.release(record)
