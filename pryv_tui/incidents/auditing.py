"""Ask the running platform which of its accounts and data lack their counterpart. Record the
answer: for results, which then say what is settled, and in the open incident."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pryv_tui.clock import timestamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.acts import audited
from pryv_tui.operations.audit.afterwards import found_of, told_names
from pryv_tui.operations.audit.from_set import audit_set
from pryv_tui.operations.audit.last_look import keep_look, last_look, told_earlier, with_earlier
from pryv_tui.operations.audit.live import Ends, LiveAudit, audit_live
from pryv_tui.operations.comparing.meant import set_meant
from pryv_tui.operations.facts import LiveFound
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.overview.unsettled import acceptable
from pryv_tui.operations.sets.known_vaults import resolve
from pryv_tui.operations.site import Site
from pryv_tui.platform.casualties import KINDS
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.record.undos import done_when, in_place_now
from pryv_tui.runs.recovery import last_move, of_now


class Asked(NamedTuple):
    """The running platform's answer, and the parts of it that could not be recorded."""

    live: LiveAudit
    unkept: str
    """Why the answer could not be recorded, so that results may still ask for what is settled;
    empty if it was."""
    unwritten: str
    """Why the open incident does not have the answer; empty if it has, and if none is open."""


def ask_live(
    site: Site,
    set_name: str | None = None,
    tell: Callable[[str], None] | None = None,
    ends: Ends | None = None,
) -> Asked:
    """Ask the running platform what lacks its counterpart, and record the answer; blocks.

    Args:
        set_name: a set, to learn also what became of its casualties; None: no set.
        tell: called with the words for what is being waited for.
        ends: can end the check early.

    Raises:
        PryvTuiError: errors of finding the set, of its audit and of the check; `cancelled`: the
            check was ended early, and nothing is recorded.
    """
    if set_name is not None:
        backup = set_meant(site, set_name)
        live = audit_live(site, (backup, audit_set(backup)), tell, ends)
    else:
        live = audit_live(site, None, tell, ends)
    if ends is not None and ends.token.is_set():
        # A partial check must not replace a complete one, and is recorded for nobody.
        raise PryvTuiError("cancelled", f"the check of the platform was ended: {ends.why()}")
    before = last_look(site.state)
    if before is not None and not of_now(before, last_move(all_runs(site.state))):
        # That check was of other content than what is there now.
        before = None
    found = with_earlier(found_of(live, time=timestamp(), set_id=live.found.set), before)
    unkept = ""
    if not keep_look(site.state, found):
        unkept = (
            f"This check could not be recorded in {site.state}, so the results of earlier runs may"
            " still ask for what is settled by now."
        )
    return Asked(live, unkept, _write_down(site, live, found))


def _write_down(site: Site, live: LiveAudit, found: LiveFound) -> str:
    """Add what was found to the open incident; only a person closes it. Return why that failed;
    empty if it did not fail."""
    if not live.checked and not found.earlier:
        return ""
    names = {
        f"{each.group}.{each.name}": len(live.found.names(each.group, each.name)) for each in KINDS
    }
    try:
        audited(
            site.settings,
            set_id=live.found.set,
            remains=names,
            not_checked=[f"{one.what}: {one.why}" for one in live.found.not_checked],
            domain=live.domain,
            facts=acceptable(found),
            names=told_names(found),
            earlier=told_earlier(found),
        )
    except PryvTuiError as error:
        return f"The result of this check could not be added to the incident: {error.told}"
    return ""


def set_to_ask_of(site: Site) -> str | None:
    """Return the set to compare the running platform with if nobody names one: the set of a check
    after the last change, else the set of the last restore whose content is in place. None if there
    is none, or it is gone."""
    records = all_runs(site.state)
    moves = [one for one in records if kind_of(one.kind).moves_roots]
    done = {one.id: at for one in moves if (at := done_when(one))}
    places = in_place_now(records, done)
    name = next((one.set for one in reversed(records) if one.id in places and one.set), "")
    look = last_look(site.state)
    if look is not None and look.set and look.time >= max(done.values(), default=""):
        name = look.set
    try:
        return resolve(site, name).id if name else None
    except PryvTuiError:
        return None
