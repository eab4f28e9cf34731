"""Commands that start a run or act on one: backup, restore, undo, release, attach, cancel,
recover."""

from __future__ import annotations

import shlex
import sys

import click

from pryv_tui.cli.base.asking import (
    NONE,
    ask_which,
    not_chosen,
    of_it_unchanged,
    sure_of_what_lacks,
)
from pryv_tui.cli.base.options import (
    everywhere,
    gap_options,
    json_option,
    linking_options,
    quiet_option,
    role_option,
    run_options,
    settings,
    settings_without,
    site,
    suspicious_option,
    while_copying_option,
    without_disk_option,
)
from pryv_tui.cli.base.output import echo, reason, result_stands, say
from pryv_tui.cli.base.telling import tell_end
from pryv_tui.cli.base.unnamed import going_on_needed, kept_needed, typed_set, undoable_needed
from pryv_tui.cli.base.watching import follow_to_end, say_before, watch
from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.incidents.looking import notice, standing
from pryv_tui.operations.acts import made_words
from pryv_tui.operations.advice import advice_lines, recover_command
from pryv_tui.operations.commands import WHILE_COPYING
from pryv_tui.operations.drilling.clearing import clear_left
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.sets.gone_again import undo_of_undo
from pryv_tui.operations.sets.own import told_domain
from pryv_tui.operations.settings import place_names
from pryv_tui.operations.settings.resolve import BY_A_LINK, need_text
from pryv_tui.operations.settings.shrinking import Limits
from pryv_tui.operations.site import Site
from pryv_tui.platform.gap import GapChoices
from pryv_tui.runs.cancelling import outlook_of
from pryv_tui.runs.costs import with_undo_costs
from pryv_tui.runs.left import Choice, Left, left_behind, unread
from pryv_tui.runs.looks import end_dead_looks
from pryv_tui.runs.not_started import not_started
from pryv_tui.runs.now import made_now, not_looked
from pryv_tui.runs.planning.request import plan_files, plan_release, plan_undo
from pryv_tui.runs.record.became import became
from pryv_tui.runs.record.events import RunFinished, start_of
from pryv_tui.runs.record.history import all_runs, resolve_run
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.recovery import plan_recovery, start_recovery
from pryv_tui.runs.start import cancel_run, start_run
from pryv_tui.vault.files.types import Linking


@click.command()
@role_option
@click.option("--label", default="", help="A word to add to the set's name.")
@gap_options
@linking_options
@suspicious_option
@click.option("--nice", is_flag=True, help="Run at low priority, for the disk and the processor.")
@without_disk_option
@run_options
@everywhere
def backup(
    roles: tuple[str, ...],
    label: str,
    gap: GapChoices,
    linking: Linking,
    nice: bool,
    without_disks: tuple[str, ...],
    limits: Limits | None,
    as_json: bool,
    detach: bool,
) -> None:
    """Back the platform up."""
    record = start_run(
        settings_without(without_disks),
        "backup",
        roles=roles,
        label=label,
        gap=gap,
        linking=linking,
        nice=nice,
        limits=limits,
    )
    watch(record, as_json=as_json, detach=detach)


def need_pattern(pattern: str) -> None:
    """Refuse a pattern of `--files` that can't be written into the run's request.

    Raises:
        PryvTuiError: `usage`: the pattern has bytes that are not UTF-8.
    """
    try:
        pattern.encode()
    except UnicodeEncodeError:
        wild = "".join("?" if "\udc80" <= letter <= "\udcff" else letter for letter in pattern)
        raise PryvTuiError(
            "usage",
            f"{pattern!r} holds bytes that are not text (UTF-8)",
            f"Write a `?` for each of these bytes: --files {shlex.quote(wild)}",
        ) from None


