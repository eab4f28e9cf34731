"""The present state of a scenario that is being played, for the interfaces that show it."""

from __future__ import annotations

from typing import NamedTuple

from pryv_tui.drills.scenarios.model import Option, Scenario
from pryv_tui.drills.story.state import State
from pryv_tui.incidents.events import AnyEvent
from pryv_tui.practice.settings import DOMAIN


class Page(NamedTuple):
    """The present state of a drill, computed from its journal."""

    drill: str
    """The id of the drill."""
    scenario: Scenario
    state: State
    events: tuple[AnyEvent, ...]
    began: str
    """When the drill was declared, RFC 3339 UTC."""
    sets: dict[str, str]
    """The ids of the sets, by their names in the scenario."""
    ready: str
    """The time since which the page waits for a person, RFC 3339 UTC."""
    seed: int
    walk_through: bool

    def command(self, option: Option) -> str:
        """Return an option's command, with its placeholders filled in."""
        return option.typed(DOMAIN, self.sets)

    def undo(self, option: Option) -> str:
        """Return how to undo an option, with its placeholders filled in."""
        return option.undone(DOMAIN, self.sets)
