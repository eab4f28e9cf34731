"""The accounts that core alone had, where core can't be asked: no other role tells of them. Pure.

Register is told of an account before core is, so it names every one that can be used. But an
account that core has and register does not is nowhere else: where core is gone, nobody can count
them, and the last look at the running platform is all that is known of them. A name that register
alone has is no such thing: there is no data to it.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pryv_tui.operations.comparing.amounts import SHOWN, Amount, of_number, unknown
from pryv_tui.operations.facts import LiveFound
from pryv_tui.phrases import counted, named

KIND = "accounts.core_only"
"""The kind of casualty, by `group.name`."""


class Alone(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the accounts that core alone had."""

    amount: Amount
    asked: str = ""
    """When the running platform told that, RFC 3339 UTC; empty where nothing did."""

    @property
    def told(self) -> str:
        """How many, with the names: `3 accounts (a, b, c)`."""
        names = self.amount.names or ()
        many = counted(self.amount.number or 0, "account")
        return f"{many} ({named(names, SHOWN)})" if names else many


NOT_TOLD = Alone(amount=unknown("no look at the running platform told of them"))


def had_alone(look: LiveFound | None, domain: str, *, practice: bool) -> Alone:
    """What the last look at a platform tells of them.

    Args:
        look: that look; None where there was none.
        domain: the platform's; empty where it is not known.
    """
    if look is None or look.practice != practice:
        return NOT_TOLD
    if look.domain and domain and look.domain != domain:
        return NOT_TOLD
    many, names, asked = look.counts.get(KIND), look.names.get(KIND, []), look.time
    old = look.earlier.get(KIND)
    if not many and old is not None and old.count:
        # It could not be asked then: what is known is of the look before.
        many, names, asked = old.count, old.names, old.time
    if many is None or (not many and KIND in look.doubted):
        return NOT_TOLD
    amount = of_number(many)
    if len(names) == many:
        amount = msgspec.structs.replace(amount, names=tuple(sorted(names)))
    return Alone(amount=amount, asked=asked)


def but_known(alone: Alone, known: Iterable[str], fewer: str = "") -> Alone:
    """The same without those that a role will know all the same.

    Args:
        fewer: why it is not known of all of them whether a role will.
    """
    if not alone.amount.number:
        return alone
    amount = msgspec.structs.replace(alone.amount, fewer=fewer)
    if amount.names:
        left = tuple(sorted(set(amount.names) - set(known)))
        amount = msgspec.structs.replace(amount, number=len(left), names=left)
    return msgspec.structs.replace(alone, amount=amount)
