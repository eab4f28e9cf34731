"""Warnings about casualties on the live platform that are not settled, or that are unknown."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pryv_tui.clock import shown
from pryv_tui.operations.acceptance import fingerprint, key_of
from pryv_tui.operations.audit.afterwards import named_set, some
from pryv_tui.operations.audit.last_look import waiting_since
from pryv_tui.operations.facts import LiveFound, NewerFound
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.platform.casualties import KINDS, Kind


def acceptable(look: LiveFound) -> dict[str, tuple[str, str]]:
    """The key and the facts by which a person accepts the casualties of a kind, by `group.name`.

    Only kinds with known casualties are there. Those known from an earlier audit count too.
    """
    found = {}
    for each in KINDS:
        kind = f"{each.group}.{each.name}"
        old = look.earlier.get(kind)
        count = look.counts.get(kind, 0) + ((old.count or 0) if old is not None else 0)
        if count:
            names = [*look.names.get(kind, []), *(old.names if old is not None else [])]
            key = key_of("live", each.group, each.name)
            found[kind] = (key, fingerprint(str(count), *sorted(names)))
    return found


def unsettled(look: LiveFound) -> list[Attention]:
    """A warning for each kind with known casualties, and one for what could not be asked.

    The second only after a restore or an undo: if a person asked for the audit, that person was
    told. Casualties known from an earlier audit stay, if the last audit could not ask.
    """
    audit = f"pryv-tui audit{named_set(look.set)} --live"
    found = []
    accepted = acceptable(look)
    for each in KINDS:
        kind = f"{each.group}.{each.name}"
        if kind in accepted:
            found.append(
                Attention(
                    "warning",
                    f"{each.title.capitalize()}: {_known_words(look, each)}.",
                    f"Settle it, until nothing is left: {audit}",
                    *accepted[kind],
                )
            )
    since = next((one for one in waiting_since(look).values() if one.run), None)
    if look.run or since is not None:
        run, after = (look.run, look.after) if since is None else (since.run, since.after)
        why = "; ".join(f"{one.what}: {one.why}" for one in look.to_be_asked)
        if why:
            found.append(
                Attention(
                    "warning",
                    f"After the {after} {run} it is not known what lacks its other half: {why}.",
                    f"Check it now: {audit}",
                    key_of("live", "not-known"),
                    fingerprint(why),
                )
            )
    return found


def _known_words(look: LiveFound, each: Kind) -> str:
    """Return how many casualties of a kind there are, their first names, and the time of the audit
    that found them."""
    kind = f"{each.group}.{each.name}"
    told = []
    if count := look.counts.get(kind, 0):
        told.append(f"{count} ({some(look, each)}), as of {shown(look.time)}")
    old = look.earlier.get(kind)
    if old is not None and old.count:
        why = "; ".join(f"{one.what}: {one.why}" for one in look.not_known if kind in one.kinds)
        before = msgspec.structs.replace(look, counts={kind: old.count}, names={kind: old.names})
        told.append(
            f"{old.count} ({some(before, each)}), as of {shown(old.time)}, and not known since"
            f" ({why})"
        )
    return "; besides ".join(told)


def lost_not_known(run: str, set_id: str, newer: Sequence[NewerFound]) -> list[Attention]:
    """A note if it is unknown what data a restore cost: data that was newer than its set.

    It names the stores; empty if that is known for all of them.

    Args:
        newer: what was counted by that restore, and by the unfinished ones that it continued.
    """
    dark = [one for one in newer if one.number is None or (one.why and not one.number)]
    if not dark:
        return []
    why = "; ".join(dict.fromkeys(one.why or "it was not asked" for one in dark))
    roles = dict.fromkeys(one.role for one in dark)
    what = "; ".join(
        f"{', '.join(dict.fromkeys(one.what for one in dark if one.role == role))} of {role}"
        for role in roles
    )
    text = f"It is not known what data the restore {run} cost, for {what}: {why}."
    if any(one.look for one in dark):
        remedy = (
            "The restore's result says how to look at the content that was moved aside: pryv-tui"
            f" attach {run}"
        )
    else:
        remedy = (
            f"To see names that another role still knows: pryv-tui audit {set_id} --live; to see"
            f" what else is known: pryv-tui attach {run}"
        )
    return [Attention("info", text, remedy, but="the cost of the last restore is not known")]


def not_asked_since(undo: str, set_id: str) -> Attention:
    """The warning that the live platform was not audited since an undo that replaced only some
    roles."""
    return Attention(
        "warning",
        "It is not known what lacks its other half: the live platform has not been checked since"
        f" the undo {undo}.",
        f"Check it: pryv-tui audit {set_id or 'latest'} --live",
        key_of("live", "not-asked-since"),
        fingerprint(undo),
    )


def never_asked(run: str, set_id: str, kind: str = "restore") -> Attention:
    """The warning after a restore or an undo that was done, but ended before its live audit."""
    return Attention(
        "warning",
        f"The {kind} {run} is done, but the live platform was not checked at its end: it is not"
        " known what lacks its other half.",
        f"Check it: pryv-tui audit{named_set(set_id)} --live",
        key_of("live", "never-asked"),
        fingerprint(run),
    )
