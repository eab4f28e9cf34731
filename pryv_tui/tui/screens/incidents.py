"""The incidents of the platform, open and closed; the report of the selected one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList

from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.files import unseen, unseen_words, way_out_of
from pryv_tui.incidents.gathering import Told, gather
from pryv_tui.incidents.looking import of_platform
from pryv_tui.operations.site import refuse_open_state
from pryv_tui.tui.actions import Action, bindings
from pryv_tui.tui.base.note import domain_of
from pryv_tui.tui.flows.incident import IncidentPage, report_text
from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.incidents import dark_row, incident_row
from pryv_tui.tui.text.words import AGES_SECONDS
from pryv_tui.tui.widgets.panes import NOT_READ, READING, ListPane, Pane

NONE = (
    " Here no incident of this platform is known.\n"
    " The program opens one when it finds a role gone; n declares one by hand."
)


class IncidentsScreen(IncidentPage):
    """The list of incidents, newest first; below is the report of the selected one."""

    TITLE_TEXT = "Incidents"
    CSS_PATH = "incidents.tcss"
    DEFAULT_CLASSES = "Incidents"
    HERE = ("open_report", "note", "close_incident", "refresh", "back", "help", "quit")
    BINDINGS: ClassVar[list[BindingType]] = bindings(name for name in HERE if name != "open_report")
    WORDS = (
        ("incident", "A loss and all that is done about it: runs, decisions, notes, times."),
        ("open", "It gathers what is done, until somebody closes it (C)."),
        ("closed", "It is over; its report stays."),
        ("down", "From the loss to when what users need served again, over all runs and waiting."),
        ("at least", "Since when it was lost is not known, so it may have been longer."),
        ("report", "What happened, when and who, what was lost, what was checked, what remains."),
    )

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.known: dict[str, Told] = {}
        self._dark: dict[str, str] = {}
        """The incidents that can't be read, of all platforms: from the id to the reason."""
        self._looked = False
        """Whether the incidents have been read once."""
        self._reported = ""
        """The id of the incident whose report is shown."""

    def content(self) -> Iterable[Widget]:
        with Container(id="body"):
            yield ListPane("Incidents, the newest first", id="list")
            yield Pane("Report", id="report")

    def begin(self) -> None:
        self.query_one("#list").focus()
        self.query_one("#list", ListPane).wait()
        self.query_one("#report", Pane).show(READING)
        self.look()
        self.set_interval(AGES_SECONDS, self._age)

    def _age(self) -> None:
        """Update for how long the open incident has lasted."""
        if self.is_current and any(told.incident.open for told in self.known.values()):
            self.look()

    def on_screen_resume(self) -> None:
        if self.known:
            self.look()

    def look(self) -> None:
        settings, domain = self.desk.settings, domain_of(self.desk)

        def read() -> tuple[list[Told], dict[str, str]]:
            refuse_open_state(settings)
            found, state = of_platform(settings, domain), self.desk.site.state
            return [gather(state, one) for one in found], unseen(state)

        self.ask("incidents", read, self._show, self._not_read)

    def _not_read(self, error: PryvTuiError) -> None:
        self.query_one("#list", ListPane).give_up()
        if not self._looked:
            self.query_one("#report", Pane).show("")
        self.show_problem(error)

    def _show(self, read: tuple[list[Told], dict[str, str]]) -> None:
        # The open one first: people look for that one.
        ordered = sorted(read[0], key=lambda told: told.incident.open)[::-1]
        self._looked = True
        self.known = {told.incident.id: told for told in ordered}
        self._dark = dict(sorted(read[1].items(), reverse=True))
        rows = [(name, incident_row(told), True) for name, told in self.known.items()]
        # Between the open and the closed ones: it is not known whether these are open.
        at = sum(told.incident.open for told in ordered)
        rows[at:at] = [(name, dark_row(name, why), True) for name, why in self._dark.items()]
        self.query_one("#list", ListPane).show_rows(rows or [("", Content(NONE), False)])
        if not rows:
            self.query_one("#report", Pane).show("")
        self._report()
        self.refresh_keys()

    @property
    def chosen(self) -> Told | None:
        return self.known.get(self.query_one("#list", ListPane).chosen)

    @on(OptionList.OptionHighlighted, "#list")
    def _report(self) -> None:
        """Show the report of the selected incident. It is made from the incident's runs, in a
        thread."""
        told = self.chosen
        if told is not None:
            name = told.incident.id
            work = partial(report_text, self.desk.settings, name)
            self.ask("report", work, partial(self._show_report, name), self._no_report)
        elif dark := self._dark_chosen:
            self._show_report(dark, self._dark_text(dark))
        self.refresh_keys()

    @property
    def _dark_chosen(self) -> str:
        """The id of the selected incident if it can't be read; empty otherwise."""
        name = self.query_one("#list", ListPane).chosen
        return name if name in self._dark else ""

    def _dark_text(self, name: str) -> str:
        words = unseen_words({name: self._dark[name]})
        way = self.keyed(way_out_of(self.desk.site.state, [name]))
        return f"{words[:1].upper()}{words[1:]}.\n\n{way}"

    def _no_report(self, error: PryvTuiError) -> None:
        pane = self.query_one("#report", Pane)
        if pane.plain == READING:
            pane.show(NOT_READ)
        self.show_problem(error)

    def _show_report(self, name: str, text: str) -> None:
        pane = self.query_one("#report", Pane)
        pane.show(text.rstrip("\n"))
        if name != self._reported:
            self._reported = name
            pane.scroll_home(animate=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "open_report" and self.children:
            return self.chosen is not None or bool(self._dark_chosen)
        if action == "close_incident" and self.children:
            return self.chosen is not None and self.chosen.incident.open
        return True

    def actions_here(self) -> Sequence[Action]:
        """Return the actions, with `note` and `close_incident` in the line of keys (other screens
        omit them)."""
        mine = ("note", "close_incident")
        here = [
            action._replace(shown=True) if action.name in mine else action
            for action in super().actions_here()
        ]
        if not self._looked or any(told.incident.open for told in self.known.values()):
            return here
        return [a._replace(label="Declare") if a.name == "note" else a for a in here]

    def action_refresh(self) -> None:
        self.look()

    @on(OptionList.OptionSelected, "#list")
    def action_open_report(self) -> None:
        told = self.chosen
        if told is not None:
            name = told.incident.id
            self.ask("open", partial(report_text, self.desk.settings, name), self._open_report)
        elif dark := self._dark_chosen:
            self._open_report(self._dark_text(dark))

    def _open_report(self, text: str) -> None:
        self.go_to("text", "Report of the incident", text, True)

    def action_close_incident(self) -> None:
        told = self.chosen
        if told is not None and told.incident.open:
            self.ask_close(told)

    def incident_changed(self) -> None:
        self.look()

    def noted(self, told: str) -> None:
        super().noted(told)
        self.look()
