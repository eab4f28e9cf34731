"""Lost data of a role that still exists: its facts, its words, and its key for acceptance. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from pryv_tui.operations.acceptance import fingerprint, key_of
from pryv_tui.platform.roles import ROLES

GONE = "gone"
"""First part of an acceptance's key, before machine and role: gone on purpose."""


class DataGone(msgspec.Struct, frozen=True, kw_only=True):
    """One loss: data that a role's users need is gone, while the role itself still exists."""

    role: str
    host: str
    service: str
    """The service that is useless without the data; empty: all of the role's files are gone."""
    what: str
    """What is gone, as the end of a sentence: `the data of mongodb`."""
    place: str
    """The path of the data, relative to the root."""
    how: str
    """What was seen at that path, as a clause: `is empty`."""
    set: str = ""
    """The newest set of this platform that has some of it; empty if none is known."""
    since: str = ""
    """The last time at which it may have been there, RFC 3339; empty if unknown."""
    exact: bool = True
    """False: it may have been gone before `since`."""
    partly: bool = False
    """Whether the service still works, and lacks only this."""
    first: str = ""
    """What to do before a restore, in sentences; empty if nothing.

    A running server may have data in its process that is no longer in any file.
    """
    after: str = ""
    """When the last restore or undo settled the role's root, RFC 3339; empty if none did.

    A loss after another restore counts as a new loss.
    """
    asked: str = ""
    """When the store's server said so, RFC 3339; empty if files show it."""
    told_then: bool = False
    """Whether only an earlier look found this, at `asked`, and the server can't be asked now."""

    @property
    def needed(self) -> bool:
        """Whether the role is useless without this data."""
        if self.partly:
            return False
        return not self.service or any(self.service in role.needed for role in ROLES.values())

    @property
    def words(self) -> str:
        """What is wrong, as a clause: `pryv/mongodb/data, the data of mongodb, is empty`."""
        return f"{self.place}, {self.what}, {self.how}" if self.service else self.place_words

    @property
    def place_words(self) -> str:
        """Path and state only, as a clause: `pryv/mongodb/data is empty`."""
        return f"{self.place} {self.how}"


class Untold(NamedTuple):
    """A running store that could not be asked whether it has anything of what the set has."""

    role: str
    host: str
    store: str
    set: str
    why: str

    @property
    def words(self) -> str:
        """Say that the answer is unknown; a sentence without a full stop."""
        return (
            f"{self.host}: it is not known whether {self.store} holds any of the data of"
            f" {self.set}: {self.why}"
        )


def gone_key(found: Sequence[DataGone]) -> tuple[str, str]:
    """Return the acceptance key and the fingerprint of one role's losses on a machine.

    The fingerprint changes if something else is gone, if another set has it, or after a restore.
    The appearance of a loss is not part of it: a server started on an empty folder creates new
    files.
    """
    facts = sorted(" ".join((one.service, one.place, one.set, one.after)) for one in found)
    return key_of(GONE, found[0].host, found[0].role), fingerprint(*facts)


def lost_by(found: Sequence[DataGone], role: str, host: str) -> list[DataGone]:
    """Select the losses of one role on one machine."""
    return [one for one in found if (one.role, one.host) == (role, host)]


def gone_clause(found: Sequence[DataGone]) -> str:
    """Say what a role lost, in short: `the data of mongodb is gone`."""
    names = list(dict.fromkeys(one.what for one in found))
    many = len(names) > 1 or not all(one.service for one in found)
    known = ", as far as is known" if any(one.told_then for one in found) else ""
    return f"{' and '.join(names)} {'are' if many else 'is'} gone{known}"
