"""What is gone of a role that is here, as data; the words for it, and what a person accepts it by.
Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from pryv_tui.operations.acceptance import fingerprint, key_of
from pryv_tui.platform.roles import ROLES

GONE = "gone"
"""With a machine and a role: what a person accepts as gone on purpose."""


class DataGone(msgspec.Struct, frozen=True, kw_only=True):
    """What a role's users need and is not there any more, of a role that is there otherwise."""

    role: str
    host: str
    service: str
    """The one that is of no use without it; empty: all of the role's files are gone."""
    what: str
    """As the end of a sentence: `the data of mongodb`."""
    place: str
    """Relative to the root."""
    how: str
    """What is seen of it, as a clause."""
    set: str = ""
    """The newest set of this platform that holds some of it; empty where none tells."""
    since: str = ""
    """Up to when it may have been there, RFC 3339; empty where nothing tells."""
    exact: bool = True
    """False: it may be gone for longer."""
    partly: bool = False
    """Whether the service works on without it, and lacks this alone."""
    first: str = ""
    """What has to be done before a restore: a server that runs may hold in its process what is in
    no file any more. Sentences; empty for nothing."""
    after: str = ""
    """When the last restore, or undo of one, has settled what lies in the role's root, RFC 3339;
    empty where none did. What is gone after another one is another loss."""

    @property
    def needed(self) -> bool:
        """Whether the role is of no use to anybody without it."""
        if self.partly:
            return False
        return not self.service or any(self.service in role.needed for role in ROLES.values())

    @property
    def words(self) -> str:
        """What is wrong, as a clause: `pryv/mongodb/data, the data of mongodb, is empty`."""
        return f"{self.place}, {self.what}, {self.how}" if self.service else self.place_words

    @property
    def place_words(self) -> str:
        """The same without what it is: `pryv/mongodb/data is empty`."""
        return f"{self.place} {self.how}"


class Untold(NamedTuple):
    """A store that runs, of which nobody could be asked whether it holds what a set holds."""

    role: str
    host: str
    store: str
    set: str
    why: str

    @property
    def words(self) -> str:
        """That it is not known; a sentence without its stop."""
        return (
            f"{self.host}: whether {self.store} holds anything of what {self.set} holds is not"
            f" known: {self.why}"
        )


def gone_key(found: Sequence[DataGone]) -> tuple[str, str]:
    """What a person accepts it by that one role of a machine has lost something, and what would
    make it another loss: another thing that is gone, another set that holds it, a restore since.
    Not how it looks: a server that is started on an empty folder makes itself anew."""
    facts = sorted(" ".join((one.service, one.place, one.set, one.after)) for one in found)
    return key_of(GONE, found[0].host, found[0].role), fingerprint(*facts)


def lost_by(found: Sequence[DataGone], role: str, host: str) -> list[DataGone]:
    """What one role of one machine has lost of all that is gone."""
    return [one for one in found if (one.role, one.host) == (role, host)]


def gone_clause(found: Sequence[DataGone]) -> str:
    """What of one role is gone, in short: `the data of mongodb is gone`."""
    names = list(dict.fromkeys(one.what for one in found))
    many = len(names) > 1 or not all(one.service for one in found)
    return f"{' and '.join(names)} {'are' if many else 'is'} gone"
