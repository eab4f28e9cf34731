"""Texts on data newer than a restored set: how much, since when, and how to look at it.

Pure. What is unknown is reported as unknown. "Nothing" is said only of stores that were compared.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from pryv_tui.clock import shown
from pryv_tui.operations.commands import erase_command
from pryv_tui.operations.comparing.amounts import Amount
from pryv_tui.operations.facts import NewerFound
from pryv_tui.phrases import counted, named
from pryv_tui.platform.layout import TEMPLATE_STORES
from pryv_tui.sanitize import one_line

NAMED = 6
"""Maximum number of names in a line."""
ONE = {
    "accounts": "account",
    "events": "event",
    "attachments": "attachment",
    "points": "point",
}
"""The singular noun for each kind of data."""
_NO_DUMPS = " ".join(
    "-not -path " + shlex.quote(f"*/{store.dump.removeprefix('pryv/')}/*")
    for store in TEMPLATE_STORES.values()
    if store.dump
)
"""Options of `find` that leave out dumps: a backup wrote them, so they may look newer than the
set."""


def newer_words(found: Sequence[NewerFound], asides: Sequence[str] = ()) -> list[str]:
    """Return a line for each store that had newer data, or for which that is unknown.

    If there is none, one line says so; without any comparison there are no lines.

    Args:
        asides: the folders to which the newer files were moved.
    """
    if not found:
        return []
    lines = [_line(one) for one in found if one.number]
    lines += _not_known(
        [one for one in found if one.number is None or (one.why and not one.number)]
    )
    lines += [_back(one) for one in found if one.back]
    if not lines:
        stores = ", ".join(f"{one.what} of {one.role} on {one.host}" for one in found)
        return [f"nothing newer was found among: {stores}"]
    lines += [_look_on_copy(one) for one in found if one.number is None and one.look]
    since = min((one.since for one in found if one.since and one.number), default="")
    if since:
        lines += [_look(aside, since) for aside in asides]
    return lines


def nothing_newer(found: Sequence[NewerFound]) -> tuple[str, ...]:
    """Return the roles that were compared, with nothing newer and no doubt."""
    roles = dict.fromkeys(one.role for one in found)
    some = {one.role for one in found if one.number != 0 or one.why or one.fewer}
    return tuple(role for role in roles if role not in some)


def short_words(found: Sequence[NewerFound]) -> str:
    """Summarize what is known to be newer: `1 account (zoe) of core, 2 attachments`; else empty."""
    told = []
    for one in found:
        if one.number:
            who = named([one_line(name) for name in one.names], NAMED)
            lead = Amount(number=one.number, why=one.why, fewer=one.fewer).lead
            what = counted(one.number, ONE.get(one.what, one.what), one.what)
            told.append(f"{lead}{what}" + (f" ({who})" if who else ""))
            told[-1] += f" of {one.role}" if one.what == "accounts" else ""
    return ", ".join(told)


def set_aside_words(found: Sequence[NewerFound]) -> list[str]:
    """Return a line for each store that had newer data, or for which that is unknown; else none."""
    doubted = [one for one in found if one.number is None or (one.why and not one.number)]
    return [*(_line(one) for one in found if one.number), *_not_known(doubted)]


def look_words(aside: str, found: Sequence[NewerFound]) -> str:
    """Say how to list the newer files in the folder to which they were moved.

    If the time is unknown, only the folder is named.
    """
    since = min((one.since for one in found if one.since and one.number), default="")
    return _look(aside, since) if since else f"It was moved to: {aside}"


def _line(one: NewerFound) -> str:
    where, many = f"{one.role} on {one.host}", one.number or 0
    least = Amount(number=many, why=one.why, fewer=one.fewer).lead
    what = counted(many, ONE.get(one.what, one.what), one.what)
    who = named([one_line(name) for name in one.names], NAMED)
    names = f": {who}" if who else ""
    doubts = "; ".join(filter(None, (one.why, one.fewer)))
    why = f" ({doubts})" if doubts else ""
    since = f", since {shown(one.since)}" if one.since else ""
    told = ", as the files tell that were moved aside" if one.by_files else ""
    return f"{where}: {least}{what}{names}{since}{told}{why}"


def _back(one: NewerFound) -> str:
    """Say which accounts the restore brought back, and how to erase them again.

    They were no longer there when it began. A person whose account was erased on purpose has to
    stay erased (article 17 of the GDPR). Accounts without a name here share one more command.
    """
    be, were = ("is", "was") if one.back == 1 else ("are", "were")
    names = named([one_line(name) for name in one.back_names], NAMED)
    who = f" ({names})" if names else ""
    # Each account with a name gets its command; for the others the operator fills in NAME.
    known = one.back_names[:NAMED]
    commands = [erase_command(name) for name in known]
    if len(known) < one.back:
        commands.append(erase_command("NAME"))
    return (
        f"{one.role} on {one.host}: {counted(one.back, 'account')} of the set{who} {be} there"
        f" again that {were} not when the restore began. Accounts that were erased on purpose"
        " have to be erased again, with the vendor's tool on core's machine:"
        f" {' ; '.join(commands)}"
    )


def _not_known(found: Sequence[NewerFound]) -> list[str]:
    """Return one line per role, machine and reason for what is unknown."""
    told: dict[tuple[str, str], list[str]] = {}
    for one in found:
        told.setdefault((f"{one.role} on {one.host}", one.why or "it was not asked"), []).append(
            one.what
        )
    return [f"{where}: {', '.join(what)}: not known ({why})" for (where, why), what in told.items()]


def _look_on_copy(one: NewerFound) -> str:
    held = f"; the set holds {one.in_set}" if one.in_set is not None else ""
    return (
        f"The {one.what} of {one.role} on {one.host} were moved aside. To count them, start a"
        f" server on a copy and dump it with mongodump{held} (ROOM: an empty folder with enough"
        f" space; run the third command once the server answers): {' ; '.join(one.look)}"
    )


def _look(aside: str, since: str) -> str:
    return (
        f"To see its files where they were moved to: find {shlex.quote(aside)} -type f"
        f" {_NO_DUMPS} -newermt {shlex.quote(shown(since))}"
    )
