"""What the last look at the live platform left to be settled, as something that needs a person."""

from __future__ import annotations

from collections.abc import Sequence

from pryv_tui.operations.acceptance import fingerprint, key_of
from pryv_tui.operations.audit.afterwards import named_set, some
from pryv_tui.operations.facts import LiveFound, NewerFound
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.platform.casualties import KINDS


def acceptable(look: LiveFound) -> dict[str, tuple[str, str]]:
    """By the kinds of which it found something, `group.name`: how a person accepts that as it is,
    as the key and the facts of an acceptance."""
    found = {}
    for each in KINDS:
        kind = f"{each.group}.{each.name}"
        if count := look.counts.get(kind, 0):
            names = look.names.get(kind, [])
            key = key_of("live", each.group, each.name)
            found[kind] = (key, fingerprint(str(count), *sorted(names)))
    return found


def unsettled(look: LiveFound) -> list[Attention]:
    """A line for each kind that it found something of, and one for what a restore could not ask.

    What a person has looked for in vain, is told to that person; it is not told again here.
    """
    audit = f"pryv-tui audit{named_set(look.set)} --live"
    found = []
    accepted = acceptable(look)
    for each in KINDS:
        kind = f"{each.group}.{each.name}"
        if kind in accepted:
            count, named = look.counts[kind], some(look, each)
            found.append(
                Attention(
                    "warning",
                    f"{each.title.capitalize()}: {count} ({named}), as of {look.time[:16]}Z.",
                    f"Settle it, until nothing remains: {audit}",
                    *accepted[kind],
                )
            )
    if look.run and look.to_be_asked:
        why = "; ".join(f"{one.what}: {one.why}" for one in look.to_be_asked)
        found.append(
            Attention(
                "warning",
                f"After the {look.after} {look.run} it is not known what is without its other half:"
                f" {why}.",
                f"Ask it now: {audit}",
                key_of("live", "not-known"),
                fingerprint(why),
            )
        )
    return found


def lost_not_known(run: str, set_id: str, newer: Sequence[NewerFound]) -> list[Attention]:
    """A note where it is not known of some store what of it a restore has replaced that its set
    does not hold; none where all is known.

    Args:
        newer: what that restore, and those that it went on with, had counted.
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
    text = f"What the restore {run} cost is not known for {what}: {why}."
    if any(one.look for one in dark):
        remedy = f"What lies aside can be looked at; how, says its result: pryv-tui attach {run}"
    else:
        remedy = (
            "Names that another role still knows are told by:"
            f" pryv-tui audit {set_id} --live; what is known besides: pryv-tui attach {run}"
        )
    return [Attention("info", text, remedy, but="what the last restore cost is not known")]


def not_asked_since(undo: str, set_id: str) -> Attention:
    """Of an undo that replaced the content of some roles while others stayed as they were."""
    return Attention(
        "warning",
        "What is without its other half is not known: the live platform was not asked since the"
        f" undo {undo}.",
        f"Ask it: pryv-tui audit {set_id or 'latest'} --live",
        key_of("live", "not-asked-since"),
        fingerprint(undo),
    )


def never_asked(run: str, set_id: str, kind: str = "restore") -> Attention:
    """Of a restore or an undo that was done, and that did not come to ask."""
    return Attention(
        "warning",
        f"The {kind} {run} is done, but the live platform was not asked at its end what is without"
        " its other half: that is not known.",
        f"Ask it: pryv-tui audit{named_set(set_id)} --live",
        key_of("live", "never-asked"),
        fingerprint(run),
    )
