"""Events, by account: how many, and a digest over all that each of them holds. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pryv_tui.phrases import counted

_RANGE = 1 << 256


class Events:
    """What was read of them, in whatever order."""

    def __init__(self) -> None:
        self.many: Counter[str] = Counter()
        self._digests: dict[str, int] = {}

    def take(self, event: Mapping[str, Any]) -> str:
        """Take one in; whose it is. The digest of an account is the sum of those of its events,
        each over the event as BSON: no two databases hand them out in one order."""
        user = str(event.get("userId", ""))
        self.many[user] += 1
        one = int.from_bytes(hashlib.sha256(_encode()(event)).digest(), "big")
        self._digests[user] = (self._digests.get(user, 0) + one) % _RANGE
        return user

    @property
    def words(self) -> str:
        """How many there are."""
        accounts = counted(len(self.many), "account")
        return f"{counted(self.many.total(), 'event')} of {accounts}"

    def unlike(self, other: Events) -> str:
        """What is another in the other ones; empty where all is the same."""
        every = self.many.keys() | other.many.keys()
        number = {user for user in every if self.many[user] != other.many[user]}
        content = {
            user for user in every - number if self._digests.get(user) != other._digests.get(user)
        }
        told = {"another number of events": number, "other events": content}
        of = counted(len(every), "account")
        return ", ".join(f"{what}: {len(who)} of {of}" for what, who in told.items() if who)


@cache
def _encode() -> Callable[[Mapping[str, Any]], bytes]:
    # Late: importing it takes a while.
    from bson import encode

    return encode
