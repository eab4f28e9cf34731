"""Decide whether a set's last full check is still valid.

If it is, a restore need not read all files of the set before it begins: it may compare their hashes
while it copies them back. It does so only if a person chooses that, because a file that was damaged
since the check is then found only when the platform is already down.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import humanize

from pryv_tui.clock import utc_now
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.ages import ago
from pryv_tui.operations.commands import WHILE_COPYING
from pryv_tui.phrases import cut
from pryv_tui.vault.checks import Verification, place_of, seal_of
from pryv_tui.vault.seal import broken_seal
from pryv_tui.vault.set_files import SET_JSON
from pryv_tui.vault.sets import BackupSet


class Known(NamedTuple):
    """The last full check of a set's files, if a restore may rely on it; else the reason why
    not."""

    time: str
    """When the check ended, RFC 3339 UTC; empty if no check is valid."""
    seconds: float
    """How long the check took; 0 if unknown."""
    why_not: str
    """Why the last check is not valid, in words; empty if it is."""


def known_good(backup: BackupSet, within: float) -> Known:
    """Decide whether the last full check of a set's files on this machine is still valid.

    Args:
        within: the greatest age of a valid check, in seconds.
    """
    check = backup.own_check
    why_not = _why_not(backup, within)
    if check is None or why_not:
        return Known("", 0.0, why_not)
    return Known(check.time, check.seconds, "")


def _why_not(backup: BackupSet, within: float) -> str:
    if not backup.here:
        return "its files are not on this machine yet"
    check = backup.own_check
    if check is None:
        return "it was never verified in full here"
    if check.outcome != "good" or not check.whole:
        return f"its last check found: {cut('; '.join(check.problems), 200)}"
    if check.strangers_count:
        return "its last check found files or folders that are in none of its lists"
    if not (check.seal and check.place):
        return "its last check was made by an earlier version, which recorded too little"
    hosts = backup.manifest.hosts if backup.manifest is not None else ()
    if not all(host.sums and host.tree and host.index for host in hosts):
        return (
            "it was made by an earlier version, and does not say which lists of hashes belong to it"
        )
    if check.place != place_of(backup.folder):
        return "it was verified on another machine or disk, or is a copy of what was verified"
    if check.seal != seal_of(backup.folder):
        return "its manifest was changed since it was verified"
    try:
        then = datetime.fromisoformat(check.time)
    except ValueError:
        return f"its last check has no time: {cut(check.time, 40)}"
    age = (utc_now() - (then if then.tzinfo else then.replace(tzinfo=UTC))).total_seconds()
    if age < 0:
        return f"according to this machine's clock, its last check is in the future ({check.time})"
    if age > within:
        limit = humanize.precisedelta(within, minimum_unit="seconds", format="%.0f")
        return f"it was verified {ago(age)}, and that counts for {limit} (`verified_within`)"
    return ""


def words_changed(backup: BackupSet) -> list[str]:
    """Changes to a set's description of itself since it was written, in words; empty if none.

    The set's seal shows them. A set without a seal can't show them, so it is also compared with its
    description at its last good check here.

    Raises:
        ShortOfMeans: this can't be checked now.
        ShortOfRights: this user may not check it.
    """
    sealed = backup.manifest is not None and backup.manifest.sealed
    if problems := broken_seal(backup.folder, sealed=sealed):
        return problems
    known = seen_good(backup)
    if known is None or known.seal == seal_of(backup.folder):
        return []
    return [f"{SET_JSON} is not what it was when the set was verified, {known.time}"]


def seen_good(backup: BackupSet) -> Verification | None:
    """The last full check of the set's files in this folder with no problem and a recorded seal.

    None if there is none.
    """
    here = place_of(backup.folder)
    good = (
        one
        for one in reversed(backup.checks)
        if one.outcome == "good" and one.whole and one.seal and one.place == here
    )
    return next(good, None)


def refused(set_id: str, why: str) -> PryvTuiError:
    """The error for a restore that was to verify while copying, if the last check is not valid.

    Args:
        why: see `Known.why_not`.
    """
    return PryvTuiError(
        "refused",
        f"the set {set_id} can't be verified while it is copied back: {why}; nothing was changed",
        "Without --verify-while-copying it is verified in full before anything is stopped.",
    )


def offer_words(known: Known) -> str:
    """The offer to verify the set while it is copied back, with the time that this saves."""
    saves = f", which saves {_about(known.seconds)}" if known.seconds >= 1 else ""
    return (
        f"The set was verified in full {_age(known)}, so its hashes can be compared during the"
        f" copying back alone{saves} (restore {WHILE_COPYING}; in the"
        " interface w, on the page of the steps)."
    )


def chosen_words(known: Known) -> tuple[str, ...]:
    """Sentences on what it means to verify the set only while it is copied back."""
    saves = f" That saves {_about(known.seconds)}." if known.seconds >= 1 else ""
    return (
        f"The set's files are not read before anything is stopped: they were verified {_age(known)}"
        f" ({known.time}).{saves}",
        "Each file's hash is compared while it is copied back. If a file is damaged or gone by"
        " then, the restore fails at that file: the platform stays stopped, and undo puts the"
        " former content back.",
    )


def _age(known: Known) -> str:
    return ago((utc_now() - datetime.fromisoformat(known.time)).total_seconds())


def _about(seconds: float) -> str:
    return "about " + humanize.precisedelta(
        round(seconds), minimum_unit="seconds", suppress=["days"], format="%.0f"
    )
