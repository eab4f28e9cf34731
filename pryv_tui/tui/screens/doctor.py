"""The doctor: every precondition as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget
from textual.widgets import Static

from pryv_tui.drills.doctor import others_lines, record_lines
from pryv_tui.drills.signing.own_key import key_lines
from pryv_tui.incidents.looking import standing, unread_lines
from pryv_tui.incidents.words import known_since
from pryv_tui.operations.acceptance import Acceptable
from pryv_tui.operations.guards import GuardLine, doctor
from pryv_tui.operations.services.answering import answers_now
from pryv_tui.operations.sets.own import told_domain
from pryv_tui.runs.now import holds_now
from pryv_tui.runs.record.tries import tries_of
from pryv_tui.runs.record.undos import brought_back
from pryv_tui.tui.actions import bindings
from pryv_tui.tui.flows.accept import AcceptPage
from pryv_tui.tui.text.plan import guards_text, guards_verdict
from pryv_tui.tui.text.words import GUARD
from pryv_tui.tui.widgets.panes import Pane


class DoctorScreen(AcceptPage):
    """The screen with the guards' lines and their remedies."""

    TITLE_TEXT = "Doctor"
    HERE = ("recheck", "accept", "back", "help", "quit")
    BINDINGS: ClassVar[list[BindingType]] = bindings(HERE)
    WORDS = (
        ("OK", "The precondition is met."),
        ("UNKNOWN", "It could not be found out; the line says why."),
        ("WARNING", "It works, but a person should know."),
        ("accepted", "A person has accepted it as it is; it is a warning again when it changes."),
        (
            "FAILED",
            "A backup would be refused, or something is lost, or has failed; the line says"
            " what to do.",
        ),
    )

    lines: tuple[GuardLine, ...] = ()

    def on_screen_resume(self) -> None:
        if self.lines:
            self.action_recheck()

    def acceptable(self) -> Sequence[Acceptable]:
        return [
            Acceptable(key=line.key, about=line.about, text=f"{line.name}: {line.text}")
            for line in self.lines
            if line.key and line.outcome != "ok"
        ]

    def content(self) -> Iterable[Widget]:
        verdict = Static(id="verdict", markup=False)
        verdict.styles.height = 1
        verdict.styles.padding = (0, 2)
        yield verdict
        yield Pane("Preconditions", id="guards")

    def begin(self) -> None:
        self.query_one("#guards").focus()
        self.action_recheck()

    def action_recheck(self) -> None:
        self.problem.clear()
        self.query_one("#verdict", Static).update("checking …")

        def work() -> list[GuardLine]:
            site = self.desk.site
            found = self.desk.look()
            lines = doctor(
                site,
                found,
                holds_now(site),
                tries_of(site, found),
                answers_now(site, found),
                known_since(standing(site.settings, told_domain(found)).told),
                partial(brought_back, site, found),
            )
            return [
                *lines,
                *unread_lines(site.state),
                *key_lines(site.settings),
                *record_lines(site.state),
                *others_lines(site),
            ]

        self.ask("doctor", work, self._show)

    def _show(self, lines: list[GuardLine]) -> None:
        self.lines = tuple(lines)
        self.top.refresh()
        self.query_one("#verdict", Static).update(guards_verdict(lines, way_on=False))
        guards = self.query_one("#guards", Pane)
        guards.show(guards_text(lines, self.keyed))
        guards.bring_into_view(str(GUARD["failed"]))
