"""What an operator does with an incident: find it by its name, declare it, add to it, close it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pryv_tui.clock import timestamp, utc_now
from pryv_tui.errors import PryvTuiError, ambiguous
from pryv_tui.incidents.events import AnyEvent, Audited, Closed, Lost, Noted, Opened, Ran, RunNamed
from pryv_tui.incidents.files import (
    LONGEST_TEXT,
    all_incidents,
    append,
    create,
    incidents_folder,
    locked,
    read_incident,
    unread_incidents,
    unseen,
    unseen_words,
    way_out_of,
)
from pryv_tui.incidents.gathering import Told, gather, newest_asked
from pryv_tui.incidents.incident import Incident
from pryv_tui.incidents.looking import KIND, of_platform, open_incident
from pryv_tui.operations.ages import since as since_said
from pryv_tui.operations.facts import KnownBefore
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.settings.identity import platform_of
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.phrases import counted
from pryv_tui.platform.roles import ROLE_NAMES
from pryv_tui.runs.record.history import resolve_run
from pryv_tui.sanitize import sanitized

DECLARE = "Declare one: pryv-tui incident declare TEXT"


def state_of(settings: Settings) -> Path:
    """The state folder."""
    return Path(settings.state)


def resolve_incident(
    state: Path, name: str, *, fits: Callable[[Incident], bool] = lambda _one: True
) -> Incident:
    """Return the incident with a name: an id, an unambiguous beginning of an id, or `latest`.

    Args:
        fits: returns for an incident whether `latest` can mean it.

    Raises:
        PryvTuiError: `incident-unknown`: the name is empty, unknown or ambiguous.
    """
    known = all_incidents(state)
    latest = name == "latest"
    mine = [one for one in known if fits(one)] if latest else []
    if mine and not unseen(state, since=mine[-1].id):
        return mine[-1]
    if not name.strip():
        raise PryvTuiError("incident-unknown", "the name of the incident is empty")
    matches = [o for o in known if o.id == name] or [o for o in known if o.id.startswith(name)]
    if len(matches) == 1:
        return matches[0]
    if not matches and (dark := unseen(state, "" if latest else name)):
        raise PryvTuiError("incident-unknown", unseen_words(dark), way_out_of(state, dark))
    if not matches:
        which = "" if latest else f" {name!r}"
        raise PryvTuiError("incident-unknown", f"no incident{which} is known in {state}")
    raise ambiguous("incident-unknown", name, (one.id for one in matches))


class Declared(NamedTuple):
    """The result of a declaration."""

    incident: Incident
    new: bool
    """False if an incident was already open, and the declaration was added to it."""


def declare(
    settings: Settings,
    *,
    domain: str = "",
    text: str = "",
    roles: Sequence[str] = (),
    lost_at: str = "",
    runs: Sequence[str] = (),
) -> Declared:
    """Open an incident because the operator says so. If one is already open, add to that one.

    Args:
        domain: the platform's domain, if it is known.
        text: what happened.
        roles: the roles that do not serve their users.
        lost_at: since when they do not serve, as a person writes it (`operations.ages.since`).
        runs: runs to add that would not belong by their time, by id or beginning of id.

    Raises:
        PryvTuiError: `usage`, `run-unknown`; `refused`: one is open and there is nothing to add to
            it, or several are open; errors of writing. Nothing was written.
    """
    state = Path(settings.state)
    said = said_by(text) if text else ""
    since = _since(lost_at)
    named = [resolve_run(state, run).id for run in runs]
    with locked(state):
        current = open_incident(settings, domain)
        lost = _losses(roles, since, current)
        events: list[AnyEvent] = [*lost, *(RunNamed(run=run) for run in named)]
        if current is not None:
            if said:
                events.append(Noted(text=said))
            if not events:
                raise PryvTuiError(
                    "refused",
                    f"the incident {current.id} is already open, and no text was given to write"
                    " into it",
                    "Write what you know into it: pryv-tui incident note TEXT; or, if it is over:"
                    " pryv-tui incident close",
                )
            return Declared(append(state, current.id, events), new=False)
        opened = Opened(
            kind=KIND,
            how="declared",
            platform=platform_of(settings),
            domain=domain,
            practice=settings.practice is not None,
            machine=socket.gethostname(),
            text=said,
            after=newest_asked(state),
        )
        return Declared(create(state, [opened, *events]), new=True)


def _since(lost_at: str) -> str:
    if not lost_at:
        return ""
    try:
        return timestamp(since_said(lost_at, utc_now()))
    except ValueError as error:
        raise PryvTuiError("usage", f"--lost-at: {error}") from error


def _losses(roles: Sequence[str], since: str, current: Incident | None) -> list[Lost]:
    strange = [role for role in roles if role not in ROLE_NAMES]
    if strange:
        raise PryvTuiError("usage", f"{strange[0]!r} is not one of {', '.join(ROLE_NAMES)}")
    meant = list(dict.fromkeys(roles))
    if since and not meant:
        meant = list(current.roles) if current is not None else []
        if not meant:
            raise PryvTuiError(
                "usage",
                "the time of a loss was given, but not which role is lost",
                f"Say which role: --role {ROLE_NAMES[0]}",
            )
    return [Lost(role=role, since=since, source="asked" if since else "") for role in meant]


def note(
    settings: Settings,
    text: str,
    *,
    decision: bool = False,
    run: str = "",
    incident: str = "",
    domain: str = "",
) -> Incident:
    """Add a person's text to an incident.

    Args:
        decision: whether the text says what was decided.
        run: the run that the text is about; it belongs to the incident from then on.
        incident: the incident's full id; empty: the open incident.

    Raises:
        PryvTuiError: `usage`: the text is empty or too long; `refused`: no incident is open;
            `run-unknown`; `incident-unknown`: the named incident is not there or can't be read;
            errors of writing.
    """
    state = Path(settings.state)
    said = said_by(text)
    about = resolve_run(state, run).id if run else ""
    with locked(state):
        named = _named(state, incident) if incident else _open_one(settings, domain, to_note=True)
        return append(state, named.id, [Noted(text=said, decision=decision, run=about)])


def write(settings: Settings, text: str, *, decision: bool = False, domain: str = "") -> Declared:
    """Add a person's text to the open incident; if none is open, declare one with it.

    Raises:
        PryvTuiError: see `declare` and `note`.
    """
    current = open_incident(settings, domain)
    if current is None:
        return declare(settings, domain=domain, text=text)
    about = note(settings, text, decision=decision, incident=current.id, domain=domain)
    return Declared(about, new=False)


def audited(
    settings: Settings,
    *,
    set_id: str,
    remains: dict[str, int],
    not_checked: Sequence[str],
    domain: str = "",
    facts: Mapping[str, tuple[str, str]] | None = None,
    names: Mapping[str, list[str]] | None = None,
    earlier: Mapping[str, KnownBefore] | None = None,
) -> Incident | None:
    """Record in the open incident what the running platform lacks. Return None if none is open.

    Args:
        remains: how many of each kind remain, by `group.name`.
        facts: for each kind, the key and the facts by which a person accepts what remains of it.
        names: for each kind, the names of what remains, as they are shown.
        earlier: for each kind that the audit could not check: what was known before.

    Raises:
        PryvTuiError: errors of writing.
    """
    if open_incident(settings, domain) is None:
        return None
    state = Path(settings.state)
    left = {name: many for name, many in remains.items() if many}
    with locked(state):
        current = open_incident(settings, domain)
        if current is None:
            return None
        event = Audited(
            set=set_id,
            outcome="remains" if left else "unknown" if not_checked else "settled",
            remains=left,
            names={name: list(few) for name, few in (names or {}).items() if left.get(name)},
            not_checked=list(not_checked),
            facts=dict(facts or {}),
            earlier=dict(earlier or {}),
        )
        return append(state, current.id, [event])


def close(settings: Settings, text: str = "", *, incident: str = "", domain: str = "") -> Told:
    """Close the open incident, or the one with this full id.

    The incident keeps the results of its runs, since their records are removed after some time.

    Raises:
        PryvTuiError: `refused`: none is open, or this one is already closed; `incident-unknown`:
            the named one is not there or can't be read; errors of writing.
    """
    state = Path(settings.state)
    said = said_by(text) if text else ""
    with locked(state):
        current = _named(state, incident) if incident else _open_one(settings, domain)
        if not current.open:
            raise PryvTuiError("refused", f"the incident {current.id} is already closed", DECLARE)
        told = gather(state, current)
        kept = [
            Ran(facts=run)
            for run in told.runs
            # A run that is still running is kept too; a later look adds its result.
            if current.kept.get(run.id) != run
        ]
        last = Closed(text=said, upto=newest_asked(state))
        return gather(state, append(state, current.id, [*kept, last]))


def _named(state: Path, incident: str) -> Incident:
    """Return the incident with this full id. A text about it must not be added to another one.

    Raises:
        PryvTuiError: `incident-unknown`.
    """
    found = read_incident(incidents_folder(state) / incident)
    if found is not None and found.moments:
        return found
    if why := unread_incidents(state).get(incident):
        dark = {incident: why}
        raise PryvTuiError("incident-unknown", unseen_words(dark), way_out_of(state, dark))
    raise PryvTuiError("incident-unknown", f"the incident {incident!r} is not in {state}")


def _open_one(settings: Settings, domain: str, *, to_note: bool = False) -> Incident:
    current = open_incident(settings, domain)
    if current is None:
        way = DECLARE
        closed = of_platform(settings, domain) if to_note else []
        if closed:
            way = f"Write into the last one: pryv-tui incident note --incident {closed[-1].id} TEXT"
        what, dark = "no incident of this platform is open", unseen(state_of(settings))
        if dark:
            what, way = f"{what}; {unseen_words(dark)}", way_out_of(state_of(settings), dark)
        raise PryvTuiError("refused", what, way)
    return current


def said_by(text: str) -> str:
    """Return a person's text in the form in which it is stored.

    Raises:
        PryvTuiError: `usage`: the text is empty or too long.
    """
    said = sanitized(text).strip()
    if not said:
        raise PryvTuiError("usage", "the text is empty", "Say what you saw or decided.")
    if len(said) > LONGEST_TEXT:
        raise PryvTuiError(
            "usage",
            f"the text has {counted(len(said), 'character')}; a note may have {LONGEST_TEXT}",
            "Write it in several notes.",
        )
    return said


class Named(NamedTuple):
    """The sets that incidents name, open or closed ones. The content of an incident can be shown
    only as long as its sets are there."""

    by: dict[str, list[str]]
    """For each set id, the incidents that name the set."""
    unread: dict[str, str]
    """By id, the incidents that may name other sets too, with the reason why that is not known."""


def sets_named(state: Path) -> Named:
    """Return the sets that incidents name.

    Raises:
        PryvTuiError: `step-failed`: the incidents can't be read.
    """
    found: dict[str, list[str]] = {}
    unread = unread_incidents(state)
    for one in all_incidents(state):
        runs = gather(state, one).runs if one.open else tuple(one.kept.values())
        brought = [run for run in runs if kind_of(run.kind).brings_back]
        for name in dict.fromkeys([*one.sets, *(run.set for run in brought if run.set)]):
            found.setdefault(name, []).append(one.id)
        for run in brought:
            if run.unread and not run.set:
                unread.setdefault(one.id, f"which set the run {run.id} was about can't be read")
    return Named(found, unread)
