"""A look at the platform, and what it means for the platform's incidents. An incident opens by
itself if a role or its data is found gone."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.incidents.away import followed, is_of, keep_away, read_away, stays
from pryv_tui.incidents.events import AnyEvent, Lost, Opened
from pryv_tui.incidents.files import (
    all_incidents,
    append,
    create,
    locked,
    unread_incidents,
    way_out_of,
)
from pryv_tui.incidents.gathering import (
    There,
    Told,
    gather,
    last_there,
    newest_asked,
    same_platform,
)
from pryv_tui.incidents.incident import Incident
from pryv_tui.incidents.opening import Seen, news, opened_words, opens, with_accepted
from pryv_tui.incidents.parts import (
    accepted_by_role,
    away_now,
    data_by_role,
    gone_away,
    gone_data,
    gone_part,
    gone_since,
    parts_gone,
    rootless,
    serves_since,
    turns_of,
)
from pryv_tui.incidents.reckoning import ended_since, lost_by_now
from pryv_tui.incidents.words import line, short
from pryv_tui.operations.acceptance import Acceptance
from pryv_tui.operations.audit.last_look import last_look
from pryv_tui.operations.comparing.alone import had_alone
from pryv_tui.operations.comparing.former import same_domains
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.lost.back import note_look
from pryv_tui.operations.lost.seen import last_on, seen_here
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.operations.overview.overview import Overview
from pryv_tui.operations.sets.own import own_sets, told_domain
from pryv_tui.operations.settings.identity import platform_of
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import Site
from pryv_tui.runs.on_disk import half_roots
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.recovery import FirstLook, first_look
from pryv_tui.vault.sets import BackupSet

if TYPE_CHECKING:
    from pryv_tui.operations.guards.line import GuardLine

KIND = "incident"


class Standing(NamedTuple):
    """The incident of a platform that is open now, if any."""

    told: Told | None = None
    problem: str = ""
    """Why the incident can't be followed: it can't be read, or a loss could not be recorded."""
    unseen: str = ""
    """Which incidents can't be read, in words. It is not known whether they are open."""

    @property
    def short(self) -> str:
        """The open incident, or the problem, in one short line; empty if there is neither."""
        if self.problem:
            return f"The incident can't be followed: {self.problem}"
        return short(self.told, timestamp()) if self.told is not None else ""

    @property
    def lines(self) -> list[str]:
        """Lines about the incident, to be added to the result of a look at the platform."""
        found = [line(self.told)] if self.told is not None else []
        if self.problem:
            found.append(f"The incident can't be followed: {self.problem}")
        return found


def of_platform(settings: Settings, domain: str = "", kind: str = KIND) -> list[Incident]:
    """Return the incidents of the platform that these settings name, oldest first.

    Args:
        domain: the platform's domain, if it is known: one engine may run several platforms.
    """
    mine, told = platform_of(settings), domain or settings.domain or ""
    known = all_incidents(Path(settings.state))
    return [one for one in known if one.kind == kind and same_platform(one, mine, told)]


def open_incident(settings: Settings, domain: str = "") -> Incident | None:
    """Return the platform's open incident; None if none is open.

    Raises:
        PryvTuiError: `refused`: several platforms on one engine have open incidents, and it is not
            known which platform is meant.
    """
    found = [one for one in of_platform(settings, domain) if one.open]
    if len({one.domain for one in found}) > 1:
        names = ", ".join(f"{one.id} ({one.domain or 'its domain is not known'})" for one in found)
        raise PryvTuiError(
            "refused",
            "several incidents are open, of platforms on the same engine",
            f"Say which with --incident: {names}",
        )
    return found[-1] if found else None


def standing(settings: Settings, domain: str = "") -> Standing:
    """Return the open incident with everything that belongs to it, without looking at the
    platform."""
    try:
        found = open_incident(settings, domain)
    except PryvTuiError as error:
        return Standing(None, error.told)
    return Standing(gather(Path(settings.state), found) if found is not None else None)


def with_unread(found: Overview, state: Path) -> Overview:
    """Return the overview with a warning for each incident that can't be read completely. Such an
    incident may show less of losses, times and sets than was written."""
    try:
        unread = unread_incidents(state)
    except PryvTuiError:
        return found  # the code that follows the incident reports that the folder can't be read
    more = tuple(
        Attention("warning", f"{_unread_words(one, why)}.", way_out_of(state, [one]))
        for one, why in unread.items()
    )
    # More urgent items stay first.
    pressing = [at for at, item in enumerate(found.attention, 1) if item.level != "info"]
    place = max(pressing, default=int(found.going_on is not None))
    told = (*found.attention[:place], *more, *found.attention[place:])
    return msgspec.structs.replace(found, attention=told)


