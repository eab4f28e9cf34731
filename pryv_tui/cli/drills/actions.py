"""`drill actions`: what debriefs found, and what is done about it."""

from __future__ import annotations

from pathlib import Path

import click

from pryv_tui.cli.base.options import everywhere, json_option
from pryv_tui.cli.base.output import echo, print_json, result_stands, say
from pryv_tui.cli.drills.meant import drill_settings
from pryv_tui.drills.files import drills_folder, resolve_drill
from pryv_tui.drills.findings import note, unread_findings, unread_words
from pryv_tui.drills.noting.written import kept_words
from pryv_tui.drills.signing.papers import DEBRIEF
from pryv_tui.incidents.words import when


@click.group(invoke_without_command=True)
@click.option("--all", "done", is_flag=True, help="What is done, and what went well, too.")
@json_option
@everywhere
def actions(done: bool, as_json: bool) -> None:
    """What debriefs have found and that is to be done: who, until when."""
    from pryv_tui.drills.findings import in_json, known_actions

    if click.get_current_context().invoked_subcommand is not None:
        return
    chosen = drill_settings()
    found, unread = known_actions(chosen, done=done), unread_findings(chosen)
    for drill, why in unread:
        say(
            f"{unread_words(drill, why)}. See why: pryv-tui drill verify {drill}",
            err=True,
            always=True,
        )
    if as_json:
        print_json([in_json(one) for one in found])
        return
    if not found and not unread:
        which = "on record" if done else "open"
        say(
            f"No finding of a debrief is {which} here. Signatures, reviews and what is due are not"
            " in this list."
        )
    for one in found:
        echo(one.words)
        if one.action.closed:
            echo(f"  done {when(one.action.closed)}: {one.action.closed_text or '-'}")


@actions.command()
@click.argument("name", metavar="DRILL")
@click.argument("words", metavar="TEXT...", nargs=-1, required=True)
@click.option("--owner", default="", metavar="NAME", help="Who does it.")
@click.option("--due", default="", metavar="DAY", help="Until when: 2026-03-31.")
@click.option("--retest", default="", metavar="TEXT", help="The drill that will show it.")
@click.option("--went-well", "good", is_flag=True, help="Nothing is to be done about it.")
@json_option
@everywhere
def add(
    name: str,
    words: tuple[str, ...],
    owner: str,
    due: str,
    retest: str,
    good: bool,
    as_json: bool,
) -> None:
    """Write down what a debrief found. With the name of a finding in the place of TEXT (a1), give
    that one an owner, a day, a retest."""
    chosen = drill_settings()
    drill = resolve_drill(Path(chosen.state), name).id
    made = note(chosen, drill, " ".join(words), good=good, owner=owner, due=due, retest=retest)
    result_stands()
    left = kept_words(chosen, drill, made.text, made.owner, made.retest)
    if as_json:
        print_json(made)
        if left:
            say(left, err=True)
        return
    say(f"It is {made.name} of {drill}.")
    if left:
        say(f"  {left}")
    if (drills_folder(Path(chosen.state)) / drill / DEBRIEF).exists():
        say("  The debrief is signed: this stands in the list of what is to be done alone.")


@actions.command()
@click.argument("name", metavar="DRILL")
@click.argument("action", metavar="ACTION")
@click.argument("words", metavar="[TEXT]...", nargs=-1)
@json_option
@everywhere
def close(name: str, action: str, words: tuple[str, ...], as_json: bool) -> None:
    """Write down that it is done, and what was done."""
    from pryv_tui.drills.findings import close as close_action

    chosen = drill_settings()
    drill = resolve_drill(Path(chosen.state), name).id
    made = close_action(chosen, drill, action, " ".join(words))
    result_stands()
    left = kept_words(chosen, drill, made.closed_text)
    if as_json:
        print_json(made)
        if left:
            say(left, err=True)
        return
    say(f"{made.name} of {drill} is done.")
    if left:
        say(f"  {left}")


COMMANDS = (actions,)
