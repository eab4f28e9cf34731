"""Drills that ended, told by their journals: for the tests of their records."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from pryv_tui.incidents.events import (
    FindingNoted,
    Noted,
)
from pryv_tui.operations.kinds.drill import Drill
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.who import Who
from tests.drills.held import ANNA, RUN, at

MORE = (
    Noted(text="the disk was slow"),
    Noted(text="we take the newest set", decision=True),
    FindingNoted(name="a1", text="nobody knew the password", owner="ops", due="2026-04-01"),
)


SECRETS = ("hunter2Canary", "Zx9canaryQ8w7e6r5t4y", "zoe@canary.example", "eyJhbGciCanary1.eyJz")


def asked_with(settings: Settings, *, by: Who = ANNA, **goals: Any) -> None:
    """A run's request, as it is written before the run begins."""
    request = Drill(
        settings=msgspec.structs.replace(settings, **goals),
        run=RUN, asked=at(-2), set_id="20260301T030000Z", by=by,
    )  # fmt: skip
    place = Path(settings.state) / "runs" / RUN / "request.json"
    place.write_bytes(msgspec.json.encode(request))
    # A young one without a worker is taken to be starting.
    os.utime(place, (0, 0))
