"""Check the preconditions of a backup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import structs

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.comparing.theirs import Apart, told_apart
from pryv_tui.operations.guards.busy import busy_guard
from pryv_tui.operations.guards.compose import root_files_guard
from pryv_tui.operations.guards.containers import containers_guard, hold_guard, others_guard
from pryv_tui.operations.guards.disks import backup_disks
from pryv_tui.operations.guards.host import (
    dump_folder_guard,
    engine_guard,
    inside_guard,
    marker_guard,
    mounts_guard,
    orphan_guard,
    root_guard,
)
from pryv_tui.operations.guards.line import GuardLine, failed, ok, settled, warning
from pryv_tui.operations.guards.links import links_guard
from pryv_tui.operations.guards.place import (
    clock_guard,
    privilege_guard,
    same_disk,
    space_guard,
    state_guard,
    vault_guard,
    vault_owner_guards,
)
from pryv_tui.operations.guards.redis import redis_guard
from pryv_tui.operations.guards.repository import repository_guard
from pryv_tui.operations.lost.here import missing_here, missing_now
from pryv_tui.operations.lost.seen import seen_here
from pryv_tui.operations.lost.words import backup_words, missing_key, note_words
from pryv_tui.operations.sets.missing_roles import Missing, everything_lost, lost_on
from pryv_tui.operations.sets.own import newest_set, own_sets, told_domain
from pryv_tui.operations.sets.targets import hosts_for
from pryv_tui.operations.site import Site
from pryv_tui.operations.stores.room import dump_sizes, dumps_bytes
from pryv_tui.platform.gap import HoldKind
from pryv_tui.vault.manifest import unspeakable

ROLES, MISSING = "roles", "missing roles"
"""The names of the line about the roles found here, and of the lines about missing roles."""


def backup_guards(
    site: Site,
    deployment: Deployment,
    roles: Sequence[str],
    hold: HoldKind | None = None,
    full: bool = False,
    going_on: GoingOn | None = None,
    apart: Apart | None = None,
) -> list[GuardLine]:
    """Check every precondition of a backup.

    Args:
        roles: the roles to back up; empty: all.
        hold: the value of `--hold`: what users can't do during the backup; None: no restriction.
        full: whether all files are copied, and none is linked to an earlier set.
        going_on: the run that is using the platform now, if the caller only wants to show the
            lines. What this run has stopped or opened is not reported as a fault.
        apart: the sets that belong to another platform by their accounts; None: find out.
    """
    lines = [busy_guard(going_on)] if going_on is not None else []
    lines += [engine_guard(state) for state in deployment.hosts]
    lines.append(privilege_guard(site))
    try:
        hosts = hosts_for(deployment, roles)
    except PryvTuiError as error:
        return [*lines, failed("roles", error.what, error.remedy)]
    if not hosts:
        gone = [one for one in missing_now(site, deployment) if one.holder is None]
        return [*lines, _nothing_here(site, deployment), *map(missing_line, gone)]
    lines.append(ok(ROLES, ", ".join(role for state in hosts for role in state.roles)))
    try:
        every = site.vault.sets()
    except PryvTuiError as error:
        name = "repository" if site.vault.repository else "vault"
        found = missing_now(site, deployment)
        lines += [*_idle_lines(deployment, roles, found), *map(missing_line, found)]
        return [*lines, failed(name, error.what, error.remedy)]
    lines += names_guard(deployment.domain, {state.name: state.root or "" for state in hosts})
    apart = told_apart(site, deployment, every) if apart is None else apart
    sets = apart.mine(every)
    own = own_sets(sets, told_domain(deployment), practice=site.practice)
    latest = newest_set(sets, told_domain(deployment), practice=site.practice)
    found = missing_here(site, deployment, every, apart=apart)
    lines += _idle_lines(deployment, roles, found)
    lines += [missing_line(one) for one in found]
    holders = {role: one.command for one in found if not one.meant for role in one.roles}
    away = {role for one in found if one.meant for role in one.roles}
    beside = 0
    for state in hosts:
        root = root_guard(state)
        if root.outcome == "failed" and (back := lost_on(found, state.name)):
            root = structs.replace(root, remedy=back)
        lines.append(root)
        if root.outcome == "failed":
            continue
        lines.append(marker_guard(state, going_on))
        lines += backup_disks(site, state, own)
        if (declared := root_files_guard(state)) is not None:
            lines.append(declared)
        sizes = dump_sizes(site.host(state.name), state, latest)
        if same_disk(state.root_path, site.vault.folder):
            beside += dumps_bytes(sizes)
        lines.append(dump_folder_guard(state, sizes))
        lines += links_guard(state)
        if state.reachable:
            rest = [role for host in hosts for role in host.roles if role not in away]
            left = rest if set(state.roles) <= away else ()
            lines.append(containers_guard(state, holders, going_on, others=left))
            lines += [inside_guard(state), mounts_guard(site, state), others_guard(state)]
            lines.append(orphan_guard(site, state, going_on))
            redis = redis_guard(site, state, going_on)
            lines += [redis] if redis is not None else []
        held = {"register"} if hold == "registrations" else {"core", "register"}
        if hold is not None and held & set(state.roles) and state.reachable:
            lines.append(hold_guard(state, hold))
    roots = [state.root_path for state in hosts]
    lines += [vault_guard(site, roots), *vault_owner_guards(site)]
    lines += repository_guard(site, roots)
    lines += [state_guard(site, roots), clock_guard(latest)]
    if not any(line.outcome == "failed" for line in lines):
        lines.append(
            space_guard(
                site, hosts, domain=deployment.domain, full=full, latest=latest, beside=beside
            )
        )
    return settled(lines, site.accepted)


def names_guard(domain: str, roots: Mapping[str, str]) -> list[GuardLine]:
    """Refuse a domain or a root path with characters that can't be written in a set's manifest.

    Args:
        roots: by host, the path of its root.

    Returns:
        a failed line for each bad domain or path; empty if all are good.
    """
    lines = []
    if unspeakable(domain):
        lines.append(
            failed(
                "domain",
                f"the platform's domain {domain!r} holds control characters: a set that names it"
                " could not be read again",
                "Correct it where it is configured, or give the right one in the configuration"
                " file: domain",
            )
        )
    lines += [
        failed(
            f"root {host}",
            f"the path {root!r} holds control characters, or bytes that are not text: a set that"
            " names it could not be read again",
            "Stop what runs in it, give the folder a name of plain letters, digits and"
            " punctuation, and start it again there.",
        )
        for host, root in roots.items()
        if unspeakable(root)
    ]
    return lines


def _nothing_here(site: Site, deployment: Deployment) -> GuardLine:
    """Return the failed line that there is no role to back up. Its remedy names the sets, if any,
    from which roles can be restored."""
    remedy = "Bring the platform up, or name its root with --root"
    try:
        here = {one.domain for one in seen_here(site, deployment)}
        sets = site.vault.sets()
        lost = everything_lost(deployment, sets, practice=site.practice, seen=here)
    except PryvTuiError:
        lost = []
    backs = [f"{back[:1].lower()}{back[1:]}" for _, back in lost]
    dark = [state.name for state in deployment.hosts if not state.reachable]
    return failed(
        "roles",
        "no role of a Pryv.io platform was found: "
        + (
            f"what runs on {', '.join(dark)} is not known, since no engine answers there"
            if dark
            else "there is nothing to back up"
        ),
        "; or ".join([remedy, *backs])
        + ("" if backs else "; to bring one back, name the vault with its sets: --vault DIR."),
    )


ELSEWHERE = "Bring the role back: the lines about missing roles say how."


def missing_line(one: Missing) -> GuardLine:
    """Report roles that are in an earlier backup but would not be in a new one."""
    if one.moved:
        return ok(MISSING, note_words(one)[0])
    text, remedy = backup_words(one)
    key, about = missing_key(one)
    return warning(MISSING, text, remedy, key=key, about=about)


def _idle_lines(
    deployment: Deployment, roles: Sequence[str], found: Sequence[Missing]
) -> list[GuardLine]:
    """Fail if one of several machines has no role.

    If a set shows that the machine had a role, the role was lost: then the remedy is to restore it,
    and not to start its services. Empty if roles were named for the backup, or if the machine's
    roles are away on purpose (`Missing.meant`): the lines about missing roles say that.
    """
    meant = {name for one in found if one.meant for name in one.machines}
    meant -= {name for one in found if not one.meant for name in one.machines}
    idle = [
        s
        for s in deployment.hosts
        if not s.roles and not s.replica and s.reachable and s.name not in meant
    ]
    if not idle or len(deployment.hosts) == 1 or roles:
        return []
    text = f"no role was found on {', '.join(s.name for s in idle)}: it would not be in the set"
    for state in idle:
        if lost := lost_on(found, state.name):
            # If no set with the role is known, the line about missing roles says what to do.
            known = any(one.holder is not None and state.name in one.machines for one in found)
            return [failed("roles", text, lost if known else ELSEWHERE)]
    return [
        failed(
            "roles",
            text,
            "Start the services of that machine (run-pryv), or name the roles to back up with"
            " --role.",
        )
    ]
