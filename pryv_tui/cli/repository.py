"""`send` and `fetch`: copy sets between this machine and the restic repository that is the
vault."""

from __future__ import annotations

import click

from pryv_tui.cli.base.options import everywhere, run_options, settings, site
from pryv_tui.cli.base.unnamed import typed_set
from pryv_tui.cli.base.watching import say_before, watch
from pryv_tui.runs.planning.request import plan_fetch, plan_send
from pryv_tui.runs.start import start_run


@click.command()
@click.argument("set_name", metavar="SET")
@run_options
@everywhere
def send(set_name: str, as_json: bool, detach: bool) -> None:
    """Send a set that only this machine has to the repository."""
    where = site()
    # Planned once here, so that what can't be done is reported before a run is started.
    made = plan_send(where, where.discover(), typed_set(where, set_name).id)
    if not as_json:
        say_before(f"Send {made.set_id}:", made, detach=detach)
    record = start_run(settings(), "send", set_id=made.set_id)
    watch(record, as_json=as_json, detach=detach)


@click.command()
@click.argument("set_name", metavar="SET")
@run_options
@everywhere
def fetch(set_name: str, as_json: bool, detach: bool) -> None:
    """Copy a set from the repository to this machine, to audit it or to take files from it."""
    where = site()
    made = plan_fetch(where, where.discover(), typed_set(where, set_name).id)
    if not as_json:
        say_before(f"Fetch {made.set_id}:", made, detach=detach)
    record = start_run(settings(), "fetch", set_id=made.set_id)
    watch(record, as_json=as_json, detach=detach)


COMMANDS = (send, fetch)
