"""How many there are of something, by name where that is known; or why it is not known. Pure.

What could not be asked has a reason and no number: it is never none. A number that is only a part
has a reason too.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pryv_tui import phrases

SHOWN = 6
"""Names that are shown of many."""


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """A number, or why there is none."""

    number: int | None = None
    """None where it is not known."""
    names: tuple[str, ...] | None = None
    """Sorted; None where they are not known, or too many to be kept."""
    why: str = ""
    """Why it is not known; beside a number: why it may be more."""
    unnamed: str = ""
    """Why the number alone is known, and not the names."""
    fewer: str = ""
    """Beside a number: why it may be fewer, since of some it is not known whether they count."""

    @property
    def whole(self) -> bool:
        """Whether the number is known and exact: neither "at least" nor "at most"."""
        return self.number is not None and not self.why and not self.fewer

    @property
    def none(self) -> bool:
        """Whether it is known that there is none."""
        return self.whole and self.number == 0

    def of(self, one: str, many: str = "") -> str:
        """It in words: `3 accounts`, `at least 3 accounts`, `not known`; without the reasons.

        Args:
            one: what is counted; `many` is `one` and an s where it is not given.
        """
        if self.number is None:
            return f"{many or one + 's'}: not known"
        return self.lead + phrases.counted(self.number, one, many)

    @property
    def lead(self) -> str:
        """What stands before a number that is not the whole truth."""
        if self.why and self.fewer:
            return "about "
        return "at least " if self.why else "at most " if self.fewer else ""

    @property
    def doubts(self) -> str:
        """Why the number may be another, or is not known; empty where it is the whole truth."""
        return "; ".join(dict.fromkeys(filter(None, (self.why, self.fewer))))

    def listed(self, shown: int = SHOWN) -> str:
        """The names, as many as are shown, and how many more; empty where none is known."""
        if not self.names:
            return ""
        return phrases.named(self.names, shown)

    def told(self, one: str, many: str = "", shown: int = SHOWN) -> str:
        """Number, names and reason: `3 accounts: a, b, c`; `not known: Redis does not answer`."""
        text = self.of(one, many)
        names = self.listed(shown)
        if names:
            text = f"{text}: {names}"
        return f"{text} ({self.doubts})" if self.doubts else text


def of_names(names: Iterable[str], why: str = "", fewer: str = "") -> Amount:
    """All of these; with a reason, these at least.

    Args:
        fewer: why some of them may not count; of none there are no fewer.
    """
    found = tuple(sorted(names))
    return Amount(number=len(found), names=found, why=why, fewer=fewer if found else "")


def of_number(number: int, why: str = "") -> Amount:
    """So many, whose names nobody asked for; with a reason, so many at least."""
    return Amount(number=number, why=why)


def unknown(why: str) -> Amount:
    return Amount(why=why)


_ONLY_NUMBER = "only their number is known"


def together(parts: Iterable[Amount]) -> Amount:
    """All that several know between them; not known as soon as one of them is not."""
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
    """What is in one and not in the other.

    Where names of one side are missing, their numbers tell how many there are at least: a loss that
    was made up for by others would not be seen in them.
    """
    if one.names is not None and not one.why and other.names is not None and not other.why:
        # Of the other's names some may not count, and are then in one alone: these at least.
        more = other.fewer if set(one.names) & set(other.names) else ""
        return of_names(set(one.names) - set(other.names), more, one.fewer)
    reasons = [why for each in (one, other) for why in (each.why, each.unnamed) if why]
    why = reasons[0] if reasons else _ONLY_NUMBER
    if one.number is None or other.number is None or other.why:
        return unknown(why)
    return of_number(max(0, one.number - other.number), why)
