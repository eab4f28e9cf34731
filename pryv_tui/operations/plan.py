"""A plan is data: an ordered list of steps that can be shown, printed or run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from pryv_tui.operations.context import RunContext

PlanKind: TypeAlias = str
"""The name of a kind of run, as its file in `kinds/` is called."""


class Step(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """One step. A subclass a kind, each in a file of its own under `steps/`.

    What a step says of itself is pure; `perform` alone has effects, through the context.
    """

    id: str = ""
    """Its place in the plan and its kind, such as `04-dump-mongodb`; unique in the plan."""
    host: str = ""

    @property
    def destructive(self) -> bool:
        """Whether it changes what an operator has: shown with a mark, never begun without a
        word."""
        return False

    @property
    def title(self) -> str:
        """What the step will do, in words."""
        raise TypeError(f"{type(self).__name__} says no title")

    @property
    def command(self) -> tuple[str, ...]:
        """The exact commands that do the same by hand, a shell line each."""
        return ()

    @property
    def typed(self) -> tuple[str, ...]:
        """`command` as a person types it, who may have to give more than a run does."""
        return self.command

    @property
    def inside(self) -> tuple[str, ...]:
        """The containers in which it has programs run."""
        return ()

    @property
    def leaves(self) -> str:
        """What is left behind when the step is stopped in the middle, for people to read."""
        return "nothing"

    @property
    def leaves_nothing(self) -> bool:
        """Whether that is nothing: so of every step that does not say what it leaves."""
        return type(self).leaves is Step.leaves

    @property
    def undone(self) -> str:
        """How the step is undone, or why it can't be, for people to read."""
        return "there is nothing to undo"

    @property
    def undoable(self) -> bool:
        """Whether what it did can be undone: so of every step that says how."""
        return type(self).undone is not Step.undone and not self.for_good

    @property
    def for_good(self) -> bool:
        """Whether what it did can't be undone."""
        return False

    @property
    def afterwards(self) -> bool:
        """Whether all that the plan is for is done by then: a cancel ends this step alone, and
        puts nothing back."""
        return False

    @property
    def in_any_case(self) -> bool:
        """Whether it is performed also after one before it has failed or was cancelled: it takes
        down what those made, where there is any, and a cancel does not reach it."""
        return False

    def perform(self, ctx: RunContext) -> None:
        """Do it. Raises `PryvTuiError` when the result is not reached."""
        raise TypeError(f"{type(self).__name__} can't be performed")


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """What views and the journal are told of a step."""

    step: str
    title: str
    host: str
    command: tuple[str, ...]
    leaves: str
    undone: str
    destructive: bool
    expected_seconds: float | None = None
    kind: str = ""
    """Its kind, as `tag_of` says it; empty in a journal that was written before these fields, and
    of a step that no plan shows."""
    store: str = ""
    """The store that it is about, where it is about one."""
    phase: str = ""
    """Which part of a start it is."""
    containers: tuple[str, ...] = ()
    """Those in which it has programs run."""
    leaves_nothing: bool = False
    """Whether nothing is left behind when it is stopped in the middle."""
    undoable: bool = False
    """Whether what it did can be undone: `undone` says how."""
    for_good: bool = False
    """Whether what it did can't be undone: `undone` says why. Neither: there is nothing to undo."""


class Lack(msgspec.Struct, frozen=True, kw_only=True):
    """A role that is without its files once more when an undo is done."""

    host: str
    role: str
    containers: tuple[str, ...] = ()
    """Those that the restore had brought up, and that stay stopped."""
    before: PlanKind = "restore"
    """Before what it was without them, too: the run that is undone."""


class Stays(msgspec.Struct, frozen=True, kw_only=True):
    """Containers that an undo stops and does not start again: they run because of what it undoes,
    and what they need is there all the same."""

    host: str
    containers: tuple[str, ...]
    roles: tuple[str, ...] = ()
    """The roles there that serve now, and don't without them."""
    before: PlanKind = "restore"
    """Before what they did not run: the run that is undone."""


