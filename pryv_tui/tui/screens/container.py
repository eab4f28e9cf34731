"""One container: what it is, its state, and starting, stopping, restarting it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar, NamedTuple

from textual.binding import BindingType
from textual.containers import Container as Box
from textual.widget import Widget

from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.plans.container import Act, possible
from pryv_tui.runs.now import run_that_holds
from pryv_tui.runs.planning.request import plan_switch
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.start import start_run
from pryv_tui.tui.actions import bindings
from pryv_tui.tui.base.confirm import Confirm, TypeToConfirm
from pryv_tui.tui.base.watching import WatchingPage
from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.container import facts_text, more_text
from pryv_tui.tui.text.plan import act_text, commands_text
from pryv_tui.tui.widgets.panes import Pane

ACTIONS_OF: dict[str, Act] = {
    "start_container": "start",
    "stop_container": "stop",
    "restart_container": "restart",
}


class Found(NamedTuple):
    """What a look has found: the platform, and the kind of the run that has stopped or paused the
    container."""

    deployment: Deployment
    held: str


class ContainerScreen(WatchingPage):
    """The screen with a container's facts, and beside them the locations of its data. The screen is
    live."""

    TITLE_TEXT = "Container"
    CSS_PATH = "container.tcss"
    DEFAULT_CLASSES = "Container"
    HERE = ("start_container", "stop_container", "restart_container", "logs", "refresh", "back",
            "help", "quit")  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = bindings(HERE)
    WORDS = (
        ("digest", "The hash of its image: the same one is the same program, whatever its name."),
        ("policy", "When Docker starts it by itself. A restore switches this off while it runs."),
        ("restarts", "How often Docker has started it again because it ended."),
        ("exit code", "What its program ended with; 0 is no error."),
        ("health", "What its own health check says; Pryv.io's templates have none."),
        ("root", "The installation's folder. Data outside it is in no backup."),
        ("held", "Stopped or paused by the run that is using the platform. That run starts or"
         " unpauses it again."),
        ("start, stop", "Each is a run: it is in the list of runs, and no other run that uses"
         " the platform begins before it ends. Refused while another run is using the platform, or"
         " if one left something half-done."),
    )  # fmt: skip

    def __init__(self, desk: Desk, host: str, container: str) -> None:
        super().__init__(desk)
        self._host = host
        self._wanted = container
        self.container: Container | None = None
        self.top.retitle(f"{container} on {host}")

    def content(self) -> Iterable[Widget]:
        with Box(id="body"):
            yield Pane("Container", id="facts")
            yield Pane("Folders, networks, labels", id="more")

    def begin(self) -> None:
        self.query_one("#facts").focus()
        if self.desk.deployment is not None:
            self._show(Found(self.desk.deployment, ""))
        self.look()
        self.watch_hosts([self._host])

    def on_screen_resume(self) -> None:
        if self.container is not None:
            self.look()

    def look(self) -> None:
        super().look()
        self.ask("container", self._find, self._show)

    def _find(self) -> Found:
        # This runs in a thread.
        found = self.desk.look()
        return Found(found, run_that_holds(self.desk.site.state, self._host, self._wanted))

    def _show(self, found: Found) -> None:
        self.top.refresh()
        state = found.deployment.host(self._host)
        self.container = _of(state, self._wanted)
        facts, more = self.query_one("#facts", Pane), self.query_one("#more", Pane)
        if state is None or self.container is None:
            reason = state.problem if state is not None and not state.reachable else ""
            facts.show(reason or f"There is no container {self._wanted} on {self._host} now.")
            more.show("")
        else:
            facts.show(facts_text(state, self.container, held=found.held))
            more.show(more_text(state, self.container))
        self.refresh_keys()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ACTIONS_OF:
            return self.container is not None and ACTIONS_OF[action] in possible(self.container)
        if action == "logs":
            return self.container is not None
        return True

    def action_refresh(self) -> None:
        self.problem.clear()
        self.look()

    def action_logs(self) -> None:
        self.go_to("logs", self._host, self._wanted)

    def action_start_container(self) -> None:
        self._ask_for("start")

    def action_stop_container(self) -> None:
        self._ask_for("stop")

    def action_restart_container(self) -> None:
        self._ask_for("restart")

    def _ask_for(self, act: Act) -> None:
        """Plan the act, then ask. If it is refused, the refusal is shown instead of the
        question."""
        self.problem.clear()

        def work() -> Plan:
            found = self.desk.look()
            return plan_switch(self.desk.site, found, act, self._wanted, self._host)

        self.ask("plan", work, partial(self._confirm, act), opens=True)

    def _confirm(self, act: Act, plan: Plan) -> None:
        roles = f" ({', '.join(plan.roles)})" if plan.roles else ""
        what = f"{act.capitalize()} {self._wanted} on {self._host}{roles}, platform {plan.domain}."
        title = f"{act.capitalize()} a container"
        yes = f"{act.capitalize()} it on {self._host}"
        commands = commands_text(what, plan)
        dialog: Confirm | TypeToConfirm
        if act == "start":
            text = act_text(what, plan, typed=False)
            dialog = Confirm(self.desk, title, text, no="No", yes=yes, commands=commands)
        else:
            text = act_text(what, plan)
            dialog = TypeToConfirm(
                self.desk, title, text, word=plan.domain, yes=yes, commands=commands
            )
        self.confirm(dialog, partial(self._begin, act))

    def _begin(self, act: Act) -> None:
        work = partial(start_run, self.desk.settings, act, container=self._wanted, host=self._host)
        self.ask("start", work, self._started, opens=True)

    def _started(self, record: RunRecord) -> None:
        self.show_run(record)


def _of(state: HostState | None, name: str) -> Container | None:
    containers = state.containers if state is not None else ()
    return next((each for each in containers if each.name == name), None)
