"""The restore wizard: the set, the roles, the checks, the steps, the typed confirmation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static

from pryv_tui import own_folder
from pryv_tui.drills.expectation import Expected
from pryv_tui.drills.held import expected_here
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.acceptance import Acceptable
from pryv_tui.operations.comparing.look import Looker
from pryv_tui.operations.comparing.model import RoleNow, judged, ticked
from pryv_tui.operations.comparing.theirs import mine
from pryv_tui.operations.guards import GuardLine, restore_guards
from pryv_tui.operations.lost.here import missing_here, set_to_restore
from pryv_tui.operations.lost.words import choice_words
from pryv_tui.operations.sets.choices import of_set
from pryv_tui.operations.sets.missing_roles import Missing
from pryv_tui.operations.sets.targets import Target, targets_for
from pryv_tui.runs.now import holds_now, made_now
from pryv_tui.runs.planning.request import plan_restore
from pryv_tui.runs.start import start_run
from pryv_tui.tui.actions import ACTIONS, Action, bindings
from pryv_tui.tui.base.comparing_wizard import ComparingWizard
from pryv_tui.tui.flows.accept import AcceptPage, answerable
from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.comparing import condition_text, ticked_words
from pryv_tui.tui.text.plan import replaced_text
from pryv_tui.tui.text.sets import keyed, set_rows
from pryv_tui.tui.text.words import AGES_SECONDS
from pryv_tui.tui.widgets.field import WordField
from pryv_tui.tui.widgets.panes import READING_SETS, ListPane, Pane
from pryv_tui.vault.sets import BackupSet

Offered = tuple[list[BackupSet], tuple[Missing, ...], str, dict[str, str]]
"""The sets, what is missing here, the id of the set that is offered first, and the run of each set
that is being made now."""
Checked = tuple[Deployment, list[GuardLine], tuple[Target, ...]]


class RestoreWizard(AcceptPage, ComparingWizard):
    """The wizard for a restore. Nothing is done before the set's domain was typed."""

    TITLE_TEXT = "Restore"
    HERE = ("back", "next", "read_on", "whole_text", "commands", "while_copying", "recheck",
            "accept", "open_busy", "help", "quit")  # fmt: skip
    TEXTS: ClassVar[Mapping[str, str]] = {"which": "#means", "confirm": "#replaced"}
    BINDINGS: ClassVar[list[BindingType]] = bindings(HERE)
    PAGES = (
        ("set", "Set"),
        ("which", "Roles"),
        ("checks", "Checks"),
        ("steps", "Steps"),
        ("confirm", "Confirm"),
    )
    WORDS = (
        ("complete", "A set that was finished and checked; only a complete set can be restored."),
        ("being made now", "A run that is alive makes it; it is a set when that has ended."),
        ("partial", "A backup that did not finish. It is kept, and never a set."),
        ("damaged", "A set whose content differs from what was recorded when it was made."),
        ("closed", "This user may not read what it says of itself, so nothing is known of it."),
        ("moved aside", "What is on the machine now goes to"
         f" {own_folder.NAME}/{own_folder.ASIDE} in the root; undo puts it back."),
        ("gap", "Accounts, attachments and series made in it are unusable after the restore."),
        ("domain", "The word to type: it says which platform is replaced."),
    )  # fmt: skip

    def __init__(self, desk: Desk, chosen: str = "") -> None:
        super().__init__(desk)
        self.sets: dict[str, BackupSet] = {}
        self.targets: tuple[Target, ...] = ()
        self._wanted = chosen
        self._missing: tuple[Missing, ...] = ()
        self._made: dict[str, str] = {}
        self._offered = ""
        self._checked: tuple[str, tuple[str, ...]] | None = None
        self._now: tuple[RoleNow, ...] = ()
        self._asked_for = ""
        """The id of the set to verify while it is copied back; empty if none."""

    def page_content(self, name: str) -> Iterable[Widget]:
        if name == "set":
            yield Static(classes="verdict", id="missing", markup=False)
            yield ListPane("Backup sets, the newest first", id="sets")
        elif name == "which":
            with VerticalScroll(classes="form short", can_focus=False):
                yield Static("Roles to restore", classes="label", markup=False)
                yield VerticalScroll(id="roles", can_focus=False)
                yield Static(classes="hint", id="ticked", markup=False)
            yield Pane("What it would mean", hint="v: on a separate page", id="means")
        elif name == "checks":
            yield Static(classes="verdict", id="verdict", markup=False)
            yield Pane("Preconditions and comparison", id="guards")
        elif name == "steps":
            yield Static(classes="hint", id="drilled", markup=False)
            yield Pane("What will be done", id="plan")
        else:
            yield Pane("What is replaced", id="replaced")
            yield self.word
            yield self.word.remark

    @cached_property
    def word(self) -> WordField:
        return WordField(id="word")

    def begin(self) -> None:
        self.query_one("#roles").styles.height = "auto"
        super().begin()
        self.query_one("#missing").display = False
        self.query_one("#drilled").display = False
        self._list_sets()
        self.set_interval(AGES_SECONDS, self.tell_ages)

    def freed(self) -> None:
        super().freed()
        # A set that was being made may be complete now.
        self._list_sets()

    def _list_sets(self) -> None:
        pane = self.query_one("#sets", ListPane)
        pane.wait(READING_SETS)
        self.ask("sets", self._look_for_sets, self._show_sets, pane.give_up_and(self.show_problem))

    # Choosing.

    def _look_for_sets(self) -> Offered:
        """Read the sets, and what is missing here; read the platform only if nobody has yet."""
        site = self.desk.site
        found, sets = self.desk.deployment or self.desk.look(), site.vault.sets()
        missing = missing_here(site, found, sets)
        best = set_to_restore(missing, found, mine(site, found, sets), practice=site.practice)
        return sets, missing, best.id if best else "", made_now(site)

    def _show_sets(self, found: Offered) -> None:
        sets, self._missing, best, self._made = found
        self.sets = keyed(sets)
        self._tell_sets()
        pane = self.query_one("#sets", ListPane)
        wanted = f"{self._wanted or best}/complete"
        if wanted in self.sets:
            pane.highlighted = pane.get_option_index(wanted)
        self.choice_changed()

    def tell_ages(self) -> None:
        """Show every age as it is now, without reading anything."""
        if self.is_current and self.sets:
            self._tell_sets()

    def _tell_sets(self) -> None:
        """Show the known sets, with their present ages."""
        rows = [
            (name, row, self.sets[name].why_not("restore") is None)
            for name, row in set_rows(self.sets, self._made)
        ]
        if not rows:
            nothing = (
                f" The vault holds no set: {self.desk.site.vault.name}\n"
                " Take one on the overview (b), or name another vault with --vault."
            )
            rows = [("", Content(nothing), False)]
        self.query_one("#sets", ListPane).show_rows(rows)

    @property
    def chosen(self) -> BackupSet | None:
        """The chosen set."""
        return self.sets.get(self.query_one("#sets", ListPane).chosen)

    @property
    def domain(self) -> str:
        """The domain of the chosen set, which is typed to confirm; empty if no set is chosen."""
        backup = self.chosen
        return backup.manifest.domain if backup and backup.manifest else ""

    @on(OptionList.OptionSelected, "#sets")
    def set_selected(self) -> None:
        self.action_next()

    @on(OptionList.OptionHighlighted, "#sets")
    def choice_changed(self) -> None:
        line = self.query_one("#missing", Static)
        words = choice_words(self._missing, self.chosen) if self.chosen is not None else ""
        line.update(Content.assemble((f"▲ {words}", "$text-warning")))
        line.display = bool(words)
        self.settle()

    # The roles, and what a restore of them would mean.

    async def _offer_roles(self) -> None:
        """Show the set's roles to choose from, when it is known which of them are gone here."""
        backup = self.chosen
        if backup is None or backup.manifest is None or self._offered == backup.id:
            return
        self._offered, self._now = backup.id, ()
        self.begin_to_compare(None)
        await self.offer_roles(())
        self.query_one("#ticked", Static).update("looking at what is here …")

        def look() -> tuple[Looker, tuple[RoleNow, ...]]:
            looker = Looker(self.desk.site, self.desk.look(), backup)
            return looker, looker.roles()

        def known(found: tuple[Looker, tuple[RoleNow, ...]]) -> None:
            looker, self._now = found
            self.call_later(self._mount_roles, backup, looker)

        def not_known(error: PryvTuiError) -> None:
            self.not_compared = error.what
            self.call_later(self._mount_roles, backup, None)

        self.ask("here", look, known, not_known)

    async def _mount_roles(self, backup: BackupSet, looker: Looker | None) -> None:
        choices = of_set(backup.need("read"))
        await self.offer_roles(choices, ticked(self._now, together := [c.roles for c in choices]))
        words = ticked_words(self._now, single=len(choices) == 1, together=together)
        self.query_one("#ticked", Static).update(words if looker is not None else self.not_compared)
        if looker is not None:
            self.begin_to_compare(looker)
        self.show_compared()
        if self.page == "which":
            self.query_one("#next" if len(self.choices) == 1 else "#role-0").focus()
        self.settle()

    def show_compared(self) -> None:
        """Show the result of the comparison so far, on each page that uses it."""
        self.query_one("#means", Pane).show(self.compared_text())
        parts = self.chosen.manifest.hosts if self.chosen and self.chosen.manifest else ()
        stands = judged(self._now, self.newer_by_now)
        for number, part in enumerate(each for each in parts if each.roles):
            mine = [one for one in stands if one.part == part.name]
            for line in self.query(f"#now-{number}").results(Static):
                line.update(condition_text(mine, self.newer_by_now, asking=self.asking_accounts))
                line.display = bool(mine)
        self._show_replaced()
        self.call_after_refresh(self.refresh_keys)

    # Pages.

    def why_not(self) -> str:
        if self.holder is None and self.page == "which" and self.choices and not self.roles:
            return "Tick at least one role to restore (space)."
        return super().why_not()

    def may_go_on(self, name: str) -> bool:
        if name == "set":
            return self.chosen is not None
        if name == "which":
            return bool(self.roles)
        if name == "checks":
            return self.passed
        return name == "steps" and self.plan is not None

    def enter_page(self, name: str) -> None:
        if name == "set":
            self.query_one("#sets").focus()
        elif name == "which":
            self.call_later(self._offer_roles)
            self.query_one("#next").focus()
        elif name == "checks":
            self.query_one("#guards").focus()
            backup = self.chosen
            if backup is not None and self._checked != (backup.id, self.roles):
                self.check()
        elif name == "steps":
            self.query_one("#plan").focus()
            self.preview()
        else:
            self._show_replaced()
            about = self._offered, self.roles, self.targets, self._asked_for
            self.word.want(self.domain, about)
            self.query_one("#word").focus()

    def check_anew(self) -> None:
        self._checked = None

    def check(self) -> None:
        """Compare the set with the platform as it is now."""
        backup, roles, site = self.chosen, self.roles, self.desk.site
        if backup is None or backup.manifest is None:
            return
        manifest = backup.manifest
        self.guards, self.plan = None, None
        self._checked = (backup.id, roles)
        self.query_one("#verdict", Static).update("checking …")

        def look() -> Checked:
            found = self.desk.look()
            try:
                targets = targets_for(found, manifest, roles)
            except PryvTuiError as error:
                line = GuardLine(
                    name="place", outcome="failed", text=error.what, remedy=error.remedy
                )
                return found, [line], ()
            lines = restore_guards(site, found, backup, targets, going_on=holds_now(site))
            return found, lines, targets

        self.ask("guards", look, self._show_guards)

    def _show_guards(self, checked: Checked) -> None:
        self._found, lines, self.targets = checked
        self.show_guards(lines)
        if self.chosen is not None and self.targets:
            self.begin_to_compare(Looker(self.desk.site, self._found, self.chosen))
            self.show_compared()

    def acceptable(self) -> Sequence[Acceptable]:
        return answerable(self.guards) if self.page == "checks" else ()

    def on_screen_resume(self) -> None:
        if self.children and self.acceptable():
            self.check()  # A failed check may have been accepted meanwhile.

    def preview(self) -> None:
        """Make the plan that would be run now."""
        backup, found = self.chosen, self._found
        if backup is not None and found is not None:
            work = partial(
                plan_restore,
                self.desk.site,
                found,
                backup.id,
                roles=self.roles,
                while_copying=self._asked_for == backup.id,
            )
            self.ask("plan", work, self.show_plan)
            drills = partial(expected_here, self.desk.settings, self.roles)
            self.ask("drilled", drills, self._show_drilled)

    def action_while_copying(self) -> None:
        backup = self.chosen
        if backup is not None:
            self._asked_for = "" if self._asked_for == backup.id else backup.id
            self.preview()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "accept":
            return bool(self.acceptable())
        if action == "while_copying":
            offered = self.plan is not None and self.plan.while_copying != ""
            return self.page == "steps" and offered
        return super().check_action(action, parameters)

    def keys_here(self) -> Sequence[Action]:
        """Return the actions for the line of keys; `w` is shown with what it would do now."""
        here = super().keys_here()
        if self.plan is None or self.plan.while_copying != "chosen":
            return here
        before = ACTIONS["while_copying"]._replace(label="Verify before")
        return [before if each.name == "while_copying" else each for each in here]

    def _show_drilled(self, found: Expected | None) -> None:
        """Show how long earlier drills took for the same roles."""
        line = self.query_one("#drilled", Static)
        line.update(found.words if found is not None else "")
        line.display = found is not None

    def _show_replaced(self) -> None:
        backup = self.chosen
        if self.plan is not None and backup is not None and backup.manifest is not None:
            self.query_one("#replaced", Pane).show(
                replaced_text(self.plan, self.targets, backup.manifest, self.compared_text())
            )

    @on(Input.Changed, "#word")
    def word_changed(self) -> None:
        self.settle()

    def go_label(self) -> str:
        hosts = ", ".join(target.host for target in self.targets)
        return f"Restore onto {hosts}" if hosts else "Restore"

    def may_act(self) -> bool:
        return self.plan is not None and self.word.matches

    def act(self) -> None:
        backup = self.chosen
        if backup is None or self.plan is None:
            return
        work = partial(
            start_run,
            self.desk.settings,
            "restore",
            roles=self.roles,
            set_id=backup.id,
            confirmed="dialog",
            while_copying=self.plan.while_copying == "chosen",
        )
        self.ask("start", work, self.started, self.not_started, opens=True)
