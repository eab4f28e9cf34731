"""Start again, at the end of a run, what the run had stopped, if that is safe."""

from __future__ import annotations

from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.holding import again_by_hand
from pryv_tui.operations.services.together import at_once, groups
from pryv_tui.platform.identity import service_in_name
from pryv_tui.platform.roles import start_rank


def start_again(ctx: RunContext, starts: list[Owed]) -> list[str]:
    """Start containers. Those of one host whose order does not matter start in parallel.

    Returns:
        The containers that are still stopped, each with how to start it by hand.
    """
    remains: list[str] = []
    for group in groups(sorted(starts, key=lambda o: _place(ctx, o)), lambda o: _place(ctx, o)[:2]):
        remains += _together(ctx, group[0].host, {owed.what: owed for owed in group})
    return remains


def _together(ctx: RunContext, host: str, group: dict[str, Owed]) -> list[str]:
    def start(what: str) -> None:
        found = ctx.found_on(host).find(what)
        ctx.site.host(host).engine.start(found.name if found is not None else what)

    remains = []
    for what, error in at_once(group, start):
        if error is None:
            ctx.settle(group[what])
        elif error.name == "container-missing":
            # There is no container left that could be started.
            remains.append(f"{what} on {host} does not exist any more. {error.remedy}")
        else:
            remains.append(
                f"{what} on {host} is still stopped ({error.what}):"
                f" {again_by_hand(ctx.site, group[what], error)}"
            )
    return sorted(remains)


def _place(ctx: RunContext, owed: Owed) -> tuple[int, str, str]:
    """Return the place of a container in the order of starts: its phase, its host, its name.
    Containers that are not the platform's come last."""
    state = ctx.deployment.host(owed.host)
    found = state.named(owed.what) if state is not None else None
    if state is not None and found is not None and found.name in {o.name for o in state.others}:
        return (10, owed.host, owed.what)
    service = found.service if found is not None else service_in_name(owed.what)
    return (start_rank(service)[0], owed.host, owed.what)
