"""Match a set's containers with those on the host to which it is restored. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.services.standing import Standing, standing
from pryv_tui.operations.sets.targets import Target
from pryv_tui.operations.steps.services.start_services import Phase, StartServices
from pryv_tui.platform.identity import SERVICES, canonical, service_in_name
from pryv_tui.platform.layout import Layout
from pryv_tui.platform.questions import FRONT_DOOR
from pryv_tui.platform.roles import DATABASE_SERVICES
from pryv_tui.vault.manifest import SetHost, SetImage


class Here(msgspec.Struct, frozen=True, kw_only=True):
    """The containers of a set's part, with their names on the host to which it is restored."""

    now: Standing
    wanted: tuple[str, ...]
    """The containers that must run after the restore: those that ran when the set was made, and
    those that ran here before."""
    services: dict[str, str]
    """By container, its service, if the container's name does not show it."""
    named: dict[str, str]
    """By container, the name of its service in the set's compose files."""
    unwell: dict[str, str]
    """The containers that were unhealthy before the restore, with the reason. For those that are
    missing here: when the set was made."""
    front: str
    """The name of this host's nginx container."""

    def service(self, name: str) -> str:
        return self.services.get(name) or service_in_name(name)

    def of(self, services: Collection[str]) -> tuple[str, ...]:
        """Return those of the `wanted` containers that belong to these services."""
        return tuple(name for name in self.wanted if self.service(name) in services)

    def start(self, target: Target, phase: Phase, names: Sequence[str]) -> StartServices:
        """Return the step that starts some of the containers. It waits until databases stay up; for
        other containers, a later step does."""
        pick = set(names)
        return StartServices(
            host=target.host,
            phase=phase,
            root=target.root,
            containers=tuple(names),
            named={n: s for n, s in self.named.items() if n in pick},
            services={n: s for n, s in self.services.items() if n in pick},
            unwell={n: why for n, why in self.unwell.items() if n in pick},
            later=phase != "databases",
        )


def here_of(
    part: SetHost,
    state: HostState | None,
    ran: Collection[str],
    unwell: Mapping[str, str] | None,
) -> Here:
    """Find the containers of a set's part on the host to which it is restored.

    Args:
        part: the set's part for the host.
        state: the host; None if it is not known.
        ran: the containers that were running before an earlier run stopped them.
        unwell: the containers that were unhealthy before that run, with the reason; None if there
            was no such run.
    """
    names = _names(part, state)
    now = standing(state, ran, unwell=unwell, known=names)
    services = dict(now.services)
    for image in part.images:
        name = names[image.container]
        if service_in_name(name) != _service(image):
            services.setdefault(name, _service(image))
    from_set = {names[image.container] for image in part.images if image.running}
    there = {c.name for c in state.containers} if state else set()
    then = {
        names[image.container]: f"{image.unwell} when the set was made"
        for image in part.images
        if image.unwell and names[image.container] not in there
    }
    return Here(
        now=now,
        wanted=tuple(sorted(from_set | set(now.running))),
        services=services,
        named={names[i.container]: i.service for i in part.images if i.service},
        unwell={**then, **now.unwell},
        front=state.name_of(FRONT_DOOR) if state else canonical(FRONT_DOOR),
    )


def _service(image: SetImage) -> str:
    return image.known_as or service_in_name(image.container)


def _names(part: SetHost, state: HostState | None) -> dict[str, str]:
    """Return the names of a part's containers on this host, by their names in the set.

    A missing container gets its name from the templates, because the root's own compose files will
    create it under that name.
    """
    found = {}
    for image in part.images:
        service = _service(image)
        here = state.named(image.container) if state else None
        here = here or (state.container(service) if state else None)
        usual = canonical(service) if service in SERVICES else image.container
        found[image.container] = here.name if here is not None else usual
    return found


def layout_here(layout: Layout, state: HostState | None) -> Layout:
    """Return a set's layout, with the names of the stores' containers on this host."""
    stores = {
        store: msgspec.structs.replace(
            told, container=state.name_of(store) if state else canonical(store)
        )
        for store, told in layout.stores.items()
    }
    return msgspec.structs.replace(layout, stores=stores)


def unwell_lines(here: Mapping[str, Here]) -> tuple[str, ...]:
    """Lines for a plan about containers that were unhealthy before. The restore does not fail
    because of them."""
    return tuple(
        (
            f"{name} on {host} {why}: if that is still so afterwards, the restore ends with a"
            " warning."
        )
        for host, found in here.items()
        for name, why in sorted(found.unwell.items())
        if name in found.wanted and found.service(name) not in DATABASE_SERVICES
    )
