"""Sort a host's containers for a plan that stops and starts them. Pure.

A plan has names of containers, because these are typed in commands. The host's state tells which
service a name is, and whether it belongs to the platform.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.services.wellbeing import unwell_now
from pryv_tui.platform.identity import SERVICES, service_in_name
from pryv_tui.platform.roles import stop_rank


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The containers of one host, sorted for a plan."""

    running: tuple[str, ...]
    """The platform's containers that are running, or were until an earlier run stopped them; in the
    order in which they are stopped."""
    others: tuple[str, ...]
    """Containers outside the platform that are running, or were until an earlier run stopped them.
    """
    services: dict[str, str]
    """By container, its service, if the container's name does not show it."""
    unwell: dict[str, str]
    """The containers that were unhealthy before anything was changed, with the reason."""

    def service(self, name: str) -> str:
        return self.services.get(name) or service_in_name(name)


def standing(
    state: HostState | None,
    ran: Collection[str] = (),
    *,
    unwell: Mapping[str, str] | None = None,
    known: Iterable[str] = (),
) -> Standing:
    """Sort a host's containers.

    Args:
        ran: the containers that were running before an earlier run stopped them.
        unwell: the containers that were unhealthy before the first of the runs that this one
            continues, with the reason; None: there is no such run, and the present state counts.
        known: names of containers that belong to the platform, even if they do not exist now.
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
    """Return the present name of a container that had this name; the same name if it does not exist
    any more."""
    here = state.named(name) if state is not None else None
    return here.name if here is not None else name


def others_lines(states: Iterable[HostState | None]) -> tuple[str, ...]:
    """Lines about containers outside the platform, for a plan that swaps folders."""
    lines = []
    for state in filter(None, states):
        stopped = [o for o in state.others if o.up and o.in_the_way]
        if back := [o.words for o in stopped if not o.container.passing]:
            lines.append(
                f"Not part of the platform, but also stopped on {state.name}, and started again"
                f" at the end: {'; '.join(back)}."
            )
        if gone := [o.words for o in stopped if o.container.passing]:
            lines.append(
                f"Not part of the platform, but also stopped on {state.name}, and then removed"
                f" by Docker, since made with --rm: {'; '.join(gone)}. Whoever made it has to start"
                " it again."
            )
        left = [o.words for o in state.others if o.up and not o.in_the_way]
        if left:
            lines.append(f"Not stopped on {state.name}: {'; '.join(left)}.")
    return tuple(lines)
