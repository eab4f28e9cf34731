"""`incident`: a loss and everything that is done about it, in one place."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import click

from pryv_tui import __version__
from pryv_tui.cli.base.options import everywhere, json_option, role_option, settings, site
from pryv_tui.cli.base.output import echo, print_json, result_stands, say, table
from pryv_tui.clock import timestamp
from pryv_tui.errors import Exit
from pryv_tui.incidents import acts
from pryv_tui.incidents.files import all_incidents, unseen, unseen_words
from pryv_tui.incidents.gathering import Told, gather
from pryv_tui.incidents.looking import notice, of_platform, open_incident
from pryv_tui.incidents.report.as_text import as_text
from pryv_tui.incidents.report.brief import brief
from pryv_tui.incidents.report.naming import last_of, may_be_later
from pryv_tui.incidents.report.remaining import left_at_close
from pryv_tui.incidents.words import at_least, brief_json, line, state_words, when
from pryv_tui.operations.sets.own import told_domain
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import refuse_open_state
from pryv_tui.who import who_is_here


@click.group()
def incident() -> None:
    """Keep a log of a loss and all that is done about it: runs, decisions, notes, times.

    The program opens one when it finds a role or its data gone; `declare` opens one by hand.
    """


def _text(words: tuple[str, ...]) -> str:
    return " ".join(words)


text_argument = click.argument("words", metavar="[TEXT]...", nargs=-1)
incident_option = click.option(
    "--incident",
    "name",
    default="",
    metavar="INCIDENT",
    help="This incident instead of the open one.",
)


@incident.command()
@text_argument
@role_option
@click.option(
    "--lost-at",
    default="",
    metavar="TIME",
    help="Since when it is lost, if you know it: 10m, 14:30 (UTC), 2026-01-15T10:00:00Z.",
)
@click.option("--run", "runs", multiple=True, metavar="RUN", help="A run that belongs to it.")
@json_option
@everywhere
def declare(
    words: tuple[str, ...],
    roles: tuple[str, ...],
    lost_at: str,
    runs: tuple[str, ...],
    as_json: bool,
) -> None:
    """Open an incident, or add to the open one: what is lost, and since when."""
    where = site()
    domain = told_domain(where.discover())
    made = acts.declare(
        where.settings, domain=domain, text=_text(words), roles=roles, lost_at=lost_at, runs=runs
    )
    result_stands()
    told = gather(where.state, made.incident)
    if as_json:
        print_json({**brief_json(told), "new": made.new})
        return
    say(line(told))
    if made.new:
        say(
            f"  The incident is {made.incident.id}. Write down what you see: pryv-tui incident"
            " note TEXT"
        )
    else:
        say(f"  An incident was open already; this was added to it ({made.incident.id}).")


@incident.command()
@text_argument
@click.option("--decision", is_flag=True, help="Mark the note as a decision.")
@click.option("--run", default="", metavar="RUN", help="The run that the note is about.")
@incident_option
@json_option
@everywhere
def note(words: tuple[str, ...], decision: bool, run: str, name: str, as_json: bool) -> None:
    """Write what you see, or have decided, into the log of the open incident."""
    chosen = _private(settings())
    about = acts.resolve_incident(acts.state_of(chosen), name).id if name else ""
    made = acts.note(chosen, _text(words), decision=decision, run=run, incident=about)
    result_stands()
    last = made.notes[-1]
    if as_json:
        print_json(last)
        return
    echo(f"{when(last.time)}, {last.by.short}: {last.text}")


@incident.command()
@text_argument
@incident_option
@json_option
@everywhere
def close(words: tuple[str, ...], name: str, as_json: bool) -> None:
    """Close the open incident, with TEXT as its outcome. What is still gone then opens no new one.

    If something remains to be done, it is named first; the incident is closed nevertheless, with
    exit code 3.
    """
    where = site()
    about = acts.resolve_incident(where.state, name).id if name else ""
    seen = None if about else notice(where)
    if seen is not None and seen.told is not None:
        # Noted first: what is there again by now belongs to the incident.
        about = seen.told.incident.id
    if not about:
        current = open_incident(where.settings)
        about = current.id if current is not None else ""
    left = []
    if about:
        before = acts.resolve_incident(where.state, about)
        left = left_at_close(gather(where.state, before)) if before.open else []
    if left:
        say(f"Still to be done for the incident {about}, which is closed nevertheless:")
        for text in left:
            say(f"  {text}")
    told = acts.close(where.settings, _text(words), incident=about)
    result_stands()
    still = [role for role, down in told.times.down.items() if down.still]
    if as_json:
        print_json(brief_json(told))
    else:
        echo(f"The incident {told.incident.id} is closed.")
        echo(f"  {state_words(told)}")
        if still:
            say(
                f"  {', '.join(still)} did not serve when it was closed. The alarm for that stays,"
                " and no new incident opens for it: pryv-tui status"
            )
    if still or left:
        sys.exit(int(Exit.WARNINGS))


@incident.command("list")
@json_option
@everywhere
def list_incidents(as_json: bool) -> None:
    """List the incidents known here, oldest first, of all platforms of this state folder."""
    state = acts.state_of(_private(settings()))
    known = [gather(state, one) for one in all_incidents(state)]
    if as_json:
        print_json([brief_json(one) for one in known])
        return
    dark = unseen(state)
    if dark:
        words = unseen_words(dark)
        say(f"{words[:1].upper()}{words[1:]}.")
    if not known:
        if not dark:
            say("No incident is known here. Declare one: pryv-tui incident declare TEXT")
        return
    rows = [("incident", "platform", "state", "lost", "down", "what")]
    for told in known:
        one = told.incident
        state_now = "open" if one.open else "closed"
        rows.append(
            (
                one.id,
                one.domain or "-",
                ", ".join([state_now, *one.unread]),
                ",".join(one.roles) or "-",
                at_least(told.times.any_down) if told.times.down else "-",
                one.text or "-",
            )
        )
    table(rows)


@incident.command()
@click.argument("name", metavar="[INCIDENT]", default="")
@json_option
@everywhere
def show(name: str, as_json: bool) -> None:
    """Show one incident at a glance: the open one, else the last."""
    chosen = _private(settings())
    told = told_of(chosen, name)
    if as_json:
        print_json(brief_json(told))
        return
    now, by, tool = timestamp(), who_is_here().words, f"pryv-tui {__version__}"
    click.echo(as_text(brief(told, now=now, by=by, tool=tool, given=chosen.given)), nl=False)


def told_of(chosen: Settings, name: str) -> Told:
    """Return the incident with a name; without a name, the platform's open one, else its last.

    Raises:
        PryvTuiError: `incident-unknown`.
    """
    state = acts.state_of(chosen)
    if name:
        mine = {one.id for one in of_platform(chosen)}
        return gather(state, acts.resolve_incident(state, name, fits=lambda one: one.id in mine))
    found = last_of(chosen)
    say_unread(may_be_later(chosen, found))
    return gather(state, found)


def say_unread(dark: Mapping[str, str]) -> None:
    """Print which other incidents can't be read and may be later than the shown one."""
    if dark:
        words = unseen_words(dark)
        say(
            f"{words[:1].upper()}{words[1:]}. Whether that is later than the one shown is not"
            " known.",
            err=True,
        )


def _private(chosen: Settings) -> Settings:
    """Return the settings, after checking that nobody else can write to the state folder."""
    refuse_open_state(chosen)
    return chosen


COMMANDS = (incident,)
