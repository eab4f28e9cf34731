"""What a report is about: incidents and runs, found by their names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.errors import AmbiguousName, PryvTuiError
from pryv_tui.incidents.acts import resolve_incident
from pryv_tui.incidents.files import all_incidents, unseen, unseen_words, way_out_of
from pryv_tui.incidents.gathering import Told, belongs, facts_of, gather, known_of
from pryv_tui.incidents.incident import Incident
from pryv_tui.incidents.looking import KIND, of_platform, open_incident
from pryv_tui.incidents.reckoning import reckon
from pryv_tui.incidents.report.cost import restores
from pryv_tui.operations.comparing.set_side import role_moments
from pryv_tui.operations.comparing.theirs import mine
from pryv_tui.operations.sets.own import own_sets
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.simulated import Simulated, read
from pryv_tui.runs.record.chain import released_by
from pryv_tui.runs.record.history import RunRecord, all_runs, resolve_run
from pryv_tui.runs.record.undos import undone_by

BEFORE = timedelta(minutes=1)
"""Longest time before a loss at which something done on purpose still belongs to the loss: it is
recorded before it is done."""


def told_by(settings: Settings, names: Sequence[str]) -> Told:
    """Return what to report: the incident or the runs with these names.

    Without a name, the platform's open incident, else its last one.

    Runs that are named together with an incident are shown as part of it.

    Raises:
        PryvTuiError: `incident-unknown`: a name is unknown, or there is no incident at all;
            `usage`: the names mean two incidents.
    """
    state = Path(settings.state)
    found: Incident | None = None
    runs: list[RunRecord] = []
    for name in names:
        one = _incident(settings, state, name)
        if isinstance(one, RunRecord):
            runs.append(one)
        elif found is not None and one.id != found.id:
            raise PryvTuiError(
                "usage",
                f"{found.id} and {one.id} are two incidents",
                "Make a separate report of each.",
            )
        else:
            found = one
    if not names:
        found = last_of(settings)
    if found is not None:
        named = (*found.named, *(run.id for run in runs))
        told = gather(state, msgspec.structs.replace(found, named=named))
    else:
        told = of_runs(state, runs)
    return told._replace(planted=_planted(settings, told), newest=newest_of(settings, told))


def newest_of(settings: Settings, told: Told) -> tuple[tuple[str, str, str], ...]:
    """Return each lost role, the newest complete set that contains it, and the moment to which the
    role would go back. Empty if a restore is in place, or the vault can't be read."""
    if not told.incident.roles or restores(told):
        return ()
    try:
        site = open_site(settings)
        sets = mine(site, site.discover(), site.vault.sets())
        own = own_sets(sets, told.incident.domain, practice=site.practice)
    except (OSError, PryvTuiError):
        return ()
    found: list[tuple[str, str, str]] = []
    for role in told.incident.roles:
        for backup in reversed(own):
            manifest = backup.manifest
            if manifest is not None and role in manifest.roles:
                moment = role_moments(manifest, [part.name for part in manifest.hosts]).get(role)
                found.append((role, backup.id, moment or manifest.created))
                break
    return tuple(found)


def _planted(settings: Settings, told: Told) -> tuple[Simulated, ...]:
    """Return what was done to a practice platform on purpose, from shortly before the loss on."""
    if settings.practice is None:
        return ()
    try:
        began = datetime.fromisoformat(told.times.lost or told.incident.opened)
        since = timestamp(began - BEFORE)
        return read(Path(settings.practice), since, told.incident.closed).done
    except (OSError, ValueError, OverflowError):
        return ()


def last_of(settings: Settings) -> Incident:
    """Return the platform's open incident, else its last one.

    Raises:
        PryvTuiError: `incident-unknown`: there is none, or one that may be later can't be read.
    """
    known = of_platform(settings)
    found = open_incident(settings) or (known[-1] if known else None)
    state = Path(settings.state)
    if (found is None or not found.open) and (dark := may_be_later(settings, found)):
        way = way_out_of(state, dark)
        if found is not None:
            way = f"To report the incident before it: pryv-tui report {found.id}. {way}"
        raise PryvTuiError("incident-unknown", unseen_words(dark), way)
    if found is None:
        raise PryvTuiError(
            "incident-unknown",
            f"no incident of this platform is known in {settings.state}",
            "Name a run; to see them: pryv-tui runs. Or declare an incident: pryv-tui incident"
            " declare TEXT",
        )
    return found


def may_be_later(settings: Settings, than: Incident | None) -> dict[str, str]:
    """Return the incidents that can't be read and did not begin before the given one (None: all):
    the reason by id. Such an incident may be open, and may be of this platform."""
    return unseen(Path(settings.state), since=than.id if than is not None else "")


def _incident(settings: Settings, state: Path, name: str) -> Incident | RunRecord:
    mine = {one.id for one in of_platform(settings)}
    if name == "latest":
        return resolve_incident(state, name, fits=lambda one: one.id in mine)
    try:
        return resolve_incident(state, name)
    except AmbiguousName:
        raise
    except PryvTuiError:
        pass
    try:
        return resolve_run(state, name)
    except AmbiguousName:
        raise
    except PryvTuiError as error:
        if name.strip() and (dark := unseen(state, name)):
            way = way_out_of(state, dark)
            raise PryvTuiError("incident-unknown", unseen_words(dark), way) from error
        raise PryvTuiError(
            "incident-unknown",
            f"no incident and no run {name!r} is known in {state}",
            "To see the incidents known here: pryv-tui incident list; the runs: pryv-tui runs",
        ) from error


def of_runs(state: Path, records: Sequence[RunRecord]) -> Told:
    """Return single runs, for a report without an incident. A run knows only what it stopped
    itself. If all the runs belong to one incident, that incident says what was down, and since
    when."""
    undone, released = undone_by(state), released_by(state, all_runs(state))
    ordered = sorted({record.id: record for record in records}.values(), key=lambda one: one.asked)
    runs = tuple(facts_of(record, undone, released) for record in ordered)
    first = runs[0].asked if runs else ""
    domain = next((record.domain for record in ordered if record.domain), "")
    alone = Incident(id="", folder="", kind="runs", domain=domain, opened=first)
    known = [one for one in all_incidents(state) if one.kind == KIND]
    whole = [one for one in known if all(belongs(one, known_of(each)) for each in ordered)]
    if whole:
        told = gather(state, whole[-1])
        return Told(alone, runs, told.times, told.backed_up, accepted=told.accepted, within=told)
    mine = [one for one in known if any(belongs(one, known_of(each)) for each in ordered)]
    parts = tuple(one.id for one in mine)
    return Told(alone, runs, reckon(alone, runs, timestamp()), "", parts=parts)
