"""Data model: what a set has, what the platform has now, and what a restore would do to both. Pure.

An account is in two places: register has its name, core has its data. Restoring only one of them
takes that one back to the set's time; every account made or deleted since is then in one place
only. These outcomes are predicted here in the two kinds that the audit of the live platform uses:
accounts that only register has, and accounts that only core has.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from pryv_tui.operations.audit.other_cores import told_apart
from pryv_tui.operations.comparing.alone import NOT_TOLD, Alone, but_known
from pryv_tui.operations.comparing.amounts import Amount, of_names, together, unknown, without

What = Literal["accounts", "events", "attachments", "points"]
Condition = Literal["gone", "damaged", "healthy", "unknown"]


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """The accounts of one machine: in a set, live, or in data moved aside."""

    host: str
    roles: tuple[str, ...]
    registered: Amount | None = None
    """Accounts in register; None for a machine without register."""
    indexed: Amount | None = None
    """Accounts in core's index that also have a document, as far as known; None without core."""
    servers: dict[str, str] = {}
    """By account: the core on which register has it; only accounts that were asked for."""
    unplaced: str = ""
    """Why the cores could not be asked for; empty if they were, or if that was not needed."""


class Newer(msgspec.Struct, frozen=True, kw_only=True):
    """What one store has now and the set has not."""

    host: str
    role: str
    what: What
    since: str
    """The time up to which the set has all of this store, RFC 3339; empty if unknown."""
    amount: Amount
    now: Amount | None = None
    """The store's total now; None if it was not asked."""
    in_set: Amount | None = None
    """The set's total; None if the set does not record it."""
    missing: Amount | None = None
    """Accounts only: those in the set that are not there now."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a restore of some roles would do to the accounts."""

    roles: tuple[str, ...]
    chosen: bool
    """Whether these roles are the ones asked for; False: an alternative."""
    backwards: dict[str, str] = {}
    """By role that exists now and goes back: the time to which it goes back, RFC 3339."""
    gone: Amount
    """Accounts that exist now, and would be in neither core nor register."""
    stranded: Amount
    """Accounts that register would have and core would not."""
    exposed: Amount
    """Accounts that core would have and register would not: their names look free."""
    alone: Alone | None = None
    """Accounts that only core had, if a core can't be asked; None if each could be asked."""
    elsewhere: Amount = Amount(number=0, names=())
    """Accounts that register would have and that are on other cores, which are not asked.

    Unknown if register has several cores and it is unclear which of them are here.
    """
    hosts: tuple[str, ...] = ()
    """Those other cores, by register's names for them."""


