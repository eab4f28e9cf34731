"""What a run is busy with now, or has left: what it stopped or opened on purpose is no fault."""

from __future__ import annotations

import msgspec

from pryv_tui.hosts.engine import Container


class Doing(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has stopped or opened on purpose and not put back yet: no fault of its own."""

    run: str
    about: frozenset[str] = frozenset()
    """The run itself, and those whose work it takes over."""
    held: frozenset[tuple[str, str]] = frozenset()
    """Host and name of the containers that it stopped or paused, and has to let go on."""
    roots: frozenset[tuple[str, str]] = frozenset()
    """Host and root of what it replaces."""
    down_at: dict[tuple[str, str], str] = {}
    """By host and name, when it wrote down that it stops or pauses a container, RFC 3339."""

    def holds(self, host: str, container: Container) -> bool:
        """Whether this container is down because of the run. A crash loop never is."""
        down = container.state in ("exited", "paused", "created")
        return down and (host, container.name) in self.held

    def replaces(self, host: str, root: str, marked_by: str) -> bool:
        """Whether a root is half-restored because of the run."""
        return (host, root) in self.roots or marked_by in self.about


class GoingOn(Doing, frozen=True, kw_only=True):
    """The run that goes on now."""

    kind: str
    since: str = ""
    """When it began."""
    roles: frozenset[str] = frozenset()
    inside: frozenset[tuple[str, str]] = frozenset()
    """Host and name of the containers in which its current step has programs run."""
