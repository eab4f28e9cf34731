"""Warnings about this platform's sets: sets that shrank, and findings of their backups.

A warning stays until a person accepts it. Then it is a note, as long as its facts stay the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.acceptance import ACCESS, Accepted, accept_command, or_accept
from pryv_tui.operations.comparing.theirs import mine
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.operations.sets.own import own_sets
from pryv_tui.operations.settings.shrinking import Limits, Suspicion, suspicion_of, suspicions
from pryv_tui.vault.manifest import SetHost
from pryv_tui.vault.sets import BackupSet

LESS = (
    "Look for what is missing on the platform (a disk that is not mounted, a database that was"
    " emptied) before the older sets are removed; no rule of prune counts this set."
)
MISSING = "Look for these files in an older set, or on a disk that is not mounted."


def warn_of_less(
    ctx: RunContext, set_id: str, parts: Sequence[SetHost], limits: Limits
) -> Suspicion | None:
    """Compare a set that is about to be complete with the newest one of each of its roots.

    Warn if it has far less. If the vault can't be read, there is a warning too.

    Returns:
        What was found; None if nothing was, or if the vault can't be read.
    """
    try:
        sets = ctx.site.vault.sets()
    except PryvTuiError as error:
        ctx.warn(f"the set was not compared with the one before: {error.told}")
        return None
    sets = mine(ctx.site, ctx.deployment, sets)
    own = own_sets(sets, ctx.deployment.domain, practice=ctx.site.practice)
    found = suspicion_of(own, set_id, parts, limits, ctx.site.accepted)
    if found is not None:
        ctx.warn(f"the set {set_id} is suspicious: {found.words}. {or_accept(LESS, found.key)}")
    return found


def set_attention(sets: Sequence[BackupSet], limits: Limits, accepted: Accepted) -> list[Attention]:
    """List the warnings and notes about a platform's sets.

    Args:
        sets: the complete sets of the platform, oldest first.
    """
    return [*_shrunk(sets, limits, accepted), *_findings(sets, accepted)]


def _shrunk(sets: Sequence[BackupSet], limits: Limits, accepted: Accepted) -> list[Attention]:
    """Warnings about sets that have far less than an earlier one.

    One for each earlier set, about the newest that shrank. Also a note if the last set of all
    shrank and a person accepted that.
    """
    found = suspicions(sets, limits, accepted)
    items: list[Attention] = []
    for before in dict.fromkeys(one.before for one in found.values()):
        pending = [one for one in found.values() if one.before == before and one.accepted is None]
        if pending:
            newest, others = pending[-1], [one.set_id for one in pending[:-1]]
            also = f"; so do {', '.join(others[-3:])}" if others else ""
            also += f" and {len(others) - 3} before" if len(others) > 3 else ""
            text = f"The set {newest.set_id} is suspicious: {newest.words}{also}."
            remedy = or_accept(LESS, newest.key)
            items.append(Attention("warning", text, remedy, newest.key, newest.about, offered=True))
    last = found.get(sets[-1].id) if sets else None
    if last is not None and last.accepted is not None:
        said = last.accepted
        text = f"The set {last.set_id} shrank: {last.words}; {said.words}."
        remedy = f"To make it a warning again: {accept_command(said.key, back=True)}"
        items.append(Attention("info", text, remedy, said.key, said.about, said.words))
    return items


def _findings(sets: Sequence[BackupSet], accepted: Accepted) -> list[Attention]:
    """The findings of backups, each once, with the newest set that has it.

    An accepted finding is shown only if the last set has it.
    """
    newest = {
        (finding.key, finding.about): (backup, finding)
        for backup in sets
        if backup.manifest is not None
        for finding in backup.manifest.findings
    }
    items = []
    for backup, finding in newest.values():
        text = f"In the set {backup.id}: {finding.text}"
        said = accepted.of(finding.key, finding.about)
        if said is None:
            key, about = finding.key, finding.about
            audit = f"{MISSING} See them: pryv-tui audit {backup.id}"
            remedy = or_accept("" if key.startswith(f"{ACCESS}/") else audit, key)
            items.append(Attention("warning", f"{text}.", remedy, key, about, offered=True))
        elif backup.id == sets[-1].id:
            remedy = f"To make it a warning again: {accept_command(said.key, back=True)}"
            told = f"{text}; {said.words}."
            items.append(Attention("info", told, remedy, said.key, said.about, said.words))
    return items