@click.command()
@click.argument("set_name", metavar="SET", required=False)
@role_option
@click.option("--confirm", metavar="WORD", help="The set's domain, as list shows it.")
@click.option(
    "--files",
    multiple=True,
    metavar="PATTERN",
    help="Bring back only these files, beside what is there, never over it. May be given again.",
)
@click.option("--to", metavar="DIR", help="With --files: the folder to put them into.")
@while_copying_option
@without_disk_option
@run_options
@everywhere
def restore(
    set_name: str | None,
    roles: tuple[str, ...],
    confirm: str | None,
    files: tuple[str, ...],
    to: str | None,
    while_copying: bool,
    without_disks: tuple[str, ...],
    as_json: bool,
    detach: bool,
) -> None:
    """Restore a set; what is there is moved aside, not deleted."""
    where = site()
    found = typed_set(where, set_name, "restore")
    if files:
        if roles or confirm is not None or while_copying:
            raise PryvTuiError(
                "usage",
                "--files changes nothing that is there: it takes no --confirm, no --role and no"
                f" {WHILE_COPYING}",
                "Omit them, or --files.",
            )
        folder = place_names.folder(to, "--to") if to is not None else ""
        need_text("the folder of --to", folder, BY_A_LINK)
        for pattern in files:
            need_pattern(pattern)
        made = plan_files(where, where.discover(), found.id, files, to=folder)
        if not as_json:
            say_before(f"Bring back files of {found.id}:", made, detach=detach)
        record = start_run(settings(), "files", set_id=found.id, files=files, to=folder)
        watch(record, as_json=as_json, detach=detach)
        return
    if to is not None:
        raise PryvTuiError("usage", "--to is for --files only", "Name the files too.")
    making = made_now(where).get(found.id) if found.state == "partial" else None
    if making:
        raise PryvTuiError(
            "refused",
            f"{found.id} is {made_words(making)}; nothing was changed",
            f"Wait for its end: pryv-tui attach {making}; or choose another: pryv-tui list",
        )
    manifest = found.need("restore")
    if confirm is None:
        raise PryvTuiError(
            "usage",
            "a restore replaces the platform's content and has to be confirmed",
            f"See what it will do: pryv-tui plan restore {found.id}; then add --confirm and the"
            " set's domain. To see that domain: pryv-tui list",
        )
    if confirm != manifest.domain:
        raise PryvTuiError(
            "refused",
            f"--confirm {confirm!r} is not the domain of the set {found.id}; nothing was changed",
            "Write the set's domain. To see it: pryv-tui list",
        )
    chosen = settings_without(without_disks)
    # Record a loss now: when the restore has brought everything back, it can't be seen any more.
    notice(where)
    record = start_run(chosen, "restore", roles=roles, set_id=found.id, confirmed="option",
                       while_copying=while_copying)  # fmt: skip
    watch(record, as_json=as_json, detach=detach)


@click.command()
@click.argument("run", metavar="RUN", required=False)
@click.option(
    "--confirm",
    metavar="WORD",
    help="The platform's domain: needed if a role would be gone again, and to undo an undo. On a"
    " terminal you are asked for it.",
)
@run_options
@everywhere
def undo(run: str | None, confirm: str | None, as_json: bool, detach: bool) -> None:
    """Put back what a restore, or an undo, moved aside."""
    where = site()
    if run is None:
        undoable_needed(where)
    # Planned once here, so that what can't be undone is reported before a run is started.
    here = where.discover()
    made = plan_undo(where, here, run)
    record = resolve_run(where.state, run)
    if record.kind == "undo" and record.id != run and run == "latest":
        # Typed twice, or retried by a script, `undo latest` would undo its own undo.
        raise PryvTuiError(
            "refused",
            f"the latest run is the undo {record.id}; an undo is undone only if it is named",
            f"Bring back what it moved aside: {undo_of_undo(record.id, made.domain)}",
        )
    if not as_json:
        what = f"Put back what the {record.kind} {record.id} moved aside:"
        say_before(what, with_undo_costs(where, here, made), detach=detach)
    sure = sure_of_what_lacks(made, confirm, f"pryv-tui undo {record.id}", as_json=as_json)
    record = start_run(settings(), "undo", undone_run=record.id, word=sure.word, confirmed=sure.how)
    watch(record, as_json=as_json, detach=detach)


@click.command()
@click.argument("run", metavar="RUN", required=False)
@click.option("--confirm", metavar="WORD", help="The platform's domain, as status shows it.")
@run_options
@everywhere
def release(run: str | None, confirm: str | None, as_json: bool, detach: bool) -> None:
    """Remove for good what a restore or an undo moved aside."""
    where = site()
    if run is None:
        kept_needed(where)
    made = plan_release(where, where.discover(), run)
    named = "; ".join(step.title for step in made.steps)
    if confirm is None:
        raise PryvTuiError(
            "usage",
            f"this can't be undone and has to be confirmed: {named}",
            f"Add --confirm {shlex.quote(made.domain)}",
        )
    if confirm != made.domain:
        raise PryvTuiError(
            "refused",
            f"--confirm {confirm!r} is not the domain of this platform; nothing was removed",
            "Write this platform's domain. To see it: pryv-tui status",
        )
    record = start_run(
        settings(), "release", released_run=resolve_run(where.state, run).id, confirmed="option"
    )
    watch(record, as_json=as_json, detach=detach)


@click.command()
@click.argument("run", metavar="RUN", required=False)
@quiet_option
@json_option
@everywhere
def attach(run: str | None, as_json: bool) -> None:
    """Follow a run live, from its start. If you leave, the run continues."""
    where = site()
    if run is None:
        going_on_needed(where, "attach")
    record = resolve_run(where.state, run)
    since = became(where.state, record)
    if since and not as_json:
        for line in since:
            say(line)
        echo("")
    watch(record, as_json=as_json, detach=False, since=since)


