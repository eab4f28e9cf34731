"""The checks of `doctor`: the preconditions of a backup, the last backup, the roles, their data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec import structs

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.acceptance import fingerprint, key_of
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.commands import container_command
from pryv_tui.operations.comparing.former import also_mine, take_one_or_back
from pryv_tui.operations.comparing.theirs import NOBODY, Apart, told_apart
from pryv_tui.operations.drilling.places import CLEAN, left_here, left_words
from pryv_tui.operations.emptied.gone import DataGone, Untold
from pryv_tui.operations.emptied.here import NOT_LOOKED, Found, lost_data
from pryv_tui.operations.guards.backup import MISSING, ROLES, backup_guards
from pryv_tui.operations.guards.busy import as_told
from pryv_tui.operations.guards.containers import influxdb_line
from pryv_tui.operations.guards.line import GuardLine, ok, settled, unknown, warning
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.lost.here import away_in, missing_here, missing_now, way_is_said
from pryv_tui.operations.overview.attention import down_key
from pryv_tui.operations.overview.backup_words import TAKE_ONE, backup_attention, told
from pryv_tui.operations.overview.data_gone import back_words, told_gone
from pryv_tui.operations.overview.last_backup import LastBackup, Tries, backup_now
from pryv_tui.operations.overview.serving import Answers, Known, RoleState, serving, with_known
from pryv_tui.operations.overview.serving_words import ABSENT, role_words
from pryv_tui.operations.overview.suspicious import set_attention
from pryv_tui.operations.root.compose import compose_program
from pryv_tui.operations.root.kept import BroughtBack, nothing_brought
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.sets.known_vaults import look
from pryv_tui.operations.sets.missing_roles import lost_on
from pryv_tui.operations.sets.own import own_sets, told_domain
from pryv_tui.operations.site import Site
from pryv_tui.phrases import counted
from pryv_tui.vault.native.library import why_not
from pryv_tui.vault.parallel.engine import CopyEngine
from pryv_tui.vault.parallel.sizing import workers_of
from pryv_tui.vault.sets import BackupSet

BACKUP, OTHERS = "last backup", "sets of another platform"
OF_VAULT = "First do what the line about the vault says; then check again: pryv-tui doctor"
RECOVER = "Finish it, or put back what was there before: pryv-tui recover"


def doctor(
    site: Site,
    deployment: Deployment,
    going_on: GoingOn | None = None,
    tries: Tries = lambda _whole: (),
    answers: Answers | None = None,
    known: Mapping[str, Known] = MappingProxyType({}),
    brought: BroughtBack = nothing_brought,
) -> list[GuardLine]:
    """Check every precondition of a backup, the last backup, each role and its data.

    Args:
        going_on: the run that is using the platform now; the first line reports it.
        tries: takes the ids of the complete sets; returns the backups since the last complete one
            that made no set.
        answers: the faults in the answers of services (`Answers`); None if none was asked.
        known: by role, the time since which it is down according to an open incident.
        brought: returns by role the restore that brought the role's present content.
    """
    # Once for all lines, because it opens a database with the accounts of the sets.
    apart = told_apart(site, deployment, _sets(site))
    lines = backup_guards(site, deployment, (), going_on=going_on, apart=apart)
    if going_on is not None:
        lines[0] = as_told(lines[0])
    lines += _sets_lines(site, deployment, going_on, tries, apart)
    data = _data(site, deployment, going_on, brought, apart)
    lines += _role_lines(site, deployment, going_on, answers, known, data.gone)
    lines += _data_lines(site, deployment, data)
    for state in deployment.hosts:
        databases = influxdb_line(state)
        if databases is not None:
            lines.append(databases)
        if state.reachable and compose_program(site.host(state.name)) is None:
            lines.append(
                warning(
                    f"compose {state.name}",
                    "neither docker-compose nor docker compose is installed",
                    "A restore onto a machine without containers needs one of them: apt-get"
                    " install docker-compose",
                    key=key_of("compose", state.name),
                    about=fingerprint("none"),
                )
            )
        for container in state.containers:
            if container.state == "restarting" or container.restarts > 3:
                lines.append(
                    warning(
                        f"container {container.name}",
                        f"{container.state}, restarted {container.restarts} times",
                        f"Read its log: {container_command('logs', container.name, state.name)}",
                        key=key_of("restarts", state.name, container.name),
                        about=fingerprint(container.state, str(container.restarts)),
                    )
                )
    lines += [
        warning("drill sandbox", f"{left_words(one)}.", CLEAN) for one in left_here(site.state)
    ]
    faults = site.copy_hooks is not None
    lines.append(ok("copy engine", engine_words(site.copy_engine, faults=faults)))
    told = settled(lines, site.accepted)
    return told if going_on is not None else _with_what_is_gone(told, deployment, site)


def engine_words(engine: CopyEngine, *, faults: bool = False) -> str:
    """Describe the copy engine: the C library or Python, the threads, and for Python the reason.

    Args:
        faults: whether a practice platform injects faults into the copying of files.
    """
    if faults:
        return "Python, one thread: this lets a practice platform put its faults into a copy"
    workers = workers_of(engine)
    if not workers:
        return "Python, one thread: more would need two processors and 1,024 open files"
    threads = counted(workers, "thread")
    reason = why_not() if engine.native else "the C library is switched off"
    return f"Python, {threads}: {reason}" if reason else f"the C library, {threads}"


def _with_what_is_gone(
    lines: Sequence[GuardLine], deployment: Deployment, site: Site
) -> list[GuardLine]:
    """Turn warnings about missing roles into failures, and remove these roles from the roles line.

    A backup only warns of a missing role; `doctor` fails until a person has accepted that it is
    missing. This is not called during a run, because the run may be restoring the role.
    """
    missing = missing_now(site, deployment)
    gone = {role for one in missing for role in one.roles}
    here = [role for state in deployment.hosts for role in state.roles if role not in gone]
    found = []
    for line in lines:
        if line.name == MISSING and line.outcome == "warning":
            found.append(structs.replace(line, outcome="failed", found=True))
        elif line.name == ROLES and line.outcome == "ok" and gone:
            found += [ok(ROLES, ", ".join(here))] if here else []
        else:
            found.append(line)
    return found


def _sets_lines(
    site: Site, deployment: Deployment, going_on: GoingOn | None, tries: Tries, apart: Apart
) -> list[GuardLine]:
    """Report the last backup, sets of other platforms, and problems of the platform's own sets."""
    try:
        sets, in_doubt = site.vault.sets(), look(site) is not None
    except PryvTuiError:
        # The line about the vault reports the error.
        sets, in_doubt, apart = [], True, NOBODY
    backup = backup_now(site, deployment, sets, tries, going_on, in_doubt=in_doubt, apart=apart)
    own = own_sets(apart.mine(sets), told_domain(deployment), practice=site.practice)
    lines = [_backup_line(backup)] if deployment.roles else []
    if apart.others:
        said = way_is_said(missing_here(site, deployment, sets, apart=apart), sets, apart)
        apart = structs.replace(apart, said=said)
        lines.append(ok(OTHERS, apart.words) if own else warning(OTHERS, apart.words, apart.remedy))
    return lines + [
        GuardLine(
            name="sets",
            outcome="ok" if item.level == "info" else "warning",
            text=item.text.removesuffix("."),
            remedy="" if item.level == "info" else item.remedy,
            key=item.key,
            about=item.about,
            accepted=item.accepted,
            offered=item.offered,
        )
        for item in set_attention(own, site.settings.limits, site.accepted)
    ]