DOWN = "What is stopped is down from the first stop to the last start."
"""Of a restore and an undo: which need not stop the whole platform, nor find it up."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """An ordered list of steps and what it is about."""

    kind: PlanKind
    roles: tuple[str, ...]
    steps: tuple[Step, ...]
    domain: str
    set_id: str = ""
    notice: tuple[str, ...] = ()
    """The gap notice, a sentence a line."""
    effects: tuple[str, ...] = ()
    """What users of the platform will notice, and what can be undone."""
    compared: tuple[str, ...] = ()
    """Of a restore: the set beside what lives now, a line each, indented by what it is about."""
    lacks: tuple[Lack, ...] = ()
    """Of an undo: what does not come back, because it was not there before either."""
    stays: tuple[Stays, ...] = ()
    """Of an undo: what does not run any more, because it did not before either."""
    of_an_undo: bool = False
    """What it undoes is an undo: whoever has that done has to say so."""
    expected: dict[str, float] = {}
    """Seconds that each step took last time, by the step's id."""
    while_copying: Literal["", "offered", "chosen"] = ""
    """Of a restore: whether its set may be verified while it is copied back alone, or is."""

    def views(self) -> list[StepView]:
        """The steps as views and the journal are told them."""
        return [
            StepView(
                step=step.id,
                title=step.title,
                host=step.host,
                command=step.command,
                leaves=step.leaves,
                undone=step.undone,
                destructive=step.destructive,
                expected_seconds=self.expected.get(step.id),
                kind=tag_of(step),
                store=_store(step),
                phase=_phase(step),
                containers=step.inside,
                leaves_nothing=step.leaves_nothing,
                undoable=step.undoable,
                for_good=step.for_good,
            )
            for step in self.steps
        ]


def plan_json(plan: Plan) -> dict[str, Any]:
    """A plan as `plan --json` prints it."""
    return {
        "kind": plan.kind,
        "domain": plan.domain,
        "roles": list(plan.roles),
        "set": plan.set_id,
        "effects": list(plan.effects),
        "notice": list(plan.notice),
        "plan": msgspec.to_builtins(plan.views()),
    }


def numbered(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Give every step its id: place, kind, and what tells it from its like."""
    result = []
    for number, step in enumerate(steps, start=1):
        name = "-".join([f"{number:02d}", *(word for word in likeness(step) if word)])
        result.append(msgspec.structs.replace(step, id=name))
    return tuple(result)


Likeness: TypeAlias = tuple[str, str, str, str]
"""What a step is, wherever it stands in its plan: kind, store, phase, host."""


def likeness(step: Step | StepView) -> Likeness:
    """What is the same of a like step in another plan, where it has another place."""
    if isinstance(step, StepView):
        return step.kind, step.store, step.phase, step.host
    return tag_of(step), _store(step), _phase(step), step.host


def expected_of(steps: Sequence[Step], seconds: Mapping[Likeness, float]) -> dict[str, float]:
    """What steps took in an earlier run, by their ids now.

    Args:
        seconds: by what the steps were then.
    """
    return {step.id: seconds[likeness(step)] for step in steps if likeness(step) in seconds}


def docker_exec(container: str, argv: Sequence[str], *, handed: Sequence[str] = ()) -> str:
    """The shell line that does by hand what `Engine.exec` does.

    Args:
        handed: variables that are handed on where they are set; nothing where they are not.
    """
    options = [word for name in handed for word in ("-e", name)]
    return shlex.join(["docker", "exec", *options, container, *argv])


def quote(*argv: object) -> str:
    """A shell line from words."""
    return shlex.join(str(word) for word in argv)


def tag_of(step: Step) -> str:
    """The kind of a step, as it is written in JSON."""
    tag: Any = step.__struct_config__.tag
    return str(tag)


def _store(step: Step) -> str:
    return str(getattr(step, "store", ""))


def _phase(step: Step) -> str:
    return str(getattr(step, "phase", ""))
