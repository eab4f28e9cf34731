"""Recovering what an earlier run left half-done: offer the choices, let the operator confirm by
typing the platform's domain if a root is replaced, start the run.

`runs/half_done.py` decides which choices exist. Before that, programs that killed live audits left
in containers are ended without a question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from textual import on
from textual.content import Content
from textual.notifications import SeverityLevel
from textual.widgets import Button

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.incidents.looking import Standing, standing
from pryv_tui.operations.advice import because_words, option_words
from pryv_tui.operations.plan import Plan
from pryv_tui.runs.left import Choice, Left
from pryv_tui.runs.looks import Looks, end_dead_looks, left_running
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.recovery import plan_recovery, start_recovery
from pryv_tui.tui.base.asking import TOLD_SECONDS
from pryv_tui.tui.base.confirm import TypeToConfirm
from pryv_tui.tui.base.dialog import Dialog
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.navigation import show_dialog
from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.hints import keyed

OVER = "The programs that an abandoned live audit had started have ended by themselves."
NAMES: dict[str, str] = {"finish": "Finish", "roll-back": "Roll back"}
IT: dict[str, str] = {"finish": "Finish it", "roll-back": "Roll it back"}


class RecoverDialog(Dialog[Choice]):
    """A dialog that shows what was left half-done, and offers each safe choice; Not now has the
    focus."""

    AUTO_FOCUS = "#no"
    KEYS = (("esc", "Not now"), ("↑ ↓", "Read on"))

    def __init__(self, desk: Desk, left: Left, beside: Sequence[str] = ()) -> None:
        super().__init__(desk, "Left half-done", left_text(left, desk.settings.given, beside))
        self._left = left

    def buttons(self) -> Iterable[Button]:
        yield Button("Not now", id="no")
        for name in _advised_first(self._left):
            yield Button(NAMES[name], id=name, variant="warning")

    @on(Button.Pressed, "#finish")
    def finish(self) -> None:
        self.dismiss("finish")

    @on(Button.Pressed, "#roll-back")
    def roll_back(self) -> None:
        self.dismiss("roll-back")


def left_text(left: Left, given: Sequence[str] = (), beside: Sequence[str] = ()) -> Content:
    """Say what was left, why and since when, the effect and the cost of each choice, and the
    advice.

    Args:
        given: the options that this program was started with, for commands that have no key.
        beside: what an open incident says: a role that is lost is also down, and for longer.
    """
    advice = left.advice
    parts: list[Content | str] = [Content("\n".join([advice.text, *beside, "", ""]))]
    for one in advice.options:
        mark = " (advised)" if one.choice == advice.advised and len(left.choices) > 1 else ""
        if one.first:
            parts.append(f"First: {keyed(one.first.rstrip('.'), given)}; then\n")
        name = NAMES.get(one.choice, "Not now")
        words = keyed(option_words(one), given)
        parts.append(Content.assemble((f"{name}{mark}: ", "bold"), f"{words}\n"))
    if advice.because:
        parts.append(f"{keyed(because_words(advice), given)}\n")
    if not left.choices:
        parts.append("Nothing of it can be finished or put back by itself.\n")
    later = "The domain has to be typed before it begins. " if left.replaces else ""
    parts.append(f"\n{later}R asks again.")
    return Content.assemble(*parts)


def _advised_first(left: Left) -> list[str]:
    return [one.choice for one in left.advice.options if one.choice in NAMES]


class RecoverPage(Page):
    """A screen on which what a run left half-done can be recovered."""

    left: tuple[Left, ...] = ()
    """What had been left when the platform was last read, newest first."""
    looks_left: bool = False
    """Whether killed looks at the live platform may have left programs running, according to the
    last check."""

    def see_looks(self, deployment: Deployment) -> None:
        """Check whether killed looks at the live platform have left programs running."""
        self.ask("looks", partial(left_running, self.desk.site, deployment), self._looks_seen)

    def _looks_seen(self, found: bool) -> None:
        self.looks_left = found
        self.refresh_keys()

    def action_recover(self) -> None:
        if not self.looks_left:
            self.offer_recovery()
            return
        site, desk = self.desk.site, self.desk
        self.ask("looks", lambda: end_dead_looks(site, desk.look()), self._looks_ended)

    def _looks_ended(self, found: Looks) -> None:
        for line in found.lines or (OVER,):
            words = keyed(line, self.desk.settings.given, overview=True)
            level: SeverityLevel = "warning" if found.stuck else "information"
            self.notify(words, severity=level, timeout=TOLD_SECONDS, markup=False)
        self._looks_seen(found.stuck)
        self.offer_recovery()

    def offer_recovery(self) -> None:
        """Ask what to do about the newest run that left something half-done, if there is one."""
        if self.left:
            work = partial(standing, self.desk.settings)
            self.ask("left", work, partial(self._ask_about, self.left[0]))

    def _ask_about(self, left: Left, found: Standing) -> None:
        if self.is_current:
            dialog = RecoverDialog(self.desk, left, found.lines)
            show_dialog(self.app, dialog, partial(self._chosen, left))

    def _chosen(self, left: Left, choice: Choice | None) -> None:
        if choice is None:
            return
        if not left.replaces:
            self._begin_recovery(left, choice)
            return
        site, desk = self.desk.site, self.desk
        self.ask(
            "plan",
            lambda: plan_recovery(site, desk.look(), left, choice),
            partial(self._confirm_recovery, left, choice),
            opens=True,
        )

    def _confirm_recovery(self, left: Left, choice: Choice, plan: Plan) -> None:
        from pryv_tui.tui.text.plan import act_text, commands_text, hosts_of

        hosts = hosts_of(plan)
        what = f"{NAMES[choice]} what the {left.kind} {left.run} left, on {hosts}."
        self.confirm(
            TypeToConfirm(
                self.desk,
                f"{NAMES[choice]} the {left.kind}",
                act_text(what, plan),
                word=plan.domain,
                commands=commands_text(what, plan),
                yes=f"{IT[choice]} on {hosts}",
            ),
            partial(self._begin_recovery, left, choice, plan.domain),
        )

    def _begin_recovery(self, left: Left, choice: Choice, word: str = "") -> None:
        work = partial(
            start_recovery,
            self.desk.site,
            left,
            choice,
            word=word,
            confirmed="dialog" if word else "",
        )
        self.ask("start", work, self._recovery_started, opens=True)

    def _recovery_started(self, record: RunRecord) -> None:
        self.show_run(record)
