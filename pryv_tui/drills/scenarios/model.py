"""The structure of a scenario's file: a story of decisions, and the effects of each decision.

Everything here is data. The acts (`Deed`) and the checks (`Kind`) are words from closed lists: a
scenario's file can't make this program run a command of its own.
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
"""The acts. Looks change nothing. Acts of the operator are runs of this program. The others are
damage or other events on the platform, which nobody requested."""
LOOKS = ("status", "doctor", "list", "verify", "audit-set", "audit-live", "hashes")
OF_A_SET = ("verify", "audit-set", "restore", "bring-files")
"""Acts that need the name of a set."""
NAMES_IT = ("backup", "remember")
"""Acts that give a name to what they make."""

PLACE = re.compile(r"\{([a-z0-9-]+)\}")
"""A placeholder in a command, replaced when the command is shown."""
DOMAIN = "domain"
"""The placeholder for the platform's domain; all other placeholders are names of sets."""

Kind = Literal["same", "running", "whole", "settled", "set", "file", "chosen"]
Part = Literal["mongodb", "influxdb", "redis", "attachments", "conf", "running"]
PARTS = ("mongodb", "influxdb", "redis", "attachments", "conf", "running")


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One act. The acts of a list are performed in order."""

    do: Deed
    name: str = ""
    """For `backup` and `remember`: the name in this scenario for the set, or for the platform's
    present content."""
    set: str = ""
    """The set that the act uses, by its name in this scenario."""
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
    """For `restore`: whether to wait for its end. If not, the restore continues in the background,
    as after a lost terminal."""
    expect: tuple[Outcome, ...] = ("done",)
    """The outcomes that the story expects; any other outcome is shown as a deviation."""


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """A fault or another event on the platform, and the moment when it happens."""

    at: str
    """`start`; a decision's id: when that decision is reached; `decision.option`: just before its
    acts."""
    act: tuple[Act, ...]
    until: str = ""
    """The moment when the fault ends, written like `at`; only for faults. Empty: it never ends."""


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """A look that the operator has to take before doing something."""

    id: str
    opened_by: tuple[str, ...]
    """The looks as `decision.option`; any one of them opens the gate."""
    before: tuple[str, ...]
    """The options (`decision.option`) that must not be chosen before the look."""
    missed: str
    """The text for a player who continued without the look."""


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
    """How to undo the option, or that this is impossible."""
    command: str = ""
    """The exact command on a real platform; empty if a person does it by other means."""
    safe: bool = False
    """Whether the option has the focus at first: pressing Enter without reading must do no harm."""
    wrong: bool = False
    minutes: int = 1
    """The time that the option takes on the story's clock."""
    act: tuple[Act, ...] = ()
    then: str
    """The decision or the end that comes next."""
    consequence: str
    """What happens after this choice; shown to the player."""
    red: tuple[str, ...] = ()
    """Checks that are made after the acts, and are expected to fail."""
    green: tuple[str, ...] = ()
    """Checks that are made after the acts, and are expected to pass."""

    def typed(self, domain: str, sets: Mapping[str, str]) -> str:
        """Return the option's command, with its placeholders filled in.

        Args:
            domain: the domain of the platform.
            sets: the ids of the sets by their names in the scenario; a set that was not made is
                shown as `SET-name`.
        """
        return _placed(self.command, domain, sets)

    def undone(self, domain: str, sets: Mapping[str, str]) -> str:
        """Return how to undo the option, with its placeholders filled in (as in `typed`)."""
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
    """A condition that must be true at a good end."""

    id: str
    kind: Kind
    says: str
    """The condition, as a sentence."""
    name: str = ""
    """For `same`: the saved content to compare with, by the name given in `remember`."""
    parts: tuple[Part, ...] = ()
    """For `same`: the parts to compare; empty: all."""
    at_least: bool = False
    """For `same`: whether more than before also passes, since the platform stayed in use; only for
    counted parts."""
    set: str = ""
    """For `set`: the set that must exist, unchanged."""
    chosen: tuple[str, ...] = ()
    """For `chosen`: options (`decision.option`) that the player must all have chosen. It is for
    conditions that a practice platform can't show; the result says that only the story shows
    them."""


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
    """The time in seconds that each store takes, so that a run lasts long enough to be
    interrupted."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario: the content of one file."""

    format: int
    name: str
    title: str
    version: int = 1
    """Increased with each change of the story: a record names the version that was played."""
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
        """Whether anything is done or checked on a platform. If not, the story is only words."""
        acting = (
            *(self.before, *(one.act for one in self.happenings)),
            *(option.act for one in self.decisions for option in one.options),
        )
        return any(acting) or any(one.kind != "chosen" for one in self.checks)
