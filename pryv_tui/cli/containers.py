"""`containers`: start, stop or restart one container, and read its log."""

from __future__ import annotations

import codecs

import click

from pryv_tui.cli.base.options import everywhere, run_options, settings, site
from pryv_tui.cli.base.streams import leave_with_reader
from pryv_tui.cli.base.watching import say_before, watch
from pryv_tui.clock import utc_now
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.ages import EXAMPLES, since
from pryv_tui.operations.plans.container import Act, find_container, switched
from pryv_tui.runs.planning.request import plan_switch
from pryv_tui.runs.start import start_run
from pryv_tui.sanitize import sanitized

host_option = click.option(
    "--host",
    default="",
    metavar="NAME",
    help="The machine, if several have a container of that name.",
)


@click.group()
def containers() -> None:
    """Start, stop or restart one container; read its log."""


@containers.command()
@click.argument("name")
@host_option
@run_options
@everywhere
def start(name: str, host: str, as_json: bool, detach: bool) -> None:
    """Start a container, and check that it stays up."""
    _switch("start", name, host, as_json=as_json, detach=detach)


@containers.command()
@click.argument("name")
@host_option
@run_options
@everywhere
def stop(name: str, host: str, as_json: bool, detach: bool) -> None:
    """Stop a container."""
    _switch("stop", name, host, as_json=as_json, detach=detach)


@containers.command()
@click.argument("name")
@host_option
@run_options
@everywhere
def restart(name: str, host: str, as_json: bool, detach: bool) -> None:
    """Stop a container and start it again."""
    _switch("restart", name, host, as_json=as_json, detach=detach)


def _switch(act: Act, name: str, host: str, *, as_json: bool, detach: bool) -> None:
    where = site()
    # Planned once here, so that what can't be done is reported before a run is started.
    made = plan_switch(where, where.discover(), act, name, host)
    container, machine = switched(made)
    if not as_json:
        say_before(f"{act.capitalize()} {container} on {machine}:", made, detach=detach)
    record = start_run(settings(), act, container=container, host=machine)
    watch(record, as_json=as_json, detach=detach)


@containers.command()
@click.argument("name")
@host_option
@click.option(
    "--tail",
    type=click.IntRange(min=1),
    metavar="LINES",
    help="Show this many of the last lines [default: 500; all of them with --since].",
)
@click.option(
    "--since", "moment", metavar="TIME", help=f"Show what was printed since then: {EXAMPLES}."
)
@click.option(
    "--follow", "-f", is_flag=True, help="Keep printing new lines as they come; Ctrl+C ends it."
)
@everywhere
def logs(name: str, host: str, tail: int | None, moment: str | None, follow: bool) -> None:
    """Show what a container printed, running or not."""
    where = site()
    try:
        start = None if moment is None else since(moment, utc_now()).timestamp()
    except ValueError as error:
        raise PryvTuiError("usage", f"--since: {error}", f"Such as {EXAMPLES}.") from None
    state, container = find_container(where.discover(), name, host)
    if tail is None and start is None:
        tail = 500
    engine = where.host(state.name).engine
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    if follow:
        leave_with_reader()
    try:
        for chunk in engine.logs(container.name, tail=tail, follow=follow, since=start):
            click.echo(sanitized(decoder.decode(chunk)), nl=False)
    except KeyboardInterrupt:
        if not follow:
            raise
    click.echo(sanitized(decoder.decode(b"", final=True)), nl=False)


COMMANDS = (containers,)