def _unread_words(one: str, why: str) -> str:
    return f"The incident {one} can't be read completely: {why}"


def unread_lines(state: Path) -> list[GuardLine]:
    """Return the doctor's warnings about incidents that can't be read, or not completely. Less may
    be shown about the platform than was written, but no run has to wait for that."""
    # Imported late: the first screen does not need guards, which are slow to load.
    from pryv_tui.operations.guards.line import warning

    try:
        unread = unread_incidents(state)
    except PryvTuiError as error:
        return [warning("incidents", error.what, error.remedy)]
    return [
        warning(f"incident {one}", _unread_words(one, why), way_out_of(state, [one]))
        for one, why in unread.items()
    ]


def notice(site: Site, look: FirstLook | None = None) -> Standing:
    """Look at the platform, and record what is new: a loss, or a lost role that serves again.

    An error never hides the platform: it is returned in `problem` if something can't be checked or
    recorded.

    Args:
        look: the result of a look made just now; None: look now.
    """
    try:
        look = look if look is not None else first_look(site, stores=True)
        seen = _with_away(site, seen_by(site, look), look)
    except PryvTuiError as error:
        return Standing(standing(site.settings).told, error.told)
    if seen.settled:
        note_look(site, look.overview.deployment, look.overview.data)
    try:
        due = _due(site, seen)
        if not due.fresh and not due.losses:
            return standing(site.settings, seen.domain)
        with locked(site.state):
            # Somebody else may have written it down since, or asked for a run.
            if (seen.seen.here or seen.seen.stopped) and not _is_calm(site, look):
                seen = seen._replace(seen=seen.seen._replace(here={}, stopped={}))
            _write(site, seen)
    except PryvTuiError as error:
        return Standing(standing(site.settings, seen.domain).told, error.told)
    return standing(site.settings, seen.domain)


class Look(NamedTuple):
    """The result of a look, and the platform that it is about."""

    seen: Seen
    domain: str
    settled: bool = False
    """Whether what is there will stay: no run is working, and none has left something half-done."""
    accepted: Mapping[str, Acceptance] = MappingProxyType({})
    """By role, who accepted what the role lacks."""


def seen_by(site: Site, look: FirstLook) -> Look:
    """Return what a look means: which roles are gone, which serve, and which are stopped."""
    found, deployment = look.overview, look.overview.deployment
    sets = {backup.id: backup for backup in found.sets if backup.usable}
    holders = [sets[held] for held in found.lost.values() if held in sets]
    told = [one.manifest.domain for one in holders if one.manifest is not None]
    domain = told_domain(deployment) or look.domain or next(iter(told), "")
    away, held = found.away, dict(found.lost)
    known = {(one.role, one.host) for one in found.data.accepted}
    own = _own(site, found)
    parts, whole = rootless(deployment, own, known)
    held |= {role: "" for role in whole if role not in held}
    settled = found.going_on is None and not look.left and _is_calm(site, look)
    if settled:
        parts += [
            part
            for part in parts_gone(deployment, own, seen_here(site, deployment))
            if part.role not in held and (part.role, part.host) not in known
        ]
    lost = data_by_role(found.data.gone, held) if settled else {}
    there = _last_there(site, domain, sets, deployment) if held or parts or lost else There()
    gone = {
        role: gone_since(role, deployment, sets.get(holder), holder, there)
        for role, holder in held.items()
    }
    for part in parts:
        gone.setdefault(part.role, gone_part(part, deployment, there))
    for role, each in lost.items():
        gone.setdefault(role, gone_data(role, each, sets, there))
    here, stopped = dict[str, str](), dict[str, str]()
    if settled and all(state.reachable for state in deployment.hosts):
        for role in deployment.roles:
            since = serves_since(role, deployment)
            if role not in (*gone, *away) and since is not None:
                here[role] = since
        here |= dict.fromkeys((role for role in away if role not in (*gone, *here)), "")
        # `away` follows absent roles. A container that runs but is unwell counts as running.
        stopped = {
            one.role: "" if one.since_before else one.since
            for one in found.serving.of("down")
            if one.role not in (*gone, *here) and all(lack.why != "absent" for lack in one.lacks)
        }
    accepted = accepted_by_role(found.data, site.accepted) | away
    seen_now = Seen(gone, here, stopped, *turns_of(deployment))
    return Look(seen_now, domain, settled, accepted)


def _own(site: Site, found: Overview) -> list[BackupSet]:
    """Return the platform's sets; if it has none under its present domain, those of its former
    domain."""
    also = same_domains(found.backup.former) if found.backup is not None else ()
    domain = told_domain(found.deployment)
    return own_sets(found.mine, domain, practice=site.practice, also=also)


