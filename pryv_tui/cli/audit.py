"""`audit`: what the timing gap cost, read from a set's files or asked of the live platform."""

from __future__ import annotations

import sys

import click

from pryv_tui.cli.base.options import everywhere, given, json_option, site
from pryv_tui.cli.base.output import echo, print_json, result_stands, say
from pryv_tui.cli.base.unnamed import typed_set
from pryv_tui.errors import Exit
from pryv_tui.incidents.auditing import ask_live
from pryv_tui.operations.audit.from_set import Audit, audit_json, audit_set
from pryv_tui.operations.audit.live import live_json
from pryv_tui.operations.audit.live_words import live_lines
from pryv_tui.operations.audit.table import write_csv
from pryv_tui.operations.site import Site
from pryv_tui.platform.casualties import KINDS, commands_or_why

FIRST = 10
"""Most names of each kind that are shown; the CSV and --all have the rest."""


@click.command()
@click.argument("set_name", metavar="[SET]", required=False)
@click.option(
    "--live",
    is_flag=True,
    help="Query the live platform as it is now; with SET, also what became of its casualties.",
)
@click.option("--all", "everything", is_flag=True, help="List every casualty.")
@json_option
@everywhere
def audit(set_name: str | None, live: bool, everything: bool, as_json: bool) -> None:
    """What the timing gap cost: accounts, attachments and series whose other half is missing.

    For a set, read from its files; after a restore, for the live platform (--live), which is only
    queried, not changed.
    """
    where = site()
    if live:
        _live(where, set_name, everything, as_json)
    else:
        _of_set(where, set_name, everything, as_json)


def _of_set(where: Site, set_name: str | None, everything: bool, as_json: bool) -> None:
    backup = typed_set(where, set_name, "audit")
    found = audit_set(backup)
    domain = backup.manifest.domain if backup.manifest else ""
    table = write_csv(found, where.vault.folder, domain)
    if as_json:
        print_json(audit_json(found))
        sys.exit(int(_end_of(found)))
    for each in KINDS:
        names = found.names(each.group, each.name)
        if not names:
            continue
        echo(f"{each.title}: {len(names)}".capitalize())
        echo(f"  {each.consequence}")
        say(f"  What to do: {each.remedy}")
        shown = names if everything else names[:FIRST]
        for name in shown:
            echo(f"  - {found.shown(name)}")
            for line in commands_or_why(each, name, domain):
                echo(f"      {line}")
        if len(names) > len(shown):
            say(f"  and {len(names) - len(shown)} more: pryv-tui audit {backup.id} --all")
    if not found.total:
        echo(f"{backup.id}: {found.none_found}")
    for item in found.not_checked:
        echo(f"Not checked: {item.what}: {item.why}")
    if table is not None:
        echo(f"The whole list: {table}")
        echo(
            "This would be the result of a restore of this set, and not the platform as it is now."
        )
        say(f"After a restore, to see which of these are left: pryv-tui audit {backup.id} --live")
    sys.exit(int(_end_of(found)))


def _end_of(found: Audit) -> Exit:
    """Return the exit code. Casualties, and things that could not be checked but should be, need a
    person: scripts take 0 for "all well". Things that a release or a set never records need
    nobody."""
    return Exit.WARNINGS if found.total or found.to_be_asked else Exit.DONE


def _live(where: Site, set_name: str | None, everything: bool, as_json: bool) -> None:
    named = set_name if set_name is None else typed_set(where, set_name).id
    asked = ask_live(where, named, _waits)
    live = asked.live
    if asked.unkept:
        say(asked.unkept, err=True)
    # The exit code also tells that something remains, so it stays even if the output's disk is
    # full.
    result_stands()
    if asked.unwritten:
        say(asked.unwritten, err=True)
    if as_json:
        print_json(live_json(live))
    else:
        for line in live_lines(live, None if everything else FIRST, given()):
            echo(line)
    if not live.found.total and not live.checked:
        sys.exit(int(Exit.FAILED))
    sys.exit(int(_end_of(live.found)))


def _waits(line: str) -> None:
    say(line, err=True)


COMMANDS = (audit,)
