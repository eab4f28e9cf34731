"""`drill actions`: what debriefs found, and what is done about it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from pryv_tui.cli.base.options import everywhere, json_option
from pryv_tui.cli.base.output import echo, print_json, result_stands, say
from pryv_tui.cli.drills.meant import drill_settings
from pryv_tui.drills.files import drills_folder, resolve_drill
from pryv_tui.drills.findings import Open, note, unread_findings, unread_words
from pryv_tui.drills.model import Action
from pryv_tui.drills.noting.written import kept_words
from pryv_tui.drills.signing.papers import DEBRIEF
from pryv_tui.incidents.words import when
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.sanitize import sanitized

NOT_SAID = "What was done is not on record."


@click.group(invoke_without_command=True)
@click.option("--all", "done", is_flag=True, help="Also list what is done, and what went well.")
@json_option
@everywhere
def actions(done: bool, as_json: bool) -> None:
    """List what debriefs found that has to be fixed: who does it, and until when."""
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
            f"No finding of a debrief is {which} here. This list does not show signatures,"
            " reviews or drills that are due."
        )
    for one in found:
        echo(one.words)
        if one.action.closed:
            echo(f"  done {when(one.action.closed)}: {one.action.closed_text or '-'}")


@actions.command()
@click.argument("name", metavar="DRILL")
@click.argument("words", metavar="TEXT...", nargs=-1, required=True)
@click.option("--owner", default="", metavar="NAME", help="Who does it.")
@click.option("--due", default="", metavar="DAY", help="Until when, like 2026-03-31.")
@click.option(
    "--retest", default="", metavar="TEXT", help="The drill that will show that it is fixed."
)
@click.option(
    "--went-well", "good", is_flag=True, help="It went well: nothing has to be done about it."
)
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
    """Write down what a debrief found. With the name of a finding (a1) instead of TEXT, give that
    finding an owner, a day, a retest."""
    chosen = drill_settings()
    drill = resolve_drill(Path(chosen.state), name).id
    made = note(chosen, drill, " ".join(words), good=good, owner=owner, due=due, retest=retest)
    # A text that is a finding's name made no finding: it changed that one.
    what = "Changed" if made.name == sanitized(" ".join(words)).strip() else "Written down"
    if not _told(chosen, drill, made, what, (made.text, made.owner, made.retest), as_json=as_json):
        return
    if (drills_folder(Path(chosen.state)) / drill / DEBRIEF).exists():
        # The finding itself may be in the signed debrief, as it was then.
        this = "what was changed of it now" if what == "Changed" else "this finding"
        text = f"  The debrief is already signed, without {this}."
        if made.good:
            say(f"{text} It is listed with the findings: pryv-tui drill actions --all")
        else:
            say(f"{text} It is in the list: pryv-tui drill actions")


@actions.command()
@click.argument("name", metavar="DRILL")
@click.argument("action", metavar="ACTION")
@click.argument("words", metavar="[TEXT]...", nargs=-1)
@json_option
@everywhere
def close(name: str, action: str, words: tuple[str, ...], as_json: bool) -> None:
    """Write down that a finding is done, and what was done."""
    from pryv_tui.drills.findings import close as close_action

    chosen = drill_settings()
    drill = resolve_drill(Path(chosen.state), name).id
    made = close_action(chosen, drill, action, " ".join(words))
    if _told(chosen, drill, made, "Closed", (made.closed_text,), as_json=as_json):
        done = f"What was done: {made.closed_text}" if made.closed_text else NOT_SAID
        say(f"  {done}")


def _told(
    settings: Settings, drill: str, made: Action, what: str, typed: Sequence[str], *, as_json: bool
) -> bool:
    """Print what was done with which finding. Return False if that was JSON, for programs.

    Args:
        what: what was done, in a word or two.
        typed: the texts of the finding that a person typed. If a part of one is not in the
            evidence, a line says where it is.
    """
    result_stands()
    left = kept_words(settings, drill, *typed)
    if as_json:
        print_json(made)
    else:
        say(f"{what}: {Open(drill, made).words}")
    if left:
        say(left if as_json else f"  {left}", err=as_json)
    return not as_json


COMMANDS = (actions,)
