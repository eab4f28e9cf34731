"""The overview: roles, containers, folders, the last backup, and what needs a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.acceptance import Acceptance, Accepted
from pryv_tui.operations.activity import Doing, GoingOn
from pryv_tui.operations.ages import FUTURE_SECONDS, age_hours, age_of, ago
from pryv_tui.operations.comparing.former import same_domains
from pryv_tui.operations.comparing.theirs import told_apart
from pryv_tui.operations.emptied.here import NOT_LOOKED, Found, lost_data
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.lost.here import (
    away_in,
    lost_in,
    missing_here,
    not_known,
    way_is_said,
)
from pryv_tui.operations.lost.seen import seen_here
from pryv_tui.operations.lost.words import alarm_words, missing_key, note_words
from pryv_tui.operations.overview.attention import (
    Attention,
    empty_ones,
    gone_by_undo,
    holding_nothing,
    host_attention,
    of_roles,
    settled,
)
from pryv_tui.operations.overview.backup_words import backup_attention
from pryv_tui.operations.overview.data_gone import data_attention
from pryv_tui.operations.overview.last_backup import LastBackup, Tries, backup_now
from pryv_tui.operations.overview.no_set import (
    NO_SET,
    NOTHING,
    no_set,
    nothing_here,
    with_others,
)
from pryv_tui.operations.overview.serving import Known, Serving, serving, with_known
from pryv_tui.operations.overview.serving_words import (
    down_words,
    serving_attention,
    silent_attention,
    urgent_down,
)
from pryv_tui.operations.overview.suspicious import set_attention
from pryv_tui.operations.plan import quote
from pryv_tui.operations.root.kept import BroughtBack, Story, nothing_brought
from pryv_tui.operations.sets.known_vaults import KEY, look
from pryv_tui.operations.sets.missing_roles import Missing, everything_lost
from pryv_tui.operations.sets.own import newest_set, own_sets, told_domain
from pryv_tui.operations.site import Site
from pryv_tui.vault.sets import BackupSet

OLD_BACKUP_HOURS = 24.0
"""Hours after which a last backup is called old, if no setting says how often one is expected."""
ORDER = {"failed": 0, "warning": 1, "info": 2}


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The content of the overview."""

    deployment: Deployment
    sets: tuple[BackupSet, ...]
    """All sets of the vault."""
    last: BackupSet | None
    """The newest complete set of this platform."""
    attention: tuple[Attention, ...]
    going_on: GoingOn | None = None
    backup: LastBackup | None = None
    """The state of the last backup; None if it was not worked out: then only `last` is known."""
    doing: tuple[Doing, ...] = ()
    """What runs are doing now, or have left half-done."""
    answers: dict[tuple[str, str], str] | None = None
    """By host and service: what is wrong with its answer; None if no service was asked."""
    lost: dict[str, str] = {}
    """Roles that are lost, except those away on purpose: by role, the newest set that has it.

    The set is empty if no set of this platform has the role.
    """
    away: dict[str, Acceptance] = {}
    """By role: the acceptance that it is gone from here."""
    restored: str = ""
    """When the last restore from here that was not undone was completed; empty if none is known."""
    drilled: str = ""
    """When the last drill was and how it ended, in a few words; empty if there is nothing to
    say."""
    then_undone: str = ""
    """When the last restore from here that was undone later was completed; empty if none."""
    down_known: dict[str, Known] = {}
    """By role: since when it is down, by an open incident."""
    coming: dict[str, str] = {}
    """Roles that a run is restoring, or has left half-way, each with its machine."""
    mine: tuple[BackupSet, ...] = ()
    """The sets, without those whose accounts show that they are another platform's."""
    data: Found = NOT_LOOKED
    """Missing data of roles that still have other files here."""
    half_way: str = ""
    """The kind of the run that left a root half-done; empty if none.

    The content of such a root is not what was restored before.
    """

    @property
    def serving(self) -> Serving:
        """The state of each role."""
        doing = self.doing or ((self.going_on,) if self.going_on is not None else ())
        found = serving(
            self.deployment,
            newest=self.last,
            doing=doing,
            lost=self.lost,
            answers=self.answers,
            gone=self.data.gone,
            away=self.away,
        )
        return with_known(found, self.down_known, self.coming)

    def knowing(self, known: dict[str, Known]) -> Overview:
        """Return a copy with the times since when roles are down, by an open incident.

        The item of `urgent_down` is put first.
        """
        told = msgspec.structs.replace(self, down_known=known)
        # An alarm about the vault or a backup does not say that a role is down.
        calm = not any(item.of_roles and item.level != "info" for item in self.attention)
        down = urgent_down(told.serving, self.going_on, known, self.lost, calm=calm)
        return msgspec.structs.replace(told, attention=(*down, *self.attention))

    def answered(self, answers: dict[tuple[str, str], str], accepted: Accepted) -> Overview:
        """Return a copy with the services' answers, and a warning for each silent role."""
        asked = msgspec.structs.replace(self, answers=answers)
        items = settled(of_roles(silent_attention(asked.serving)), accepted)
        pressing = [at for at, item in enumerate(self.attention, 1) if item.level != "info"]
        last = max(pressing, default=int(self.going_on is not None))
        more = (*self.attention[:last], *items, *self.attention[last:])
        return msgspec.structs.replace(asked, attention=more)


