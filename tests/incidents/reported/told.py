"""The report that is made of an incident: for the tests of what it says."""

from __future__ import annotations

import msgspec

from pryv_tui.incidents.events import Audited, Noted
from pryv_tui.incidents.facts import RunFacts
from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.reckoning import reckon
from pryv_tui.who import Who
from tests.incidents.scripted import at, incident, lost, opened


def told_of(*runs: RunFacts, text: str = "", **changes: object) -> Told:
    by = Who(user=text[:60], terminal="pts/3", address="10.0.0.1")
    one = incident(
        msgspec.structs.replace(opened(30), text=text, by=by, domain=text or "a.b", machine=text),
        lost(30, since=0),
        Noted(time=at(50), text=text or "seen", by=by, decision=True),
        Audited(time=at(300), outcome="remains", remains={text or "a.b": 2}, not_checked=[text]),
    )
    one = msgspec.structs.replace(one, **changes)
    return Told(one, runs, reckon(one, runs, at(400)), "")