@click.command()
@click.argument("run", metavar="RUN", required=False)
@quiet_option
@everywhere
def cancel(run: str | None) -> None:
    """End a run, put back what it stopped, and say what remains."""
    result_stands()
    where = site()
    if run is None:
        going_on_needed(where, "cancel")
    record = resolve_run(where.state, run)
    if record.state in ("running", "starting"):
        what = outlook_of(record)
        say(" ".join(filter(None, (what.whole, what.step))), err=True)
    ended = cancel_run(where.state, record.id)
    events = list(JournalReader(ended.journal).read())
    last = [event for event in events if isinstance(event, RunFinished)]
    if last:
        tell_end(start_of(events), last[-1], became(where.state, ended), where.state)
        return
    raise PryvTuiError("step-failed", f"the run {ended.id} died before it could say how it ended")


@click.command()
@click.option("--finish", "choice", flag_value="finish", help="Complete what the run was doing.")
@click.option("--roll-back", "choice", flag_value="roll-back", help="Put back what was there.")
@click.option(
    "--confirm",
    metavar="WORD",
    help="The platform's domain: needed if a role would be gone again; asked for on a terminal.",
)
@quiet_option
@json_option
@everywhere
def recover(choice: Choice | None, confirm: str | None, as_json: bool) -> None:
    """Finish or roll back what a dead run left half-done.

    Without a choice, it says what was left and what each way costs, and asks which. If nobody
    can be asked, it does what was asked for, unless that failed twice for the same reason.
    """
    from pryv_tui.drills.record.closing import note_cleared

    where = site()
    cleared = clear_left(where, of_others=True)
    note_cleared(where.settings, cleared)
    for one in () if as_json else cleared:
        say(one.words)
    deployment = where.discover()
    looks = end_dead_looks(where, deployment)
    for text in looks.lines:
        # With --json, standard output holds nothing but JSON.
        say(text, err=as_json)
    found = left_behind(where, deployment)
    lost = unread(where, all_runs(where.state))
    # An engine that does not answer can't say whether what a dead run stopped is running again.
    silent = [state.name for state in deployment.hosts if not state.reachable]
    if not as_json:
        for item in lost:
            say(f"{item.text} {item.remedy}")
    stopped = not_started(deployment, all_runs(where.state))
    for each in () if as_json else stopped:
        say(f"{each.words}.")
    if not found and not as_json:
        if silent:
            say(f"Not looked at, since the engine does not answer: {', '.join(silent)}.")
        else_ = " else" if lost or cleared or looks.lines or stopped else ""
        known = ", as far as can be told" if lost or silent else ""
        say(not_looked(where.state) or f"Nothing{else_} was left half-done{known}.")
    worst: int | None = None
    while found:
        left = found[0]
        if not as_json:
            say(left.advice.text)
            # A lost role is down too, and longer, although no run stopped it.
            for text in standing(where.settings, told_domain(deployment)).lines:
                say(text)
            for line in advice_lines(left.advice):
                say(f"  {line}")
        try:
            way = choice or ask_which(left, as_json=as_json)
            made = _recovery(where, left, way)
            if not as_json:
                say_before(f"{way or left.default}:", made)
            command = recover_command(way or left.default, "", ())
            kept = of_it_unchanged(left)
            sure = sure_of_what_lacks(
                made, confirm, command, as_json=as_json, begun=True, kept=kept
            )
        except PryvTuiError as error:
            if worst is None or error.exit != Exit.REFUSED:
                raise
            # Exit 4 would say that nothing was changed, but an earlier round has settled something.
            reason(error.what, [error.remedy] if error.remedy else [])
            sys.exit(int(Exit.WARNINGS))
        record = start_recovery(where, left, way, word=sure.word, confirmed=sure.how)
        code = follow_to_end(record, as_json=as_json)
        if code not in (Exit.DONE, Exit.WARNINGS):
            sys.exit(code)
        worst = max(worst or int(Exit.DONE), code)
        # One recovery may settle what two dead runs left. What a recovery could not settle, it has
        # reported; that is not tried again at once.
        found = [one for one in left_behind(where, where.discover()) if one.run != record.id]
    stuck = looks.stuck or any(one.problem for one in cleared)
    sys.exit(worst or int(Exit.WARNINGS if stuck else Exit.DONE))


def _recovery(where: Site, left: Left, choice: Choice | None) -> Plan:
    """Return the plan of a choice about what was left.

    Raises:
        PryvTuiError: `refused`: nobody has chosen, and the advice is missing, has already failed in
            the same way, or now names something that nobody asked for. Also errors of planning.
    """
    advice = left.advice
    if choice is None and left.choices and (not advice.advised or advice.repeats or advice.turned):
        raise not_chosen(left, NONE, left.advice.because)
    return plan_recovery(where, where.discover(), left, choice)


COMMANDS = (backup, restore, undo, release, attach, cancel, recover)
