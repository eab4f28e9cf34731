"""`pin` and `unpin`: keep a set that no rule may remove."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from pryv_tui.cli.base.options import everywhere, json_option, site
from pryv_tui.cli.base.output import print_json, result_stands, say
from pryv_tui.cli.base.unnamed import typed_set
from pryv_tui.incidents import pinning

set_argument = click.argument("set_name", metavar="SET")
why_option = click.option("--why", default="", metavar="TEXT", help="A word on why, kept with it.")


@click.command()
@set_argument
@why_option
@json_option
@everywhere
def pin(set_name: str, why: str, as_json: bool) -> None:
    """Keep a set from every rule, until it is unpinned."""
    where = site()
    said = pinning.pin(where, typed_set(where, set_name).id, why)
    result_stands()
    if as_json:
        print_json(_json(said))
        return
    say(f"{said.set_id}: {said.line.words}. No rule takes it.")
    say(f"    To let it go again: pryv-tui unpin {said.set_id}")


@click.command()
@set_argument
@why_option
@json_option
@everywhere
def unpin(set_name: str, why: str, as_json: bool) -> None:
    """Let a set go again: rules count it as any other."""
    where = site()
    said = pinning.unpin(where, typed_set(where, set_name).id, why)
    result_stands()
    if as_json:
        print_json(_json(said))
        return
    say(f"{said.set_id}: {said.line.words}.")
    say(f"    It stays {said.kept}, which is open." if said.kept else "    Rules count it again.")


def _json(said: pinning.Said) -> dict[str, Any]:
    return {"id": said.set_id, **msgspec.to_builtins(said.line), "kept": said.kept or None}


COMMANDS = (pin, unpin)
