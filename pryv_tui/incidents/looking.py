"""A look at the platform, and what it means for its incidents: one opens by itself where a role or
its data is found gone."""

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
    moved_away,
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
from pryv_tui.operations.lost.back import end_accepted
from pryv_tui.operations.lost.seen import last_on, note_roles, seen_here
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
    """Why a loss that was found could not be written down."""
    unseen: str = ""
    """Which incidents can't be read, in words, so that whether they are open is not known."""

    @property
    def short(self) -> str:
        """The same in one short line; empty where there is nothing to say."""
        if self.problem:
            return f"The incident can't be followed: {self.problem}"
        return short(self.told, timestamp()) if self.told is not None else ""

    @property
    def lines(self) -> list[str]:
        """What is to be said of the incident, beside what a look at the platform finds."""
        found = [line(self.told)] if self.told is not None else []
        if self.problem:
            found.append(f"The incident can't be followed: {self.problem}")
        return found


def of_platform(settings: Settings, domain: str = "", kind: str = KIND) -> list[Incident]:
    """The incidents of the platform that these settings mean, oldest first.

    Args:
        domain: the platform's, where it is known: several may be on one engine.
    """
    mine, told = platform_of(settings), domain or settings.domain or ""
    known = all_incidents(Path(settings.state))
    return [one for one in known if one.kind == kind and same_platform(one, mine, told)]


def open_incident(settings: Settings, domain: str = "") -> Incident | None:
    """The platform's incident that is open.

    Raises:
        PryvTuiError: `refused`, several are, of platforms on one engine, and it is not known which
            is meant.
    """
    found = [one for one in of_platform(settings, domain) if one.open]
    if len({one.domain for one in found}) > 1:
        names = ", ".join(f"{one.id} ({one.domain or 'its domain is not known'})" for one in found)
        raise PryvTuiError(
            "refused",
            "several incidents are open, of platforms on one engine",
            f"Say which with --incident: {names}",
        )
    return found[-1] if found else None


def standing(settings: Settings, domain: str = "") -> Standing:
    """The same with all that belongs to it, without a look at the platform."""
    try:
        found = open_incident(settings, domain)
    except PryvTuiError as error:
        return Standing(None, error.told)
    return Standing(gather(Path(settings.state), found) if found is not None else None)


def with_unread(found: Overview, state: Path) -> Overview:
    """What an operator sees first, with the incidents of which not all can be read: what they say
    of a loss, of its times and of sets is then less than was written down."""
    try:
        unread = unread_incidents(state)
    except PryvTuiError:
        return found  # that the folder can't be read is told by who follows the incident
    more = tuple(
        Attention("warning", f"{_unread_words(one, why)}.", way_out_of(state, [one]))
        for one, why in unread.items()
    )
    # What is pressing stands before it.
    pressing = [at for at, item in enumerate(found.attention, 1) if item.level != "info"]
    place = max(pressing, default=int(found.going_on is not None))
    told = (*found.attention[:place], *more, *found.attention[place:])
    return msgspec.structs.replace(found, attention=told)


def _unread_words(one: str, why: str) -> str:
    return f"Of the incident {one} not all can be read: {why}"


def unread_lines(state: Path) -> list[GuardLine]:
    """The same as the doctor has it; also where no incident can be read at all. What is told of the
    platform may be less than was written down, which keeps nothing from beginning."""
    # The first screen has no use for guards, which are much to load.
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
    """Look, and write down what is new: a loss, or that what was lost is there again.

    Nothing keeps whoever looks from seeing the platform: where it can't be written down, that is
    told beside.

    Args:
        look: what was seen just now; else it is looked at.
    """
    try:
        look = look if look is not None else first_look(site, stores=True)
        seen = _with_away(site, seen_by(site, look), look)
    except PryvTuiError as error:
        return Standing(standing(site.settings).told, error.told)
    if seen.settled:
        note_roles(site, look.overview.deployment)
        end_accepted(site, look.overview.deployment, look.overview.data)
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
    """What a look found, and of which platform."""

    seen: Seen
    domain: str
    settled: bool = False
    """Whether what is there is there to stay: no run is at work, or has left something."""
    accepted: Mapping[str, Acceptance] = MappingProxyType({})
    """By role, who has accepted what it lacks."""


def seen_by(site: Site, look: FirstLook) -> Look:
    """What a look means: the roles that are gone, and those that are there and serve."""
    found, deployment = look.overview, look.overview.deployment
    sets = {backup.id: backup for backup in found.sets if backup.usable}
    holders = [sets[held] for held in found.lost.values() if held in sets]
    told = [one.manifest.domain for one in holders if one.manifest is not None]
    domain = told_domain(deployment) or look.domain or next(iter(told), "")
    away = moved_away(found.attention, site.accepted)
    held = {role: holder for role, holder in found.lost.items() if role not in away}
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
            if role not in gone and since is not None:
                here[role] = since
        here |= dict.fromkeys((role for role in away if role not in (*gone, *here)), "")
        # Those that are not there are followed as that (`away`); what runs and is unwell runs.
        stopped = {
            one.role: "" if one.since_before else one.since
            for one in found.serving.of("down")
            if one.role not in (*gone, *here) and all(lack.why != "absent" for lack in one.lacks)
        }
    accepted = accepted_by_role(found.data, site.accepted) | away
    seen_now = Seen(gone, here, stopped, *turns_of(deployment))
    return Look(seen_now, domain, settled, accepted)


def _own(site: Site, found: Overview) -> list[BackupSet]:
    """The platform's sets; those of its former domain where it has none under that of now."""
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
    """What was found, with what was away at an earlier look already and still is.

    While a run goes on nothing of it is new: it may be the one that has stopped or cut off what is
    away. What a run has left half-done may be why containers are not there; that it left something
    is told as that.

    Raises:
        PryvTuiError: it could not be kept.
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
    """Whether what was seen is there to stay: no run was asked for or ended since the look began,
    and no root says that it is half-restored.

    A run that was just asked for hides what an earlier one left, before it has begun itself.
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
    """What there is to write down; nothing as a rule."""

    incident: Incident | None = None
    """The one that `fresh` is about."""
    fresh: Sequence[AnyEvent] = ()
    losses: Sequence[Lost] = ()
    """With which another one opens."""


def _due(site: Site, look: Look) -> _Due:
    known = of_platform(site.settings, look.domain)
    current = next((one for one in reversed(known) if one.open), None)
    last = current or (known[-1] if known else None)
    if last is None:
        return _Due(losses=opens(look.seen, open_now=False, known=()))
    # What became of it since it was closed is no part of its times, but tells what is new.
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
    """The same, where core is gone with the accounts that it alone had: the next look at the
    running platform takes the place of the one that tells them."""
    had = had_alone(last_look(site.state), look.domain, practice=site.practice)
    if not had.amount.number:
        return list(events)
    return [
        msgspec.structs.replace(event, alone=had)
        if isinstance(event, Lost) and event.role == "core" and not event.doubt
        else event
        for event in events
    ]
