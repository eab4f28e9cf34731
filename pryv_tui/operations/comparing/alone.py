"""Accounts that only core had, where core can't be asked: no other role knows them. Pure.

Register learns of an account before core does, so it names every usable account. An account that
only core has is recorded nowhere else: if core is gone, the last look at the running platform is
all that is known. A name that only register has does not matter here: it has no data.
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
    """When the running platform was asked, RFC 3339 UTC; empty where it never was."""

    @property
    def told(self) -> str:
        """Number and names in words: `3 accounts (a, b, c)`."""
        names = self.amount.names or ()
        many = counted(self.amount.number or 0, "account")
        return f"{many} ({named(names, SHOWN)})" if names else many


NOT_TOLD = Alone(amount=unknown("no look at the running platform has listed them"))


def had_alone(look: LiveFound | None, domain: str, *, practice: bool) -> Alone:
    """Return what the last look at a platform tells of the accounts that only core had.

    Args:
        look: the last look; None where there was none.
        domain: the platform's domain; empty where it is not known.
    """
    if look is None or look.practice != practice:
        return NOT_TOLD
    if look.domain and domain and look.domain != domain:
        return NOT_TOLD
    many, names, asked = look.counts.get(KIND), look.names.get(KIND, []), look.time
    old = look.earlier.get(KIND)
    if not many and old is not None and old.count:
        # That look could not tell; the one before it could.
        many, names, asked = old.count, old.names, old.time
    if many is None or (not many and KIND in look.doubted):
        return NOT_TOLD
    amount = of_number(many)
    if len(names) == many:
        amount = msgspec.structs.replace(amount, names=tuple(sorted(names)))
    return Alone(amount=amount, asked=asked)


def but_known(alone: Alone, known: Iterable[str], fewer: str = "") -> Alone:
    """Remove the accounts that some role will know after the restore.

    Args:
        fewer: why some of the remaining accounts may still be known to a role; empty for no doubt.
    """
    if not alone.amount.number:
        return alone
    amount = msgspec.structs.replace(alone.amount, fewer=fewer)
    if amount.names:
        left = tuple(sorted(set(amount.names) - set(known)))
        amount = msgspec.structs.replace(amount, number=len(left), names=left)
    return msgspec.structs.replace(alone, amount=amount)