def _role_lines(
    site: Site,
    deployment: Deployment,
    going_on: GoingOn | None,
    answers: Answers | None,
    known: Mapping[str, Known],
    gone: Sequence[DataGone],
) -> list[GuardLine]:
    """Report for each role whether the services that its users need are running and answer."""
    doing = (going_on,) if going_on is not None else ()
    missing = missing_now(site, deployment)
    away = away_in(missing)
    lines = []
    for state in with_known(
        serving(deployment, doing=doing, answers=answers, gone=gone, away=away), known
    ).roles:
        if not state.host:
            continue  # a role that is not here has a line about missing roles
        name = f"role {state.role} {state.host}"
        if state.word in ("runs", "not_known"):
            lines.append(unknown(name, role_words(state)))
            continue
        if state.word in ("up", "away") or state.held_by:
            lines.append(ok(name, role_words(state)))
            continue
        host = deployment.host(state.host)
        if host is not None and host.root and read_marker(host.root_path) is not None:
            # In a half-restored root nothing may be started: only `recover` helps.
            lines.append(warning(name, role_words(state), RECOVER))
            continue
        lack = next((lack for lack in state.lacks if lack.name), None)
        log = container_command("logs", lack.name if lack else state.role, state.host)
        remedy = f"Read its log: {log}" if lack or state.silent else ABSENT
        if lost := [one for one in gone if (one.host, one.role) == (state.host, state.role)]:
            remedy = back_words(lost, deployment, _sets(site))
        # A role whose files are gone must be restored, and not started.
        remedy = lost_on(missing, state.host, (state.role,)) or remedy
        key, about = _role_key(deployment, state)
        lines.append(warning(name, role_words(state), remedy, key=key, about=about))
    return lines


