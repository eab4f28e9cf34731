"""Commands that only look: status, doctor, plan, list, runs.

Each command loads code that only it needs: loading the guards and the code of plans took a quarter
of the start-up time of the other commands.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import click
import humanize
import msgspec

from pryv_tui.cli.base.options import (
    everywhere,
    gap_options,
    json_option,
    linking_options,
    role_option,
    site,
    while_copying_option,
)
from pryv_tui.cli.base.output import WORDS, echo, print_json, reason, result_stands, say, table
from pryv_tui.cli.base.unnamed import typed_set
from pryv_tui.drills.cadence import cadence, with_drills
from pryv_tui.drills.cadence import in_json as cadence_json
from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.incidents.looking import Standing, notice, unread_lines, with_unread
from pryv_tui.incidents.pinning import Keeping, keeping, kept_by_incidents
from pryv_tui.incidents.words import brief_json, known_since
from pryv_tui.operations.acts import made_words
from pryv_tui.operations.ages import age_hours, ago
from pryv_tui.operations.commands import WHILE_COPYING, completed
from pryv_tui.operations.comparing.meant import LATEST
from pryv_tui.operations.drilling.others import still_stays
from pryv_tui.operations.overview.as_json import set_json, status_json
from pryv_tui.operations.overview.backup_words import brief, doubt_words, others_words
from pryv_tui.operations.overview.folders import folder_sizes
from pryv_tui.operations.overview.overview import Overview
from pryv_tui.operations.overview.serving_words import role_words
from pryv_tui.operations.plan import plan_json
from pryv_tui.operations.services.answering import answers_now
from pryv_tui.operations.sets.known_vaults import look as known_doubt
from pryv_tui.phrases import counted
from pryv_tui.platform.gap import AS_USUAL, GapChoices
from pryv_tui.platform.release import told_release
from pryv_tui.platform.roles import FOLDER_WORDS
from pryv_tui.runs.now import holds_now, made_now, with_reasons
from pryv_tui.runs.record.as_json import record_json, seconds_of
from pryv_tui.runs.record.became import who_words
from pryv_tui.runs.record.chain import since
from pryv_tui.runs.record.history import all_runs, untold
from pryv_tui.runs.record.report import lasted
from pryv_tui.runs.record.tries import never_began, set_words, tries_of
from pryv_tui.runs.record.undos import brought_back
from pryv_tui.runs.recovery import first_look
from pryv_tui.sanitize import sanitized
from pryv_tui.vault.beside.pins import kept_words
from pryv_tui.vault.files.types import Linking
from pryv_tui.vault.set_names import named_otherwise
from pryv_tui.vault.sets import BackupSet

if TYPE_CHECKING:
    from pryv_tui.operations.comparing.model import Comparison


@click.command()
@json_option
@everywhere
def status(as_json: bool) -> None:
    """Show roles, containers, folders, the last backup, and what needs attention."""
    where = site()
    look = first_look(where, ask=True)
    incident = notice(where, look)
    stays = still_stays(where)
    found = with_drills(with_unread(look.overview, where.state), where.settings, stays)
    found = found.knowing(known_since(incident.told))
    drills = cadence(where.settings)
    if as_json:
        items = [
            msgspec.structs.replace(item, remedy=completed(item.remedy, where.settings.given))
            for item in found.attention
        ]
        told = status_json(msgspec.structs.replace(found, attention=tuple(items)))
        told |= {"incident": brief_json(incident.told) if incident.told else None}
        print_json(told | cadence_json(drills))
    else:
        _tell_status(found, incident, drills.told)
    unreachable = [state for state in found.deployment.hosts if not state.reachable]
    if unreachable and len(unreachable) == len(found.deployment.hosts):
        sys.exit(int(Exit.FAILED))
    if any(item.level != "info" for item in found.attention):
        sys.exit(int(Exit.WARNINGS))


def _tell_status(found: Overview, incident: Standing, drilled: str) -> None:
    deployment, busy = found.deployment, found.going_on
    practice = "PRACTICE " if deployment.practice else ""
    echo(
        f"{practice}{deployment.domain}"
        f"  release {told_release(deployment.release, deployment.releases)}"
        f"  {deployment.form}"
    )
    states = found.serving.roles
    for state in deployment.hosts:
        echo("")
        roles = ", ".join(state.roles) or ("register replica" if state.replica else "no role")
        echo(f"{state.name}: {roles}  ({state.engine})")
        echo(f"  root {state.root} (from {state.root_source})")
        for one in states:
            if one.host == state.name:
                echo(f"  {role_words(one)}")
        for container in state.containers:
            restarts = f", {counted(container.restarts, 'restart')}" if container.restarts else ""
            why = ""
            if busy is not None and busy.holds(state.name, container):
                why = f", down because of the {busy.kind} that is running"
            echo(f"  {container.state:11}{container.name}{restarts}{why}")
        for size in folder_sizes(state):
            kind, shown = FOLDER_WORDS[size.kind], humanize.naturalsize(size.bytes, binary=True)
            echo(f"  {kind:11}{size.path}  {shown}, {counted(size.files, 'file')}")
    named = {state.name for state in deployment.hosts}
    for one in states:
        if one.host not in named:
            echo(role_words(one))
    echo("")
    said = f" ({brief(found.backup)})" if found.backup is not None and found.backup.pressing else ""
    if found.last and found.last.manifest:
        age = ago(age_hours(found.last.manifest.created) * 3600)
        echo(f"Last backup: {found.last.id}, {age}{said}{doubt_words(found.backup)}")
    else:
        unknown = found.backup is not None and found.backup.in_doubt
        former = found.backup.former if found.backup is not None else ()
        none = f"none of {deployment.domain}" if former else others_words(found.backup) or "none"
        there = "".join(f"; {one.brief}" for one in former)
        echo(f"Last backup: {'not known' if unknown else none + there}{said}")
    if drilled:
        echo(f"Last drill: {drilled}")
    for line in incident.lines:
        say(line)
    for item in found.attention:
        say(f"{item.level.upper():8}{item.text} {item.remedy}".rstrip())


@click.command()
@json_option
@everywhere
def doctor(as_json: bool) -> None:
    """Check every precondition: print OK, UNKNOWN, WARNING or FAILED for each, and what to do."""
    from pryv_tui.drills.doctor import others_lines, record_lines
    from pryv_tui.drills.signing.own_key import key_lines
    from pryv_tui.operations.guards import doctor as doctor_lines
    from pryv_tui.operations.guards import line_json

    result_stands()
    where = site()
    found_now, incident = where.discover(), notice(where)
    lines = doctor_lines(
        where,
        found_now,
        holds_now(where),
        tries_of(where, found_now),
        answers_now(where, found_now),
        known_since(incident.told),
        partial(brought_back, where, found_now),
    )
    lines += [
        *unread_lines(where.state),
        *key_lines(where.settings),
        *record_lines(where.state),
        *others_lines(where),
    ]
    if as_json:
        given = where.settings.given
        print_json(
            [
                line_json(msgspec.structs.replace(one, remedy=completed(one.remedy, given)))
                for one in lines
            ]
        )
    else:
        for found in lines:
            word = "NOTE" if found.accepted else WORDS[found.outcome]
            echo(f"{word:8}{found.name}: {found.text}")
            if found.outcome != "ok" and found.remedy:
                say(f"        {found.remedy}")
        for line in incident.lines:
            say(line)
    # Exit 1 says that a backup can't begin. A failed last backup is no reason against the next one.
    if any(line.outcome == "failed" and not line.found for line in lines):
        sys.exit(int(Exit.FAILED))
    if any(line.outcome != "ok" for line in lines):
        sys.exit(int(Exit.WARNINGS))


@click.command()
@click.argument("kind", type=click.Choice(["backup", "restore"]))
@click.argument("set_name", metavar="[SET]", required=False)
@role_option
@while_copying_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "md", "shell"]),
    default="text",
    show_default=True,
)
@gap_options
@linking_options
@json_option
@everywhere
def plan(
    kind: str,
    set_name: str | None,
    roles: tuple[str, ...],
    while_copying: bool,
    form: str,
    gap: GapChoices,
    linking: Linking,
    as_json: bool,
) -> None:
    """Show the exact steps of a backup or a restore, without doing any of them.

    For a restore, the set is compared with the live platform: which accounts would then be on core
    or on register alone, and what is newer than the set. The platform is only queried.
    """
    from pryv_tui.operations.comparing.look import compare
    from pryv_tui.operations.comparing.words import indented, lines_of
    from pryv_tui.operations.plans.runbook import runbook
    from pryv_tui.runs.planning.request import plan_backup, plan_restore

    if as_json and form != "text":
        raise PryvTuiError("usage", "--json excludes --format", "Omit --format, or --json.")
    where = site()
    deployment = where.discover()
    compared: Comparison | None = None
    if kind == "backup":
        if set_name is not None:
            raise PryvTuiError("usage", "a backup's plan takes no set")
        if while_copying:
            raise PryvTuiError("usage", f"{WHILE_COPYING} is for a restore only")
        made = plan_backup(where, deployment, roles=roles, gap=gap, linking=linking)
    elif linking != "unchanged":
        raise PryvTuiError("usage", "--full and --paranoid are for a backup only")
    elif gap != AS_USUAL:
        raise PryvTuiError(
            "usage", "--order, --hold, --hold-deadline and --gap-budget are for a backup only"
        )
    else:
        backup = typed_set(where, LATEST if set_name is None else set_name)
        made = plan_restore(where, deployment, backup.id, roles=roles, while_copying=while_copying)
        compared = compare(where, deployment, backup, made.roles,
                           tell=lambda line: say(line, err=True))  # fmt: skip
        given = where.settings.given
        lines = (completed(line, given) for line in indented(lines_of(compared, made.roles)))
        made = msgspec.structs.replace(made, compared=tuple(lines))
    if as_json:
        found = {"comparison": msgspec.to_builtins(compared)} if compared is not None else {}
        print_json(plan_json(made) | found)
        return
    click.echo(sanitized(runbook(made, form)), nl=False)  # type: ignore[arg-type]


@click.command("list")
@json_option
@everywhere
def list_sets(as_json: bool) -> None:
    """List the backup sets, oldest first."""
    where = site()
    sets = with_reasons(where, where.vault.sets())
    now = made_now(where)
    kept = keeping(where.state, sets)
    by_incidents = kept.by
    made = {backup.path: now.get(backup.id, "") for backup in sets if backup.state == "partial"}
    if as_json:
        # `pinned` is true or false: it can't say that something is not known.
        by_incidents = kept_by_incidents(where.state, sets)
        told = [
            {
                **set_json(backup, made.get(backup.path, "")),
                "pinned": bool(_kept(backup, by_incidents)),
            }
            for backup in sets
        ]
        print_json(told)
        _say_unknown(kept)
        return
    doubt = None if sets else known_doubt(where)
    if doubt is not None:
        raise PryvTuiError("refused", doubt.text, doubt.remedy)
    if not sets:
        vault = where.vault.name
        say(f"No backup set in {vault}. If the platform is here, take a backup: pryv-tui backup")
        return
    rows = [("set", "domain", "roles", "size", "gap", "state", "verified")]
    names = Counter(backup.id for backup in sets if backup.state != "partial")
    for backup in sets:
        facts = set_json(backup)
        which = (
            f", snapshot {backup.snapshot[:8]}" if names[backup.id] > 1 and backup.snapshot else ""
        )
        gap = facts["gap_seconds"]
        run = made.get(backup.path)
        problem = made_words(run) if run else backup.problem
        label = backup.manifest.label if backup.manifest else ""
        rows.append(
            (
                backup.id + (f" “{label}”" if named_otherwise(backup.id, label) else ""),
                facts["domain"] or "-",
                ",".join(facts["roles"]) or "-",
                # An unfinished set has not been counted.
                humanize.naturalsize(facts["bytes"], binary=True) if backup.manifest else "-",
                "-" if gap is None else f"{gap:.1f} s",
                backup.state
                + (f": {problem}" if problem else "")
                + place(backup)
                + which
                + _kept(backup, by_incidents),
                _verified(backup),
            )
        )
    table(rows)
    _say_unknown(kept)


def _say_unknown(kept: Keeping) -> None:
    """Print that incidents may protect more sets than is known, and what to do; then exit 3."""
    if kept.problem:
        reason(kept.problem, filter(None, [kept.remedy]))
        sys.exit(int(Exit.WARNINGS))


def _kept(backup: BackupSet, by_incidents: Mapping[str, str]) -> str:
    """Return in words what protects a set although no rule keeps it (pins, incidents), else
    empty."""
    told = filter(None, [kept_words(backup.pins), by_incidents.get(backup.id, "")])
    return "".join(f", {words}" for words in told) if backup.state != "partial" else ""


def place(backup: BackupSet) -> str:
    """Return in words where else a repository's set is, or that it was not sent yet; else empty."""
    if not backup.repository or backup.state == "partial":
        return ""
    if not backup.snapshot:
        return ", NOT SENT YET"
    return ", copy here" if backup.here else ""