def overview(
    site: Site,
    deployment: Deployment,
    going_on: GoingOn | None = None,
    left: Sequence[Doing] = (),
    stories: Mapping[str, Story] | None = None,
    tries: Tries = lambda _whole: (),
    more: Sequence[Attention] = (),
    brought: BroughtBack = nothing_brought,
    *,
    ask: bool = False,
) -> Overview:
    """Look at the vault now, and list all that needs a person. Folder sizes are not counted here.

    Args:
        deployment: the platform as it was just found.
        going_on: the run that is running now, from its journal.
        left: what runs left half-done; each is reported once, not by its traces.
        stories: what the known runs did, by their ids.
        tries: returns the backups that have failed since the last complete set, given the ids of
            the complete sets.
        more: warnings that were found elsewhere.
        brought: returns, by role, the set that was restored there.
        ask: whether to ask a store whose files look normal, if they were written to since the set.
    """
    problems: list[Attention] = []
    try:
        sets = tuple(site.vault.sets())
    except PryvTuiError as error:
        sets = ()
        problems.append(Attention("failed", error.what, error.remedy))
    else:
        problems += _vault_attention(site)
    apart = told_apart(site, deployment, sets)
    mine = tuple(apart.mine(sets))
    last = newest_set(mine, told_domain(deployment), practice=site.practice)
    coming = set(going_on.roles) if going_on is not None and going_on.kind == "restore" else set()
    # The roles of a half-done run are not reported as lost: their files were moved aside.
    half = {host for doing in left for host, _root in doing.roots}
    parts = [part for one in sets if one.manifest for part in one.manifest.hosts]
    coming |= {role for part in parts if part.name in half for role in part.roles}
    if half:
        coming |= {one.role for one in seen_here(site, deployment) if one.host in half}
    backup = backup_now(
        site, deployment, sets, tries, going_on, in_doubt=bool(problems), apart=apart
    )
    also = same_domains(backup.former)
    missing = missing_here(
        site, deployment, sets, coming, apart=apart, also=also, in_doubt=bool(problems)
    )
    lost, away = lost_in(missing), away_in(missing)
    doing = (*left, going_on) if going_on is not None else tuple(left)
    own = own_sets(mine, told_domain(deployment), practice=site.practice)
    found = attention(deployment, sets, last, going_on, left, missing, stories, backup)
    if problems:
        # If the vault is in doubt, nobody should be advised to start a new one.
        none = (no_set(sets, backup.former), NOTHING)
        found = [item for item in found if item not in none]
    if apart.others:
        told = {role for one in missing for role in one.roles}
        absent = not_known(deployment, sets, apart, but={*told, *coming})
        apart = msgspec.structs.replace(apart, said=way_is_said(missing, sets, apart))
        found = with_others(found, apart, own, absent)
    moving = going_on is not None and kind_of(going_on.kind).moves_roots
    data = NOT_LOOKED
    if not moving:
        # A renamed platform may have lost data that is in its sets under the former domain.
        held = own_sets(mine, told_domain(deployment), practice=site.practice, also=also)
        calm = going_on is None
        back = brought(also)
        data = lost_data(
            site,
            deployment,
            held,
            but=coming,
            away=away,
            ask=calm,
            every=calm and ask,
            brought=back,
        )
        found += data_attention(data.every, data.untold, deployment, sets)
    roles = serving(deployment, newest=last, doing=doing, lost=lost, gone=data.gone, away=away)
    found += of_roles(serving_attention(roles, deployment, but={*lost, *coming}))
    found += [*set_attention(own, site.settings.limits, site.accepted), *of_roles(more)]
    problems += sorted(settled(found, site.accepted), key=lambda item: ORDER[item.level])
    if not coming:
        here = {one.domain for one in seen_here(site, deployment)}
        every = everything_lost(deployment, sets, practice=site.practice, seen=here)
        problems = [*of_roles(Attention("failed", *words) for words in every), *problems]
    if going_on is not None:
        text = f"The {going_on.kind} {going_on.run} is running."
        if down := down_words(roles, by=going_on.run):
            text += f" Down because of it: {down}."
        problems.insert(0, Attention("info", text, f"Follow it: pryv-tui attach {going_on.run}"))
    return Overview(
        deployment=deployment,
        sets=sets,
        mine=mine,
        last=last,
        attention=tuple(problems),
        going_on=going_on,
        backup=backup,
        doing=doing,
        lost=lost,
        away=away,
        data=data,
        coming={role: part.name for part in parts for role in part.roles if role in coming},
    )


