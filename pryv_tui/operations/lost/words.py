"""Texts about lost roles, for the overview, checks, plans and wizards. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from pryv_tui.operations.acceptance import fingerprint, key_of
from pryv_tui.operations.sets.missing_roles import NOTE_DAYS, Missing
from pryv_tui.platform.roles import ROLES
from pryv_tui.vault.sets import BackupSet

AWAY = "missing"
"""First part of an acceptance's key, before the roles: moved away on purpose."""


def is_away(key: str) -> bool:
    """Whether an acceptance's key says that roles are gone from here on purpose."""
    return key.split("/")[0] == AWAY


def gone_words(lost: Collection[str]) -> str:
    """Say that roles are gone, as the beginning of a sentence."""
    names = [each.title for name, each in ROLES.items() if name in lost]
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} gone"


def missing_key(one: Missing) -> tuple[str, str]:
    """Return the acceptance key and the fingerprint of missing roles.

    They are the same for checks and the overview. Other roles make it another loss.
    """
    return key_of(AWAY, *one.roles), fingerprint(*one.roles)


def alarm_words(one: Missing) -> tuple[str, str]:
    """Return the overview's alarm about missing roles, and what to do."""
    back = f"Bring {one.it} back: {one.command}"
    if one.in_last:
        last = f"in the last backup{one.of_former}"
        return f"{gone_words(one.roles)}: {last}, but not found here.", back
    text = (
        f"{gone_words(one.roles)}, and not in the last backup either; {one.which} is the"
        f" newest that holds {one.it}."
    )
    if one.holder is None:
        text = f"{gone_words(one.roles)}: {one.had}. {one.held}."
    if not one.dated:
        return text, back
    return (
        text,
        f"{back}. If {one.they_were} moved away on purpose, nothing has to be done: after"
        f" {NOTE_DAYS} days of backups without {one.it} this becomes a note.",
    )


def note_words(one: Missing) -> tuple[str, str]:
    """Return the note about roles that have been away for a long time, and what to do."""
    remedy = f"If that is intended, nothing has to be done; else bring {one.it} back: {one.command}"
    if one.holder is None:
        return f"{one.named}: {one.had}. {one.held}.", remedy
    return (
        f"{one.named}: not here, and in no backup for more than {NOTE_DAYS} days; {one.which} is"
        f" the newest that holds {one.it}.",
        remedy,
    )


def backup_words(one: Missing) -> tuple[str, str]:
    """Say what missing roles mean for a backup taken now, and what to do first."""
    if one.holder is None:
        return (
            f"{one.named}: {one.had}. {one.held}, and a backup without {one.it} does not bring"
            f" {one.it} back",
            f"If {one.they} lost, bring {one.it} back before anything else: {one.command}; if"
            f" {one.they_were} moved away on purpose, go on.",
        )
    return (
        f"{one.named}: in {one.which}, but not found here now. A backup without {one.it} does not"
        f" bring {one.it} back, and can't replace that set",
        f"If {one.they} lost, restore that set before anything else: {one.command}; if"
        f" {one.they_were} moved away on purpose, go on.",
    )


def offer_words(found: Sequence[Missing]) -> str:
    """Name the missing roles, for a list of roles offered for a backup; empty if none is
    missing."""
    return "; ".join(
        f"{one.named}: not found here; "
        + (f"in the set {one.holder.id}" if one.holder is not None else one.had)
        for one in found
        if not one.meant
    )


def plan_words(one: Missing) -> str:
    """Return a backup plan's warning about missing roles."""
    if one.holder is None:
        return f"WITHOUT {one.named}: {one.had}. {one.held}."
    return (
        f"WITHOUT {one.named}, not found here now: {one.which} is the newest that holds {one.it},"
        " and this backup can't replace that set."
    )


def restore_words(one: Missing, set_id: str) -> tuple[str, str]:
    """Say what missing roles mean for a restore of a set without them, and what to do."""
    if one.holder is None:
        return (
            f"{one.named}: {one.had}, and not in {set_id} either. {one.held}",
            f"Bring {one.it} back: {one.command}",
        )
    return (
        f"{one.named}: not found here now, and not in {set_id} either; {one.which} is the newest"
        f" that holds {one.it}",
        f"To bring {one.it} back, restore that set: {one.command}",
    )


def choice_words(found: Sequence[Missing], chosen: BackupSet) -> str:
    """Say whether the set chosen for a restore brings back the missing roles.

    Empty if none is missing.
    """
    urgent = [one for one in found if not one.meant]
    rest = lacking(urgent, chosen)
    if rest:
        return "; ".join(
            f"{one.named}: not found here, and not in this set"
            + (f", but in {one.holder.id}" if one.holder is not None else f"; {one.had}")
            for one in rest
        )
    names = ", ".join(one.named for one in urgent)
    return f"{names}: not found here; this set holds {_it(urgent)}" if urgent else ""


def _it(found: Sequence[Missing]) -> str:
    return found[0].it if len(found) == 1 else "them"


def lacking(found: Sequence[Missing], backup: BackupSet) -> list[Missing]:
    """Return the missing roles that are not in a set either."""
    held = backup.manifest.roles if backup.manifest else ()
    rest = [(one, tuple(role for role in one.roles if role not in held)) for one in found]
    return [msgspec.structs.replace(one, roles=roles) for one, roles in rest if roles]
