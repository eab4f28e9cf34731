"""Guard lines for the time while a run is using the platform."""

from __future__ import annotations

from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.acts import follow_or_cancel, holds_words
from pryv_tui.operations.guards.line import GuardLine, failed, ok, warning


def busy_guard(run: GoingOn) -> GuardLine:
    """Return the failed line that a run is using the platform. Callers put it first, because it
    explains the other lines."""
    return failed(
        "run",
        f"{holds_words(run.kind, run.run, run.since)}: no other run that needs the platform for"
        " itself can begin before it has ended",
        follow_or_cancel(run.run),
    )


def as_told(line: GuardLine) -> GuardLine:
    """Turn the line of `busy_guard` into a warning, for a caller that does not start a run."""
    return warning(line.name, line.text, line.remedy)


def program_line(
    name: str, run: GoingOn, state: HostState, container: str, found: str
) -> GuardLine:
    """Report a dump or restore program in a container while a run is using the platform.

    The remedy is never to end the program, because that could make the run fail.

    Args:
        name: the name of the line.
        found: the program's command line.
    """
    if (state.name, container) in run.inside:
        return ok(
            name, f"a program of the {run.kind} {run.run} itself is running in {container}: {found}"
        )
    return warning(
        name,
        f"a dump or restore is running in {container}, the {run.kind}'s own or another: {found}",
        f"Leave it alone while the {run.kind} is running; then check again.",
    )
