"""`drill run [SET]` and `drill clean`: a set restored in a sandbox beside the platform."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from pryv_tui.cli.base.options import everywhere, json_option, settings, site
from pryv_tui.cli.base.output import print_json, reason, result_stands, say
from pryv_tui.cli.base.watching import follow_to_end, watch
from pryv_tui.drills.of_a_set import set_to_drill
from pryv_tui.drills.record.closing import note_cleared
from pryv_tui.drills.record.ended import close_what_ended
from pryv_tui.drills.record.unattended import WORKER, record_and_sign
from pryv_tui.drills.words import next_steps
from pryv_tui.errors import Exit
from pryv_tui.operations.comparing.meant import LATEST
from pryv_tui.operations.drilling.clearing import clear_left
from pryv_tui.operations.guards.drill import need_place
from pryv_tui.operations.settings import place_names
from pryv_tui.operations.settings.resolve import BY_A_LINK, need_text
from pryv_tui.runs.start import start_run
from pryv_tui.who import TIMERS, who_is_here


def drill_a_set(
    set_name: str,
    depth: str,
    sandbox: str | None,
    *,
    wait: float | None,
    as_json: bool,
    detach: bool,
) -> None:
    """Restore a set in a sandbox, and exit with that run's exit code.

    Args:
        sandbox: the folder in which to make the sandbox; None: below the state folder.
        wait: most seconds to wait until there is room. None: for a timer the time from the
            configuration, else 0.

    Raises:
        PryvTuiError: `set-unknown`; `refused`: the set or the folder can't be used. Then nothing is
            begun or recorded.
    """
    where = site()
    found = set_to_drill(where, set_name, lambda line: say(line, err=True))
    folder = place_names.folder(sandbox, "--sandbox") if sandbox is not None else ""
    need_text("the folder of the sandbox", folder, BY_A_LINK)
    if folder:
        need_place(where, where.discover(), found, Path(folder))
    if wait is None:
        wait = where.settings.drill_wait if who_is_here().how in TIMERS else 0.0
    record = start_run(
        settings(),
        "drill",
        worker=WORKER,
        set_id=found.id,
        latest=set_name == LATEST,
        root=folder,
        depth=depth,
        wait=wait,
    )
    if detach:
        watch(record, as_json=as_json, detach=True)
        return
    code = follow_to_end(record, as_json=as_json)
    filed, signed, unsigned = record_and_sign(where.settings, record.id)
    if not as_json:
        say(f"Its record: {filed.folder}")
        for line in next_steps(filed.record, signed=signed, has_key=bool(where.settings.drill_key)):
            say(f"  {line}")
    if unsigned:
        reason(f"the record of the drill {record.id} is not signed: {unsigned}")
    if code == Exit.DONE and not filed.record.passed:
        # The record, which is what is signed, has stricter conditions than the run.
        reason(
            f"by its record the drill {record.id} is {filed.record.outcome}:"
            f" {'; '.join(filed.record.outcome_why)}"
        )
        sys.exit(int(Exit.WARNINGS))
    sys.exit(int(Exit.WARNINGS) if unsigned and code == Exit.DONE else code)


@click.command()
@json_option
@everywhere
def clean(as_json: bool) -> None:
    """Remove the sandboxes of drills that died. The platform is not touched."""
    where = site()
    found = clear_left(where, of_others=True)
    note_cleared(where.settings, found)
    close_what_ended(where.settings)
    result_stands()
    if as_json:
        print_json([msgspec.to_builtins(one) for one in found])
    else:
        for one in found:
            say(one.words)
        if not found:
            say("No sandbox is left.")
    if any(one.problem for one in found):
        sys.exit(int(Exit.FAILED))


COMMANDS = (clean,)
