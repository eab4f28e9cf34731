"""Count and digest the events of each account, to compare two databases. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pryv_tui.phrases import counted

_RANGE = 1 << 256


class Events:
    """The number and the digest of each account's events in one database, in any order."""

    def __init__(self) -> None:
        self.many: Counter[str] = Counter()
        self._digests: dict[str, int] = {}

    def take(self, event: Mapping[str, Any]) -> str:
        """Add an event, and return the id of its user.

        An account's digest is the sum of the SHA-256 of its events as BSON. A sum does not depend
        on the order, in which databases may differ.
        """
        user = str(event.get("userId", ""))
        self.many[user] += 1
        one = int.from_bytes(hashlib.sha256(_encode()(event)).digest(), "big")
        self._digests[user] = (self._digests.get(user, 0) + one) % _RANGE
        return user

    @property
    def words(self) -> str:
        """Say how many events of how many accounts there are."""
        accounts = counted(len(self.many), "account")
        return f"{counted(self.many.total(), 'event')} of {accounts}"

    def unlike(self, other: Events) -> str:
        """Say for how many accounts the number or the content of events differs from `other`; empty
        if none."""
        every = self.many.keys() | other.many.keys()
        number = {user for user in every if self.many[user] != other.many[user]}
        content = {
            user for user in every - number if self._digests.get(user) != other._digests.get(user)
        }
        told = {"another number of events": number, "other content of events": content}
        of = counted(len(every), "account")
        return ", ".join(f"{what}: {len(who)} of {of}" for what, who in told.items() if who)


@cache
def _encode() -> Callable[[Mapping[str, Any]], bytes]:
    # Imported here, and not at the top, because the import is slow.
    from bson import encode

    return encode
