"""Where a played drill is, for whoever shows it."""

from __future__ import annotations

from typing import NamedTuple

from pryv_tui.drills.scenarios.model import Option, Scenario
from pryv_tui.drills.story.state import State
from pryv_tui.incidents.events import AnyEvent
from pryv_tui.practice.settings import DOMAIN


class Page(NamedTuple):
    """What its journal tells now."""

    drill: str
    """Its id."""
    scenario: Scenario
    state: State
    events: tuple[AnyEvent, ...]
    began: str
    """When it was declared, RFC 3339 UTC."""
    sets: dict[str, str]
    """The ids of the sets, by the scenario's names."""
    ready: str
    """Since when the page waits for a person."""
    seed: int
    walk_through: bool

    def command(self, option: Option) -> str:
        """An option's command as it can be typed."""
        return option.typed(DOMAIN, self.sets)

    def undo(self, option: Option) -> str:
        """How an option is taken back, as it can be typed."""
        return option.undone(DOMAIN, self.sets)
