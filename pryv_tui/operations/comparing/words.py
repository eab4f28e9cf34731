"""Put a comparison into sentences. Pure.

Each line has a depth: it belongs to the line above it that has a smaller depth. What was not asked,
or could not be asked, has a line too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from pryv_tui.clock import shown
from pryv_tui.operations.ages import clock_words, since_words
from pryv_tui.operations.comparing.alone import Alone
from pryv_tui.operations.comparing.amounts import SHOWN, Amount
from pryv_tui.operations.comparing.model import Comparison, Newer, Outcome, RoleNow
from pryv_tui.sanitize import one_line

Tone = Literal["head", "bad", "plain"]
NOUNS = {"accounts": "account", "events": "event", "attachments": "attachment", "points": "point"}
UNCOUNTED = "Only accounts, events, attachments and points are compared."


class Line(NamedTuple):
    """A line of text and its indentation level."""

    depth: int
    text: str
    tone: Tone = "plain"


def lines_of(
    found: Comparison, chosen: Sequence[str] = (), *, now: datetime | None = None
) -> list[Line]:
    """Return all lines: what each choice of roles would cause, then what is newer than the set.

    Args:
        chosen: the roles to restore; empty: all roles of the set.
        now: the present time, for ages.
    """
    instead = " instead" if any(each.chosen for each in found.outcomes) else ""
    lines = [line for each in found.outcomes for line in _outcome(each, found.set_id, instead, now)]
    taken = [each for each in found.roles if not chosen or each.role in chosen]
    newer = [line for each in taken for line in _newer(each, found.newer, now)]
    if newer:
        lines += [Line(0, "What is there now but not in the set:", "head"), *newer]
        lines.append(Line(1, UNCOUNTED))
    return [line._replace(text=one_line(line.text)) for line in lines]


def indented(lines: Sequence[Line]) -> tuple[str, ...]:
    """Return the lines as plain text, indented by two blanks per level."""
    return tuple("  " * line.depth + line.text for line in lines)


def _outcome(found: Outcome, set_id: str, instead: str, now: datetime | None) -> Iterator[Line]:
    pair = [role for role in found.roles if role in ("core", "register")]
    words = " and ".join(pair) if len(pair) > 1 else f"{pair[0]} alone" if pair else "nothing"
    head = f"{words}, as chosen:" if found.chosen else f"With {words}{instead}:"
    yield Line(0, head[0].upper() + head[1:], "head")
    moments: dict[str, list[str]] = {}
    for role, moment in found.backwards.items():
        moments.setdefault(since_words(moment, now) or moment, []).append(role)
    for moment, roles in moments.items():
        verb = "goes" if len(roles) == 1 else "go"
        yield Line(1, f"{' and '.join(roles)} {verb} back to {moment}.")
    if found.stranded.none and found.exposed.none and found.gone.none:
        if found.alone is None:
            here = " of the cores here" if found.hosts else ""
            yield Line(1, f"No account{here} would be stranded, left open to others, or gone.")
            yield from _elsewhere(found)
            return
        yield Line(1, "No account that register knows would be stranded or gone, and none would"
                      " be left open to others.")  # fmt: skip
        yield from _alone(found.alone)
        yield from _elsewhere(found)
        return
    all_three = (found.exposed, found.stranded, found.gone)
    dark = {each.why for each in all_three}
    if len(dark) == 1 and all(each.number is None for each in all_three):
        yield Line(1, f"It is not known what would become of the accounts: {dark.pop()}.", "bad")
        return
    yield from _exposed(found.exposed)
    yield from _stranded(found.stranded, set_id)
    yield from _gone(found.gone)
    if found.alone is not None:
        yield from _alone(found.alone)
    yield from _elsewhere(found)


def _elsewhere(found: Outcome) -> Iterator[Line]:
    """Say which accounts are on other cores, which are not asked."""
    if found.elsewhere.number:
        one = found.elsewhere.number == 1
        yield Line(1, f"{_told(found.elsewhere, 'account')} {'is' if one else 'are'} on"
                      f" {'another core' if len(found.hosts) == 1 else 'other cores'}"
                      f" ({', '.join(found.hosts)}): not asked.")  # fmt: skip
    elif found.elsewhere.number is None and found.hosts:
        yield Line(1, "Not asked, so it is not known which accounts are on"
                      f" {', '.join(found.hosts)} ({found.elsewhere.why}).")  # fmt: skip


def _alone(found: Alone) -> Iterator[Line]:
    """Say which accounts only core had, if a core can't be asked."""
    if not found.asked:
        yield Line(1, f"Accounts that core alone had: not known ({found.amount.why}).", "bad")
        return
    then = f"when the running platform was last asked ({shown(found.asked)})"
    if not found.amount.number:
        yield Line(1, f"Accounts that core alone had: 0 {then}, not counting those that come"
                      " back; later ones are not known.")  # fmt: skip
        return
    be, them = ("is", "it") if found.amount.number == 1 else ("are", "them")
    held = f"the set holds {them}, or " if found.amount.fewer else ""
    yield Line(1, f"{found.told} {be} gone for good, unless {held}this was settled since: core"
                  f" alone had {them} {then}.", "bad")  # fmt: skip


