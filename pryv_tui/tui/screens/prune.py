"""The prune wizard: which sets are kept, which are removed, the typed domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property, partial
from typing import Any, ClassVar, NamedTuple

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from pryv_tui.incidents.pinning import keeping, kept_by_incidents
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.plans.prune import how_much, removed_by, rests_of
from pryv_tui.operations.sets.retention import KeepRules
from pryv_tui.operations.settings.shrinking import SHRINK
from pryv_tui.runs.planning.request import plan_prune
from pryv_tui.runs.start import start_run
from pryv_tui.tui.actions import bindings
from pryv_tui.tui.base.long_texts import LongTexts
from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.plan import plan_text, prune_text
from pryv_tui.tui.text.words import count
from pryv_tui.tui.widgets.field import Field, WordField
from pryv_tui.tui.widgets.panes import Pane

RULES = (
    ("last", "3", "of the last sets"),
    ("daily", "7", "days, the newest set of each"),
    ("weekly", "5", "weeks, the newest set of each"),
    ("monthly", "12", "months, the newest set of each"),
)
"""Each rule: its name, its first value, and the words beside its field."""
SUSPICIOUS = ("shrink", str(int(SHRINK * 100)), "percent of the set before it")
KEPT = (
    "Empty or 0 is no rule. A set that any rule keeps stays; the newest, and the newest verified"
    " one, stay always."
)
NO_RULE = "No rule keeps a set: write how many, at one of the four. Nothing goes without a rule."


def about_rules(rules: KeepRules) -> Content:
    """Say what the rules keep; or that there is no rule."""
    return Content(KEPT) if rules.any else Content.assemble((NO_RULE, "$text-warning"))


def _rule(name: str, first: str, words: str) -> Iterable[Widget]:
    """Yield a field for a number, and the meaning of the number."""
    with Horizontal(classes="rule"):
        yield Field(first, id=name, restrict=r"\d{0,4}", compact=True)
        yield Static(words, markup=False)


class Planned(NamedTuple):
    """The plan of a prune, and the sets that incidents keep."""

    plan: Plan
    also_kept: dict[str, str]
    """The sets that an incident keeps: from the set to the reason."""
    doubt: str = ""
    """Why incidents may keep more sets than are known, and what to do; empty if they don't."""


