"""What the last look at the live platform left to be settled, as something that needs a person."""

from __future__ import annotations

from pryv_tui.operations.acceptance import fingerprint, key_of
from pryv_tui.operations.audit.afterwards import some
from pryv_tui.operations.facts import LiveFound
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
    audit = " ".join(["pryv-tui audit", *([look.set] if look.set else []), "--live"])
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
                f"After the restore {look.run} it is not known what is without its other half:"
                f" {why}.",
                f"Ask it now: {audit}",
                key_of("live", "not-known"),
                fingerprint(why),
            )
        )
    return found


def never_asked(run: str, set_id: str) -> Attention:
    """Of a restore that was done, and that did not come to ask."""
    return Attention(
        "warning",
        f"The restore {run} is done, but the live platform was not asked at its end what is without"
        " its other half: that is not known.",
        f"Ask it: pryv-tui audit {set_id} --live",
        key_of("live", "never-asked"),
        fingerprint(run),
    )
