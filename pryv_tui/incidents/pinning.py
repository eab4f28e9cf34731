"""Pin and unpin a set; an incident pins the sets that it names.

The content of an incident can be shown only as long as its sets are there. After it is closed, a
person can unpin its sets, which is recorded. Another incident that names the set later pins it
again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.acts import sets_named
from pryv_tui.incidents.files import all_incidents, way_out_of
from pryv_tui.operations.site import Site
from pryv_tui.vault.beside.pins import Pin, pin_line
from pryv_tui.vault.sets import BackupSet
from pryv_tui.who import who_is_here


def naming(named: dict[str, list[str]], backup: BackupSet) -> tuple[str, ...]:
    """Return the incidents that pin a set, without those for which a person unpinned it.

    Args:
        named: for each set, the incidents that name it.
    """
    let_go = {one for line in backup.pins.lines for one in line.incidents}
    return tuple(one for one in named.get(backup.id, ()) if one not in let_go)


def kept_by_incidents(state: Path, sets: Iterable[BackupSet]) -> dict[str, str]:
    """Return why incidents protect sets from every removal rule, by set id.

    An incident that can't be read completely may name any set, so each set counts as pinned by it
    until a person unpins the set.

    Raises:
        PryvTuiError: `step-failed`: the incidents can't be read; then no rule may remove a set.
    """
    return _kept(state, sets).by


class Keeping(NamedTuple):
    """Which sets incidents protect, for a list of sets: sets are listed even if this is not
    known."""

    by: dict[str, str]
    """Why incidents protect sets, by set id."""
    problem: str = ""
    """Why incidents may protect more sets; empty if all are known."""
    remedy: str = ""
    """What to do about the problem."""


def keeping(state: Path, sets: Iterable[BackupSet]) -> Keeping:
    """Return which sets incidents protect, for display only: an error is returned in `problem`."""
    try:
        return _kept(state, sets)
    except PryvTuiError as error:
        return Keeping({}, f"{_NOT_KNOWN}: {error.what}", error.remedy)


_NOT_KNOWN = "It is not known which sets incidents keep"


def _kept(state: Path, sets: Iterable[BackupSet]) -> Keeping:
    named, unread = sets_named(state)
    found: dict[str, str] = {}
    doubted: dict[str, str] = {}
    in_doubt: list[str] = []
    for backup in sets:
        ids = naming(named, backup)
        words = [f"pinned by {_incidents(ids)}"] if ids else []
        doubts = naming({backup.id: [one for one in unread if one not in ids]}, backup)
        if doubts:
            doubted |= {one: unread[one] for one in doubts}
            in_doubt += [backup.id] if backup.state != "partial" else []
            words.append(
                f"{_incidents(doubts)} can't be read completely and may name this set, so it counts"
                " as pinned"
            )
        if words:
            found[backup.id] = "; ".join(words)
    if not doubted:
        return Keeping(found)
    told = "; ".join(f"{one}: {why}" for one, why in doubted.items())
    return Keeping(
        found,
        f"{_NOT_KNOWN}: {told}; so each set counts as pinned, and no rule of prune removes one",
        way_out_of(state, doubted, in_doubt),
    )


def _incidents(ids: Sequence[str]) -> str:
    return f"the incident{'' if len(ids) == 1 else 's'} {', '.join(ids)}"


class Said(NamedTuple):
    """The result of pinning or unpinning a set."""

    set_id: str
    line: Pin
    kept: str
    """What still protects the set from every removal rule; empty if nothing does."""


def pin(site: Site, name: str, why: str = "") -> Said:
    """Protect a set from every removal rule.

    Args:
        name: the set's id, the beginning of its id, or `latest`.

    Raises:
        PryvTuiError: `set-unknown`; `refused`: the set is partial or closed; `usage`: the reason is
            too long; errors of writing.
    """
    backup = _known(site, name)
    line = site.vault.pin(backup, pin_line("pinned", who_is_here(), why))
    return Said(backup.id, line, line.words)


def unpin(site: Site, name: str, why: str = "") -> Said:
    """Unpin a set, so that rules treat it like any other set.

    Raises:
        PryvTuiError: as `pin`; `usage`: nothing pins the set; `refused`: no person has pinned it,
            and an open incident names it.
    """
    backup = _known(site, name)
    named, unread = sets_named(site.state)
    ids = naming({backup.id: list(dict.fromkeys([*named.get(backup.id, ()), *unread]))}, backup)
    still_open = {one.id for one in all_incidents(site.state) if one.open}
    kept = [one for one in ids if one in still_open]
    if kept and backup.pin is None:
        raise PryvTuiError(
            "refused",
            f"{backup.id} is pinned by {', '.join(kept)}, which is open; it stays pinned",
            f"When the incident is over: pryv-tui incident close; then: pryv-tui unpin {backup.id}",
        )
    if backup.pin is None and not ids and not backup.pins.unread:
        raise PryvTuiError(
            "usage", f"{backup.id} is not pinned", "To see which sets are pinned: pryv-tui list"
        )
    gone = [one for one in ids if one not in still_open]
    line = site.vault.pin(backup, pin_line("unpinned", who_is_here(), why, gone))
    return Said(backup.id, line, f"pinned by {', '.join(kept)}" if kept else "")


def _known(site: Site, name: str) -> BackupSet:
    from pryv_tui.operations.comparing.meant import set_meant

    found = set_meant(site, name)
    if found.state in ("partial", "closed"):
        raise PryvTuiError(
            "refused",
            f"{found.id} is {found.state}, and can't be pinned: {found.problem}",
            "No rule of prune removes it as it is; to see what can be pinned: pryv-tui list",
        )
    return found
