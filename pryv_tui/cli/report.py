"""`report`: an incident, or some runs, as one page to paste or to file."""

from __future__ import annotations

import click

from pryv_tui import __version__
from pryv_tui.cli.base.options import everywhere, settings
from pryv_tui.cli.base.output import print_json
from pryv_tui.cli.incident import say_unread
from pryv_tui.clock import timestamp
from pryv_tui.incidents.report.as_html import as_html
from pryv_tui.incidents.report.as_text import as_markdown, as_text
from pryv_tui.incidents.report.naming import may_be_later, told_by
from pryv_tui.incidents.report.page import as_json, page
from pryv_tui.operations.site import refuse_open_state
from pryv_tui.who import who_is_here

WRITTEN = {"text": as_text, "md": as_markdown, "markdown": as_markdown, "html": as_html}


@click.command()
@click.argument("names", metavar="[INCIDENT|RUN]...", nargs=-1)
@click.option(
    "--format",
    "form",
    type=click.Choice([*WRITTEN, "json"]),
    default="text",
    show_default=True,
)
@everywhere
def report(names: tuple[str, ...], form: str) -> None:
    """Report what happened, when, who acted, what was lost, what was checked, what remains.

    The report is about an incident, or about runs; without a name, about the open incident, else
    the last.
    """
    chosen = settings()
    refuse_open_state(chosen)
    told = told_by(chosen, names)
    if not names:
        say_unread(may_be_later(chosen, told.incident))
    now, by, tool = timestamp(), who_is_here().words, f"pryv-tui {__version__}"
    if form == "json":
        print_json(as_json(told, now=now, by=by, tool=tool, given=chosen.given))
        return
    click.echo(WRITTEN[form](page(told, now=now, by=by, tool=tool, given=chosen.given)), nl=False)


COMMANDS = (report,)
