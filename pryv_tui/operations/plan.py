"""A plan is data: an ordered list of steps that can be shown, printed or run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from pryv_tui.operations.context import RunContext

PlanKind: TypeAlias = str
"""The name of a kind of run: the name of its file in `kinds/`."""


class Step(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """A step of a plan. Each kind is a subclass in its own file under `steps/`.

    The properties are pure; only `perform` has effects, through the context.
    """

    id: str = ""
    """The step's place in the plan and its kind, such as `04-dump-mongodb`; unique in the plan."""
    host: str = ""

    @property
    def destructive(self) -> bool:
        """Whether the step changes existing data.

        Such a step is shown with a mark, and starts only after the operator confirms.
        """
        return False

    @property
    def title(self) -> str:
        """What the step will do, in words."""
        raise TypeError(f"{type(self).__name__} says no title")

    @property
    def command(self) -> tuple[str, ...]:
        """The exact commands that do the same by hand; each is a shell line."""
        return ()

    @property
    def typed(self) -> tuple[str, ...]:
        """`command` as a person types it; a person may have to add more than a run does."""
        return self.command

    @property
    def inside(self) -> tuple[str, ...]:
        """The containers in which the step runs programs."""
        return ()

    @property
    def leaves(self) -> str:
        """What is left behind if the step is stopped in the middle, for people to read."""
        return "nothing"

    @property
    def leaves_nothing(self) -> bool:
        """Whether the step leaves nothing behind: true for each kind that does not override
        `leaves`."""
        return type(self).leaves is Step.leaves

    @property
    def undone(self) -> str:
        """How the step is undone, or why it can't be undone, for people to read."""
        return "there is nothing to undo"

    @property
    def undoable(self) -> bool:
        """Whether the step can be undone.

        True for each kind that overrides `undone`, unless it is `for_good`.
        """
        return type(self).undone is not Step.undone and not self.for_good

    @property
    def for_good(self) -> bool:
        """Whether the step can't be undone."""
        return False

    @property
    def afterwards(self) -> bool:
        """Whether the plan has reached its purpose before this step.

        Then a cancel ends only this step, and puts nothing back.
        """
        return False

    @property
    def in_any_case(self) -> bool:
        """Whether the step is performed even if an earlier one failed or was cancelled.

        It removes what the earlier steps made, if anything, and can't be cancelled.
        """
        return False

    def perform(self, ctx: RunContext) -> None:
        """Do the step. Raises `PryvTuiError` if its result is not reached."""
        raise TypeError(f"{type(self).__name__} can't be performed")


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """A step in the form for views and the journal."""

    step: str
    title: str
    host: str
    command: tuple[str, ...]
    leaves: str
    undone: str
    destructive: bool
    expected_seconds: float | None = None
    kind: str = ""
    """The step's kind, see `tag_of`; empty in older journals, and for a step that no plan shows."""
    store: str = ""
    """The store that the step is about; empty if none."""
    phase: str = ""
    """The part of a start that the step does; empty for other steps."""
    containers: tuple[str, ...] = ()
    """The containers in which the step runs programs."""
    leaves_nothing: bool = False
    """Whether nothing is left behind if the step is stopped in the middle."""
    undoable: bool = False
    """Whether the step can be undone; then `undone` says how.

    If neither this nor `for_good` is true, there is nothing to undo.
    """
    for_good: bool = False
    """Whether the step can't be undone; then `undone` says why."""


class Lack(msgspec.Struct, frozen=True, kw_only=True):
    """A role that has no files again after an undo, because it had none before the undone run."""

    host: str
    role: str
    containers: tuple[str, ...] = ()
    """The containers that the restore had started, and that stay stopped after the undo."""
    before: PlanKind = "restore"
    """The kind of the run that is undone."""


class Stays(msgspec.Struct, frozen=True, kw_only=True):
    """Containers that an undo stops and does not start again, although their files will be there.

    They were not running before the run that is undone.
    """

    host: str
    containers: tuple[str, ...]
    roles: tuple[str, ...] = ()
    """The roles on this host that work now, and won't without these containers."""
    before: PlanKind = "restore"
    """The kind of the run that is undone."""


DOWN = "What is stopped stays down from the first stop to the last start."
"""A sentence for a restore or an undo.

These may stop only a part of the platform, or find it already down.
"""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """An ordered list of steps, and facts about the plan."""

    kind: PlanKind
    roles: tuple[str, ...]
    steps: tuple[Step, ...]
    domain: str
    set_id: str = ""
    notice: tuple[str, ...] = ()
    """The gap notice, one sentence per line."""
    effects: tuple[str, ...] = ()
    """What users of the platform will notice, and what can be undone."""
    compared: tuple[str, ...] = ()
    """Only for a restore: lines that compare the set with the live data, indented by subject."""
    lacks: tuple[Lack, ...] = ()
    """Only for an undo: the roles that will have no files, because they had none before."""
    stays: tuple[Stays, ...] = ()
    """Only for an undo: the containers that stay stopped, because they were not running before."""
    of_an_undo: bool = False
    """Whether the plan undoes an undo: that has to be confirmed."""
    of_half: bool = False
    """Whether the plan undoes a restore that ended before everything was back."""
    expected: dict[str, float] = {}
    """Seconds that each step took last time, by the step's id."""
    while_copying: Literal["", "offered", "chosen"] = ""
    """Only for a restore: whether the set can be verified only while it is copied back.

    `offered`: it can be; `chosen`: it will be.
    """

    def views(self) -> list[StepView]:
        """The steps in the form for views and the journal."""
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
    """A plan in the form of `plan --json`."""
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
    """Return the steps with their ids: the place in the plan, and the words of `likeness`."""
    result = []
    for number, step in enumerate(steps, start=1):
        name = "-".join([f"{number:02d}", *(word for word in likeness(step) if word)])
        result.append(msgspec.structs.replace(step, id=name))
    return tuple(result)


Likeness: TypeAlias = tuple[str, str, str, str]
"""What identifies a step apart from its place in the plan: kind, store, phase, host."""


def likeness(step: Step | StepView) -> Likeness:
    """What identifies a step in any plan; see `Likeness`."""
    if isinstance(step, StepView):
        return step.kind, step.store, step.phase, step.host
    return tag_of(step), _store(step), _phase(step), step.host


def expected_of(steps: Sequence[Step], seconds: Mapping[Likeness, float]) -> dict[str, float]:
    """Seconds that steps took in an earlier run, by their present ids.

    Args:
        seconds: the seconds of the earlier run's steps, by their likeness.
    """
    return {step.id: seconds[likeness(step)] for step in steps if likeness(step) in seconds}


def docker_exec(container: str, argv: Sequence[str], *, handed: Sequence[str] = ()) -> str:
    """The shell line that does by hand what `Engine.exec` does.

    Args:
        handed: environment variables that are passed on, if they are set.
    """
    options = [word for name in handed for word in ("-e", name)]
    return shlex.join(["docker", "exec", *options, container, *argv])


def quote(*argv: object) -> str:
    """Quote words, and join them to a shell line."""
    return shlex.join(str(word) for word in argv)


def tag_of(step: Step) -> str:
    """The kind of a step, as written in JSON."""
    tag: Any = step.__struct_config__.tag
    return str(tag)


def _store(step: Step) -> str:
    return str(getattr(step, "store", ""))


def _phase(step: Step) -> str:
    return str(getattr(step, "phase", ""))