def _exposed(amount: Amount) -> Iterator[Line]:
    if amount.number is None:
        yield Line(1, f"Names that would look free: not known ({amount.why}).", "bad")
    elif amount.number == 0 and amount.why:
        yield Line(1, f"No name is known that would look free ({amount.why}).")
    elif not amount.none:
        one = amount.number == 1
        yield Line(1, f"{_told(amount, 'name')} would look free: core has"
                      f" {'its' if one else 'their'} data, register would not know"
                      f" {'it' if one else 'them'}.", "bad")  # fmt: skip
        yield Line(2, "If somebody takes such a name, core deletes that data. To settle"
                      " it, add each name to register again BEFORE the platform is"
                      " opened.")  # fmt: skip
        yield Line(2, "This restore itself starts register and nginx at its end. Right after"
                      " that: pryv-tui containers stop pryvio_register; otherwise such a name can"
                      " be taken. This program does not know how an account is added in Pryv.io:"
                      " ask its support before you go on.")  # fmt: skip


def _stranded(amount: Amount, set_id: str) -> Iterator[Line]:
    if amount.number is None:
        yield Line(1, f"Names stranded: not known ({amount.why}).", "bad")
    elif amount.number == 0 and amount.why:
        yield Line(1, f"No name is known to be stranded ({amount.why}).")
    elif not amount.none:
        one = amount.number == 1
        yield Line(1, f"{_told(amount, 'name')} stranded: register knows"
                      f" {'it' if one else 'them'}, core would not.", "bad")  # fmt: skip
        yield Line(2, "Their log-in fails and the name stays taken, until it is freed on"
                      f" register: pryv-tui audit {set_id} --live")  # fmt: skip


def _gone(amount: Amount) -> Iterator[Line]:
    if amount.number is None:
        yield Line(1, f"Accounts that would be gone: not known ({amount.why}).", "bad")
    elif amount.number == 0 and amount.why:
        yield Line(1, f"No account is known to be gone ({amount.why}).")
    elif not amount.none:
        be = "is" if amount.number == 1 else "are"
        yield Line(1, f"{_told(amount, 'account')} {be} gone: neither would know"
                      f" {'it' if amount.number == 1 else 'them'}.", "bad")  # fmt: skip
        yield Line(2, "Their owners can sign up again, but start with no data.")


def _told(amount: Amount, noun: str) -> str:
    """Return an amount in words: `3 names (a, b, c)`, with the reason if it may be more or
    fewer."""
    inside = [
        amount.listed(SHOWN),
        amount.why and f"there may be more: {amount.why}",
        amount.fewer and f"there may be fewer: {amount.fewer}",
    ]
    told = "; ".join(filter(None, inside))
    said = f"{amount.of(noun)} ({told})" if told else amount.of(noun)
    return said[0].upper() + said[1:]


def _newer(each: RoleNow, newer: Sequence[Newer], now: datetime | None) -> Iterator[Line]:
    place = f"{each.role} on {each.host}"
    back = since_words(each.back_to, now) or each.back_to
    mine = [one for one in newer if (one.role, one.host) == (each.role, each.host)]
    if each.condition == "gone":
        # Data that is gone can't be asked; that says nothing about how much it was.
        if each.role == "static-web":
            yield Line(1, f"{place}: gone, and it is not known what it had that is not in the set.")
        else:
            yield Line(1, f"{place}: gone, so it can't be asked any more what it got after"
                          f" {back}.")  # fmt: skip
        return
    if not mine:
        if each.role == "static-web":
            yield Line(1, f"{place}: its files are not compared.")
        elif each.condition == "unknown":
            yield Line(1, f"{place}: not known ({'; '.join(each.why)}).")
        return
    yield Line(1, f"{place}, after {back}:")
    for one in mine:
        yield Line(2, newer_words(one))


def newer_words(one: Newer) -> str:
    """Say what one store has and the set has not: `3 accounts: a, b, c`."""
    said = one.amount.told(NOUNS[one.what])
    totals = [
        f"{amount.number} {where}"
        for amount, where in ((one.now, "now"), (one.in_set, "in the set"))
        if amount is not None and amount.number is not None
    ]
    if one.what != "accounts":
        return f"{said}; {', '.join(totals)}" if totals else said
    return f"{said}; {_missing(one.missing)}" if one.missing and one.missing.number else said


def _missing(amount: Amount) -> str:
    """Say how many accounts of the set are not there now: deleted, or lost."""
    be = "is" if amount.number == 1 else "are"
    names = amount.listed()
    listed = f" ({names})" if names else ""
    return f"{amount.of('account')} of the set{listed} {be} not there now"


def condition_words(
    each: RoleNow, newer: Sequence[Newer], *, asking: bool, now: datetime | None = None
) -> str:
    """Say the condition of a role, for a person who chooses: `healthy; would go back to 09:11 …`.

    Args:
        newer: what is known so far to be newer than the set.
        asking: whether stores are still being asked what is newer.
    """
    if each.condition == "gone":
        return f"GONE; the set has it as of {_clock(each.back_to, now)}"
    state = "not known" if each.condition == "unknown" else str(each.condition)
    if each.why:
        state = f"{state} ({_cut(each.why)})"
    back = f"would go back to {_clock(each.back_to, now)}"
    # Only accounts: there is no room here for the rest.
    found = [
        one for one in newer if (one.role, one.host, one.what) == (each.role, each.host, "accounts")
    ]
    counts = [
        f"{one.amount.of('account')} newer"
        if one.amount.number is not None
        else "newer accounts: not known"
        for one in found
    ]
    counts += [_missing(one.missing) for one in found if one.missing and one.missing.number]
    return ", ".join([f"{state}; {back}", *counts, *(["asking what is newer …"] if asking else [])])


def _clock(moment: str, now: datetime | None) -> str:
    """Return a time in words, without its age."""
    return clock_words(moment, now) or moment


def _cut(why: Sequence[str], shown: int = 2) -> str:
    rest = len(why) - shown
    return "; ".join(why[:shown]) + (f"; … and {rest} more" if rest > 0 else "")
