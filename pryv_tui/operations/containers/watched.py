"""Containers that were started and are watched until it is said that they stay up. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pryv_tui.hosts.engine import Container


class Watched:
    """Those of one machine, with what a look at them has shown."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.wanted: set[str] = set()
        """Those that have to exist."""
        self.needed: set[str] = set()
        """Those without which the run has failed."""
        self.unwell: dict[str, str] = {}
        """Those that were not well before, and why."""
        self.began = 0.0
        """When the last of them was started, by the clock that only goes on."""
        self.since = 0.0
        """Since when they are seen to be as they are now."""
        self.found: dict[str, Container] = {}
        self.down: dict[str, str] = {}
        """Those that do not run, and what they are."""
        self._before: dict[str, int] | None = None

    def add(
        self,
        names: Collection[str],
        wanted: Collection[str],
        needed: Collection[str],
        unwell: Mapping[str, str],
        now: float,
    ) -> None:
        """Watch these too, from now on."""
        self.names |= set(names)
        self.wanted |= set(wanted)
        self.needed |= set(needed)
        self.unwell |= unwell
        self.began = now

    def again(self) -> Watched:
        """The same containers, of which no look has shown anything yet."""
        made = Watched()
        made.add(self.names, self.wanted, self.needed, self.unwell, self.began)
        return made

    def look(self, containers: Iterable[Container], failed: Collection[str], now: float) -> None:
        """Take in how they are now.

        Args:
            failed: those that are known not to stay up: nobody waits for them.
        """
        self.found = {c.name: c for c in containers if c.name in self.names}
        self.down = {name: c.state for name, c in self.found.items() if not c.running}
        self.down |= dict.fromkeys(self.wanted - self.found.keys(), "missing")
        frail = self.frail(failed)
        steady = {name: c.restarts for name, c in self.found.items() if name not in frail}
        if steady != self._before or self.down.keys() - frail:
            self._before, self.since = steady, now

    def frail(self, failed: Collection[str]) -> set[str]:
        """Those that are not waited for."""
        return (set(self.unwell) | set(failed)) - self.needed