def _vault_attention(site: Site) -> list[Attention]:
    """The alarm that the folder may be the wrong vault; empty if there is no sign of that."""
    try:
        found = look(site)
    except PryvTuiError as error:
        return [Attention("failed", error.what, error.remedy)]
    return (
        [Attention("failed", f"{found.text}.", found.remedy, KEY, found.about)]
        if found is not None
        else []
    )


def attention(
    deployment: Deployment,
    sets: tuple[BackupSet, ...],
    last: BackupSet | None,
    going_on: GoingOn | None = None,
    left: Sequence[Doing] = (),
    missing: Sequence[Missing] = (),
    stories: Mapping[str, Story] | None = None,
    latest: LastBackup | None = None,
) -> list[Attention]:
    """All that needs a person, the worst first; without what the present run is doing."""
    found: list[Attention] = []
    former = latest.former if latest is not None else ()
    tried = backup_attention(latest) if latest is not None and deployment.roles else None
    if tried is not None:
        found.append(tried)
    stories = stories or {}
    backing_up = going_on is not None and going_on.kind == "backup"
    again = gone_by_undo(deployment.hosts, stories)
    doing = (*left, going_on) if going_on is not None else tuple(left)
    bare = holding_nothing(deployment.hosts, {run for one in doing for run in one.about})
    if len(bare) > 1:
        found += of_roles([empty_ones(bare, deployment.domain, stories)])
    for state in deployment.hosts:
        told = {run for host, run in bare if host.name == state.name and len(bare) > 1}
        found += of_roles(
            host_attention(state, deployment.domain, doing, stories, again, told, away_in(missing))
        )
    if not deployment.roles:
        # If sets have some roles, `everything_lost` says so.
        unheld = any(one.holder is None for one in missing)
        if last is None and not unheld and all(state.reachable for state in deployment.hosts):
            found.append(nothing_here(sets, former))
    elif last is None and not backing_up and not (latest is not None and latest.overdue):
        found.append(no_set(sets, former))
    if last and last.manifest:
        age = age_hours(last.manifest.created)
        if age * 3600 < -FUTURE_SECONDS:
            found.append(
                Attention(
                    "warning",
                    f"The last backup says that it was made {ago(age * 3600)}, so its age is not"
                    " known.",
                    "Compare this machine's clock with another one: timedatectl. If it is right,"
                    " take a new backup: pryv-tui backup",
                )
            )
        # If the settings say how often a backup is expected, `latest.overdue` decides.
        unsaid = latest is None or latest.every is None
        if deployment.roles and unsaid and age > OLD_BACKUP_HOURS and not backing_up:
            text = f"The last backup is {age_of(age * 3600)} old."
            found.append(Attention("warning", text, NO_SET.remedy, old_backup=True))
        # A role of which only containers are left is reported as missing.
        gone = {role for one in missing for role in one.roles}
        absent = [r for r in deployment.roles if r not in last.manifest.roles and r not in gone]
        if absent:
            found.append(
                Attention(
                    "warning",
                    f"The last backup does not hold {', '.join(absent)}.",
                    "Back up every role together, to keep the gap between them smallest: pryv-tui"
                    " backup",
                )
            )
    # If no role is here at all, `everything_lost` says what the sets have.
    for one in missing if deployment.roles else [one for one in missing if one.holder is None]:
        if one.moved:
            found.append(Attention("info", *note_words(one)))
        else:
            # Put first: nothing is worse than a role that is gone.
            alarm = Attention("failed", *alarm_words(one), *missing_key(one), of_roles=True)
            found.insert(0, alarm)
    for backup in sets:
        if backup.state == "damaged":
            found.append(
                Attention(
                    "warning",
                    f"The set {backup.id} is damaged: {backup.problem.rstrip('.')}.",
                    f"To see everything that is wrong: pryv-tui verify {backup.id}",
                )
            )
        elif backup.state == "closed":
            found.append(
                Attention(
                    "warning", f"Of the set {backup.id} {backup.problem}.", "Run it with sudo."
                )
            )
        elif backup.repository and backup.why_not("send") is None:
            if backing_up or (going_on is not None and going_on.kind == "send"):
                continue
            found.append(
                Attention(
                    "warning",
                    f"The set {backup.id} is on this machine alone: it was not sent to"
                    f" {backup.repository}.",
                    f"Send it: pryv-tui send {backup.id}",
                )
            )
        for text in backup.unread:
            if backing_up and backup.state == "partial":
                continue  # the set may be the one that is being made now
            found.append(
                Attention(
                    "warning",
                    f"Beside the set {backup.id}, {text}.",
                    f"When nobody needs it: {quote('rm', '-r', '--one-file-system', backup.path)}"
                    if backup.state == "partial"
                    else "That file is not part of the set itself. To write it again: pryv-tui"
                    f" verify {backup.id}",
                )
            )
    return sorted(found, key=lambda item: ORDER[item.level])
