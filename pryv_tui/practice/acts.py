"""The acts on a practice platform, for a menu: what each act does, whether it can be done now, and
the command that does the same."""

from __future__ import annotations

import shlex
from typing import Literal

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.practice.faults import FAULTS
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.practice.simulated import amount_words

Group = Literal["Add data", "Lose", "Make fail", "Pace"]
_AMOUNTS = ({"users": 1}, {"attachments": 5}, {"points": 1000},
            {"users": 2, "attachments": 5, "points": 1000})  # fmt: skip
_PACES = ((0, "each store at once"), (5, "5 seconds a store"), (30, "30 seconds a store"),
          (120, "2 minutes a store"))  # fmt: skip
_IN = {"backup": "Shows in a backup.", "restore": "Shows in a restore.",
       "both": "Shows in a backup and in a restore."}  # fmt: skip


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One act of the menu."""

    name: str
    """The argument for `perform`."""
    group: Group
    title: str
    what: str
    """What the act does, in sentences."""
    command: str
    """The command that does the same, ready to be pasted into a shell."""
    on: bool = False
    """Whether the act is in effect now: a fault that is set, or the chosen pace."""
    why_not: str = ""
    """Why the act can't be done now, with a remedy; empty if it can be done."""
    loses: bool = False
    """Whether the act loses data: then it has to be confirmed."""


def acts(platform: PracticePlatform) -> list[Act]:
    """Return all acts, in the order of the menu."""
    return [*_life(platform), *_losses(platform), *_faults(platform), *_pace(platform)]


def perform(platform: PracticePlatform, name: str) -> str:
    """Carry out an act. Return the new state in words.

    Raises:
        PryvTuiError: `practice` or `usage`, the act can't be done; nothing was changed.
        OSError: the platform's folder can't be written.
    """
    act = next((one for one in acts(platform) if one.name == name), None)
    if act is None:
        raise PryvTuiError("usage", f"no act of a practice platform is called {name!r}")
    if act.why_not:
        raise PryvTuiError("practice", f"{act.title}: {act.why_not}")
    kind, _, which = name.partition(":")
    if kind == "grow":
        amounts = _AMOUNTS[int(which)]
        platform.grow(**amounts)
        return f"Made: {amount_words(amounts)}."
    if kind == "lose":
        platform.wipe(which)
        return f"Gone: {which}. If a set was taken before, a restore brings it back."
    if kind == "pace":
        if not platform.set_pace(float(which)):
            return f"Pace: still {which} s for each store."
        return f"Pace: {which} s for each store from now on."
    if kind == "engines":
        platform.start_engines()
        return "The engines answer again."
    if kind == "clear":
        platform.faults.clear()
        return "No fault is set any more."
    if act.on:
        platform.faults.clear(which)
        return f"Cleared: {which}."
    platform.faults.set(which)
    return f"Set: {which}. It stays until it is cleared."


def _command(platform: PracticePlatform, what: str, *words: str) -> str:
    return shlex.join(["pryv-tui", "practice", what, str(platform.folder), *words])


def _life(platform: PracticePlatform) -> list[Act]:
    found = []
    for number, amounts in enumerate(_AMOUNTS):
        try:
            platform.may_grow(**amounts)
            why_not = ""
        except PryvTuiError as error:
            why_not = f"{error.what}. {error.remedy}".rstrip()
        words = [f"--{name}={many}" for name, many in amounts.items()]
        found.append(
            Act(
                name=f"grow:{number}",
                group="Add data",
                title=amount_words(amounts),
                what="People use the platform: data is made in the order in which the real"
                " services write it, also while a backup is running.",
                command=_command(platform, "grow", *words),
                why_not=why_not,
            )
        )
    return found


def _losses(platform: PracticePlatform) -> list[Act]:
    cluster = platform.form == "cluster"
    everything = "all" if cluster else "single-node"
    return [
        Act(
            name=f"lose:{role}",
            group="Lose",
            title=("every machine" if cluster else "the machine") if role == everything else role,
            what=(
                "The disaster: every container is gone, and everything in each root."
                if role == everything
                else f"The disaster: {role}'s containers are gone, and "
                + ("everything in its root." if cluster else "the folders that only it has.")
            )
            + " Sets and journals stay: a restore brings back what an earlier set holds.",
            command=_command(platform, "wipe", role),
            why_not=""
            if platform.holds(role)
            else ("it is already gone: a restore brings it back."),
            loses=True,
        )
        for role in (*platform.roles, everything)
    ]


def _faults(platform: PracticePlatform) -> list[Act]:
    active = {name.partition(":")[0]: name for name in platform.faults.list()}
    away = platform.faults.tripped("engine-gone")
    found = [
        Act(
            name=f"fault:{kind.name}",
            group="Make fail",
            title=active.get(kind.name, kind.name),
            what=f"{kind.what[0].upper()}{kind.what[1:]}. {_IN[kind.where]} It stays until you"
            " choose it again, which clears it.",
            command=_command(
                platform, "fault", kind.name, *(["--clear"] if kind.name in active else [])
            ),
            on=kind.name in active,
        )
        for kind in FAULTS.values()
    ]
    found.append(
        Act(
            name="clear:",
            group="Make fail",
            title="nothing: clear every fault",
            what="Nothing fails on purpose any more. What failed before stays as it is.",
            command=_command(platform, "fault", "--clear"),
            why_not="" if active else "no fault is set.",
        )
    )
    found.append(
        Act(
            name="engines:",
            group="Make fail",
            title="start the engines again",
            what="As `systemctl start docker` does: engines that stopped answering answer again.",
            command=_command(platform, "start"),
            why_not="" if away else "every engine answers.",
        )
    )
    return found


def _pace(platform: PracticePlatform) -> list[Act]:
    return [
        Act(
            name=f"pace:{seconds}",
            group="Pace",
            title=words,
            what="How long each store takes to dump and to restore. A slower pace leaves time to"
            " cancel a run, or to leave and find it again. A run that has begun keeps its pace.",
            command=_command(platform, "pace", str(seconds)),
            on=platform.pace == seconds,
        )
        for seconds, words in _PACES
    ]
