"""`drill`: rehearse a loss before it happens."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pryv_tui.cli.base.options import everywhere, json_option, settings
from pryv_tui.cli.base.output import print_json, reason, result_stands, table
from pryv_tui.cli.drills.actions import COMMANDS as ACTIONS
from pryv_tui.cli.drills.played import COMMANDS as PLAYED
from pryv_tui.cli.drills.records import COMMANDS as RECORDED
from pryv_tui.cli.drills.sandboxes import COMMANDS as SANDBOXES
from pryv_tui.errors import Exit


@click.group()
def drill() -> None:
    """Rehearse a loss: play a scenario, or prove that a set can be restored."""


@drill.command()
@json_option
@everywhere
def scenarios(as_json: bool) -> None:
    """List the scenarios that can be played: those shipped with pryv-tui, and your own."""
    from pryv_tui.drills.scenarios.library import shelf
    from pryv_tui.drills.scenarios.words import as_json as in_json
    from pryv_tui.drills.scenarios.words import rows

    own = settings().scenarios
    found = shelf(Path(own) if own else None)
    wrong = [one.problem for one in found if one.problem is not None]
    result_stands()
    if as_json:
        print_json([in_json(one) for one in found])
    else:
        table([("scenario", "minutes", "from", "what happens"), *rows(found)])
    for error in wrong:
        reason(error.what, [error.remedy] if error.remedy else [])
    if wrong:
        sys.exit(int(Exit.WARNINGS))


for command in (*PLAYED, *RECORDED, *ACTIONS, *SANDBOXES):
    drill.add_command(command)


COMMANDS = (drill,)