def _last_there(
    site: Site, domain: str, sets: Mapping[str, BackupSet], deployment: Deployment
) -> There:
    known = of_platform(site.settings, domain)
    told = {name: one.manifest for name, one in sets.items() if one.manifest is not None}
    found = last_there(site.state, known, platform_of(site.settings), domain, told)
    seen = seen_here(site, deployment)
    moments = {(one.role, one.host): last_on(seen, one.role, one.host) for one in seen}
    return found._replace(seen={at: moment for at, moment in moments.items() if moment})


def _with_away(site: Site, seen: Look, look: FirstLook) -> Look:
    """Return a look with the roles that earlier looks found away, and that still are.

    While a run is running nothing is added: that run may itself have stopped what is away. If a run
    has left something half-done, missing containers don't count: that may be the reason, and it is
    reported separately.

    Raises:
        PryvTuiError: the entries of roles that are away could not be stored.
    """
    found = look.overview
    if found.going_on is not None:
        return seen
    calm = not look.left and _is_calm(site, look)
    own = _own(site, found)
    known = seen_here(site, found.deployment)
    now = [one for one in away_now(found.deployment, own, known) if one.kind == "engine" or calm]
    platform = platform_of(site.settings)
    now = [msgspec.structs.replace(one, platform=platform, domain=seen.domain) for one in now]
    before = read_away(site.state)
    mine = [one for one in before if is_of(one, platform, seen.domain)]
    if not mine and not now:
        return seen
    kept = followed(mine, now, timestamp())
    others = [one for one in before if one not in mine]
    if kept != tuple(mine):
        keep_away(site.state, [*others, *kept])
    gone = dict(seen.seen.gone)
    for one in kept:
        if stays(one) and one.role not in gone:
            gone[one.role] = gone_away(one, own)
    return seen._replace(seen=seen.seen._replace(gone=gone))


def _is_calm(site: Site, look: FirstLook) -> bool:
    """Whether no run changed the platform during the look.

    That is: no run is running, none has ended since the look began, and no root is marked as
    half-restored. A run that was just asked for hides what an earlier run left, even before it
    begins.
    """
    records = all_runs(site.state)
    going = [one for one in records if one.state in ("running", "starting")]
    ended = [one.id for one in records if one.state == "ended"]
    return (
        not any(kind_of(one.kind).holds_platform for one in going)
        and (ended[-1] if ended else "") == look.changed_by
        and not half_roots(look.overview.deployment)
    )


class _Due(NamedTuple):
    """The events to write after a look; usually there are none."""

    incident: Incident | None = None
    """The incident to which `fresh` is added."""
    fresh: Sequence[AnyEvent] = ()
    losses: Sequence[Lost] = ()
    """The losses with which a new incident opens."""


def _due(site: Site, look: Look) -> _Due:
    known = of_platform(site.settings, look.domain)
    current = next((one for one in reversed(known) if one.open), None)
    last = current or (known[-1] if known else None)
    if last is None:
        return _Due(losses=opens(look.seen, open_now=False, known=()))
    # What happened since the close is not a part of its times, but tells what is new.
    told = gather(site.state, msgspec.structs.replace(last, closed="", upto=""))
    down = {role for role, one in told.times.down.items() if one.still}
    lost, doubted = lost_by_now(last, told.runs)
    fresh = news(
        look.seen,
        open_now=last.open,
        down=down,
        lost=lost,
        was_lost=last.roles,
        doubted=doubted,
    )
    fresh = with_accepted(fresh, look.accepted, open_now=last.open)
    if not last.open:
        fresh += ended_since(last, told.runs)
    return _Due(last, fresh, opens(look.seen, open_now=last.open, known=lost))


def _write(site: Site, look: Look) -> None:
    due = _due(site, look)
    if due.incident is not None and due.fresh:
        append(site.state, due.incident.id, _with_alone(site, look, due.fresh))
    if due.losses:
        losses = _with_alone(site, look, due.losses)
        opened = Opened(
            kind=KIND,
            how="found",
            platform=platform_of(site.settings),
            domain=look.domain,
            practice=site.practice,
            machine=socket.gethostname(),
            text=opened_words(due.losses),
            after=newest_asked(site.state),
        )
        create(site.state, [opened, *losses])


def _with_alone(site: Site, look: Look, events: Sequence[AnyEvent]) -> list[AnyEvent]:
    """Return the events. The loss of core gets the accounts that core alone had; they must be
    stored now, since the next check of the running platform replaces the one that lists them."""
    had = had_alone(last_look(site.state), look.domain, practice=site.practice)
    if not had.amount.number:
        return list(events)
    return [
        msgspec.structs.replace(event, alone=had)
        if isinstance(event, Lost) and event.role == "core" and not event.doubt
        else event
        for event in events
    ]
