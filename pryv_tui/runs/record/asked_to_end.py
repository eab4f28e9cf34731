"""Who asked a run to end: the process that asks writes it in the run's folder, and the worker
records it in the journal."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.decoding import Undecodable, read_json
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.runs.record.events import CancelAsked
from pryv_tui.who import Who

NAME = "cancel.json"


def note_cancel(folder: Path, by: Who) -> None:
    """Record who asks a run to end. Only the first one counts.

    If this can't be written, the run is ended all the same, and who asked is not known.
    """
    path = folder / NAME
    if not path.exists():
        with contextlib.suppress(OSError):
            write_durably(path, msgspec.json.encode(CancelAsked(by=by, asked=timestamp())))


def cancel_asked(folder: Path) -> CancelAsked | None:
    """Return who asked the run to end; None if nobody did, or the file can't be read."""
    try:
        return read_json(folder / NAME, CancelAsked)
    except (OSError, Undecodable):
        return None
