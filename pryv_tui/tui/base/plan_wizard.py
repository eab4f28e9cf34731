"""The base of the wizards that start a run: roles, preconditions, the plan, its commands."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.widgets import Checkbox, Static

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.guards import GuardLine
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.sets.choices import Choice
from pryv_tui.tui.actions import ACTIONS, Action
from pryv_tui.tui.base.wizard import Wizard
from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.plan import guards_text, guards_verdict, plan_text
from pryv_tui.tui.text.words import GUARD
from pryv_tui.tui.widgets.panes import Pane
from pryv_tui.tui.widgets.pick import Picks, Tick

TICK = Action("tick", "space", "Tick", "Tick this role, or take the tick away.")
PICK = Action("pick", "space", "Choose", "Take this one of the choices.")


class PlanWizard(Wizard):
    """A wizard whose subclass has the pages `checks` (with `#verdict` and `#guards`) and `steps`
    (with `#plan`), and the container `#roles` for the roles to choose."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.choices: tuple[Choice, ...] = ()
        self.guards: list[GuardLine] | None = None
        self.plan: Plan | None = None
        self._found: Deployment | None = None
        self._commands = False

    def planned(self) -> bool:
        return self.plan is not None

    def check(self) -> None:
        """Read the platform again and check every precondition."""

    def freed(self) -> None:
        """Check everything again: checks made before the other run ended no longer count."""
        checks = [name for name, _ in self.PAGES].index("checks")
        if self.at > checks:
            self.turn_to(checks)
        if self.at == checks:
            self.check()
            self.keybar.remark("The run has ended: everything is checked again.", 10.0)
        else:
            self.check_anew()

    def check_anew(self) -> None:
        """Make the page of the checks check everything again when it is next shown."""

    def not_started(self, error: PryvTuiError) -> None:
        super().not_started(error)
        if error.name == "busy":
            self.turn_to([name for name, _ in self.PAGES].index("checks"))
            self.check()
            self.settle()

    # Roles.

    @property
    def roles(self) -> tuple[str, ...]:
        """The chosen roles."""
        ticked = {box.id for box in self.query(Checkbox).results(Checkbox) if box.value}
        return tuple(
            role
            for number, choice in enumerate(self.choices)
            if f"role-{number}" in ticked
            for role in choice.roles
        )

    async def offer_roles(
        self, choices: Sequence[Choice], ticked: Sequence[bool] | None = None
    ) -> None:
        """Show these roles to choose from.

        Args:
            ticked: which of them are ticked at first; None: all.
        """
        self.choices = tuple(choices)
        holder = self.query_one("#roles")
        await holder.remove_children()
        for number, choice in enumerate(self.choices):
            # A single choice can't be changed; its mark shows what is included.
            single = len(self.choices) == 1
            value = single or ticked is None or ticked[number]
            await holder.mount(Tick(choice.label, value, id=f"role-{number}", disabled=single))
            await holder.mount(Static(classes="now", id=f"now-{number}", markup=False))
            self.query_one(f"#now-{number}").display = False

    @on(Checkbox.Changed)
    def role_changed(self) -> None:
        self.settle()

    def keys_here(self) -> Sequence[Action]:
        """On a role or a choice, show the key that takes it, and that Enter goes to the next
        page."""
        here = super().keys_here()
        if not isinstance(self.focused, Tick | Picks):
            return here
        takes = TICK if isinstance(self.focused, Tick) else PICK
        going_on = ACTIONS["next"]._replace(display="enter")
        return [takes, *(going_on if each.name == "next" else each for each in here)]

    def action_tick(self) -> None:
        """Tick the focused role or take the tick away. Called when this key is clicked in the line
        of keys."""
        if isinstance(self.focused, Tick):
            self.focused.toggle()

    def action_pick(self) -> None:
        """Take the focused choice. Called when this key is clicked in the line of keys."""
        if isinstance(self.focused, Picks):
            self.focused.action_toggle_button()

    # Preconditions.

    @property
    def passed(self) -> bool:
        """Whether every precondition was checked and none FAILED."""
        return bool(self.guards) and not any(g.outcome == "failed" for g in self.guards or ())

    def show_guards(self, lines: list[GuardLine]) -> None:
        self.guards = lines
        self.top.refresh()
        self.query_one("#verdict", Static).update(guards_verdict(lines))
        guards = self.query_one("#guards", Pane)
        guards.show(guards_text(lines, self.keyed))
        guards.bring_into_view(str(GUARD["failed"]))
        self.settle()

    def why_not(self) -> str:
        if self.holder is None and self.page == "checks":
            if self.guards is None:
                return "The checks have no result yet: the next page needs one."
            return "A check FAILED: correct the cause, then check again (ctrl+r)."
        return super().why_not()

    def action_recheck(self) -> None:
        self.check()
        self.settle()

    # The plan.

    def show_plan(self, plan: Plan) -> None:
        self.plan = plan
        self.query_one("#plan", Pane).show(plan_text(plan, commands=self._commands))
        self.settle()

    def action_commands(self) -> None:
        self._commands = not self._commands
        if self.plan is not None:
            self.show_plan(self.plan)
            if self._commands:
                self.query_one("#plan", Pane).bring_up(f"The {len(self.plan.steps)} step")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "commands":
            return self.page == "steps"
        if action == "recheck":
            return self.page == "checks"
        return super().check_action(action, parameters)
