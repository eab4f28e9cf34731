"""How long a real restore can be expected to take, from the drills that were held. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from pryv_tui.clock import shown
from pryv_tui.drills.model import Record
from pryv_tui.incidents.words import lasted
from pryv_tui.phrases import counted

COUNTED = 5
"""How many of the latest drills are used: older ones say less about the platform as it is now."""


class Expected(NamedTuple):
    """Recovery times of earlier drills in seconds, without the time for the sandbox itself."""

    when: str
    """When the last drill was declared, RFC 3339."""
    seconds: float
    """The recovery time of the last drill."""
    least: float
    most: float
    drills: int

    @property
    def words(self) -> str:
        """The expectation in a sentence."""
        day = shown(self.when).partition(" ")[0]
        told = f"A drill restored these roles in {lasted(self.seconds)} on {day}"
        if self.drills == 1:
            return f"{told}."
        between = f"{lasted(self.least)} to {lasted(self.most)}"
        return f"{told}; the last {counted(self.drills, 'drill')} took {between}."


def expected(records: Iterable[Record], roles: Collection[str], platform: str) -> Expected | None:
    """Return how long a restore of these roles took in the sandbox drills that passed; None if
    there are no such drills.

    Args:
        records: in the order in which the drills were held.
        platform: the id, from `settings.identity.platform_of`, of the platform whose drills count.
    """
    times = [
        (one.when.declared, one.objectives.rto.seconds)
        for one in records
        if one.passed
        and one.plan.exercise == "sandbox"
        and one.chain.platform == platform
        and set(one.set.roles) == set(roles)
        and one.objectives.rto.seconds is not None
    ][-COUNTED:]
    if not times:
        return None
    each = [seconds for _when, seconds in times if seconds is not None]
    return Expected(times[-1][0], each[-1], min(each), max(each), len(each))
