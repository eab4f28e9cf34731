"""The backup wizard: what to back up, the checks, the steps, the start."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.guards import GuardLine, backup_guards
from pryv_tui.operations.lost.here import missing_now
from pryv_tui.operations.lost.words import offer_words
from pryv_tui.operations.sets.choices import of_deployment
from pryv_tui.operations.sets.missing_roles import Missing
from pryv_tui.platform.gap import AS_USUAL, GapChoices
from pryv_tui.runs.now import holds_now
from pryv_tui.runs.planning.request import plan_backup
from pryv_tui.runs.start import start_run
from pryv_tui.tui.actions import bindings
from pryv_tui.tui.base.plan_wizard import PlanWizard
from pryv_tui.tui.session import Desk
from pryv_tui.tui.widgets.field import Field
from pryv_tui.tui.widgets.panes import Pane
from pryv_tui.tui.widgets.pick import Pick, Picks
from pryv_tui.vault.set_names import label_slug

GAPS: tuple[tuple[GapChoices, str], ...] = (
    (AS_USUAL, "As short as can be; no service stops"),
    (GapChoices(hold="registrations"), "None for accounts: hold sign-up for some seconds"),
    (GapChoices(hold="everything"), "None at all: the platform answers nobody meanwhile"),
    (GapChoices(order="documented"), "Register after core's files, as the guide has it: longest"),
)
"""The choices about the timing gap, each with its words on the screen."""


LETTERS = (
    "The label is kept as it is; the name has its letters a-z, A-Z, 0-9, dot, dash, underscore."
)


def nothing_here(found: Deployment) -> str:
    """Say why the first page has no role to choose: there is none, or an engine does not answer."""
    none = "No role of a Pryv.io platform was found: "
    if dark := [state.name for state in found.hosts if not state.reachable]:
        return f"{none}what runs on {', '.join(dark)} is not known, since no engine answers there."
    return f"{none}there is nothing to back up.\nOn a new machine, go back and restore a set (r)."


class BackupWizard(PlanWizard):
    """The wizard that guides the operator to a backup: it shows guards and a plan, and starts the
    run."""

    TITLE_TEXT = "Backup"
    HERE = ("back", "next", "commands", "recheck", "open_busy", "help", "quit")
    BINDINGS: ClassVar[list[BindingType]] = bindings(HERE)
    PAGES = (("what", "What"), ("checks", "Checks"), ("steps", "Steps and start"))
    WORDS = (
        ("label", "A word for the set's name, such as before-upgrade."),
        ("check", "A precondition: OK, UNKNOWN or WARNING (read it), FAILED (correct it first)."),
        ("gap", "Databases and files are copied one after the other; what is made in between may"
         " be in one and not in the other."),
        ("hold", "What can't come in can't be lost: register is paused, or nginx is stopped, until"
         " what must fit together is taken, or the deadline passes. The steps say what users"
         " notice."),
        ("step", "One act of the plan; c shows the command that does the same by hand."),
    )  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._checked: tuple[tuple[str, ...], str, GapChoices] | None = None

    def page_content(self, name: str) -> Iterable[Widget]:
        if name == "what":
            with VerticalScroll(classes="form", can_focus=False):
                yield Static("Roles to back up", classes="label", markup=False)
                yield VerticalScroll(id="roles", can_focus=False)
                yield Static(classes="hint", id="missing", markup=False)
                yield Static("Label (may stay empty)", classes="label", markup=False)
                yield Field(placeholder="such as before-upgrade", id="label", max_length=40)
                yield Static(id="name", classes="hint", markup=False)
                yield Static("The timing gap", classes="label", markup=False)
                with Picks(id="hold"):
                    for number, (_, words) in enumerate(GAPS):
                        yield Pick(words, number == 0)
                yield Static(
                    "All roles together is the rule: the gap between them is smallest then.",
                    classes="hint",
                    markup=False,
                )
        elif name == "checks":
            yield Static(classes="verdict", id="verdict", markup=False)
            yield Pane("Preconditions", id="guards")
        else:
            yield Pane("What will be done", id="plan")

    def begin(self) -> None:
        super().begin()
        self.query_one("#roles").styles.height = "auto"
        self.query_one("#missing").display = False
        self.name_set()
        self.ask("look", self.desk.look, self._show_roles)

    @property
    def label(self) -> str:
        return self.query_one("#label", Input).value.strip()

    @property
    def gap(self) -> GapChoices:
        """The choice about the timing gap."""
        return GAPS[max(0, self.query_one("#hold", Picks).pressed_index)][0]

    async def _mount_roles(self, found: Deployment) -> None:
        await self.offer_roles(of_deployment(found))
        if not self.choices:
            await self.query_one("#roles").mount(Static(nothing_here(found), markup=False))
        self.query_one("#label").focus(scroll_visible=False)
        # On a small screen, show the page from its top all the same.
        self.call_after_refresh(self.query_one(".form").scroll_home, animate=False)
        self.settle()

    def _show_missing(self, missing: tuple[Missing, ...]) -> None:
        line, words = self.query_one("#missing", Static), offer_words(missing)
        line.update(Content.assemble((f"▲ {words}", "$text-warning")))
        line.display = bool(words)

    def _show_roles(self, found: Deployment) -> None:
        self._found = found
        site = self.desk.site

        def look_for_missing() -> tuple[Missing, ...]:
            return missing_now(site, found)

        # A separate request: a vault that is slow or can't be read must not delay the roles.
        self.ask("missing", look_for_missing, self._show_missing)
        self.top.refresh()
        self.call_later(self._mount_roles, found)

    @on(Input.Changed, "#label")
    def name_set(self) -> None:
        """Show the name that the set will have: a folder's name can have only some letters."""
        slug = label_slug(self.label)
        tail = f"-{slug}" if slug else ""
        told = f"The set's name: <time of its start>{tail}"
        if slug != self.label:
            told += f"\n{LETTERS}"
        self.query_one("#name", Static).update(told)

    @on(Input.Submitted, "#label")
    def label_done(self) -> None:
        self.action_next()

    def enter_in(self, field: Input) -> str:
        return "Next" if self.may_turn() else ""

    def may_go_on(self, name: str) -> bool:
        if name == "what":
            return bool(self.roles)
        if name == "checks":
            return self.passed
        return False

    def enter_page(self, name: str) -> None:
        if name == "what":
            self.query_one("#label").focus(scroll_visible=False)
        elif name == "checks":
            self.query_one("#guards").focus()
            if self._checked != (self.roles, self.label, self.gap):
                self.check()
        else:
            self.query_one("#plan").focus()
            self.preview()

    def check_anew(self) -> None:
        self._checked = None

    def check(self) -> None:
        """Read the platform again and check every precondition."""
        self.guards = None
        self._checked = (self.roles, self.label, self.gap)
        self.query_one("#verdict", Static).update("checking …")
        site, roles, hold = self.desk.site, self.roles, self.gap.hold

        def look() -> list[GuardLine]:
            self._found = self.desk.look()
            return backup_guards(site, self._found, roles, hold, going_on=holds_now(site))

        self.ask("guards", look, self.show_guards)

    def preview(self) -> None:
        """Make the plan that would be run now."""
        found, site, roles, label = self._found, self.desk.site, self.roles, self.label
        gap = self.gap
        # A plan for another choice must not be started.
        self.plan = None
        self.query_one("#plan", Pane).show("")
        if found is not None:
            self.ask(
                "plan",
                lambda: plan_backup(site, found, roles=roles, label=label, gap=gap),
                self.show_plan,
            )

    def go_label(self) -> str:
        hosts = [choice.host for choice in self.choices if set(choice.roles) <= set(self.roles)]
        return f"Back up {', '.join(hosts)} now"

    def may_act(self) -> bool:
        return self.plan is not None

    def act(self) -> None:
        settings, roles, label = self.desk.settings, self.roles, self.label
        gap = self.gap
        self.ask(
            "start",
            lambda: start_run(settings, "backup", roles=roles, label=label, gap=gap),
            self.started,
            self.not_started,
            opens=True,
        )
