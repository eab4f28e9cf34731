"""What a run is asked to do: written by its starter, read by its worker."""

from __future__ import annotations

from typing import Literal

import msgspec

from pryv_tui.operations.site import Settings

NAME = "request.json"


class RunRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One run as it was asked for."""

    run: str
    kind: Literal["backup", "restore", "undo"]
    settings: Settings
    roles: tuple[str, ...] = ()
    label: str = ""
    set_id: str = ""
    """For a restore: the set's full id."""
    undone_run: str = ""
    """For an undo: the run to be undone, its full id."""
    asked: str = ""
