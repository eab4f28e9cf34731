"""The overview: whether the platform is up, whether it is backed up, what needs the operator."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from functools import partial
from typing import ClassVar

import msgspec
from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.notifications import SeverityLevel
from textual.widget import Widget
from textual.widgets import OptionList, Static

from pryv_tui.drills.cadence import with_drills
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.looking import Standing, notice, with_unread
from pryv_tui.incidents.words import known_since
from pryv_tui.operations.acceptance import Acceptable
from pryv_tui.operations.drilling.clearing import Cleared, clear_left, worth_telling
from pryv_tui.operations.drilling.others import known_to_stay, still_stays
from pryv_tui.operations.overview.first_start import offers_practice
from pryv_tui.operations.overview.folders import FolderSize, folder_sizes, glimpse
from pryv_tui.operations.overview.overview import Overview
from pryv_tui.operations.services.answering import answers_now
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.recovery import FirstLook, first_look
from pryv_tui.tui.actions import bindings
from pryv_tui.tui.base.asking import TOLD_SECONDS
from pryv_tui.tui.base.watching import WatchingPage
from pryv_tui.tui.flows.accept import AcceptPage
from pryv_tui.tui.flows.audit import LiveAuditPage
from pryv_tui.tui.flows.incident import IncidentPage
from pryv_tui.tui.flows.practice import offer_practice
from pryv_tui.tui.flows.recover import RecoverPage
from pryv_tui.tui.session import Desk, ended_unseen, run_going_on
from pryv_tui.tui.text.hints import keyed
from pryv_tui.tui.text.overview import attention_text, container_rows, folders_text, summary
from pryv_tui.tui.widgets.panes import ListPane, Pane, Said

PRACTICE = "practice"
ANSWERS_SECONDS = 60.0
"""How often, in seconds, the services are asked whether they answer, while no container changes."""
GLIMPSE_SECONDS = 1.0
"""How often, in seconds, the screen checks whether the folders of the roles exist."""


class OverviewScreen(RecoverPage, AcceptPage, IncidentPage, LiveAuditPage, WatchingPage):
    """The screen that the operator sees first."""

    TITLE_TEXT = "Overview"
    CSS_PATH = "overview.tcss"
    DEFAULT_CLASSES = "Overview"
    HERE = ("recover", "backup", "restore", "sets", "runs", "practice", "drills", "details", "logs",
            "doctor", "incidents", "close_incident", "audit_live", "accept", "refresh", "help",
            "quit")  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = bindings(HERE)
    WORDS = (
        ("role", "What a machine does in the platform: core, register, static web."),
        ("root", "The installation's folder, PRYV_CONF_ROOT."),
        ("travels", "A folder that a backup copies."),
        ("recreated", "A folder that a backup leaves out; a restore makes it again, empty."),
        ("↻ 3", "The container was restarted three times by the engine."),
        ("recover", "Finish or roll back what a run left half-done that died or failed; offered"
         " automatically when there is something."),
        ("held", "Stopped or paused by the run that is using the platform. That run starts or"
         " unpauses it again."),
        ("gap", "The time between the copies of two roles: accounts made in it are unusable"
         " after a restore."),
        ("verified", "Every file and dump of the set was compared with what the set says."),
        ("attention", "What needs a person, the worst first, each with what to do."),
    )  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.overview: Overview | None = None
        self._looked: Overview | None = None
        """The result of the last look, without the answers of the services."""
        self._live = ""
        """The set that L compares the live platform with, if Attention mentions a live audit; else
        empty."""
        self._answers: dict[tuple[str, str], str] | None = None
        self._askable: object = None
        """The containers, with their states, that the answers are about."""
        self._asked_at = 0.0
        self._sizes: dict[str, list[FolderSize]] = {}
        self._measured: object = None
        self._there: tuple[bool, ...] | None = None
        """Which folders of the roles existed; None if they were not checked yet."""
        self._incident = Standing()
        self._worst = ""
        """The first text in Attention."""
        self._opened = False
        self._offered: set[str] = set()
        """Ids of the runs whose recovery was offered automatically; `PRACTICE` for that offer."""

    def content(self) -> Iterable[Widget]:
        yield Said("\n  Looking at the platform …", id="summary", markup=False)
        yield Said(id="incident", markup=False)
        with Horizontal(id="body"):
            yield ListPane("Roles and containers", id="containers")
            with Vertical(id="beside"):
                yield Pane("Attention", id="attention")
                yield Pane("Folders", id="folders")

    def begin(self) -> None:
        self.query_one("#containers").focus()
        self.look()
        self.set_interval(self.desk.looks.overview, self.look_now_and_then)
        self.set_interval(GLIMPSE_SECONDS, self.glimpse)
        self.watch_hosts(host.name for host in self.desk.site.hosts)
        self.ask("going-on", lambda: run_going_on(self.desk.site.state), self._open_running)
        site = self.desk.site

        def clear() -> list[Cleared]:
            known = known_to_stay(site.state)
            return worth_telling(known, clear_left(site, of_others=True))

        self.ask("sandboxes", clear, self._tell_cleared)

    def _tell_cleared(self, found: list[Cleared]) -> None:
        """Show what was removed of drills that died: this user's drills, and drills of others past
        their time. A sandbox is not part of a platform, so nobody was asked."""
        for one in found:
            if not one.goes_on:
                level: SeverityLevel = "warning" if one.problem else "information"
                self.notify(one.words, severity=level, timeout=TOLD_SECONDS, markup=False)

    def on_screen_resume(self) -> None:
        if self.overview is not None:
            self.look()

    def _open_running(self, record: RunRecord | None) -> None:
        if record is not None and not self._opened and self.is_current:
            self._opened = True
            self.show_run(record)

    # Reading the platform.

    def look(self) -> None:
        """Read the platform and the vault, in a thread."""
        super().look()
        self.ask(
            "overview",
            self._first_look,
            self._show,
            self._could_not_look,
        )

    def look_now_and_then(self) -> None:
        """Read the platform at intervals, but not under another screen: this screen reads it on
        return."""
        if self.is_current:
            self.look()

    def glimpse(self) -> None:
        """Check whether a root or a role's folder has appeared or disappeared: no engine reports
        that."""
        if self.overview is not None and self.is_current:
            self.ask("glimpse", partial(glimpse, self.overview.deployment), self._glimpsed)

    def _glimpsed(self, there: tuple[bool, ...]) -> None:
        if self._there is not None and there != self._there:
            self.look()
        self._there = there

    def _first_look(self) -> FirstLook:
        # The first screen does not wait for databases.
        found = first_look(self.desk.site, stores=self._looked is not None)
        seen = with_unread(found.overview, self.desk.site.state)
        seen = with_drills(seen, self.desk.settings, still_stays(self.desk.site))
        found = msgspec.structs.replace(found, overview=seen)
        if any(one.key.partition("/")[0] == "live" for one in found.overview.attention):
            from pryv_tui.incidents.auditing import set_to_ask_of

            self._live = set_to_ask_of(self.desk.site) or ""
        ended = ended_unseen(self.desk.site.state)
        # What a run left half-done is shown separately.
        if ended is None or any(one.run == ended.run for one in found.left):
            return found
        shown = msgspec.structs.replace(
            found.overview, attention=(*found.overview.attention, ended)
        )
        return msgspec.structs.replace(found, overview=shown)

    def _show(self, look: FirstLook) -> None:
        found, self.left = look.overview, look.left
        self.problem.clear()
        if self.overview is None or _watched(self.overview) != _watched(found):
            self._there = None
        self._looked = found
        self.desk.deployment, self.desk.domain = found.deployment, look.domain
        self.top.refresh()
        self._draw()
        self._ask_roles(found)
        self._show_folders()
        self.see_looks(found.deployment)
        self.ask("incident", partial(notice, self.desk.site, look), self._show_incident)
        self.refresh_keys()
        # Measuring walks every folder: not at every look, but if a root's content has changed.
        hosts = tuple((s.name, s.root, s.root_exists, s.roles) for s in found.deployment.hosts)
        if self._measured != (hosts, look.changed_by):
            self._measured = (hosts, look.changed_by)
            self.measure()
        self._offer()

    def _show_incident(self, found: Standing) -> None:
        """Show the open incident in a line, and the reason if a loss could not be written down."""
        self._incident = found
        self._draw()
        self.refresh_keys()
        shown = self.query_one("#incident", Static)
        shown.set_class(bool(found.short), "-shown")
        keys = "  (n Note  I Report)" if found.told and len(found.short) < 60 else ""
        shown.update(Content(f" {found.short}{keys}"))

    def _draw(self) -> None:
        """Show the result of the last look, with the answers of the services."""
        found = self._looked
        if found is None:
            return
        if self._answers is not None and self._askable == _askable(found):
            found = found.answered(self._answers, self.desk.site.accepted)
        found = found.knowing(known_since(self._incident.told))
        self.overview = found
        self.query_one("#summary", Static).update(summary(found, self.size.width))
        rows = container_rows(found.deployment, found.going_on, found.lost, found.serving)
        self.query_one("#containers", ListPane).show_rows(rows)
        pane = self.query_one("#attention", Pane)
        pane.show(attention_text(found.attention, self.keyed))
        worst = found.attention[0].text if found.attention else ""
        if worst != self._worst:
            # A new alarm must not stay hidden above the text that somebody is reading.
            self._worst = worst
            pane.scroll_home(animate=False)

    def _ask_roles(self, found: Overview) -> None:
        """Ask the services whether they answer: when a container has changed, and at intervals.
        This has its own thread, since a service that does not answer takes time."""
        askable, now = _askable(found), time.monotonic()
        if askable == self._askable and now - self._asked_at < ANSWERS_SECONDS:
            return
        if askable != self._askable:
            self._answers = None
        self._askable, self._asked_at = askable, now
        self.ask("answers", partial(answers_now, self.desk.site, found.deployment), self._answered)

    def _answered(self, answers: dict[tuple[str, str], str]) -> None:
        self._answers = answers
        self._draw()
        self.refresh_keys()

    def _offer(self) -> None:
        """Offer automatically, once each: to recover what a run left half-done; and, if there is no
        platform, a practice platform."""
        if self.left and self.is_current and self.left[0].run not in self._offered:
            self._offered.add(self.left[0].run)
            self.offer_recovery()
        elif (
            self.overview is not None
            and self.is_current
            and PRACTICE not in self._offered
            and offers_practice(self.desk.settings, self.overview)
        ):
            self._offered.add(PRACTICE)
            offer_practice(self)

    def keyed(self, text: str) -> str:
        return keyed(text, self.desk.settings.given, overview=True, live=self._live)

    def _could_not_look(self, error: PryvTuiError) -> None:
        self.show_problem(error)

    def measure(self) -> None:
        """Read the folders' sizes, in one thread for each host."""
        if self.overview is None:
            return
        for state in self.overview.deployment.hosts:
            self.ask(
                f"sizes-{state.name}",
                partial(folder_sizes, state),
                partial(self._measured_host, state.name),
            )

    def _measured_host(self, name: str, sizes: list[FolderSize]) -> None:
        self._sizes[name] = sizes
        self._show_folders()

    def _show_folders(self) -> None:
        if self.overview is not None:
            make = partial(folders_text, self.overview.deployment, dict(self._sizes))
            self.query_one("#folders", Pane).show_for(make)

    # Actions of the operator.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "back":
            return False
        if action == "practice":
            return self.desk.practice
        if action == "close_incident":
            return self._incident.told is not None
        if action == "recover":
            return bool(self.left) or self.looks_left
        if action in ("details", "logs") and self.children:
            return bool(self.query_one("#containers", ListPane).chosen)
        return True

    def acceptable(self) -> Sequence[Acceptable]:
        found = self.overview.attention if self.overview is not None else ()
        return [
            Acceptable(key=item.key, about=item.about, text=item.text)
            for item in found
            if item.key and item.level != "info"
        ]

    def action_refresh(self) -> None:
        self._measured = None
        self.look()

    def action_backup(self) -> None:
        self.go_to("backup")

    def action_restore(self) -> None:
        self.go_to("restore")

    def action_sets(self) -> None:
        self.go_to("sets")

    def action_runs(self) -> None:
        self.go_to("runs")

    def action_doctor(self) -> None:
        self.go_to("doctor")

    def action_incidents(self) -> None:
        self.go_to("incidents")

    def action_drills(self) -> None:
        self.go_to("drills")

    def action_close_incident(self) -> None:
        if self._incident.told is not None:
            self.ask_close(self._incident.told)

    def incident_changed(self) -> None:
        self.look()

    def action_audit_live(self) -> None:
        self.ask_live(None)

    def action_practice(self) -> None:
        self.go_to("practice")

    def action_logs(self) -> None:
        if chosen := self._chosen_container():
            self.go_to("logs", *chosen)

    @on(OptionList.OptionSelected, "#containers")
    def action_details(self) -> None:
        if chosen := self._chosen_container():
            self.go_to("container", *chosen)

    def _chosen_container(self) -> tuple[str, str] | None:
        """Return host and name of the selected container."""
        host, _, container = self.query_one("#containers", ListPane).chosen.partition("/")
        return (host, container) if container else None


def _askable(found: Overview) -> object:
    """Return the states of all containers: answers are valid as long as these are equal."""
    return [
        (state.name, one.name, one.state, one.since)
        for state in found.deployment.hosts
        for one in state.containers
    ]


def _watched(found: Overview) -> object:
    """Return the roots and roles, which decide which folders `glimpse` checks."""
    return [(state.root, state.roles) for state in found.deployment.hosts]
