"""The last look at the live platform, kept in the state folder: what is settled is told by it.

It is a note, not a record: without it results say what they said at their end. What a look could
not tell stays as it was known before; a whole look takes the place of all that.
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


def with_earlier(found: LiveFound, before: LiveFound | None) -> LiveFound:
    """A look with what was known before of the kinds that it could not tell, or not whole.

    Args:
        before: the look before it, of what is there now; None for none.
    """
    if before is None or (before.domain, before.practice) != (found.domain, found.practice):
        return found
    known = waiting_since(before)
    earlier: dict[str, KnownBefore] = {}
    for kind in sorted(found.doubted):
        old, many = known.get(kind), before.counts.get(kind, 0)
        again = set(found.names.get(kind, []))
        if many:
            # What an even older look knew besides, is told as of this one: it is not newer.
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
    """By kind that a look does not know, or not whole: what was known before, or after which run
    nothing of it is known."""
    dark = {}
    if look.run:
        since = KnownBefore(time=look.time, run=look.run, after=look.after)
        dark = {kind: since for one in look.to_be_asked for kind in one.kinds}
    return dark | look.earlier


def told_earlier(look: LiveFound) -> dict[str, KnownBefore]:
    """The same with the names as they are told, no more of a kind than a page has room for."""
    return {
        kind: msgspec.structs.replace(
            one, names=[with_owner(name, look.people) for name in one.names[:ON_A_PAGE]]
        )
        for kind, one in waiting_since(look).items()
    }
