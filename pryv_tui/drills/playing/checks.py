"""The checks of a scenario. They examine the platform itself, except `chosen`, which examines the
player's choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pryv_tui.drills.playing.deeds import do
from pryv_tui.drills.playing.ground import BORN, Ground
from pryv_tui.drills.playing.looks import file_is_good, live_now, settled
from pryv_tui.drills.scenarios.model import PARTS, Act
from pryv_tui.drills.scenarios.model import Check as Wanted
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.drilling.facts import Check
from pryv_tui.runs.on_disk import half_roots


def make(wanted: Wanted, ground: Ground, sets: dict[str, str], choices: Sequence[str]) -> Check:
    """Make a check now. If it can't be made because of an error, its result is `could not
    verify`."""
    try:
        return _make(wanted, ground, sets, choices)
    except (PryvTuiError, OSError) as error:
        return Check(name=wanted.id, state="could not verify", expected=wanted.says, why=str(error))


def _make(wanted: Wanted, ground: Ground, sets: dict[str, str], choices: Sequence[str]) -> Check:
    match wanted.kind:
        case "same":
            differs = differences(
                ground.recalled(wanted.name),
                ground.platform.contents(),
                wanted.parts or PARTS,
                at_least=wanted.at_least,
            )
        case "running":
            before, now = ground.recalled(BORN), ground.platform.contents()
            differs = differences(before, now, ("running",), at_least=True)
        case "whole":
            halves = half_roots(ground.site.discover())
            differs = [f"{one.host} is half-restored" for one in halves]
        case "settled":
            differs = settled(live_now(ground))
        case "set":
            came = do(Act(do="verify", set=wanted.set), ground, sets, lambda _words: None)
            differs = [] if came.outcome == "done" else came.said or [came.outcome]
        case "file":
            differs = file_is_good(ground)
        case "chosen":
            missing = [one for one in wanted.chosen if one not in choices]
            differs = [f"not done: {one}" for one in missing]
            if not missing:
                why = "only told by the story: a practice platform can't show it"
                return Check(name=wanted.id, state="passed", expected=wanted.says, why=why)
    return Check(
        name=wanted.id,
        state="failed" if differs else "passed",
        expected=wanted.says,
        found="; ".join(differs) if differs else "it is so",
    )


def differences(
    before: dict[str, Any], now: dict[str, Any], parts: Sequence[str], *, at_least: bool
) -> list[str]:
    """Return the differences between two states of a platform's data, in words; empty if there are
    none. Pure.

    Args:
        parts: the parts of `practice contents` to compare.
        at_least: whether counts may have grown.
    """
    found = []
    for part in parts:
        then, here = before.get(part), now.get(part)
        if part == "running":
            gone = sorted(set(then or []) - set(here or []))
            found += [f"{name} is not running" for name in gone]
        elif at_least and isinstance(then, dict) and isinstance(here, dict):
            found += [
                f"{part}: {name} {here.get(name, 0)} instead of {many}"
                for name, many in then.items()
                if isinstance(many, int) and here.get(name, 0) < many
            ]
        elif then != here:
            found.append(f"{part}: {_brief(then, here)}")
    return found


def _brief(then: Any, here: Any) -> str:
    if not isinstance(then, dict) or not isinstance(here, dict):
        return f"{here} instead of {then}"
    names = [name for name in {**then, **here} if then.get(name) != here.get(name)]
    shown = [
        f"{name} {_short(here.get(name))} instead of {_short(then.get(name))}" for name in names[:3]
    ]
    return ", ".join(shown) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _short(value: Any) -> str:
    return "none" if value is None else str(value)[:12]
