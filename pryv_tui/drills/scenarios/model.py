"""The structure of a scenario's file: a story of decisions, and what each of them does.

Everything here is data. What a decision does to the practice platform is a word of a closed list
(`Deed`), and so is each check (`Kind`): no file can have a command of its own run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

FORMAT = 1
"""The version of the file format; files of another version are refused."""

PHASES = ("declare", "size up", "decide", "restore", "check", "clean up", "debrief", "sign")
"""The phases of a drill, in order. The last two come after the story, when the drill is closed."""
PLAYED_PHASES = PHASES[:6]

Phase = Literal["declare", "size up", "decide", "restore", "check", "clean up", "debrief", "sign"]
Form = Literal["single-node", "cluster"]
Outcome = Literal["done", "warnings", "failed", "refused", "busy"]

Deed = Literal[
    "status", "doctor", "list", "verify", "audit-set", "audit-live", "hashes",
    "backup", "restore", "bring-files", "attach", "finish", "roll-back", "undo",
    "grow", "lose", "drop-events", "damage-file", "half-account", "free-name",
    "fault", "clear", "start-engines", "start-container", "start-meanwhile", "remember",
]  # fmt: skip
"""What can be done: looks, which change nothing; acts of the operator, which are runs of this
program; and damage or other events on the platform, which nobody asked for."""
LOOKS = ("status", "doctor", "list", "verify", "audit-set", "audit-live", "hashes")
OF_A_SET = ("verify", "audit-set", "restore", "bring-files")
"""Deeds that need the name of a set."""
NAMES_IT = ("backup", "remember")
"""Deeds that give a name to what they make."""

PLACE = re.compile(r"\{([a-z0-9-]+)\}")
"""A placeholder in a command; it is replaced when the command is shown."""
DOMAIN = "domain"
"""The placeholder for the platform's domain; all other placeholders are names of sets."""

Kind = Literal["same", "running", "whole", "settled", "set", "file", "chosen"]
Part = Literal["mongodb", "influxdb", "redis", "attachments", "conf", "running"]
PARTS = ("mongodb", "influxdb", "redis", "attachments", "conf", "running")


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is done; the acts of a list are done in order."""

    do: Deed
    name: str = ""
    """For `backup` and `remember`: the name that this scenario gives to the set, or to the
    platform's present content."""
    set: str = ""
    """The set that the act is about, by its name in this scenario."""
    roles: tuple[str, ...] = ()
    """For `backup` and `restore`; empty: all roles."""
    role: str = ""
    """For `lose`: a role, or `all`."""
    fault: str = ""
    """For `fault` and `clear`: a fault, written as for `practice fault`."""
    container: str = ""
    """For `start-container` and `start-meanwhile`."""
    users: int = 0
    attachments: int = 0
    points: int = 0
    """For `grow`: how many to add."""
    wait: bool = True
    """For `restore`: whether to wait for its end; else it runs on, as after a lost terminal."""
    expect: tuple[Outcome, ...] = ("done",)
    """The outcomes that the story expects; any other outcome is shown as a deviation."""


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """A fault or another event on the platform, and the moment at which it comes."""

    at: str
    """`start`; a decision: when it is reached; `decision.option`: right before its acts."""
    act: tuple[Act, ...]
    until: str = ""
    """The moment at which it ends, written like `at`; only for faults. Empty: it never ends."""


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """A look that the operator has to take before doing something."""

    id: str
    opened_by: tuple[str, ...]
    """`decision.option` of the looks; any one of them opens the gate."""
    before: tuple[str, ...]
    """`decision.option` of what must not be done before the look."""
    missed: str
    """The text for a player who went on without the look."""


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """A hint for a decision, and its cost in time."""

    text: str
    minutes: int = 2
    """The cost on the story's clock."""


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One answer to a decision."""

    id: str
    text: str
    why: str
    """The reason for choosing this option."""
    risk: str
    undo: str
    """How to take the option back, or that this is impossible."""
    command: str = ""
    """The exact command on a real platform; empty where a person does it by other means."""
    safe: bool = False
    """Whether the option is focused at first: Enter, pressed without reading, must do no harm."""
    wrong: bool = False
    minutes: int = 1
    """The time that the option takes on the story's clock."""
    act: tuple[Act, ...] = ()
    then: str
    """The decision or the end that comes next."""
    consequence: str
    """What happens then, told after the choice."""
    red: tuple[str, ...] = ()
    """Checks that are made after the acts, and are expected to fail."""
    green: tuple[str, ...] = ()
    """Checks that are made after the acts, and are expected to pass."""

    def typed(self, domain: str, sets: Mapping[str, str]) -> str:
        """The option's command, with its placeholders filled in.

        Args:
            domain: the domain of the platform.
            sets: the ids of the sets by their names in the scenario; a set that was not taken
                is shown as `SET-name`.
        """
        return _placed(self.command, domain, sets)

    def undone(self, domain: str, sets: Mapping[str, str]) -> str:
        """How to take the option back, with its placeholders filled in (as in `typed`)."""
        return _placed(self.undo, domain, sets)