class PruneWizard(LongTexts):
    """The wizard that removes the sets that no rule keeps. Nothing is done before the domain was
    typed."""

    TITLE_TEXT = "Prune"
    HERE = ("back", "next", "read_on", "whole_text", "commands", "open_busy", "help", "quit")
    TEXTS: ClassVar[Mapping[str, str]] = {"confirm": "#removed"}
    BINDINGS: ClassVar[list[BindingType]] = bindings(HERE)
    PAGES = (("rules", "Keep"), ("steps", "What goes"), ("confirm", "Confirm"))
    WORDS = (
        ("kept", "A set that any rule keeps stays. The newest, and the newest that was verified"
         " good, of each combination of roles always stay."),
        ("days", "Days, weeks and months without a set don't count. UTC."),
        ("the same roles", "Sets that hold other roles are no older or newer ones of these: each"
         " rule keeps so many of each combination of roles."),
        ("suspicious", "A set that holds far less than the one before it of the same roles: files,"
         " bytes, documents or users. It is kept apart, counts for no rule, and the one that it is"
         " compared with stays too."),
        ("left alone", "What is partial, damaged or of another platform is never removed here."),
        ("domain", "The word to type: a set that is removed is gone for good."),
    )  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.plan: Plan | None = None
        self.also_kept: dict[str, str] = {}
        """The sets that incidents keep, and the reasons, as they were shown."""
        self.doubt = ""
        """See `Planned.doubt`."""
        self._commands = False

    def page_content(self, name: str) -> Iterable[Widget]:
        if name == "rules":
            with VerticalScroll(classes="form", can_focus=False):
                yield Static("Keep so many:", classes="label", markup=False)
                for rule in RULES:
                    yield from _rule(*rule)
                yield Static(classes="hint", id="about", markup=False)
                yield Static(
                    "Suspicious, kept apart and counted by no rule, is a set with less than:",
                    classes="label",
                    markup=False,
                )
                yield from _rule(*SUSPICIOUS)
                yield Static(
                    "Sets of the same roles are counted, and compared, by themselves.",
                    classes="hint",
                    markup=False,
                )
        elif name == "steps":
            yield Static(classes="verdict", id="verdict", markup=False)
            yield Pane("What will be done", id="plan")
        else:
            yield Pane("What is removed", id="removed")
            yield self.word
            yield self.word.remark

    @cached_property
    def word(self) -> WordField:
        return WordField(id="word")

    def freed(self) -> None:
        if self.page != "rules":
            self.turn_to(0)
            self.keybar.remark("The run has ended: the sets may be others now.", 10.0)

    @property
    def rules(self) -> KeepRules:
        """The rules that are typed in the fields."""
        wanted: dict[str, Any] = {
            rule: int(self.query_one(f"#{rule}", Field).value or 0)
            for rule, *_ in (*RULES, SUSPICIOUS)
        }
        shrink = min(wanted.pop("shrink"), 100) / 100
        return KeepRules(**wanted, shrink=shrink, shrink_of=self.desk.settings.limits.of)

    def enter_in(self, field: Input) -> str:
        return "Next" if self.page == "rules" else super().enter_in(field)

    def may_go_on(self, name: str) -> bool:
        if name == "rules":
            return self.rules.any
        return self.plan is not None and bool(how_much(self.plan))

    def enter_page(self, name: str) -> None:
        if name == "rules":
            self.query_one("#last").focus()
        elif name == "steps":
            self.query_one("#plan").focus()
            self.preview()
        else:
            self.query_one("#word").focus()

    def preview(self) -> None:
        """Make the plan that would be run now."""
        self.plan = None
        self.query_one("#verdict", Static).update("judging the sets …")
        rules, desk = self.rules, self.desk

        def work() -> Planned:
            sets = desk.site.vault.sets()
            kept = kept_by_incidents(desk.site.state, sets)
            plan = plan_prune(desk.site, desk.look(), rules, also_kept=kept)
            known = keeping(desk.site.state, sets)
            return Planned(plan, kept, ". ".join(filter(None, [known.problem, known.remedy])))

        self.ask("plan", work, self._show_planned)

    def _show_planned(self, planned: Planned) -> None:
        self.also_kept, self.doubt = planned.also_kept, planned.doubt
        self._show_plan(planned.plan)

    def _show_plan(self, plan: Plan) -> None:
        self.plan = plan
        what = how_much(plan)
        verdict = (
            Content.assemble((f"▲ {what} removed for good", "$text-warning"))
            if what
            else Content.assemble(("✓ nothing is to be removed: every set stays", "$text-success"))
        )
        if self.doubt:
            verdict = Content("\n").join(
                [verdict, Content.assemble((f"▲ {self.doubt}", "$text-warning"))]
            )
        self.query_one("#verdict", Static).update(verdict)
        self.query_one("#plan", Pane).show(plan_text(plan, commands=self._commands))
        vault = self.desk.site.vault.name
        self.query_one("#removed", Pane).show(prune_text(plan, vault))
        self.word.want(plan.domain, (removed_by(plan), rests_of(plan)))
        self.settle()

    def action_commands(self) -> None:
        self._commands = not self._commands
        if self.plan is not None:
            self._show_plan(self.plan)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "commands":
            return self.page == "steps"
        return super().check_action(action, parameters)

    @on(Input.Changed)
    def field_changed(self) -> None:
        self.settle()

    def settle(self) -> None:
        super().settle()
        self.query_one("#about", Static).update(about_rules(self.rules))

    @on(Input.Submitted)
    def rule_submitted(self) -> None:
        if self.page == "rules":
            self.action_next()

    def why_not(self) -> str:
        if self.holder is None and self.page == "rules" and not self.rules.any:
            return "Nothing was done: no rule keeps a set."
        nothing = self.plan is not None and not how_much(self.plan)
        if self.holder is None and self.page == "steps" and nothing:
            return "There is nothing to continue with: no set is to be removed."
        return super().why_not()

    def go_label(self) -> str:
        what = how_much(self.plan) if self.plan is not None else ""
        return f"Remove {what or count(0, 'set')} for good"

    def planned(self) -> bool:
        return self.plan is not None

    def may_act(self) -> bool:
        return self.plan is not None and self.word.matches

    def act(self) -> None:
        assert self.plan is not None
        shown = removed_by(self.plan)
        work = partial(
            start_run,
            self.desk.settings,
            "prune",
            keep=self.rules,
            shown=shown,
            also_kept=self.also_kept,
            confirmed="dialog",
        )
        self.ask("start", work, self.started, self.not_started, opens=True)
