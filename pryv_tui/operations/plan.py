"""A plan is data: an ordered list of steps that can be shown, printed or run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from pryv_tui.operations.context import RunContext

PlanKind = Literal[
    "backup",
    "restore",
    "undo",
    "recover",
    "release",
    "prune",
    "files",
    "send",
    "fetch",
    "adopt",
    "start",
    "stop",
    "restart",
]
"""The last three are of one container."""


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
    def leaves(self) -> str:
        """What is left behind when the step is stopped in the middle."""
        return "nothing"

    @property
    def undone(self) -> str:
        """How the step is undone."""
        return "there is nothing to undo"

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


class Lack(msgspec.Struct, frozen=True, kw_only=True):
    """A role that is without its files once more when an undo is done."""

    host: str
    role: str
    containers: tuple[str, ...] = ()
    """Those that the restore had brought up, and that stay stopped."""


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
    lacks: tuple[Lack, ...] = ()
    """Of an undo: what does not come back, because it was not there before either."""
    expected: dict[str, float] = {}
    """Seconds that each step took last time, by the step's id."""

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
            )
            for step in self.steps
        ]


def numbered(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Give every step its id: place, kind, and what tells it from its like."""
    result = []
    for number, step in enumerate(steps, start=1):
        kind = str(step.__struct_config__.tag)
        detail = "-".join(
            str(value)
            for value in (getattr(step, "store", ""), getattr(step, "phase", ""), step.host)
            if value
        )
        name = f"{number:02d}-{kind}" + (f"-{detail}" if detail else "")
        result.append(msgspec.structs.replace(step, id=name))
    return tuple(result)


def expected_of(steps: Sequence[Step], seconds: Mapping[str, float]) -> dict[str, float]:
    """What steps took in an earlier run, by their ids now.

    Args:
        seconds: by the steps' ids then: in another plan a like step has another place.
    """
    known = {name.partition("-")[2]: taken for name, taken in seconds.items()}
    return {step.id: known[name] for step in steps if (name := step.id.partition("-")[2]) in known}


def docker_exec(container: str, argv: Sequence[str], *, engine: str = "") -> str:
    """The shell line that does by hand what `Engine.exec` does."""
    return shlex.join(["docker", "exec", container, *argv])


def quote(*argv: object) -> str:
    """A shell line from words."""
    return shlex.join(str(word) for word in argv)


def tag_of(step: Step) -> str:
    """The kind of a step, as it is written in JSON."""
    tag: Any = step.__struct_config__.tag
    return str(tag)
