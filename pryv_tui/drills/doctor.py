"""The lines of `doctor` about drills: their records, and what drills of others left on an
engine."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.drills.signing.standing import Standing
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.drilling.others import SEE_HOW, still_stays
from pryv_tui.operations.guards.line import GuardLine, warning
from pryv_tui.operations.site import Site

_NAME = "drill record"


def record_lines(state: Path) -> list[GuardLine]:
    """Return a warning for each drill record that was edited or is missing."""
    try:
        odd = Standing(state).odd
    except PryvTuiError as error:
        return [
            warning(_NAME, f"it is not known which drills were held: {error.what}", error.remedy)
        ]
    return [warning(_NAME, one.words.rstrip("."), one.way) for one in odd]


def others_lines(site: Site) -> list[GuardLine]:
    """Return a warning for each drill of another state folder that is past its time but still on an
    engine."""
    return [warning("drill of others", one.words, SEE_HOW) for one in still_stays(site)]
