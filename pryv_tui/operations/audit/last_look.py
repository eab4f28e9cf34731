"""The last look at the live platform, kept in the state folder: what is settled is told by it.

It is a note, not a record: without it results say what they said at their end.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from pryv_tui.decoding import Undecodable, decode_json
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.operations.facts import LiveFound
from pryv_tui.ownership import make_private
from pryv_tui.reading import read_whole

NAME = "live-audit.json"
_LARGEST = 4 << 20
"""Bytes; some thousands of names."""


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    format: int = 1
    look: LiveFound


def keep_look(state: Path, found: LiveFound) -> bool:
    """Write it down in place of the one before; whether that could be done."""
    try:
        make_private(state)
        write_durably(state / NAME, msgspec.json.encode(_Kept(look=found)))
    except OSError:
        # The older one would tell of settled things that came back.
        with contextlib.suppress(OSError):
            (state / NAME).unlink()
        return False
    return True


def last_look(state: Path) -> LiveFound | None:
    """What was found by it; None where there was none, or it can't be read."""
    try:
        return decode_json(read_whole(state / NAME, limit=_LARGEST, follow=False), _Kept).look
    except (OSError, ValueError, Undecodable):
        return None
