"""A number of things, with their names if known, or the reason why it is unknown. Pure.

What could not be asked has a reason and no number; it never counts as 0. An incomplete number has a
reason too.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pryv_tui import phrases

SHOWN = 6
"""Maximum number of names shown."""


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """A number, or the reason why there is none."""

    number: int | None = None
    """None if unknown."""
    names: tuple[str, ...] | None = None
    """Sorted; None if unknown, or if there are too many to keep."""
    why: str = ""
    """Why the number is unknown; with a number: why it may be higher."""
    unnamed: str = ""
    """Why only the number is known, without names."""
    fewer: str = ""
    """With a number: why it may be lower, since some of the counted things may not belong to it."""

    @property
    def whole(self) -> bool:
        """Whether the number is known and exact: neither "at least" nor "at most"."""
        return self.number is not None and not self.why and not self.fewer

    @property
    def none(self) -> bool:
        """Whether it is certain that there are none."""
        return self.whole and self.number == 0

    def of(self, one: str, many: str = "") -> str:
        """Return the amount in words, without reasons.

        For example `3 accounts`, `at least 3 accounts`, `accounts: not known`.

        Args:
            one: the noun in the singular.
            many: the noun in the plural, by default with an s.
        """
        if self.number is None:
            return f"{many or one + 's'}: not known"
        return self.lead + phrases.counted(self.number, one, many)

    @property
    def lead(self) -> str:
        """The words before an inexact number: `at least `, `at most `, `about `; else empty."""
        if self.why and self.fewer:
            return "about "
        return "at least " if self.why else "at most " if self.fewer else ""

    @property
    def doubts(self) -> str:
        """Why the number may be wrong or is unknown; empty for an exact number."""
        return "; ".join(dict.fromkeys(filter(None, (self.why, self.fewer))))

    def listed(self, shown: int = SHOWN) -> str:
        """Return up to `shown` names, and how many more there are; empty if no names are known."""
        if not self.names:
            return ""
        return phrases.named(self.names, shown)

    def told(self, one: str, many: str = "", shown: int = SHOWN) -> str:
        """Return number, names and reasons.

        For example `3 accounts: a, b, c` or `accounts: not known (Redis does not answer)`.
        """
        text = self.of(one, many)
        names = self.listed(shown)
        if names:
            text = f"{text}: {names}"
        return f"{text} ({self.doubts})" if self.doubts else text


def of_names(names: Iterable[str], why: str = "", fewer: str = "") -> Amount:
    """Return the amount of these names.

    Args:
        why: why there may be more; then it is "at least". Empty if there is no doubt.
        fewer: why some of them may not count; ignored if there are no names.
    """
    found = tuple(sorted(names))
    return Amount(number=len(found), names=found, why=why, fewer=fewer if found else "")


def of_number(number: int, why: str = "") -> Amount:
    """Return the amount for a number without names; with a reason `why`, "at least" that number."""
    return Amount(number=number, why=why)


def unknown(why: str) -> Amount:
    return Amount(why=why)


_ONLY_NUMBER = "only their number is known"


def together(parts: Iterable[Amount]) -> Amount:
    """Unite several amounts by name; unknown if one of them is not known completely."""
    found: set[str] = set()
    sure: set[str] = set()
    fewer = ""
    for each in parts:
        if each.names is None:
            return unknown(each.why or each.unnamed or _ONLY_NUMBER)
        if each.why:
            return unknown(each.why)
        found.update(each.names)
        if each.fewer:
            fewer = fewer or each.fewer
        else:
            sure.update(each.names)
    return of_names(found, fewer=fewer if found - sure else "")


def without(one: Amount, other: Amount) -> Amount:
    """Return what is in `one` and not in `other`.

    If the names of one side are missing, the difference of the numbers is the minimum: numbers
    don't show a loss if as many new ones were added.
    """
    if one.names is not None and not one.why and other.names is not None and not other.why:
        # Some of the other's names may not count; then they are in `one` alone: this is a minimum.
        more = other.fewer if set(one.names) & set(other.names) else ""
        return of_names(set(one.names) - set(other.names), more, one.fewer)
    reasons = [why for each in (one, other) for why in (each.why, each.unnamed) if why]
    why = reasons[0] if reasons else _ONLY_NUMBER
    if one.number is None or other.number is None or other.why:
        return unknown(why)
    return of_number(max(0, one.number - other.number), why)
