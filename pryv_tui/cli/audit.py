"""`audit`: what the timing gap cost, told from a set's files."""

from __future__ import annotations

import sys

import click

from pryv_tui.cli.look import json_option
from pryv_tui.cli.options import everywhere, site
from pryv_tui.cli.output import echo, print_json, say
from pryv_tui.errors import Exit
from pryv_tui.operations.audit import audit_json, audit_set, write_csv
from pryv_tui.platform.casualties import KINDS, commands

FIRST = 10
"""Names shown of each kind; the CSV and --all have the rest."""


@click.command()
@click.argument("set_name", metavar="SET")
@click.option("--all", "everything", is_flag=True, help="Name every casualty.")
@json_option
@everywhere
def audit(set_name: str, everything: bool, as_json: bool) -> None:
    """What the timing gap cost: accounts, attachments, series without their other half."""
    where = site()
    backup = where.vault.resolve(set_name)
    found = audit_set(backup)
    domain = backup.manifest.domain if backup.manifest else ""
    table = write_csv(found, where.vault.folder, domain)
    if as_json:
        print_json(audit_json(found))
        sys.exit(int(Exit.WARNINGS if found.total else Exit.DONE))
    for each in KINDS:
        names = found.names(each.group, each.name)
        if not names:
            continue
        echo(f"{each.title}: {len(names)}".capitalize())
        echo(f"  {each.consequence}")
        echo(f"  What to do: {each.remedy}")
        shown = names if everything else names[:FIRST]
        for name in shown:
            echo(f"  - {name}")
            for line in commands(each, [name], domain):
                echo(f"      {line}")
        if len(names) > len(shown):
            say(f"  and {len(names) - len(shown)} more: pryv-tui audit {backup.id} --all")
    if not found.total:
        echo(f"{backup.id}: no casualty was found in what was checked.")
    for item in found.not_checked:
        echo(f"Not checked: {item.what}: {item.why}")
    if table is not None:
        echo(f"The whole list: {table}")
        sys.exit(int(Exit.WARNINGS))


COMMANDS = (audit,)
