"""Who asked a run to end: left in its folder by whoever asks, told in the journal by the worker."""

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
    """Leave who asks a run to end; the first one counts.

    Where it can't be written down the run is ended all the same, by somebody who is not known.
    """
    path = folder / NAME
    if not path.exists():
        with contextlib.suppress(OSError):
            write_durably(path, msgspec.json.encode(CancelAsked(by=by, asked=timestamp())))


def cancel_asked(folder: Path) -> CancelAsked | None:
    """Who asked for it; None where nobody did, or what is there can't be read."""
    try:
        return read_json(folder / NAME, CancelAsked)
    except (OSError, Undecodable):
        return None
