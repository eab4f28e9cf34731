"""A scenario as its file says it: a story of decisions, and what is true of each.

Everything here is data. What a decision does to the practice platform is named by a word of a
closed list (`Deed`), and so is each check: no file can have a command of its own run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

FORMAT = 1
"""The version of the files; a later program reads it as it stands."""

PHASES = ("declare", "size up", "decide", "restore", "check", "clean up", "debrief", "sign")
"""The trail, in its order. The last two come after the story, when the drill is closed."""
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
"""What is done: looks, which change nothing; acts of the operator, which are runs of this program;
and what happens to the platform, which nobody asked for."""
LOOKS = ("status", "doctor", "list", "verify", "audit-set", "audit-live", "hashes")
OF_A_SET = ("verify", "audit-set", "restore", "bring-files")
"""Deeds that need the name of a set."""
NAMES_IT = ("backup", "remember")
"""Deeds that give what they make a name."""

PLACE = re.compile(r"\{([a-z0-9-]+)\}")
"""In a command: what stands there is put in when it is shown."""
DOMAIN = "domain"
"""That of the platform; every other name is a set's."""

Kind = Literal["same", "running", "whole", "settled", "set", "file", "chosen"]
Part = Literal["mongodb", "influxdb", "redis", "attachments", "conf", "running"]
PARTS = ("mongodb", "influxdb", "redis", "attachments", "conf", "running")


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is done; a list of these is done in its order."""

    do: Deed
    name: str = ""
    """Of `backup` and `remember`: what the set, or what the platform holds now, is called in this
    scenario."""
    set: str = ""
    """The set that it is about, by that name."""
    roles: tuple[str, ...] = ()
    """Of `backup` and `restore`; empty for all."""
    role: str = ""
    """Of `lose`: a role, or `all`."""
    fault: str = ""
    """Of `fault` and `clear`, as `practice fault` has it."""
    container: str = ""
    """Of `start-container` and `start-meanwhile`."""
    users: int = 0
    attachments: int = 0
    points: int = 0
    """Of `grow`."""
    wait: bool = True
    """Of `restore`: whether its end is waited for; else the terminal is gone, and it goes on."""
    expect: tuple[Outcome, ...] = ("done",)
    """How it comes out on a platform like this one. Another outcome is written down as such."""


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """A fault, or another blow, and its moment."""

    at: str
    """`start`; a decision: when it comes up; `decision.option`: right before what that does."""
    act: tuple[Act, ...]
    until: str = ""
    """The same for its end; only of faults. Empty: it stays."""


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be looked at before something is done."""

    id: str
    opened_by: tuple[str, ...]
    """`decision.option`: any one of them opens it."""
    before: tuple[str, ...]
    """`decision.option`: what it stands before."""
    missed: str
    """Said to whoever went past it."""


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """What helps, and what it costs."""

    text: str
    minutes: int = 2
    """Of the story's clock."""


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One answer to a decision."""

    id: str
    text: str
    why: str
    """What speaks for it."""
    risk: str
    undo: str
    """How it is taken back; or that it can't be."""
    command: str = ""
    """The exact command of the real thing; empty where a person does it by other means."""
    safe: bool = False
    """It is the one that is focused: whoever presses Enter unread does no harm."""
    wrong: bool = False
    minutes: int = 1
    """Of the story's clock."""
    act: tuple[Act, ...] = ()
    then: str
    """The decision or the end that comes next."""
    consequence: str
    """What happens, told after it was chosen."""
    red: tuple[str, ...] = ()
    """Checks that are made after it, and are not passed then."""
    green: tuple[str, ...] = ()
    """Checks that are made after it, and are passed then."""

    def typed(self, domain: str, sets: Mapping[str, str]) -> str:
        """Its command as it can be typed.

        Args:
            domain: the platform's.
            sets: the ids of the sets, by the scenario's names; one that was not taken has none.
        """
        return _placed(self.command, domain, sets)

    def undone(self, domain: str, sets: Mapping[str, str]) -> str:
        """How it is taken back, with what can be typed of it in the same way."""
        return _placed(self.undo, domain, sets)


def _placed(text: str, domain: str, sets: Mapping[str, str]) -> str:
    known = {DOMAIN: domain, **sets}
    return PLACE.sub(lambda place: known.get(place[1], f"SET-{place[1]}"), text)


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One screen: what is known, and the question."""

    id: str
    phase: Phase
    question: str
    known: tuple[str, ...]
    options: tuple[Option, ...]
    hints: tuple[Hint, ...] = ()

    def option(self, name: str) -> Option | None:
        return next((one for one in self.options if one.id == name), None)


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be so at the good end."""

    id: str
    kind: Kind
    says: str
    """What it checks, as a sentence."""
    name: str = ""
    """Of `same`: with what was remembered under this name."""
    parts: tuple[Part, ...] = ()
    """Of `same`: what of it; empty for all."""
    at_least: bool = False
    """Of `same`: more is well too, since life went on; only for what is counted."""
    set: str = ""
    """Of `set`: the set that has to be there, unchanged."""
    chosen: tuple[str, ...] = ()
    """Of `chosen`: `decision.option`, each of which has to have been taken. For what a practice
    platform can't show; its result says that nothing but the story tells it."""


class End(msgspec.Struct, frozen=True, kw_only=True):
    """Where the story ends."""

    id: str
    good: bool
    text: str
    red: tuple[str, ...] = ()
    """Of one that is not good: the checks that are not passed then."""


class Platform(msgspec.Struct, frozen=True, kw_only=True):
    """The practice platform that it is played on."""

    form: Form = "single-node"
    users: int = 2
    attachments: int = 2
    pace: float = 0.0
    """Seconds that each store takes, so that there is a middle to be in."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One file."""

    format: int
    name: str
    title: str
    version: int = 1
    """Counted up with each change of the story: a record names the one that was played."""
    minutes: int
    """Of a person's time that it takes to play."""
    seed: int = 1
    starts: str = "03:12"
    """What the clock on the wall says as it begins: hours and minutes."""
    objectives: tuple[str, ...]
    """What it trains."""
    story: str
    symptoms: tuple[str, ...]
    """What whoever is called sees first."""
    note: str
    """What it teaches; shown at the end."""
    first: str
    """The decision that it begins with."""
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
        """Whether anything of it happens on a platform; else it is told in words alone."""
        acting = (
            *(self.before, *(one.act for one in self.happenings)),
            *(option.act for one in self.decisions for option in one.options),
        )
        return any(acting) or any(one.kind != "chosen" for one in self.checks)
