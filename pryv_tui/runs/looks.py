"""End what killed live audits left running in containers.

Only programs that are known to be ours are ended: see `operations.containers.following`. Any other
program that reads MongoDB and writes to its standard output is reported, and continues. A backup by
hand looks the same, and so does a live audit by another user or from another machine.

Also the last look before something half-done is settled: whether it still is half-done.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.engine import Engine
from pryv_tui.operations.commands import by_who_knows
from pryv_tui.operations.containers.following import not_followed
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.operations.site import Site
from pryv_tui.runs.left import Left, left_behind
from pryv_tui.runs.now import newest_running
from pryv_tui.runs.record.history import all_runs

STILL_RUNS = Attention(
    "info",
    "A check of the live platform was killed, and the program that it had started in MongoDB's"
    " container may still be running.",
    "End it, if it is still running: pryv-tui recover",
    but="a program that a killed check started may still be running",
)
"""The note for a person if `left_running` is true."""


@dataclass
class Looks:
    """What became of the programs that live audits started in containers."""

    lines: list[str] = field(default_factory=list)
    """One line each: what was ended, what could not be ended, and what is still running."""
    stuck: bool = False
    """Whether a program could not be ended, or a container could not be asked."""


def left_running(site: Site, deployment: Deployment) -> bool:
    """Whether live audits of this user, whose processes are gone, started a program that nobody has
    ended. The program may have ended by itself. No engine is asked."""
    return any(
        not_followed(site.host(state.name).engine.url, container.name)
        for state in deployment.hosts
        if (container := state.container("mongodb")) is not None and container.running
    )


def still_runs(site: Site, deployment: Deployment) -> list[Attention]:
    """Return a note for a person if such programs may still be running; else empty."""
    return [STILL_RUNS] if left_running(site, deployment) else []


def end_dead_looks(site: Site, deployment: Deployment) -> Looks:
    """End the programs of this user's live audits whose processes are gone. Report what else reads
    MongoDB in its containers and writes to its standard output."""
    looks = Looks()
    for state in deployment.hosts:
        container = state.container("mongodb")
        if container is None or not container.running:
            continue
        engine = site.host(state.name).engine
        _end(looks, engine, state.name, container.name)
        _tell(looks, engine, state.name, container.name)
    return looks


def _end(looks: Looks, engine: Engine, host: str, container: str) -> None:
    for program, path in not_followed(engine.url, container).items():
        try:
            ran = engine.end_exec(container, program)
        except PryvTuiError as error:
            looks.stuck = True
            looks.lines.append(
                f"{host}: a killed check of the live platform may still be"
                f" running in {container}: {error.told}"
            )
            continue
        if ran:
            looks.lines.append(
                f"{host}: the mongodump of a killed check of the live platform was still running"
                f" in {container}, and was ended."
            )
        with suppress(OSError):
            path.unlink()


def _tell(looks: Looks, engine: Engine, host: str, container: str) -> None:
    try:
        lines = engine.processes(container)
    except PryvTuiError as error:
        looks.stuck = True
        looks.lines.append(
            f"{host}: it is not known whether a killed check is still reading MongoDB in"
            f" {container}: {error.told}"
        )
        return
    # Load the guards only if something was found: they are slow to load, and each first screen
    # comes here.
    from pryv_tui.operations.guards.host import only_looks

    looks.lines += [
        f"{host}: {line} is running in {container} and was not ended: it may belong to a"
        " check of the live platform that is running, or be somebody's own dump."
        f" {by_who_knows(container, host)}"
        for line in dict.fromkeys(lines)
        if only_looks(line)
    ]


def still_left(site: Site, deployment: Deployment, left: Left) -> Left:
    """Return what a run left half-done as it is now: since it was read, somebody may have been
    asked about it for an hour, and somebody else may have settled it. The same while a run uses the
    platform: that run is the reason why nothing can be started.

    Raises:
        PryvTuiError: `refused`: it was settled since.
    """
    now = {one.run: one for one in left_behind(site, deployment)}
    if left.run in now:
        return now[left.run]
    going = newest_running(all_runs(site.state))
    if going is not None and kind_of(going.kind).holds_platform:
        return left
    raise PryvTuiError(
        "refused",
        f"what the {left.kind} {left.run} had left half-done was settled since you were asked,"
        " or something else has to be settled before it",
        "To see what is half-done now: pryv-tui status",
    )