def _verified(backup: BackupSet) -> str:
    """Return when a set was last verified completely, for whom, and which part was read since."""
    found = backup.verification
    text = f"unknown: {'; '.join(backup.unread)}" if backup.unread else "never"
    if found is not None:
        age = ago(age_hours(found.time) * 3600)
        text = f"{found.outcome}, {age}{found.asked_by}"
    last = backup.checks[-1] if backup.checks else None
    if last is not None and not last.whole and last != found:
        age = ago(age_hours(last.time) * 3600)
        text += f"; part {last.part} of {last.parts} {last.outcome}, {age}{last.asked_by}"
    return text


@click.command()
@json_option
@everywhere
def runs(as_json: bool) -> None:
    """List the runs known here, oldest first."""
    state = site().state
    known = all_runs(state)
    if as_json:
        print_json([record_json(record) for record in known])
        return
    if not known:
        echo("No run is known here.")
        return
    became = since(state, known)
    rows = [("run", "kind", "state", "outcome", "took", "set", "label", "by", "what")]
    for record in known:
        told = [one.words for one in became.get(record.id, ())]
        lacks = ["it never began"] if never_began(record) else [untold(record)]
        outcome = ", ".join([record.outcome or "-", *told, *record.problems, *filter(None, lacks)])
        took = seconds_of(record)
        rows.append(
            (
                *(record.id, record.kind, record.state, outcome),
                "-" if took is None else lasted(took),
                *(set_words(record) or "-", record.label or "-"),
                who_words(record) or "-",
                record.what if record.outcome != "complete" else "",
            )
        )
    table(rows)


COMMANDS = (status, doctor, plan, list_sets, runs)
