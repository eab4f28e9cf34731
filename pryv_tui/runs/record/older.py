"""Read older journals, whose steps don't record their kind: it is read from ids and sentences.

This is the only place that parses a step's id or its sentences. New journals never need it: their
steps have the fields.
"""

from __future__ import annotations

import re

import msgspec

from pryv_tui.operations.plan import StepView

_ID = re.compile(
    r"\d+-(?:(?P<start>start)-(?P<phase>databases|register|rest|follower|again|others)"
    r"|(?P<of>dump|check|prepare-dump|put-back-dump|copy-ahead|restore-offline|restore|keep)"
    r"-(?P<store>mongodb|influxdb|redis|sqlite|accounts)"
    r"|(?P<plain>[a-z-]+))"
)
"""The id of a step, for example `04-dump-mongodb-<machine>`: place in the plan, kind, store or
phase, machine."""
_INSIDE = re.compile(r"\bdocker exec (?:-\S+ )*([\w.-]+)")
_NOT = "it can't be undone"


def view_written_before(view: StepView) -> StepView:
    """Return a step of an older journal with the fields of today, read from its id and sentences.

    A step that has its kind is returned unchanged. If the id is not one of ours, the kind stays
    empty.
    """
    if view.kind:
        return view
    found = _ID.fullmatch(view.step.removesuffix(f"-{view.host}") if view.host else view.step)
    kind = (found["start"] or found["of"] or found["plain"]) if found else ""
    for_good = view.undone.startswith(_NOT)
    return msgspec.structs.replace(
        view,
        kind=kind,
        store=(found["store"] or "") if found else "",
        phase=(found["phase"] or "") if found else "",
        containers=tuple(
            dict.fromkeys(name for line in view.command for name in _INSIDE.findall(line))
        ),
        leaves_nothing=view.leaves.startswith("nothing"),
        undoable=not for_good and view.undone not in ("", "there is nothing to undo"),
        for_good=for_good,
    )
