"""Journals that were written before steps told their kind: what was read from their words then.

The one place where a step's id and its sentences are taken apart. Nothing that is written now comes
here: it says itself what it is.
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
"""Such as `04-dump-mongodb-<host>`: place in the plan, kind, store or phase."""
_INSIDE = re.compile(r"\bdocker exec (?:-\S+ )*([\w.-]+)")
_NOT = "it can't be undone"


def view_written_before(view: StepView) -> StepView:
    """A step of an older journal with what views say now, told by its id and its words.

    One that says its kind is given back as it is; of one whose id is none of ours the kind stays
    unknown.
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