def _data(
    site: Site,
    deployment: Deployment,
    going_on: GoingOn | None,
    brought: BroughtBack,
    apart: Apart,
) -> Found:
    """Find lost data of roles that are here.

    Nothing is checked during a run that moves roots, because that run may be restoring the data.
    The stores are asked only if no run is using the platform; that takes some time.
    """
    if going_on is not None and kind_of(going_on.kind).moves_roots:
        return NOT_LOOKED
    sets = apart.mine(_sets(site))
    # If the platform was renamed, the sets with its former domain belong to it too.
    also = also_mine(site, deployment, sets)
    own = own_sets(sets, told_domain(deployment), practice=site.practice, also=also)
    calm = going_on is None
    away = away_in(missing_now(site, deployment))
    return lost_data(site, deployment, own, away=away, ask=calm, every=calm, brought=brought(also))


def _data_lines(site: Site, deployment: Deployment, data: Found) -> list[GuardLine]:
    return [
        *(
            GuardLine(
                name=f"data {one.role} {one.host}",
                outcome="failed",
                text=one.text,
                remedy=one.remedy,
                key=one.key,
                about=one.about,
                found=True,
            )
            for one in told_gone(data.every, deployment, _sets(site) if data.every else [])
        ),
        *(_untold_line(deployment, one) for one in data.untold),
    ]


def _untold_line(deployment: Deployment, one: Untold) -> GuardLine:
    """Return the line that a running store could not be asked, with the command for its log. A
    person can accept it; another reason has to be accepted again."""
    host = deployment.host(one.host)
    container = host.container(one.store) if host is not None else None
    name = container.name if container is not None else one.store
    return unknown(
        f"data {one.role} {one.host}",
        one.words,
        f"Read its log: {container_command('logs', name, one.host)}",
        key=key_of("untold", one.host, one.store),
        about=fingerprint(one.why),
    )


def _sets(site: Site) -> list[BackupSet]:
    """Return the vault's sets; empty if the vault can't be read, which another line reports."""
    try:
        return site.vault.sets()
    except PryvTuiError:
        return []


def _role_key(deployment: Deployment, state: RoleState) -> tuple[str, str]:
    """Return the key and the fingerprint by which a person accepts the line of a role.

    If the only fault is one container that is not running, they are the same as in the overview, so
    that a person accepts it only once.
    """
    host = deployment.host(state.host)
    if len(state.lacks) == 1 and host is not None:
        container = host.named(state.lacks[0].name)
        if container is not None and not container.running:
            return down_key(state.host, container.name, [container])
    about = fingerprint(state.word, *(f"{lack.service} {lack.why}" for lack in state.lacks))
    return key_of("role", state.host, state.role), about


def _backup_line(found: LastBackup) -> GuardLine:
    """Return the line about the last backup."""
    item = backup_attention(found)
    if item is not None and item.level != "info":
        return GuardLine(
            name=BACKUP,
            outcome="failed" if item.level == "failed" else "warning",
            text=item.text.removesuffix("."),
            remedy=item.remedy,
            found=True,
        )
    if item is not None:
        return ok(BACKUP, item.text.removesuffix("."))
    if found.former and not found.going_on:
        return warning(BACKUP, told(found), take_one_or_back(found.former))
    if found.in_doubt and not found.going_on:
        where = "" if found.newest is None else ", in a vault that is in doubt"
        return warning(BACKUP, told(found) + where, OF_VAULT)
    if found.newest is None and not found.going_on:
        # A warning, as in the overview: there is no set to restore. Sets that may belong to this
        # platform are reported in a separate line.
        return warning(BACKUP, told(found), TAKE_ONE)
    if found.state == "incomplete":
        lacks = ", ".join(found.lacks)
        return warning(BACKUP, f"{told(found)}; it does not hold {lacks}", TAKE_ONE)
    return (unknown if found.doubt else ok)(BACKUP, told(found))