class RoleNow(msgspec.Struct, frozen=True, kw_only=True):
    """The condition of a role of the set on the machine where it would be restored."""

    role: str
    host: str
    """The machine that would receive it; if there is none, the machine named in the set."""
    part: str = ""
    """The machine's name in the set."""
    condition: Condition
    why: tuple[str, ...] = ()
    """What is damaged, or why the condition is unknown."""
    back_to: str = ""
    """The time to which the role would go back, RFC 3339."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The result of comparing a set with the live platform."""

    set_id: str
    roles: tuple[RoleNow, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    """The chosen roles' outcome comes first; empty if no account is affected."""
    newer: tuple[Newer, ...] = ()


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """The accounts of one machine: now, and in the part of the set that it would receive."""

    host: str
    now: Holding | None
    """None if neither core nor register is there now."""
    saved: Holding | None
    """None if the set has neither core nor register for it."""


def outcome(sides: Sequence[Side], restored: Iterable[str], roles: Sequence[str], *,
            chosen: bool, backwards: Mapping[str, str],
            alone: Alone = NOT_TOLD) -> Outcome:  # fmt: skip
    """Predict what a restore would do to the accounts.

    Args:
        sides: all machines with core or register, now or in the set.
        restored: the names of the machines that would be restored.
        roles: the restored roles, for display.
        chosen: whether these roles were asked for.
        backwards: see `Outcome.backwards`.
        alone: what is known of the accounts that only core had.
    """
    back = set(restored)
    after = [side.saved if side.host in back else side.now for side in sides]
    register, core = _known(after, "registered"), _known(after, "indexed")
    live = [side.now for side in sides if side.now is not None]
    found = Outcome(
        roles=tuple(roles),
        chosen=chosen,
        backwards=dict(backwards),
        gone=_gone(live, register, core),
        stranded=without(register, core),
        exposed=without(core, register),
        alone=_alone([side for side in sides if side.host in back], register, core, alone),
    )
    return _with_other_cores(found, sides, register)


def _with_other_cores(found: Outcome, sides: Sequence[Side], register: Amount) -> Outcome:
    """Separate the accounts on cores that are not here.

    They are neither stranded nor gone, since their core still runs. But a name that register would
    no longer have is exposed there too.
    """
    cores = [frozenset(names) for side in sides if (names := names_of_core(side)) is not None]
    servers: dict[str, str] = {}
    for holding in (*(side.saved for side in sides), *(side.now for side in sides)):
        servers |= holding.servers if holding is not None else {}
    other = told_apart(cores, servers)
    if other.why:
        dark = unknown(other.why)
        return msgspec.structs.replace(
            found, gone=dark, stranded=dark, exposed=dark, elsewhere=dark
        )
    unplaced = next((side.now.unplaced for side in sides if side.now and side.now.unplaced), "")
    if unplaced:
        doubt = f"it can't be asked whether they are on other cores: {unplaced}"
        return msgspec.structs.replace(
            found, gone=_perhaps(found.gone, doubt), stranded=_perhaps(found.stranded, doubt)
        )
    if not other.elsewhere:
        return found
    away = other.elsewhere.keys()
    hosts = tuple(sorted(set(other.elsewhere.values())))
    live = {
        name
        for side in sides
        if side.now is not None and side.now.registered is not None
        for name in side.now.registered.names or ()
    }
    told = any(
        side.now is not None and side.now.registered is not None and side.now.registered.whole
        for side in sides
    )
    exposed = found.exposed
    lost = (live & away) - set(register.names or ())
    if exposed.names is not None and register.names is not None:
        core = "another core" if len(hosts) == 1 else "other cores"
        doubt = f"{len(lost)} on {core} ({', '.join(hosts)}), not asked" if lost else ""
        why = exposed.why
        if not told:
            why = why or (
                f"it is not known what {core} got since then ({', '.join(hosts)}): not asked"
            )
        exposed = of_names({*exposed.names, *lost}, why, exposed.fewer or doubt)
    elif exposed.number is not None and register.names is not None:
        exposed = msgspec.structs.replace(exposed, number=exposed.number + len(lost))
    return msgspec.structs.replace(
        found,
        gone=_but(found.gone, away),
        stranded=_but(found.stranded, away),
        exposed=exposed,
        elsewhere=of_names(away & set(register.names))
        if register.names is not None
        else unknown(register.why or register.unnamed),
        hosts=hosts,
    )


def names_of_core(side: Side) -> set[str] | None:
    """Return the accounts that a machine's core has or had; None for a machine without core."""
    held = [each.indexed for each in (side.now, side.saved) if each is not None and each.indexed]
    return {name for each in held for name in each.names or ()} if held else None


def _perhaps(amount: Amount, doubt: str) -> Amount:
    """Mark an amount as "at most", with a doubt."""
    if not amount.number or amount.fewer:
        return amount
    return msgspec.structs.replace(amount, fewer=doubt)


def _but(amount: Amount, away: Collection[str]) -> Amount:
    """Remove the accounts on other cores from an amount.

    If only the number is known, the result is unknown: some of them may be on other cores.
    """
    if amount.names is not None:
        return of_names(set(amount.names) - set(away), amount.why, amount.fewer)
    if not amount.number:
        return amount
    return unknown(f"of {amount.number} it is not known how many are on other cores")


def _alone(back: Sequence[Side], register: Amount, core: Amount, last: Alone) -> Alone | None:
    """Return what only core had, if a core is replaced that can't be asked; else None."""
    cores = [side.now for side in back if side.saved is not None and side.saved.indexed is not None]
    now = [None if each is None else each.indexed for each in cores]
    dark = [each for each in now if each is None or each.names is None]
    if not dark:
        return None
    if last.asked:
        fewer = (core.why or core.unnamed or "not told") if core.names is None else ""
        return but_known(last, {*(register.names or ()), *(core.names or ())}, fewer)
    why = next((each.why or each.unnamed for each in dark if each is not None), "")
    return Alone(amount=unknown(why)) if why else last


def _known(holdings: Iterable[Holding | None], which: Literal["registered", "indexed"]) -> Amount:
    """Unite the accounts that all registers, or all cores, have."""
    role = "register" if which == "registered" else "core"
    found = [each for each in holdings if each is not None]
    amounts = [amount for each in found if (amount := getattr(each, which)) is not None]
    return together(amounts) if amounts else unknown(f"{role} would be on no machine known here")


def _gone(live: Sequence[Holding], register: Amount, core: Amount) -> Amount:
    """Find the accounts that a live role has now and no role would have afterwards."""
    sides = [amount for each in live for amount in (each.registered, each.indexed) if amount]
    heard = [amount for amount in sides if amount.names is not None]
    if not heard:
        reasons = [amount.why for amount in sides if amount.why]
        return unknown(reasons[0] if reasons else "neither register nor core can be asked")
    if register.names is None and core.names is None:
        return unknown(register.why or core.why)
    kept = {*(register.names or ()), *(core.names or ())}
    lost = {name for amount in heard for name in amount.names or ()} - kept
    sure = {name for amount in heard if not amount.fewer for name in amount.names or ()}
    fewer = next((amount.fewer for amount in heard if amount.fewer), "") if lost - sure else ""
    if register.names is None or core.names is None:
        # The side that is unknown may keep each of them.
        return of_names(()) if not lost else unknown(register.why or core.why)
    # Register gets an account first, so only register has every usable one.
    registers = [each.registered for each in live if each.registered is not None]
    whole = registers and all(amount.whole for amount in registers)
    reasons = [amount.why for amount in sides if amount.why]
    # A name that core has only in its index may be nobody's any more.
    doubts = [amount.fewer for amount in (register, core) if amount.fewer]
    why = "" if whole else (reasons[0] if reasons else "register can't be asked")
    return of_names(lost, why or (doubts[0] if doubts else ""), fewer)


def accounts_newer(side: Side, since: Mapping[str, str]) -> list[Newer]:
    """Return the accounts that a machine has now and its part of the set has not.

    Args:
        since: by role, the time up to which the set has all of its data.
    """
    found: list[Newer] = []
    if side.now is None or side.saved is None:
        return found
    for role, which in (("core", "indexed"), ("register", "registered")):
        now, saved = getattr(side.now, which), getattr(side.saved, which)
        if now is not None and saved is not None:
            found.append(
                Newer(
                    host=side.host,
                    role=role,
                    what="accounts",
                    since=since.get(role, ""),
                    amount=without(now, saved),
                    now=now,
                    in_set=saved,
                    missing=without(saved, now),
                )
            )
    return found


def at_least(one: Newer) -> Amount:
    """Count what a store has at least more than the set.

    That is the number of records with a later time, or the difference of the totals if that is
    larger: a slow clock or an import adds new records with old times.
    """
    now, saved = one.now, one.in_set
    if one.amount.number is None or now is None or saved is None:
        return one.amount
    more = (now.number or 0) - (saved.number or 0)
    if now.number is None or saved.number is None or more <= one.amount.number:
        return one.amount
    return msgspec.structs.replace(one.amount, number=more)


def judged(roles: Iterable[RoleNow], newer: Iterable[Newer]) -> tuple[RoleNow, ...]:
    """Return the roles; one that answers but has no record of a kind that the set has is "damaged".

    A server that was started on an empty folder runs normally, so its container does not show the
    damage.
    """
    known = list(newer)
    return tuple(_judged(each, known) for each in roles)


def _judged(each: RoleNow, newer: Sequence[Newer]) -> RoleNow:
    empty = tuple(
        f"it answers, but has none of its {one.what}; the set holds {one.in_set.number}"
        for one in newer
        if (one.role, one.host) == (each.role, each.host)
        and one.now is not None
        and one.now.none
        and one.in_set is not None
        and one.in_set.number
    )
    new = tuple(why for why in empty if why not in each.why)
    if not new or each.condition not in ("healthy", "damaged"):
        return each
    return msgspec.structs.replace(each, condition="damaged", why=(*new, *each.why))


def ticked(roles: Iterable[RoleNow], together: Iterable[Sequence[str]]) -> list[bool]:
    """Decide which choices are ticked at first: those with a role that is gone.

    Args:
        together: for each choice, its roles.
    """
    gone = {each.role for each in roles if each.condition == "gone"}
    return [bool(gone & set(choice)) for choice in together]
