"""The list of scenarios as rows of a table, and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pryv_tui.drills.scenarios.library import Shelf

IN_WORDS = "told in words alone"


def rows(found: Sequence[Shelf]) -> list[tuple[str, str, str, str]]:
    """Return rows of a table: name, minutes, source, and the title (or that it can't be played)."""
    return [
        (
            one.name,
            str(one.scenario.minutes) if one.scenario is not None else "-",
            one.source,
            (one.scenario.title if one.scenario.executes else f"{one.scenario.title} ({IN_WORDS})")
            if one.scenario is not None
            else "can't be played: see below",
        )
        for one in found
    ]


def as_json(one: Shelf) -> dict[str, Any]:
    """Return a scenario as JSON for programs; the fields of a scenario that can't be played are
    None."""
    scenario, problem = one.scenario, one.problem
    return {
        "name": one.name,
        "from": one.source,
        "path": str(one.path),
        "title": scenario.title if scenario else None,
        "version": scenario.version if scenario else None,
        "minutes": scenario.minutes if scenario else None,
        "seed": scenario.seed if scenario else None,
        "objectives": list(scenario.objectives) if scenario else None,
        "decisions": len(scenario.decisions) if scenario else None,
        "executes": scenario.executes if scenario else None,
        "problem": {"what": problem.what, "remedy": problem.remedy} if problem else None,
    }
