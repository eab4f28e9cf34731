"""`containers`: start, stop or restart one."""

from __future__ import annotations

import click

from pryv_tui.cli.options import everywhere, json_option, settings, site
from pryv_tui.cli.run import detach_option, say_before, watch
from pryv_tui.operations.containers import Act, switched
from pryv_tui.runs.start import start_run
from pryv_tui.runs.switch import preview_switch

host_option = click.option(
    "--host", default="", metavar="NAME", help="The machine, where several have such a container."
)


@click.group()
def containers() -> None:
    """Start, stop or restart one container."""


@containers.command()
@click.argument("name")
@host_option
@json_option
@detach_option
@everywhere
def start(name: str, host: str, as_json: bool, detach: bool) -> None:
    """Start a container, and see that it stays up."""
    _switch("start", name, host, as_json=as_json, detach=detach)


@containers.command()
@click.argument("name")
@host_option
@json_option
@detach_option
@everywhere
def stop(name: str, host: str, as_json: bool, detach: bool) -> None:
    """Stop a container."""
    _switch("stop", name, host, as_json=as_json, detach=detach)


@containers.command()
@click.argument("name")
@host_option
@json_option
@detach_option
@everywhere
def restart(name: str, host: str, as_json: bool, detach: bool) -> None:
    """Stop a container and start it again."""
    _switch("restart", name, host, as_json=as_json, detach=detach)


def _switch(act: Act, name: str, host: str, *, as_json: bool, detach: bool) -> None:
    where = site()
    # Planned once here, so that what can't be done is said before a run is started.
    made = preview_switch(where, where.discover(), act, name, host)
    container, machine = switched(made)
    if not as_json:
        say_before(f"{act.capitalize()} {container} on {machine}:", made, detach=detach)
    record = start_run(settings(), act, container=container, host=machine)
    watch(record, as_json=as_json, detach=detach)


COMMANDS = (containers,)
