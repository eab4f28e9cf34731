"""What is done about the record of a drill that nobody may attend: a timer's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

from pryv_tui.drills.files import Filed
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.signing import sign_drill
from pryv_tui.drills.signing.papers import SIGNATURE
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.settings.resolve import Settings

WORKER = (sys.executable, "-P", "-m", "pryv_tui.drills.worker")
"""What performs the run of a sandbox drill: it does this when the run is over."""


class Recorded(NamedTuple):
    """A record, and what came of signing it."""

    filed: Filed
    signed: bool = False
    """By the configured key, now or a moment ago."""
    unsigned: str = ""
    """Why the configured key did not sign it."""


def record_and_sign(settings: Settings, drill: str) -> Recorded:
    """Write the record of a drill that is over; where nobody attended it and a key is configured,
    sign it with that.

    Args:
        settings: those that the drill was asked for with.

    Raises:
        PryvTuiError: what `close_drill` raises.
    """
    filed = close_drill(settings, drill)
    if not settings.drill_key or not filed.record.objectives.unattended:
        return Recorded(filed)
    if (filed.folder / SIGNATURE).exists():
        return Recorded(filed, signed=True)
    try:
        sign_drill(settings, drill, Path(settings.drill_key))
    except PryvTuiError as error:
        return Recorded(filed, unsigned=error.what)
    return Recorded(filed, signed=True)
