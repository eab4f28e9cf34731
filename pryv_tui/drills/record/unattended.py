"""Record a drill whose run is over, and sign the record if a timer started it."""

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
"""The command that performs the run of a sandbox drill, and then records and signs the drill."""


class Recorded(NamedTuple):
    """A record, and whether it was signed."""

    filed: Filed
    signed: bool = False
    """Whether the record is signed, now or earlier; False if no signature was due."""
    unsigned: str = ""
    """Why signing with the configured key failed; else empty."""


def record_and_sign(settings: Settings, drill: str) -> Recorded:
    """Write the record of a drill that is over. Sign it with the configured key, if there is one
    and no person attended the drill.

    Args:
        settings: the settings with which the drill was requested.

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
