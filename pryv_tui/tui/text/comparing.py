"""A set compared with the live platform, as the restore wizard shows it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from pryv_tui.clock import utc_now
from pryv_tui.operations.comparing.model import Comparison, Newer, RoleNow
from pryv_tui.operations.comparing.words import condition_words, lines_of
from pryv_tui.tui.text.hints import Keyed

ASKING = "Asking what lives now: which accounts there are, and what is newer …"
ASKING_REST = "Asking for events, attachments and points that are newer …"
_STYLES = {"head": "bold", "bad": "$text-warning", "plain": ""}
_SIGNS = {"gone": "✗", "damaged": "▲", "healthy": "✓", "unknown": "?"}
_COLOURS = {
    "gone": "$text-error",
    "damaged": "$text-warning",
    "healthy": "$text-success",
    "unknown": "$text-warning",
}


def compared_text(
    found: Comparison | None,
    chosen: Sequence[str],
    keyed: Keyed,
    *,
    problem: str = "",
    asking: bool = False,
) -> Content:
    """Return the choices side by side, and the live data that is newer than the set.

    Args:
        found: the comparison; None while it is being made.
        chosen: the roles to restore.
        problem: why nothing could be compared; empty if it could.
        asking: whether a part of the comparison is still being made.
    """
    if problem:
        return Content.assemble((f"Not compared: {problem}", "$text-warning"))
    if found is None:
        return Content.assemble((ASKING, "$quiet"))
    parts = [
        # Wrapped lines are indented to the line's first word.
        Content.assemble("  " * line.depth, (str(keyed(line.text)), _STYLES[line.tone]))
        for line in lines_of(found, chosen, now=utc_now())
    ]
    if asking:
        parts.append(Content.assemble((ASKING_REST, "$quiet")))
    return Content("\n").join(parts)


def condition_text(roles: Sequence[RoleNow], newer: Sequence[Newer], *, asking: bool) -> Content:
    """Return the condition of the roles of one machine, one line for each."""
    lines = [
        Content.assemble(
            (f"{_SIGNS[each.condition]} ", _COLOURS[each.condition]),
            (f"{each.role}  " if len(roles) > 1 else "", "bold"),
            f"{condition_words(each, newer, asking=asking, now=utc_now())}",
        )
        for each in roles
    ]
    return Content("\n").join(lines)


def ticked_words(
    roles: Sequence[RoleNow], *, single: bool, together: Sequence[Sequence[str]] = ()
) -> str:
    """Return which roles are ticked before the operator has chosen, and why.

    Args:
        single: whether the whole set is one choice.
        together: for each choice, its roles; empty: each role is a choice.
    """
    gone = [each.role for each in roles if each.condition == "gone"]
    if single:
        return "All that the set holds is one machine's: it is restored as a whole."
    if gone:
        be = "is" if len(gone) == 1 else "are"
        told = f"Ticked at first: {', '.join(gone)}, which {be} gone"
        along = [
            one for roles in together if {*roles} & {*gone} for one in roles if one not in gone
        ]
        if along:
            return f"{told}, and {', '.join(along)}, of the same machine."
        return f"{told}; the others are not."
    # If a machine does not answer, it is not known whether its role is gone.
    known = roles and all(each.condition != "unknown" for each in roles)
    told = "Nothing is gone" if known else "Nothing is known to be gone"
    return f"{told}, so nothing is ticked at first: tick what is to go back to the set."
