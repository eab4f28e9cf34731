"""Keep the last live audit in the state folder; it shows what is settled.

It is a note, not a record: without it a result says only what was known at its end. What an audit
could not check is taken over from the earlier one; a complete audit replaces everything.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from pryv_tui.decoding import Undecodable, decode_json
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.operations.audit.afterwards import ON_A_PAGE
from pryv_tui.operations.audit.owners import with_owner
from pryv_tui.operations.facts import KnownBefore, LiveFound
from pryv_tui.ownership import make_private
from pryv_tui.reading import read_whole

NAME = "live-audit.json"
_LARGEST = 4 << 20
"""Largest size of the file in bytes: enough for some thousands of names."""


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    format: int = 1
    look: LiveFound


def keep_look(state: Path, found: LiveFound) -> bool:
    """Write an audit in place of the earlier one; return whether that worked."""
    try:
        make_private(state)
        write_durably(state / NAME, msgspec.json.encode(_Kept(look=found)))
    except OSError:
        # An older audit could list casualties as settled that are back.
        with contextlib.suppress(OSError):
            (state / NAME).unlink()
        return False
    return True


def last_look(state: Path) -> LiveFound | None:
    """Return the last live audit; None if there was none, or if it can't be read."""
    try:
        return decode_json(read_whole(state / NAME, limit=_LARGEST, follow=False), _Kept).look
    except (OSError, ValueError, Undecodable):
        return None


def with_earlier(found: LiveFound, before: LiveFound | None) -> LiveFound:
    """Add to an audit what was known earlier of the kinds that it could not check completely.

    Args:
        before: the earlier audit; None if there was none.
    """
    if before is None or (before.domain, before.practice) != (found.domain, found.practice):
        return found
    known = waiting_since(before)
    earlier: dict[str, KnownBefore] = {}
    for kind in sorted(found.doubted):
        old, many = known.get(kind), before.counts.get(kind, 0)
        again = set(found.names.get(kind, []))
        if many:
            # If merged with the knowledge of an even older audit, the entry keeps that older time.
            time = old.time if old is not None and old.count is not None else before.time
            more = old.names if old is not None else []
            number = many + ((old.count or 0) if old is not None else 0)
            old = KnownBefore(
                time=time,
                count=number,
                names=[*before.names.get(kind, []), *more],
                run=old.run if old is not None else "",
                after=old.after if old is not None else "",
            )
        if old is None:
            continue
        if old.count is not None:
            names = [name for name in old.names if name not in again]
            left = old.count - (len(old.names) - len(names))
            old = msgspec.structs.replace(old, count=left, names=names)
        if old.count != 0:
            earlier[kind] = old
    return msgspec.structs.replace(
        found, earlier=earlier, people=before.people | found.people if earlier else found.people
    )


def waiting_since(look: LiveFound) -> dict[str, KnownBefore]:
    """Return what was known earlier of each kind that an audit could not check completely.

    If nothing was, the entry has the run after which nothing is known.
    """
    dark = {}
    if look.run:
        since = KnownBefore(time=look.time, run=look.run, after=look.after)
        dark = {kind: since for one in look.to_be_asked for kind in one.kinds}
    return dark | look.earlier


def told_earlier(look: LiveFound) -> dict[str, KnownBefore]:
    """Return `waiting_since` for display: names with their owners, as many per kind as fit a
    page."""
    return {
        kind: msgspec.structs.replace(
            one, names=[with_owner(name, look.people) for name in one.names[:ON_A_PAGE]]
        )
        for kind, one in waiting_since(look).items()
    }
