"""Judge the condition of each role that a restore would replace: gone, damaged, healthy or unknown.

The evidence is the engine's state and the root's files. A caller may pass a `lost` that also asks
servers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.engine import UP
from pryv_tui.operations.comparing.model import Condition, RoleNow
from pryv_tui.operations.comparing.set_side import role_moment
from pryv_tui.operations.emptied.files import gone_of
from pryv_tui.operations.emptied.gone import DataGone
from pryv_tui.operations.root.marker import UNKNOWN, read_marker
from pryv_tui.operations.services.wellbeing import unwell_now
from pryv_tui.operations.sets.missing_roles import lacks_role
from pryv_tui.platform.identity import service_in_name
from pryv_tui.platform.roles import ROLES
from pryv_tui.vault.manifest import SetHost, SetManifest

Lost: TypeAlias = Callable[[HostState, str, SetHost], Iterable[DataGone]]


def roles_now(
    manifest: SetManifest, onto: Mapping[str, HostState | None], lost: Lost = gone_of
) -> tuple[RoleNow, ...]:
    """Return the condition of each role of a set.

    Args:
        onto: by part of the set, the machine that receives it; None if there is none.
        lost: finds a role's data that is gone, compared with a part of the set.
    """
    return tuple(
        _role_now(manifest, part, role, onto.get(part.name), lost)
        for part in manifest.hosts
        for role in part.roles
    )


def _role_now(
    manifest: SetManifest, part: SetHost, role: str, state: HostState | None, lost: Lost
) -> RoleNow:
    condition: Condition = "healthy"
    why: tuple[str, ...] = ()
    if state is None:
        condition = "gone"
    elif not state.reachable:
        condition, why = "unknown", (state.problem or "its engine does not answer",)
    elif lacks_role(role, state):
        condition = "gone"
    elif why := tuple(damages(part, role, state, lost)):
        condition = "damaged"
    return RoleNow(
        role=role,
        host=state.name if state is not None else part.name,
        part=part.name,
        condition=condition,
        why=why,
        back_to=role_moment(manifest, role, part),
    )


def damages(part: SetHost, role: str, state: HostState, lost: Lost = gone_of) -> Iterator[str]:
    """Yield a clause for each fault of a role that exists."""
    root = state.root_path if state.root else None
    marker = read_marker(root) if root is not None else None
    if marker is not None and marker.set_id == UNKNOWN:
        yield "it is not known whether a restore is half-done there: its marker can't be read"
    elif marker is not None:
        yield f"a restore of {marker.set_id} is not done there (run {marker.run})"
    known = next((each for name, each in ROLES.items() if name == role), None)
    ill = unwell_now(state)
    for service in sorted(_ran(part) & set(known.services if known else ())):
        container = state.container(service)
        if container is None:
            yield f"{state.name_of(service)}, which ran when the set was made, is not there"
        elif container.state not in UP:
            yield f"{container.name} is not running ({container.state})"
        elif container.name in ill:
            yield f"{container.name} {ill[container.name]}"
    if root is not None and state.root_exists:
        yield from (one.words for one in lost(state, role, part))


def _ran(part: SetHost) -> set[str]:
    """Return the services that were running when the set was made."""
    return set(filter(None, _services(part)))


def _services(part: SetHost) -> Iterable[str]:
    for image in part.images:
        if image.running:
            yield image.known_as or service_in_name(image.container) or image.service
