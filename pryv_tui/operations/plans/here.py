"""What a machine has of a set's containers, and what of them runs when a restore is done. Pure."""

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
    """A set's containers on the machine that it goes to."""

    now: Standing
    wanted: tuple[str, ...]
    """The containers of the set, and those that ran before, as they are called here."""
    services: dict[str, str]
    """The services of those whose names don't tell them."""
    named: dict[str, str]
    """What the set's compose files call each."""
    unwell: dict[str, str]
    """Those that were not well before; of those that are gone, when the set was made."""
    front: str
    """The container through which this machine answers."""

    def service(self, name: str) -> str:
        return self.services.get(name) or service_in_name(name)

    def of(self, services: Collection[str]) -> tuple[str, ...]:
        """Those that run at the end and are one of these services."""
        return tuple(name for name in self.wanted if self.service(name) in services)

    def start(self, target: Target, phase: Phase, names: Sequence[str]) -> StartServices:
        """The step that starts some of them; the last step of the restore sees them stay up."""
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
    """What a machine has of a set's containers.

    Args:
        ran: containers that ran before an earlier run stopped them.
        unwell: those that were not well before that run, and why; None where there was none.
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
    """What the containers of a set's part are called on a machine now, by their names in the set.

    One that is not there gets the name of the templates: the root's own files bring it up.
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
    """A set's layout with the names that its stores' containers have on this machine."""
    stores = {
        store: msgspec.structs.replace(
            told, container=state.name_of(store) if state else canonical(store)
        )
        for store, told in layout.stores.items()
    }
    return msgspec.structs.replace(layout, stores=stores)


def unwell_lines(here: Mapping[str, Here]) -> tuple[str, ...]:
    """What was broken before, on a plan: the restore does not fail for it."""
    return tuple(
        f"{name} on {host} {why}: if it does so afterwards too, the restore ends with a warning."
        for host, found in here.items()
        for name, why in sorted(found.unwell.items())
        if name in found.wanted and found.service(name) not in DATABASE_SERVICES
    )
