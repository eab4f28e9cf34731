"""Accounts that only core had, if core can't be asked: no other role has them. Pure.

Register gets an account before core does, so it has the name of every usable account. An account
that only core has is recorded nowhere else: if core is gone, the last audit of the running platform
is the only source. A name that only register has does not matter here: it has no data.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pryv_tui.operations.comparing.amounts import SHOWN, Amount, of_number, unknown
from pryv_tui.operations.facts import LiveFound
from pryv_tui.phrases import counted, named

KIND = "accounts.core_only"
"""The kind of casualty, as `group.name`."""


class Alone(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the accounts that only core had."""

    amount: Amount
    asked: str = ""
    """When the running platform was asked, RFC 3339 UTC; empty if it never was."""

    @property
    def told(self) -> str:
        """Number and names in words: `3 accounts (a, b, c)`."""
        names = self.amount.names or ()
        many = counted(self.amount.number or 0, "account")
        return f"{many} ({named(names, SHOWN)})" if names else many


NOT_TOLD = Alone(amount=unknown("no look at the running platform has listed them"))


def had_alone(look: LiveFound | None, domain: str, *, practice: bool) -> Alone:
    """Return the accounts that only core had, from the last audit of the platform.

    Args:
        look: the last audit; None if there was none.
        domain: the platform's domain; empty if unknown.
    """
    if look is None or look.practice != practice:
        return NOT_TOLD
    if look.domain and domain and look.domain != domain:
        return NOT_TOLD
    many, names, asked = look.counts.get(KIND), look.names.get(KIND, []), look.time
    old = look.earlier.get(KIND)
    if not many and old is not None and old.count:
        # The last audit could not check this; the one before it could.
        many, names, asked = old.count, old.names, old.time
    if many is None or (not many and KIND in look.doubted):
        return NOT_TOLD
    amount = of_number(many)
    if len(names) == many:
        amount = msgspec.structs.replace(amount, names=tuple(sorted(names)))
    return Alone(amount=amount, asked=asked)


def but_known(alone: Alone, known: Iterable[str], fewer: str = "") -> Alone:
    """Remove the accounts that another role will have after the restore.

    Args:
        known: names of the accounts that some role will have.
        fewer: why some role may have more of them; empty if there is no doubt.
    """
    if not alone.amount.number:
        return alone
    amount = msgspec.structs.replace(alone.amount, fewer=fewer)
    if amount.names:
        left = tuple(sorted(set(amount.names) - set(known)))
        amount = msgspec.structs.replace(amount, number=len(left), names=left)
    return msgspec.structs.replace(alone, amount=amount)
