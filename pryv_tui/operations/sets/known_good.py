"""Whether a set's last check in full still counts: then a restore may compare the hashes while it
copies the files back, instead of reading all of them before as well.

Never by itself: what is damaged since then is found while the platform is down.
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
    """The last check in full of a set's own files, as far as a restore may go by it."""

    time: str
    """RFC 3339 UTC; empty where there is none that counts."""
    seconds: float
    """How long it took; 0 where that is not known."""
    why_not: str
    """Why it does not count, in words; empty where it does."""


def known_good(backup: BackupSet, within: float) -> Known:
    """Judge the last check in full of a set's files on this machine.

    Args:
        within: seconds; an older one does not count.
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
        return "its last check found what is in none of its lists"
    if not (check.seal and check.place):
        return "its last check was made by an earlier version, which kept too little of it"
    hosts = backup.manifest.hosts if backup.manifest is not None else ()
    if not all(host.sums and host.tree and host.index for host in hosts):
        return (
            "it was made by an earlier version, and does not say which lists of hashes belong to it"
        )
    if check.place != place_of(backup.folder):
        return "it was verified on another machine or disk, or is a copy of what was verified"
    if check.seal != seal_of(backup.folder):
        return "what it says of itself was changed since it was verified"
    try:
        then = datetime.fromisoformat(check.time)
    except ValueError:
        return f"its last check has no time: {cut(check.time, 40)}"
    age = (utc_now() - (then if then.tzinfo else then.replace(tzinfo=UTC))).total_seconds()
    if age < 0:
        return f"by this machine's clock its last check is still to come ({check.time})"
    if age > within:
        limit = humanize.precisedelta(within, minimum_unit="seconds", format="%.0f")
        return f"it was verified {ago(age)}, and that counts for {limit} (`verified_within`)"
    return ""


def words_changed(backup: BackupSet) -> list[str]:
    """What a set says of itself and is not as it was written, in words: by its seal, and by what it
    said when it was last found good here, since one without a seal tells nothing itself.

    Raises:
        ShortOfMeans, ShortOfRights: that can't be told now, or not by this user.
    """
    sealed = backup.manifest is not None and backup.manifest.sealed
    if problems := broken_seal(backup.folder, sealed=sealed):
        return problems
    known = seen_good(backup)
    if known is None or known.seal == seal_of(backup.folder):
        return []
    return [f"{SET_JSON} is not what it was when the set was verified, {known.time}"]


def seen_good(backup: BackupSet) -> Verification | None:
    """The last check in full of the files here that found nothing, and kept what the set said."""
    here = place_of(backup.folder)
    good = (
        one
        for one in reversed(backup.checks)
        if one.outcome == "good" and one.whole and one.seal and one.place == here
    )
    return next(good, None)


def refused(set_id: str, why: str) -> PryvTuiError:
    """What is said where a set's last check does not count."""
    return PryvTuiError(
        "refused",
        f"the set {set_id} can't be verified while it is copied back: {why}; nothing was changed",
        "Without --verify-while-copying it is verified in full before anything is stopped.",
    )


def offer_words(known: Known) -> str:
    """How a person may have it verified while it is copied, and what that saves."""
    saves = f", which saves {_about(known.seconds)}" if known.seconds >= 1 else ""
    return (
        f"The set was verified in full {_age(known)}: its hashes can be compared while it is copied"
        f" back, and not before as well{saves} (restore {WHILE_COPYING}; in the interface w, on the"
        " page of the steps)."
    )


def chosen_words(known: Known) -> tuple[str, ...]:
    """What it means that this was chosen."""
    saves = f" That saves {_about(known.seconds)}." if known.seconds >= 1 else ""
    return (
        f"The set's files are not read before anything is stopped: they were verified {_age(known)}"
        f" ({known.time}).{saves}",
        "Each file's hash is compared while it is copied back. If one is damaged or gone by now,"
        " the restore fails there: the platform stays stopped, and undo puts back what was there.",
    )


def _age(known: Known) -> str:
    return ago((utc_now() - datetime.fromisoformat(known.time)).total_seconds())


def _about(seconds: float) -> str:
    return "about " + humanize.precisedelta(
        round(seconds), minimum_unit="seconds", suppress=["days"], format="%.0f"
    )