def _placed(text: str, domain: str, sets: Mapping[str, str]) -> str:
    known = {DOMAIN: domain, **sets}
    return PLACE.sub(lambda place: known.get(place[1], f"SET-{place[1]}"), text)


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One screen of the story: what is known, the question, and the options."""

    id: str
    phase: Phase
    question: str
    known: tuple[str, ...]
    options: tuple[Option, ...]
    hints: tuple[Hint, ...] = ()

    def option(self, name: str) -> Option | None:
        return next((one for one in self.options if one.id == name), None)


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that has to hold at a good end."""

    id: str
    kind: Kind
    says: str
    """The condition, as a sentence."""
    name: str = ""
    """For `same`: the remembered content to compare with, by the name given by `remember`."""
    parts: tuple[Part, ...] = ()
    """For `same`: the parts to compare; empty: all."""
    at_least: bool = False
    """For `same`: whether more than before is good too, as life went on; only for counted parts."""
    set: str = ""
    """For `set`: the set that has to be there, unchanged."""
    chosen: tuple[str, ...] = ()
    """For `chosen`: `decision.option`, all of which the player must have taken. It is for what a
    practice platform can't show; the result says that the story alone tells it."""


class End(msgspec.Struct, frozen=True, kw_only=True):
    """An end of the story."""

    id: str
    good: bool
    text: str
    red: tuple[str, ...] = ()
    """For an end that is not good: the checks that are expected to fail there."""


class Platform(msgspec.Struct, frozen=True, kw_only=True):
    """The practice platform on which the scenario is played."""

    form: Form = "single-node"
    users: int = 2
    attachments: int = 2
    pace: float = 0.0
    """Seconds that each store takes, so that a run lasts long enough to be interrupted."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario: the content of one file."""

    format: int
    name: str
    title: str
    version: int = 1
    """Raised with each change of the story: a record names the version that was played."""
    minutes: int
    """How long a person takes to play the scenario."""
    seed: int = 1
    starts: str = "03:12"
    """The time of day at which the story begins: hours and minutes."""
    objectives: tuple[str, ...]
    """What the scenario trains."""
    story: str
    symptoms: tuple[str, ...]
    """What the person on call sees first."""
    note: str
    """What the scenario teaches; shown at the end."""
    first: str
    """The id of the first decision."""
    platform: Platform = Platform()
    before: tuple[Act, ...] = ()
    """What happens to the platform before the story begins."""
    happenings: tuple[Happening, ...] = ()
    gates: tuple[Gate, ...] = ()
    checks: tuple[Check, ...]
    decisions: tuple[Decision, ...]
    ends: tuple[End, ...]

    def decision(self, name: str) -> Decision | None:
        return next((one for one in self.decisions if one.id == name), None)

    def end(self, name: str) -> End | None:
        return next((one for one in self.ends if one.id == name), None)

    def check(self, name: str) -> Check:
        return next(one for one in self.checks if one.id == name)

    @property
    def executes(self) -> bool:
        """Whether anything is done or checked on a platform; else the story is only words."""
        acting = (
            *(self.before, *(one.act for one in self.happenings)),
            *(option.act for one in self.decisions for option in one.options),
        )
        return any(acting) or any(one.kind != "chosen" for one in self.checks)
