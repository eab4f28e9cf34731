"""`pin` and `unpin`: protect a set from every removal rule, and stop protecting it."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from pryv_tui.cli.base.options import everywhere, json_option, site
from pryv_tui.cli.base.output import print_json, result_stands, say
from pryv_tui.cli.base.unnamed import typed_set
from pryv_tui.incidents import pinning

set_argument = click.argument("set_name", metavar="SET")
why_option = click.option(
    "--why", default="", metavar="TEXT", help="Why, in a few words; stored with it."
)


@click.command()
@set_argument
@why_option
@json_option
@everywhere
def pin(set_name: str, why: str, as_json: bool) -> None:
    """Pin a set: no rule of prune removes it, until it is unpinned."""
    where = site()
    said = pinning.pin(where, typed_set(where, set_name).id, why)
    result_stands()
    if as_json:
        print_json(_json(said))
        return
    say(f"{said.set_id}: {said.line.words}. No rule of prune removes it.")
    say(f"    To undo that: pryv-tui unpin {said.set_id}")


@click.command()
@set_argument
@why_option
@json_option
@everywhere
def unpin(set_name: str, why: str, as_json: bool) -> None:
    """Unpin a set: the rules of prune treat it like any other again."""
    where = site()
    said = pinning.unpin(where, typed_set(where, set_name).id, why)
    result_stands()
    if as_json:
        print_json(_json(said))
        return
    say(f"{said.set_id}: {said.line.words}.")
    say(
        f"    It is still {said.kept}, which is open."
        if said.kept
        else ("    The rules of prune apply to it again.")
    )


def _json(said: pinning.Said) -> dict[str, Any]:
    return {"id": said.set_id, **msgspec.to_builtins(said.line), "kept": said.kept or None}


COMMANDS = (pin, unpin)
