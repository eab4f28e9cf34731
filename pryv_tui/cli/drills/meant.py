"""Find the drill that a command of `drill` means."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.cli.base.options import settings
from pryv_tui.cli.base.output import say
from pryv_tui.drills.files import all_drills, drills_folder, resolve_drill
from pryv_tui.drills.record.ended import close_what_ended
from pryv_tui.drills.under_way import under_way
from pryv_tui.incidents.files import need_listed
from pryv_tui.incidents.incident import Incident
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import refuse_open_state


def drill_settings() -> Settings:
    """Return the settings. Drills that ended while nobody watched get their records first."""
    chosen = settings()
    refuse_open_state(chosen)
    need_listed(drills_folder(Path(chosen.state)))
    close_what_ended(chosen)
    return chosen


def meant(state: Path, name: str) -> Incident:
    """Return the drill with a name. For `latest`, a message names later drills without a record."""
    one = resolve_drill(state, name)
    if name == "latest":
        tell_later(state, one)
    return one


def tell_later(state: Path, one: Incident) -> None:
    """Print that a later drill exists, if there is one. For drills that were not named by their
    id."""
    for later in under_way(state, [each.id for each in all_drills(state)]):
        if later.drill <= one.id:
            continue
        say(
            f"This is about the drill {one.id}. A later drill, {later.drill}, has no record yet."
            f" {later.words}",
            err=True,
            always=True,
        )
