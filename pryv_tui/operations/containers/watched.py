"""Containers that were started and are watched until they have stayed up long enough. Pure.

An engine counts its restarts of a container. It restarts one a tenth of a second after its first
process has ended. So a container that ends within the watched time after a start is noticed; one
that ends later is not. A program that fails while it loads ends fast: a Node service takes about a
second to load, a server that can't read its files or bind its port less. In Pryv's own images of
Node services the first process is runit, which restarts the service inside the container
(`build/*/runit` in their sources); the engine does not see that. So register and core are asked
themselves at the end of every restore.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from pryv_tui.hosts.engine import Container


class Watched:
    """The watched containers of one host, and what was seen of them."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.wanted: set[str] = set()
        """The containers that must exist."""
        self.needed: set[str] = set()
        """The containers without which the run has failed."""
        self.unwell: dict[str, str] = {}
        """The containers that were unhealthy before, each with the reason."""
        self.began = 0.0
        """When the last container was added, in seconds of the monotonic clock."""
        self.took = 0.0
        """Seconds that the slowest group of containers took to start."""
        self.found: dict[str, Container] = {}
        self.down: dict[str, str] = {}
        """The containers that are not running, each with its state."""
        self._since: dict[str, float] = {}
        """By container: since when it has been in its present state, in seconds of the monotonic
        clock."""
        self._before: dict[str, tuple[int, str]] = {}
        self._falls: dict[str, tuple[int, float, float]] = {}
        """For each container that was seen to restart: how many looks saw that, the time of the
        last of these looks, and the mean seconds between the restarts just before it."""
        self._ours: set[str] = set()
        """The containers that the run has started since the last look."""

    def add(
        self,
        names: Collection[str],
        wanted: Collection[str],
        needed: Collection[str],
        unwell: Mapping[str, str],
        now: float,
        started: Mapping[str, float] = MappingProxyType({}),
        took: float = 0.0,
    ) -> None:
        """Watch more containers.

        A container that is already watched keeps its time, unless it was started since.

        Args:
            started: by container that the run has just started: when the engine had started it.
            took: see `Watched.took`.
        """
        self.names |= set(names)
        self.wanted |= set(wanted)
        self.needed |= set(needed)
        self.unwell |= unwell
        self.began = now
        self.took = max(self.took, took)
        for name in names:
            if name in started:
                self._since[name] = started[name]
                self._before.pop(name, None)
                self._ours.add(name)
            else:
                self._since.setdefault(name, now)

    def again(self) -> Watched:
        """Return a new watch of the same containers, as if there had been no look yet.

        Time counts from its first look.
        """
        made = Watched()
        made.names, made.wanted = set(self.names), set(self.wanted)
        made.needed, made.unwell = set(self.needed), dict(self.unwell)
        made.began, made.took = self.began, self.took
        return made

    def look(self, containers: Iterable[Container], now: float) -> None:
        """Record the state of the containers now.

        Args:
            now: when the look at all of them was complete. The engine inspects one after the other,
                so a change may be as recent as that.
        """
        for name in self.names:
            self._since.setdefault(name, now)
        self.found = {c.name: c for c in containers if c.name in self.names}
        self.down = {name: c.state for name, c in self.found.items() if not c.running}
        self.down |= dict.fromkeys(self.wanted - self.found.keys(), "missing")
        for name, container in self.found.items():
            told = (container.restarts, str(container.since))
            # An engine counts restarts since the requested start, so the first look counts too.
            ours = name in self._ours
            before = self._before.get(name, (0, told[1]) if ours else None)
            if before is not None and container.restarts > before[0]:
                self._fell(name, container.restarts - before[0], now)
            # A container that is seen for the first time may have restarted just before this look.
            if name in self.down or before != told:
                self._since[name] = now
            self._before[name] = told
        for name in self._before.keys() | self.down.keys():
            if name not in self.found:
                self._since[name] = now
                self._before.pop(name, None)
        self._ours.clear()

    def _fell(self, name: str, times: int, now: float) -> None:
        looks, before, _ = self._falls.get(name, (0, self._since[name], 0.0))
        self._falls[name] = looks + 1, now, (now - before) / times

    def looping(self, now: float, frail: Collection[str], settle: float) -> set[str]:
        """The containers in a restart loop.

        They have not been in their state long enough, or were seen to restart in several looks and
        may soon restart again.
        """
        young = self.young(now, frail, settle)
        return young | {
            name
            for name, (looks, last, apart) in self._falls.items()
            if name not in frail and looks > 1 and now - last < 2 * apart
        }

    def settled(self, frail: Collection[str], settle: float) -> float:
        """When all containers except the frail ones will have kept their state long enough.

        In seconds of the monotonic clock.

        Args:
            settle: the seconds that are long enough. If the engine took longer to start them, that
                time counts, at most twice `settle`: on a slow host containers also fail later.
        """
        last = max((at for name, at in self._since.items() if name not in frail), default=0.0)
        return last + self._long(settle)

    def young(self, now: float, frail: Collection[str], settle: float) -> set[str]:
        """The containers, except the frail ones, that have not kept their state long enough."""
        since = now - self._long(settle)
        return {name for name, at in self._since.items() if name not in frail and at > since}

    def _long(self, settle: float) -> float:
        return min(max(settle, self.took), 2 * settle)

    def frail(self, failed: Collection[str]) -> set[str]:
        """The containers that are not waited for.

        They were unhealthy before or do not stay up, and the run does not need them.

        Args:
            failed: containers that are known not to stay up.
        """
        return (set(self.unwell) | set(failed)) - self.needed
