"""How the containers of a machine stand to a plan that stops and starts them. Pure.

A plan is made of names, since that is what is typed; which service a name is, and whether it is one
of the platform's at all, is known where the machine was looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.services.wellbeing import unwell_now
from pryv_tui.platform.identity import SERVICES, service_in_name
from pryv_tui.platform.roles import stop_rank


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The containers of one machine, sorted for a plan."""

    running: tuple[str, ...]
    """The platform's that run, or ran before an earlier run stopped them, in the order in which
    they are stopped."""
    others: tuple[str, ...]
    """None of the platform's, alike."""
    services: dict[str, str]
    """The services of those whose names don't tell them."""
    unwell: dict[str, str]
    """Those that did not do their work before anything was changed, and why."""

    def service(self, name: str) -> str:
        return self.services.get(name) or service_in_name(name)


def standing(
    state: HostState | None,
    ran: Collection[str] = (),
    *,
    unwell: Mapping[str, str] | None = None,
    known: Iterable[str] = (),
) -> Standing:
    """Sort a machine's containers.

    Args:
        ran: those that ran before an earlier run stopped them.
        unwell: those that were not well before the first of the runs that this one goes on with;
            what is found now counts where there was none.
        known: names that are the platform's, whether they exist now or not.
    """
    own: dict[str, str] = {}
    others: dict[str, None] = dict.fromkeys(state.others_running if state else ())
    theirs = {other.name for other in state.others} if state else set()
    platform = set(known)
    services = {c.name: c.service for c in state.containers} if state else {}
    for name in (*(state.running if state else ()), *ran):
        called = called_now(state, name)
        service = services.get(called) or service_in_name(called)
        if called in theirs or not (called in services or service in SERVICES or name in platform):
            others[called] = None
        else:
            own[called] = service
    found = (
        unwell_now(state)
        if unwell is None
        else {called_now(state, name): why for name, why in unwell.items()}
    )
    return Standing(
        running=tuple(sorted(own, key=lambda name: stop_rank(own[name]))),
        others=tuple(others),
        services={n: s for n, s in services.items() if service_in_name(n) != s},
        unwell=found,
    )


def called_now(state: HostState | None, name: str) -> str:
    """What a container is called now that had this name; the same where it is not there."""
    here = state.named(name) if state is not None else None
    return here.name if here is not None else name


def others_lines(states: Iterable[HostState | None]) -> tuple[str, ...]:
    """What a plan that swaps folders says of containers that are none of the platform's."""
    lines = []
    for state in filter(None, states):
        stopped = [o.words for o in state.others if o.up and o.in_the_way]
        if stopped:
            lines.append(
                f"Stopped on {state.name} too, and started again at the end, though none of the"
                f" platform's: {'; '.join(stopped)}."
            )
        left = [o.words for o in state.others if o.up and not o.in_the_way]
        if left:
            lines.append(f"Not stopped on {state.name}: {'; '.join(left)}.")
    return tuple(lines)
