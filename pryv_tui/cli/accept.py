"""`accept`: a person accepts a warning; it is then shown as a note until it changes."""

from __future__ import annotations

import click
import msgspec

from pryv_tui.cli.base.options import everywhere, json_option, site
from pryv_tui.cli.base.output import print_json, result_stands, say
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.acceptance import accept_command


@click.command()
@click.argument("keys", metavar="[KEY]...", nargs=-1)
@click.option("--why", default="", metavar="TEXT", help="Why, in a few words; stored with it.")
@click.option("--withdraw", "back", is_flag=True, help="Let it be a warning again.")
@json_option
@everywhere
def accept(keys: tuple[str, ...], why: str, back: bool, as_json: bool) -> None:
    """Accept a warning: it is shown as a note until it changes. Without KEY: list what can be
    accepted."""
    from pryv_tui.runs.accepting import accept_keys, acceptable, withdraw_keys

    where = site()
    if back:
        if not keys:
            raise PryvTuiError("usage", "--withdraw needs a key", "See them: pryv-tui accept")
        made = withdraw_keys(where, keys)
        result_stands()
        if as_json:
            print_json(made)
        for one in made if not as_json else ():
            say(f"No longer accepted: {one.key}")
        return
    now = acceptable(where, keys)
    if keys:
        made = accept_keys(where, keys, now, why=why)
        result_stands()
        if as_json:
            print_json(made)
        for one in made if not as_json else ():
            say(f"{one.key}: {one.words}. {one.text}")
        return
    known = where.accepted.known()
    if as_json:
        print_json({"acceptable": now, "accepted": [msgspec.to_builtins(one) for one in known]})
        return
    if not now:
        say("There is nothing to accept now.")
    for item in now:
        say(f"{item.key}: {item.text}")
        say(f"    To accept it as it is: {accept_command(item.key)}")
    for one in known:
        say(f"ACCEPTED {one.key}: {one.text}; {one.words}")


COMMANDS = (accept,)
