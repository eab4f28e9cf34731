"""`drill`: a loss rehearsed before it happens."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pryv_tui.cli.base.options import everywhere, json_option, settings
from pryv_tui.cli.base.output import print_json, reason, result_stands, say, table
from pryv_tui.errors import Exit
from pryv_tui.operations.site import refuse_open_state


@click.group()
def drill() -> None:
    """A loss rehearsed: a scenario that is played, a restore that is proven."""


@drill.command()
@json_option
@everywhere
def scenarios(as_json: bool) -> None:
    """The scenarios that can be played: those that are shipped, and those of the site."""
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


@drill.command("list")
@json_option
@everywhere
def list_drills(as_json: bool) -> None:
    """The drills known here, oldest first, whatever came of them."""
    from pryv_tui.drills.files import all_drills, read_record
    from pryv_tui.drills.record.closing import close_what_ended
    from pryv_tui.drills.words import HEADING, in_json, row

    chosen = settings()
    refuse_open_state(chosen)
    close_what_ended(chosen)
    known = all_drills(Path(chosen.state))
    told = []
    for one in known:
        filed = read_record(Path(one.folder))
        told.append((one, filed.record if filed is not None else None))
    if as_json:
        print_json([in_json(*one) for one in told])
        return
    if not told:
        say("No drill is known here.")
        return
    table([HEADING, *(row(*one) for one in told)])


COMMANDS = (drill,)
